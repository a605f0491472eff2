"""What has cost a GPU seconds is not thrown away because a store errs: it is kept in hand and stored a little later."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from likeness_wire.errors import TryAgain

T = TypeVar("T")

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
# Less than a step goes on trying: there is time left to do it all again.
_AT_MOST_S = 300.0


async def patiently(store: Callable[[], Awaitable[T]], at_most_s: float = _AT_MOST_S) -> T:
    """What it returns, once it does. It is called again after errors that pass; storing twice is storing once."""
    loop = asyncio.get_running_loop()
    until, pause_s = loop.time() + at_most_s, _FIRST_PAUSE_S
    while True:
        try:
            return await store()
        except TryAgain as error:
            wait_s = max(error.retry_after_s or 0.0, pause_s * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
            if loop.time() + wait_s > until:
                raise
        await asyncio.sleep(wait_s)
        pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
