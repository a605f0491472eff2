"""The most memory of one run, each in a process of its own."""

import multiprocessing
import threading

import psutil
import torch

from bench.table import Row
from bench.upscaler.rig import CPU, network, photo, planes
from services.upscaler.enlarger import Enlarger

_SIDE = 384
_EVERY_S = 0.002


def peak() -> Row:
    """In bfloat16 and in bands, against a plain run in float32."""
    ours, plain = (_measured_apart(kind) for kind in ("ours", "plain"))
    return Row(
        f"peak memory of {_SIDE}² → {4 * _SIDE}²", f"{ours:.0f} MB", f"{plain:.0f} MB", f"{ours / plain:.2f}", ""
    )


def _measured_apart(kind: str) -> float:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (kind,))


def _measured(kind: str) -> float:
    """Beyond what the process held with the network loaded and warm."""
    inputs, small = planes(photo(_SIDE, _SIDE)), planes(photo(16, 16))
    net = network()
    run = Enlarger(net, CPU, torch.bfloat16) if kind == "ours" else net
    with torch.inference_mode():
        run(small)
        before, watched = psutil.Process().memory_info().rss, _Peak()
        run(inputs)
    return (watched.stop() - before) / 1e6


class _Peak:
    """Asks again and again: not every kernel keeps the maximum."""

    def __init__(self) -> None:
        self._most = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        process = psutil.Process()
        while not self._done.wait(_EVERY_S):
            self._most = max(self._most, process.memory_info().rss)
