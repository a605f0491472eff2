"""Enlarging with the real weights, as ratios and counters: `python -m bench.upscaler [--rounds 5] [--only ncnn]`."""

import torch

from bench.chosen import Measurements, chosen, command
from bench.table import Row
from bench.upscaler import encoding, gpu, memory, quality, speed


async def rows(rounds: int, only: str) -> list[Row]:
    wanted: Measurements = {
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
    return await chosen(wanted, only)


if __name__ == "__main__":
    command(__doc__, rows, "torch", "ncnn", rounds=5, set_threads=torch.set_num_threads)
