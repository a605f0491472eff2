"""Blocking work beside the event loop."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from gateway.offload import Threads
from tests.running import until


@pytest.fixture
def threads() -> Iterator[Threads]:
    threads = Threads(2)
    yield threads
    threads.close()


async def test_results_and_errors_come_back(threads: Threads) -> None:
    """From another thread than the loop's."""
    assert await threads(lambda one, *, other: one + other, 1, other=2) == 3
    assert await threads(threading.get_ident) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await threads(lambda: 1 / 0)


async def test_a_cancelled_caller_waits_for_what_it_began(threads: Threads) -> None:
    """However often it is cancelled: only then is nothing of it under way any more."""
    begun, go = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait()

    caller = asyncio.ensure_future(threads(work))
    await until(begun.is_set)
    for _ in range(3):
        caller.cancel()
        await asyncio.sleep(0.01)
        assert not caller.done()

    go.set()
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_a_failure_after_the_cancellation_interests_nobody(threads: Threads) -> None:
    """No warning about an exception that was never looked at."""
    begun, go = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait()
        raise ValueError

    caller = asyncio.ensure_future(threads(work))
    await until(begun.is_set)
    caller.cancel()
    await asyncio.sleep(0)
    go.set()

    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_only_so_many_at_once(threads: Threads) -> None:
    """The rest waits its turn."""
    running, most, lock = 0, 0, threading.Lock()
    both = threading.Barrier(2)

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both.wait(10)
        with lock:
            running -= 1

    await asyncio.gather(*(threads(work) for _ in range(8)))
    assert most == 2
