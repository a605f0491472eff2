"""How faults wait, and what they raise where they did nothing."""

import asyncio
import time
from collections.abc import Callable


class DidNotBite(Exception):
    """The fault left no mark, or what it broke did not come back. The message is one line."""


async def until(holds: Callable[[], bool], what: str, within_s: float = 90.0) -> None:
    """DidNotBite where it never does."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise DidNotBite(f"after {within_s:g} s still not: {what}")
        await asyncio.sleep(0.1)


def bitten(holds: bool, what: str) -> None:
    """DidNotBite where it is not so."""
    if not holds:
        raise DidNotBite(f"not so: {what}")
