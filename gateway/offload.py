"""Blocking work of stores, databases and ciphers: a bounded number of threads beside the event loop."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Runs functions, a few at a time. What was begun is over before its caller goes on, cancelled or not.

    That matters here: a holding is only erased for good once nobody works with it any more.
    """

    def __init__(self, count: int = 16) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="gateway-storage")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._pool, functools.partial(function, *args, **kwargs))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await _outlast(work)
            raise

    def close(self) -> None:
        """Waits for what has begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)


async def _outlast(work: "asyncio.Future[T]") -> None:
    """Its outcome interests nobody any more, its end does. Functions end in time: stores and databases time out."""
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            continue
    if not work.cancelled():
        work.exception()
