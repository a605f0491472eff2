"""The engine on a GPU, at full size with random weights: `python -m bench.generator.gpu [--backend compile]`.

Rows are named as the goals are (G1 to G10); all are ratios or shares of what the same run measured. `--small` tries the
bench itself on a CPU: its numbers mean nothing.
"""

import argparse
import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from PIL import Image

from bench.abab import abab
from bench.generator import flops
from bench.generator.full import Full
from bench.generator.rig import Rig, person, rig
from bench.machine import described
from bench.table import Row, render
from services.generator.backends import Backend, Eager
from services.generator.backends.compiled import inductor, tensorrt
from services.generator.call import Picture, Prompt, Request, Stepped, Strength
from services.generator.device import described as device_name
from services.generator.loading import Models
from services.generator.plans import Pass
from services.generator.poses import Pose, placed

_GEMM = 8192
_STEPS = 30
_EIGHT = 8


class Bench:
    """One model set, one backend, one device."""

    def __init__(self, device: torch.device, backend: str, *, small: bool, rounds: int) -> None:
        self.side, self.steps = (64, 4) if small else (1024, _STEPS)
        self.rounds = rounds
        self.device = device
        self.full = Full(device, torch.float32 if small else torch.bfloat16, small=small)
        self.models: Models = self.full.models()
        self.backend = _backend(backend)
        self.backend.prepare(self.models)

    async def rows(self) -> list[Row]:
        for pictures in (1, _EIGHT):
            self.rendered_s(pictures)
        rate = self.gemm_rate()
        made = [self.efficiency(rate), await self.against_diffusers(), self.a_picture(), self.latency()]
        made += [self.caches(), await self.half_window(), *_NOT_OFFERED, self.joining(), await self.decoding()]
        return made

    def gemm_rate(self) -> float:
        """FLOP a second of a large product in the same number format, in this run."""
        size = _GEMM if self.side == 1024 else 512
        one = torch.randn(size, size, device=self.device, dtype=self.full.dtype)
        self.seconds(lambda: one @ one)
        return 2 * size**3 / min(self.seconds(lambda: one @ one) for _ in range(self.rounds))

    def efficiency(self, rate: float) -> Row:
        """G1: steps of eight pictures at once, as a share of what the device can multiply."""
        share = _EIGHT * flops.step(self.side, self.side) / self.step_s(_EIGHT) / rate
        reference = f"{rate / 1e12:.0f} TFLOP/s"
        return _row("G1 denoise efficiency, 8 pictures", f"{share:.0%}", reference, share, "≥ 60 %", share >= 0.6)

    async def against_diffusers(self) -> Row:
        """G2: one picture, this engine against the eager pipeline, in turn."""
        pipe = self.full.pipeline()
        run = partial(self.pipeline_s, pipe)
        pair = await abab(partial(self.render_s, 1), run, self.rounds)
        ratio = 1 / pair.ratio
        this, reference = (f"{seconds:.2f} s" for seconds in pair.medians)
        return _row("G2 one picture, against diffusers eager", this, reference, ratio, "≥ 2.5 ×", ratio >= 2.5)

    def a_picture(self) -> Row:
        """G3: eight pictures with decoding, each."""
        seconds = self.rendered_s(_EIGHT) / _EIGHT
        return _row("G3 a picture, 8 at once, decoded", f"{seconds:.2f} s", "", None, "≤ 1.25 s", seconds <= 1.25)

    def latency(self) -> Row:
        """G4: one picture alone. With CUDA graphs: --backend max-autotune."""
        seconds = self.rendered_s(1)
        return _row("G4 one picture", f"{seconds:.2f} s", "", None, "≤ 1.45 s", seconds <= 1.45)

    def caches(self) -> Row:
        """G5: a step as it is, against one with everything done again that is kept: projections, map, identity."""
        kept = self.step_s(1)
        again = kept + self.seconds(lambda: self.recompute(1))
        this, reference = (f"{seconds * 1e3:.1f} ms" for seconds in (kept, again))
        ratio = again / kept
        return _row("G5 what is kept, one picture", this, reference, ratio, "≥ 1.10 ×", ratio >= 1.1)

    async def half_window(self) -> Row:
        """G6: IdentityNet in the first half of the steps only."""
        half = Strength(0.8, 0.0, 0.5)
        pair = await abab(partial(self.render_s, 1), partial(self.render_s, 1, identity_net=half), self.rounds)
        this, reference = (f"{seconds:.2f} s" for seconds in reversed(pair.medians))
        return _row("G6 IdentityNet in half of the steps", this, reference, pair.ratio, "≥ 1.15 ×", pair.ratio >= 1.15)

    def joining(self) -> Row:
        """G9: from admission to its own first step, for one that joins a full engine."""
        with rig(self.models, backend=self.backend) as made:
            made.start(self.request(50))
            for _ in range(3):
                made.engine.tick()
            self.wait()
            call, events = made.start(self.request(1))
            began = time.perf_counter()
            while not any(isinstance(event, Stepped) for event in events):
                made.engine.tick()
            self.wait()
            waited = time.perf_counter() - began
            call.stop.set()
        steps = waited / self.step_s(_EIGHT)
        return _row("G9 steps until one that joins has made one", f"{steps:.2f}", "", None, "≤ 1", steps <= 1.1)

    async def decoding(self) -> Row:
        """G10: decoding as configured, against float32."""
        vae = self.models.bases["full"].vae
        latents = torch.randn(1, 4, self.side // 8, self.side // 8, device=self.device)
        plain = self.full._made(lambda: type(vae.model).from_config(vae.model.config), torch.float32)

        async def ours() -> float:
            return self.seconds(lambda: vae.decode(latents))

        async def reference() -> float:
            return self.seconds(lambda: plain.decode(latents.float(), return_dict=False)[0].cpu())

        pair = await abab(ours, reference, self.rounds)
        this, other = (f"{seconds * 1e3:.0f} ms" for seconds in pair.medians)
        met = pair.medians[0] <= 0.025 and pair.ratio <= 1 / 3
        return _row("G10 decoding", this, other, 1 / pair.ratio, "≤ 25 ms, ≥ 3 ×", met)

    # --- how it is done ---

    def request(self, pictures: int, identity_net: Strength | None = None) -> Request:
        return Request(
            prompts=(Prompt("a portrait", "ugly"),),
            pictures=tuple(Picture(seed) for seed in range(pictures)),
            passes=(Pass("full", steps=self.steps),),
            width=self.side,
            height=self.side,
            key_points=placed(Pose(), self.side, self.side),
            identity=person(1),
            identity_net=identity_net or Strength(0.8),
        )

    def step_s(self, pictures: int) -> float:
        """Of a step, on average over six, once they sit."""
        with rig(self.models, backend=self.backend) as made:
            made.start(self.request(pictures))
            made.engine.tick()
            return self.seconds(lambda: _ticks(made, 2)) / 2

    def rendered_s(self, pictures: int) -> float:
        self.wait()
        with rig(self.models, backend=self.backend) as made:
            return self.seconds(lambda: made.render([self.request(pictures)]))

    async def render_s(self, pictures: int, identity_net: Strength | None = None) -> float:
        with rig(self.models, backend=self.backend) as made:
            return self.seconds(lambda: made.render([self.request(pictures, identity_net)]))

    async def pipeline_s(self, pipe: Any) -> float:
        zeros, who = torch.zeros(1, 1, 1, 512), torch.from_numpy(person(1)).reshape(1, 1, 1, 512)
        embeds = torch.cat([zeros, who]).to(self.device, self.full.dtype)
        black = Image.fromarray(np.zeros((self.side, self.side, 3), np.uint8))
        return self.seconds(
            lambda: pipe(
                "a portrait",
                image=black,
                negative_prompt="ugly",
                num_inference_steps=self.steps,
                ip_adapter_image_embeds=[embeds],
                width=self.side,
                height=self.side,
            )
        )

    @torch.inference_mode()
    def recompute(self, pictures: int) -> None:
        """What a step would cost besides, if nothing were kept from the step before."""
        rows, base = 2 * pictures, self.models.bases["full"]
        tokens = self.models.unconditional.expand(rows, -1, -1)
        base.denoiser.look(self.zeros(rows, 77, self.full.context), tokens, base.adapter)
        self.models.identity_net.look(tokens)
        self.models.identity_net.embed(self.zeros(rows, 3, self.side, self.side))
        self.models.resampler(self.zeros(rows, 1, 512))

    def zeros(self, *size: int) -> torch.Tensor:
        return torch.zeros(size, device=self.device, dtype=self.full.dtype)

    def seconds(self, work: Callable[[], object]) -> float:
        self.wait()
        began = time.perf_counter()
        with torch.inference_mode():
            work()
        self.wait()
        return time.perf_counter() - began

    def wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def _ticks(made: Rig, count: int) -> None:
    for _ in range(count):
        made.engine.tick()


def _backend(name: str) -> Backend:
    if name == "eager":
        return Eager(channels_last=True)
    if name == "tensorrt":
        return tensorrt((2, 4, 8, 16), None, tf32=True)
    return inductor(name, (2, 4, 8, 16), "auto")


_NOT_OFFERED = [
    Row("G7 guidance in half of the steps", "not offered", "", "", "an approximation"),
    Row("G8 linear layers in FP8", "not offered", "", "", "an approximation"),
]


def _row(name: str, this: str, reference: str, ratio: float | None, goal: str, met: bool) -> Row:
    return Row(name, this, reference, "" if ratio is None else f"{ratio:.2f}", goal + ("" if met else ", missed"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument(
        "--backend", default="max-autotune-no-cudagraphs", help="eager, tensorrt, or a mode of torch.compile"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    device = torch.device(options.device)
    print(described("torch", "diffusers"), flush=True)
    print(f"{device_name(device)}, {options.backend}{', small: these numbers mean nothing' if options.small else ''}")
    bench = Bench(device, options.backend, small=options.small, rounds=options.rounds)
    print(render(asyncio.run(bench.rows())))


if __name__ == "__main__":
    main()
