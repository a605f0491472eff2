"""A picture is a function of its request alone: not of whom it sits beside, who leaves, or who is let past."""

import pytest
import torch

from services.generator import tiny
from services.generator.call import Control, Lora, Prompt, Start, Stepped, Strength
from services.generator.loading import Models
from services.generator.plans import Pass, Scheduler
from tests.services.generator.rendering import Studio, Watched, apart, embedding, latents, noise_picture, request

SAME = 1e-5
"""Relative L2 in float32: other batch sizes sum in another order."""

NOISE = noise_picture(64, 64)

EIGHT = {
    "plain": request(seeds=(1, 2, 3)),
    "other-person": request(seeds=(4,), identity=embedding(9), prompts=[Prompt("blue sky", "")], steps=6, cfg=3.0),
    "no-guidance": request(seeds=(5, 6), cfg=1.0, scheduler=Scheduler.LCM),
    "windows": request(seeds=(7,), identity_net=Strength(0.9, 0.0, 0.5), adapter=Strength(0.6, 0.25, 1.0), steps=5),
    "control": request(seeds=(8,), controls=(Control(tiny.CONTROLNET, NOISE, Strength(0.5, 0.0, 0.5)),)),
    "lora": request(seeds=(9,), loras=(Lora(tiny.LORA, 0.5),), scheduler=Scheduler.UNIPC),
    "init": request(seeds=(10,), start=Start(picture=NOISE), denoise=0.6, steps=5, scheduler=Scheduler.DPMPP_2M_SDE),
    "two-passes": request(
        seeds=(11,),
        passes=(
            Pass(tiny.BASE, steps=3, cfg=5.8),
            Pass(tiny.SECOND_BASE, steps=6, denoise=0.5, alpha=0.85, scheduler=Scheduler.DPMPP_2M_KARRAS),
        ),
    ),
    "larger": request(seeds=(12,), size=(128, 64), scheduler=Scheduler.DDIM),
}


@pytest.fixture(scope="module")
def alone(models: Models) -> dict[str, torch.Tensor]:
    return {name: latents(models, wanted) for name, wanted in EIGHT.items()}


def check(calls: dict[str, Watched], alone: dict[str, torch.Tensor]) -> None:
    distances = {name: apart(call.latents, alone[name]) for name, call in calls.items()}
    assert {name: distance for name, distance in distances.items() if distance > SAME} == {}


def start(studio: Studio, names: list[str]) -> dict[str, Watched]:
    return dict(zip(names, studio.start(*(EIGHT[name] for name in names)), strict=True))


@pytest.mark.parametrize("rows", [2, 7, 32])
def test_everybody_gets_beside_others_what_they_get_alone(
    rows: int, models: Models, alone: dict[str, torch.Tensor]
) -> None:
    """Callers who differ in everything, from one at a time to all at once."""
    with Studio(models, rows=rows) as studio:
        calls = start(studio, list(EIGHT))
        studio.run()
    check(calls, alone)


def test_nobody_notices_when_others_are_cancelled(models: Models, alone: dict[str, torch.Tensor]) -> None:
    """Half of the callers leave in mid-picture, at different steps."""
    stay = ["plain", "windows", "init", "two-passes"]
    with Studio(models) as studio:
        calls = start(studio, list(EIGHT))
        leaving = [call for name, call in calls.items() if name not in stay]
        for call in leaving:
            studio.engine.tick()
            call.call.stop.set()
        studio.run()
    check({name: calls[name] for name in stay}, alone)
    assert all(not call.rendered for call in leaving)


def test_a_pass_ends_beside_others_of_the_same_group(models: Models) -> None:
    """Both passes on one base: the picture keeps its seat, and nothing made ready for the first pass is used again."""
    passes = (Pass(tiny.BASE, steps=3, cfg=5.8), Pass(tiny.BASE, steps=4, cfg=6.3, alpha=0.85, denoise=0.5))
    wanted = [request(seeds=(21,), passes=passes), request(seeds=(22,), steps=9)]
    with Studio(models) as studio:
        calls = studio.start(*wanted)
        studio.run()

    assert [apart(call.latents, latents(models, one)) <= SAME for call, one in zip(calls, wanted, strict=True)] == [
        True,
        True,
    ]


def test_a_pack_that_is_parked_goes_on_where_it_was(models: Models, alone: dict[str, torch.Tensor]) -> None:
    """Single pictures take all rows away from it, twice, in the middle of its steps."""
    with Studio(models, rows=4) as studio:
        calls = start(studio, ["plain"])
        studio.engine.tick()
        calls |= start(studio, ["other-person", "windows"])
        studio.engine.tick()
        calls |= start(studio, ["larger"])
        studio.run()
    assert studio.counters.parked >= 2
    check(calls, alone)


def test_joining_in_mid_picture_changes_nothing(models: Models, alone: dict[str, torch.Tensor]) -> None:
    """One caller more at every step."""
    with Studio(models) as studio:
        calls: dict[str, Watched] = {}
        for name in EIGHT:
            calls |= start(studio, [name])
            studio.engine.tick()
        studio.run()
    check(calls, alone)


def test_the_same_request_gives_the_same_bits_in_the_same_company(models: Models) -> None:
    """Twice the same batch: equal to the last bit, since nothing is left behind by the first."""
    first, second = (latents(models, EIGHT["plain"]) for _ in range(2))
    assert torch.equal(first, second)


def test_slow_readers_only_delay_themselves(models: Models, alone: dict[str, torch.Tensor]) -> None:
    """Pictures beyond those that wait to be read are not begun, until they are read."""
    slow = request(seeds=tuple(range(20, 28)))
    with Studio(models, rows=4) as studio:
        calls = start(studio, ["other-person", "no-guidance"])
        (watched,) = studio.start(slow)
        watched.call.undelivered = 4
        studio.run()
        held_back = list(watched.events)
        watched.call.undelivered = 0
        studio.run()
    check(calls, alone)
    assert not any(isinstance(event, Stepped) for event in held_back)
    assert 8 == len(watched.rendered)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_any_traffic_at_all(seed: int, models: Models, alone: dict[str, torch.Tensor]) -> None:
    """Callers join and leave at random; whoever stays gets what they would have got alone."""
    import random

    dice = random.Random(seed)
    with Studio(models, rows=dice.choice([2, 3, 4, 8, 16])) as studio:
        staying: list[tuple[str, Watched]] = []
        for _ in range(30):
            (name,) = dice.sample(list(EIGHT), 1)
            (call,) = studio.start(EIGHT[name], urgent=dice.random() < 0.3)
            staying.append((name, call))
            if dice.random() < 0.3:
                staying.pop(dice.randrange(len(staying)))[1].call.stop.set()
            for _ in range(dice.randrange(4)):
                studio.engine.tick()
        studio.run()
    for name, call in staying:
        check({name: call}, alone)
