"""Calls that carry pixels, sent again from the start when a replica goes away.

gRPC's own retries stop at their buffer of 256 KiB. Our calls are pure functions of their requests, so sending the whole
request again is always right; it stops being invisible once an answer has begun, and then the error is the caller's.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from grpc.aio import AioRpcError

from likeness_wire.errors import Exhausted, LikenessError, Unavailable
from likeness_wire.hop import remaining_s
from likeness_wire.status import from_rpc_error

T = TypeVar("T")

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try. A server's own retry hint replaces the backoff."""

    attempts: int = 4
    first_backoff_s: float = 0.1
    longest_wait_s: float = 10.0
    sleep: Sleep = asyncio.sleep


async def answer(call: Callable[[], Awaitable[T]], patience: Patience = Patience()) -> T:
    """One answer. `call` starts the RPC anew each time, with a fresh request iterator."""
    attempt = 0
    while True:
        attempt += 1
        try:
            return await call()
        except AioRpcError as failure:
            await wait_or_raise(from_rpc_error(failure), attempt, patience)


async def answers(
    call: Callable[[], AsyncIterator[T]],
    patience: Patience = Patience(),
) -> AsyncIterator[T]:
    """A stream of answers, retried only while none has come."""
    attempt, begun = 0, False
    while True:
        attempt += 1
        try:
            async for message in call():
                begun = True
                yield message
            return
        except AioRpcError as failure:
            error = from_rpc_error(failure)
            if begun:
                raise error from failure
            await wait_or_raise(error, attempt, patience)


async def wait_or_raise(error: LikenessError, attempt: int, patience: Patience) -> None:
    """Returns when it is time for the next attempt; raises the error where there should be none."""
    wait_s = _wait_s(error, attempt, patience)
    left_s = remaining_s()
    if wait_s is None or attempt >= patience.attempts or (left_s is not None and wait_s >= left_s):
        raise error
    await patience.sleep(wait_s)


def _wait_s(error: LikenessError, attempt: int, patience: Patience) -> float | None:
    """None where waiting cannot help, or not for as long as the server asks."""
    if error.retry_after_s is not None and isinstance(error, Exhausted | Unavailable):
        return error.retry_after_s if error.retry_after_s <= patience.longest_wait_s else None
    if isinstance(error, Unavailable):
        backoff_s = patience.first_backoff_s * 2 ** (attempt - 1)
        return float(min(backoff_s, patience.longest_wait_s) * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
    return None
