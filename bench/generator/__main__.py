"""The step-level engine on a CPU, as ratios and counters: `python -m bench.generator [--rounds 7] [--only mixed]`."""

import argparse
import asyncio
from collections.abc import Callable

import torch

from bench.generator import memory, ready, speed, steps, waits, work
from bench.generator.reference import Reference
from bench.generator.rig import engine_models, models_dir, parameters
from bench.machine import described
from bench.table import Row, render


async def rows(rounds: int, only: str) -> list[Row]:
    with models_dir() as directory:
        models, reference = engine_models(directory), Reference(directory)
        print(f"{parameters(models) / 1e6:.1f} M parameters in UNet and IdentityNet, {torch.get_num_threads()} threads")
        wanted: dict[str, Callable[[], object]] = {
            "mixed": lambda: speed.mixed_load(models, reference, rounds),
            "single": lambda: speed.single(models, reference, rounds),
            "ideal": lambda: speed.ideal(models, rounds),
            "step": lambda: steps.bookkeeping(models, rounds),
            "join": lambda: waits.joining(models, rounds),
            "leave": lambda: waits.leaving(models),
            "pack": lambda: work.pack(models),
            "saved": lambda: work.savings(models),
            "memory": lambda: memory.flat(directory),
            "ready": lambda: ready.ready(rounds),
        }
        return [row for key, make in wanted.items() if key.startswith(only) for row in await _rows(make)]


async def _rows(make: Callable[[], object]) -> list[Row]:
    made = make()
    if asyncio.iscoroutine(made):
        made = await made
    return [made] if isinstance(made, Row) else list(made)  # type: ignore[call-overload]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(described("torch", "diffusers"), flush=True)
    print(render(asyncio.run(rows(options.rounds, options.only))))


if __name__ == "__main__":
    main()
