"""The watch on an event loop."""

import asyncio
import time

from bench.shell.stalls import Stalls


async def test_a_blocked_loop_is_seen() -> None:
    """What holds the loop for 50 ms shows as at least 45 ms: the timer was due up to a tick before."""
    stalls = Stalls()
    stalls.begin()
    await asyncio.sleep(0.005)
    time.sleep(0.05)  # noqa: ASYNC251 - the very thing that is looked for
    await asyncio.sleep(0.005)

    worst = stalls.end()
    assert worst.late_s >= worst.own_s
    assert worst.late_s > 0.045
