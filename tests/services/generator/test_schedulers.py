"""Schedulers as SDXL's own file makes them, one for each pass of each picture."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from services.generator.plans import Pass, Scheduler
from services.generator.schedulers import Schedule
from services.generator.tiny import BASE


@pytest.fixture
def config(models_dir: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((models_dir / BASE / "scheduler" / "scheduler_config.json").read_text())
    return loaded


def schedule(config: dict[str, Any], kind: Scheduler, steps: int, denoise: float | None = None) -> Schedule:
    return Schedule(Pass("", scheduler=kind, steps=steps, denoise=denoise), config, torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("kind", "steps", "first"),
    [
        (Scheduler.EULER, 8, [876]),
        (Scheduler.EULER, 30, [958]),
        (Scheduler.LCM, 4, [999, 759, 499, 259]),
    ],
)
def test_times_are_those_of_the_reference(
    config: dict[str, Any], kind: Scheduler, steps: int, first: list[int]
) -> None:
    """Leading spacing with an offset of one; LCM's own."""
    assert first == schedule(config, kind, steps).timesteps.tolist()[: len(first)]


@pytest.mark.parametrize(("steps", "denoise", "run"), [(8, 0.6, 4), (10, 0.35, 3), (5, 1.0, 5), (30, 0.5, 15)])
def test_img2img_runs_the_last_steps(config: dict[str, Any], steps: int, denoise: float, run: int) -> None:
    """int(steps × denoise) of them, with the times of the whole schedule."""
    whole, part = schedule(config, Scheduler.EULER, steps), schedule(config, Scheduler.EULER, steps, denoise)
    assert run == part.steps == Pass("", steps=steps, denoise=denoise).run_steps
    assert whole.timesteps.tolist()[-run:] == part.timesteps.tolist()


@pytest.mark.parametrize("kind", Scheduler)
def test_a_true_prediction_leads_to_the_picture(config: dict[str, Any], kind: Scheduler) -> None:
    """With the noise truly in the latents, every scheduler ends at what was noised, and every estimate is it."""
    clean, noise = torch.randn(2, 1, 4, 4, 4, generator=torch.Generator().manual_seed(1))
    run = schedule(config, kind, 20, denoise=0.5)
    latents = run.noised(clean, noise)
    first = run.model_input(latents, 0)
    kept = run._scheduler.alphas_cumprod[round(run.time(0))]
    truth = (first - kept**0.5 * clean) / (1 - kept) ** 0.5
    assert torch.allclose(clean, run.estimate(latents, truth, 0), atol=0.05)


def test_schedules_share_nothing(config: dict[str, Any]) -> None:
    """Two of a kind, stepped in turn, are where each would be alone."""

    def stepped(*schedules: Schedule) -> list[torch.Tensor]:
        latents = [torch.ones(1, 4, 2, 2) for _ in schedules]
        for step in range(4):
            latents = [
                each.advance(each.model_input(own, step), own, step)
                for each, own in zip(schedules, latents, strict=True)
            ]
        return latents

    (alone,) = stepped(schedule(config, Scheduler.UNIPC, 6))
    beside = stepped(schedule(config, Scheduler.UNIPC, 6), schedule(config, Scheduler.UNIPC, 9))[0]
    assert torch.equal(alone, beside)
