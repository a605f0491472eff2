"""Enlarging with the real weights, as ratios and counters: `python -m bench.upscaler [--rounds 5] [--only ncnn]`."""

import argparse
import asyncio
from collections.abc import Callable

import torch

from bench.machine import described
from bench.table import Row, render
from bench.upscaler import encoding, gpu, memory, quality, speed


async def rows(rounds: int, only: str) -> list[Row]:
    wanted: dict[str, Callable[[], object]] = {
        "plain": lambda: speed.plain(rounds),
        "ncnn_default": lambda: speed.ncnn_default(rounds),
        "ncnn_same": lambda: speed.ncnn_same(rounds),
        "encode": lambda: encoding.hidden(rounds),
        "png": lambda: encoding.png(rounds),
        "memory": memory.peak,
        "precision": quality.precision,
        "seams": quality.seams,
        "overlaps": quality.overlaps,
    }
    if torch.cuda.is_available():
        wanted["gpu"] = lambda: gpu.enlarging(rounds)
    return [row for key, make in wanted.items() if key.startswith(only) for row in await _rows(make)]


async def _rows(make: Callable[[], object]) -> list[Row]:
    made = make()
    if asyncio.iscoroutine(made):
        made = await made
    return [made] if isinstance(made, Row) else list(made)  # type: ignore[call-overload]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(described("torch", "ncnn"), flush=True)
    print(render(asyncio.run(rows(options.rounds, options.only))))


if __name__ == "__main__":
    main()
