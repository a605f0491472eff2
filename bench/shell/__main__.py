"""What the shell costs, against grpc.aio as it comes: `python -m bench.shell [--rounds 21] [--only stall]`."""

import argparse
import asyncio
import statistics
from collections.abc import Awaitable, Callable
from functools import partial
from operator import attrgetter

from bench.abab import Pair, abab
from bench.machine import described
from bench.shell import blobs, calls, queue
from bench.shell.ends import End, Ends, ends
from bench.shell.stalls import Stall
from bench.table import Row, render

_DISTURBED = "*"


async def latency(at: Ends, rounds: int) -> Row:
    pair = await abab(partial(calls.median_s, at.shell.stub), partial(calls.median_s, at.bare.stub), rounds)
    more = f"{pair.difference * 1e3:+.2f} ms"
    return _row("unary 1 KB, p50", pair, _ms, more, "≤ +0.60 ms", pair.difference <= 0.6e-3)


async def rate_one_by_one(at: Ends, rounds: int) -> Row:
    return await _rate("32 at once, one a run", at.shell, at.bare, rounds)


async def rate_batching(at: Ends, rounds: int) -> Row:
    return await _rate("32 at once, sharing runs", at.batching, at.bare, rounds)


async def throughput(at: Ends, rounds: int) -> Row:
    data = blobs.noise(16)
    pair = await abab(
        partial(blobs.mib_per_second, blobs.checked, at.shell.stub, data),
        partial(blobs.mib_per_second, blobs.bare, at.bare.stub, data),
        rounds,
    )
    return _row("16 MiB, sha256", pair, "{:.0f} MiB/s".format, f"{pair.ratio:.2f}", "≥ 0.80", pair.ratio >= 0.8)


async def loop_busy(at: Ends, rounds: int) -> Row:
    data = blobs.noise(16)
    pair = await abab(
        partial(blobs.loop_busy_s, blobs.checked, at.shell.stub, data),
        partial(blobs.loop_busy_s, blobs.bare, at.bare.stub, data),
        rounds,
    )
    return _row("client loop busy with 16 MiB", pair, _ms, f"{pair.ratio:.2f}", "", True)


async def client_stall(at: Ends, rounds: int) -> Row:
    return await _stall("client loop late in 64 MiB", blobs.client_stall, attrgetter("late_s"), at, rounds)


async def client_own_stall(at: Ends, rounds: int) -> Row:
    return await _stall("client loop late by itself", blobs.client_stall, attrgetter("own_s"), at, rounds)


async def server_stall(at: Ends, rounds: int) -> Row:
    return await _stall("server loop late in 64 MiB", blobs.server_stall, attrgetter("late_s"), at, rounds)


async def server_own_stall(at: Ends, rounds: int) -> Row:
    return await _stall("server loop late by itself", blobs.server_stall, attrgetter("own_s"), at, rounds)


async def admission(_: Ends, rounds: int) -> Row:
    return _item("admission, 64 queued, an item", await abab(queue.admission_s, queue.plain_queue_s, rounds))


async def lane(_: Ends, rounds: int) -> Row:
    return _item("lane and thread, 64 at once, an item", await abab(queue.lane_s, queue.plain_thread_s, rounds))


async def freed_waiting(at: Ends, rounds: int) -> Row:
    return await _freed("cancelled in the queue, place free", partial(queue.freed_waiting_s, at.shell.stub), rounds)


async def freed_running(at: Ends, rounds: int) -> Row:
    return await _freed("cancelled on the device, next done", partial(queue.freed_running_s, at.shell.stub), rounds)


MEASUREMENTS = (
    latency,
    rate_one_by_one,
    rate_batching,
    throughput,
    loop_busy,
    client_stall,
    client_own_stall,
    server_stall,
    server_own_stall,
    admission,
    lane,
    freed_waiting,
    freed_running,
)


async def _rate(metric: str, this: End, reference: End, rounds: int) -> Row:
    pair = await abab(partial(calls.per_second, this.stub), partial(calls.per_second, reference.stub), rounds)
    return _row(metric, pair, "{:.0f}/s".format, f"{pair.ratio:.2f}", "≥ 0.60", pair.ratio >= 0.6)


def _item(metric: str, pair: Pair) -> Row:
    return _row(metric, pair, _ms, f"{pair.ratio:.1f}", "≤ 0.100 ms", pair.medians[0] <= 1e-4)


async def _stall(
    metric: str,
    watch: Callable[[blobs.Flow, End, bytes], Awaitable[Stall]],
    part: Callable[[Stall], float],
    at: Ends,
    rounds: int,
) -> Row:
    data = blobs.noise(64)

    async def this() -> float:
        return part(await watch(blobs.checked, at.watched, data))

    async def reference() -> float:
        return part(await watch(blobs.bare, at.bare, data))

    pair = await abab(this, reference, rounds)
    return _row(metric, pair, _ms, f"{pair.ratio:.2f}", "≤ 5 ms", pair.medians[0] <= 5e-3)


async def _freed(metric: str, measure: Callable[[], Awaitable[float]], rounds: int) -> Row:
    seconds = statistics.median([await measure() for _ in range(min(rounds, 5))])
    items = seconds / queue.ITEM_S
    return Row(metric, _ms(seconds), f"{_ms(queue.ITEM_S)} item", f"{items:.3f}", _goal("≤ 1 item", items <= 1))


def _row(metric: str, pair: Pair, show: Callable[[float], str], compared: str, goal: str, met: bool) -> Row:
    this, reference = map(show, pair.medians)
    metric = f"{metric} {_DISTURBED}" if pair.disturbed else metric
    return Row(metric, this, reference, compared, _goal(goal, met))


def _goal(goal: str, met: bool) -> str:
    return goal if met else f"{goal}, missed"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.3f} ms"


async def main(rounds: int, only: str) -> None:
    print(described("grpcio", "protobuf"))
    async with ends() as at:
        rows = [await measure(at, rounds) for measure in MEASUREMENTS if only in measure.__name__]
    print(render(rows))
    if any(row.metric.endswith(_DISTURBED) for row in rows):
        print(f"{_DISTURBED} others kept the machine busy meanwhile")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--only", default="", help="measurements whose name contains this")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.rounds, arguments.only))
