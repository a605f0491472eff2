"""What has cost a GPU seconds is not thrown away because a store errs: it is kept in hand and stored a little later."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.jobs.patience import Patience
from likeness_wire.errors import TryAgain

T = TypeVar("T")

# Less than a step goes on trying: there is time left to do it all again.
_LASTS_S = 300.0


async def patiently(store: Callable[[], Awaitable[T]], lasts_s: float = _LASTS_S) -> T:
    """What it returns, once it does. It is called again after errors that pass; storing twice is storing once."""
    patience = Patience(lasts_s, asyncio.get_running_loop().time)
    while True:
        try:
            return await store()
        except TryAgain as error:
            await asyncio.sleep(patience.pause_s(error) * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
