"""Benches of several measurements, each under a name: `--only` chooses those whose names begin so."""

import argparse
import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

from bench.machine import described
from bench.table import Row, render

Measured = Row | Iterable[Row]
Measurements = dict[str, Callable[[], Measured | Awaitable[Measured]]]


async def chosen(measurements: Measurements, only: str) -> list[Row]:
    """The rows of all whose names begin with `only`, measured one after another."""
    return [row for name, measure in measurements.items() if name.startswith(only) for row in await _rows(measure())]


def command(
    about: str | None,
    rows: Callable[[int, str], Coroutine[Any, Any, list[Row]]],
    *packages: str,
    rounds: int,
    set_threads: Callable[[int], None] | None = None,
) -> None:
    """Reads the options, says on what is measured, and prints the table."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--only", default="", help="measurements whose names begin so")
    if set_threads:
        parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if set_threads:
        set_threads(options.threads)
    print(described(*packages), flush=True)
    print(render(asyncio.run(rows(options.rounds, options.only))))


async def _rows(measured: Measured | Awaitable[Measured]) -> Iterable[Row]:
    rows = await measured if inspect.isawaitable(measured) else measured
    return [rows] if isinstance(rows, Row) else rows
