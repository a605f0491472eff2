"""The thread that owns a device."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import DeviceLost, Unavailable
from services.common.worker import Worker
from tests.running import until
from tests.services.common.test_admission import HandClock


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker("test", item_limit_s=10)
    yield worker
    worker.close()


async def test_everything_runs_on_one_thread_that_is_not_the_loops(worker: Worker) -> None:
    """A device sees one thread for all its life."""
    threads = {await worker.run(threading.get_ident) for _ in range(5)}

    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_an_exception_reaches_the_caller_and_leaves_the_thread_alive(worker: Worker) -> None:
    """One bad item does not end the worker."""
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 / 0)

    assert await worker.run(lambda: "still here") == "still here"


async def test_long_work_is_alive_until_it_is_overdue() -> None:
    """Within the limit it is busy; past it, dead."""
    clock, begun, go = HandClock(), threading.Event(), threading.Event()
    worker = Worker("test", item_limit_s=10, clock=clock)

    def work() -> None:
        begun.set()
        go.wait()

    task = asyncio.ensure_future(worker.run(work))
    await until(begun.is_set)
    clock.now += 9
    assert worker.alive()
    clock.now += 2
    assert not worker.alive()

    go.set()
    await task
    assert worker.alive()
    worker.close()


async def test_a_lost_device_is_reported_once_and_to_the_caller() -> None:
    """The process learns of it on the worker's thread, the call through its exception."""
    lost: list[DeviceLost] = []
    worker = Worker("test", item_limit_s=10, on_lost=lost.append)

    def fail() -> None:
        raise DeviceLost(reasons.REASON_DEVICE_LOST, "device lost")

    with pytest.raises(DeviceLost):
        await worker.run(fail)
    assert len(lost) == 1
    worker.close()


async def test_a_closed_worker_refuses() -> None:
    """Nobody waits for a thread that has ended."""
    worker = Worker("test", item_limit_s=10)
    worker.close()

    with pytest.raises(Unavailable):
        await worker.run(lambda: None)
    assert not worker.alive()
