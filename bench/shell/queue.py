"""What a place in the queue costs, and how soon it is free again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc
from google.protobuf.duration_pb2 import Duration
from grpc.aio import UnaryUnaryCall
from likeness.echo.v1.echo_pb2 import EchoRequest, EchoResponse

from services.common.admission import Admission, Stop
from services.common.lane import Lane
from services.common.metrics import ShellMetrics
from services.common.worker import Worker

if TYPE_CHECKING:
    from likeness.echo.v1.echo_pb2_grpc import EchoServiceAsyncStub  # in the stubs alone

QUEUED = 64
_ITEMS = 4096
ITEM_S = 0.5
# Refusals come at once; a call that is silent for longer has its place.
_REFUSED_WITHIN_S = 0.1

Call = UnaryUnaryCall[EchoRequest, EchoResponse]


async def admission_s() -> float:
    """Seconds an item spends on being admitted, taken and settled, while 64 are queued."""
    admission: Admission[int] = Admission("bench", places=QUEUED + 1, metrics=ShellMetrics())
    for work in range(QUEUED):
        admission.admit(work, timeout_s=60)
    began = time.perf_counter()
    for work in range(_ITEMS):
        admission.admit(work, timeout_s=60)
        (ticket,) = admission.take()
        admission.finish(ticket, 0.001)
        ticket.succeed(None)
    return (time.perf_counter() - began) / _ITEMS


async def plain_queue_s() -> float:
    """The same with asyncio.Queue, which bounds, and does none of the rest."""
    queue: asyncio.Queue[tuple[int, asyncio.Future[None]]] = asyncio.Queue(QUEUED + 1)
    loop = asyncio.get_running_loop()
    for work in range(QUEUED):
        queue.put_nowait((work, loop.create_future()))
    began = time.perf_counter()
    for work in range(_ITEMS):
        queue.put_nowait((work, loop.create_future()))
        queue.get_nowait()[1].set_result(None)
    return (time.perf_counter() - began) / _ITEMS


async def lane_s() -> float:
    """Seconds a call spends on everything between it and a model that takes no time, 64 at once."""
    metrics = ShellMetrics()
    worker = Worker("bench", item_limit_s=60)
    lane: Lane[int, int] = Lane(_at_once, worker, Admission("bench", places=QUEUED, metrics=metrics), metrics)
    serving = asyncio.create_task(lane.serve())

    async def caller() -> None:
        for work in range(_ITEMS // QUEUED):
            await lane.run(work)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(QUEUED)))
    seconds = time.perf_counter() - began
    serving.cancel()
    await asyncio.to_thread(worker.close)
    return seconds / _ITEMS


async def plain_thread_s() -> float:
    """The same on asyncio's own way to a thread."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as thread:

        async def caller() -> None:
            for work in range(_ITEMS // QUEUED):
                await loop.run_in_executor(thread, _at_once, [work], Stop())

        began = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(QUEUED)))
        return (time.perf_counter() - began) / _ITEMS


async def freed_waiting_s(stub: EchoServiceAsyncStub) -> float:
    """With one item on the device and every place taken: from a cancellation until a call is sent that is let in."""
    running, *waiting = await _full(stub)
    began = time.perf_counter()
    waiting[QUEUED // 2].cancel()
    newcomer, sent = await _let_in(stub)
    await _ended(running, *waiting, newcomer)
    return sent - began


async def freed_running_s(stub: EchoServiceAsyncStub) -> float:
    """From the cancellation of the item on the device until the next has been through it."""
    running = _call(stub, ITEM_S)
    await asyncio.sleep(ITEM_S / 5)
    following = _call(stub, 0)
    await asyncio.sleep(ITEM_S / 5)
    began = time.perf_counter()
    running.cancel()
    await following
    return time.perf_counter() - began


async def _full(stub: EchoServiceAsyncStub) -> list[Call]:
    """The call on the device, and those that take every place behind it."""
    calls = [_call(stub, ITEM_S)]
    await asyncio.sleep(ITEM_S / 5)
    calls += [_call(stub, 0) for _ in range(QUEUED)]
    refused = _call(stub, 0)
    assert await refused.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, "the queue has more places than expected"
    return calls


async def _let_in(stub: EchoServiceAsyncStub) -> tuple[Call, float]:
    """The first call that is not refused at once, and when it was sent."""
    while True:
        call, sent = _call(stub, 0), time.perf_counter()
        ended, _ = await asyncio.wait([asyncio.ensure_future(call.code())], timeout=_REFUSED_WITHIN_S)
        if not ended:
            return call, sent


async def _ended(*calls: Call) -> None:
    for call in calls:
        call.cancel()
    for call in calls:
        await call.code()


def _call(stub: EchoServiceAsyncStub, hold_s: float) -> Call:
    hold = Duration()
    hold.FromNanoseconds(int(hold_s * 1e9))
    return stub.Echo(EchoRequest(hold=hold))


def _at_once(works: Sequence[int], stop: Stop) -> Sequence[int]:
    return works
