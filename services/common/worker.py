"""The one thread that may touch a device. The event loop hands it functions and goes on.

A library that holds the GIL for long gets a process: give this thread a `Child` to call.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import DeviceLost, Unavailable

T = TypeVar("T")

Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class Worker:
    """Runs one function at a time, in order. Ends with `close`; a daemon, so that a hung device cannot block exit."""

    def __init__(
        self,
        name: str,
        *,
        item_limit_s: float,
        on_lost: Callable[[DeviceLost], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._item_limit_s = item_limit_s
        self._on_lost = on_lost
        self._clock = clock
        self._busy_since: float | None = None
        self._closing = False
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """The function's result. Cancelling the wait does not stop a function that has begun."""
        if self._closing or not self._thread.is_alive():
            raise Unavailable(reasons.REASON_WORKER_LOST, "the worker has ended")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put((lambda: function(*args), loop, future))
        return await future

    def alive(self) -> bool:
        """Idle, or busy with one item for no longer than any item may take."""
        busy_since = self._busy_since
        overdue = busy_since is not None and self._clock() - busy_since > self._item_limit_s
        return self._thread.is_alive() and not overdue

    def close(self, timeout_s: float = 5.0) -> None:
        """Ends the thread after what it is doing. Call it off the loop, or when idle."""
        self._closing = True
        self._jobs.put(None)
        self._thread.join(timeout_s)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, loop, future = job
            del job
            self._busy_since = self._clock()
            settle = self._outcome(function)
            self._busy_since = None
            try:
                loop.call_soon_threadsafe(_settle, future, *settle)
            except RuntimeError:
                return  # the loop has ended, and with it everyone who waited
            # The results of one call must not live until the next one comes.
            del function, future, settle

    def _outcome(self, function: Callable[[], Any]) -> tuple[Any, BaseException | None]:
        try:
            return function(), None
        except DeviceLost as error:
            self._on_lost(error)
            return None, error
        except BaseException as error:
            return None, error


def _settle(future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
