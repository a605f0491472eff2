"""Small calls: how long one takes, and how many go through in a second."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING

from likeness.echo.v1.echo_pb2 import EchoRequest

if TYPE_CHECKING:
    from likeness.echo.v1.echo_pb2_grpc import EchoServiceAsyncStub  # in the stubs alone

_REQUEST = EchoRequest(text="x" * 1024)


async def median_s(stub: EchoServiceAsyncStub, calls: int = 200) -> float:
    """Seconds of a call with 1 KB there and back, one after another."""
    taken = []
    for _ in range(calls):
        began = time.perf_counter()
        await stub.Echo(_REQUEST)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


async def per_second(stub: EchoServiceAsyncStub, at_once: int = 32, calls: int = 640) -> float:
    """The same call, always `at_once` of them in flight."""

    async def caller() -> None:
        for _ in range(calls // at_once):
            await stub.Echo(_REQUEST)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    return calls / (time.perf_counter() - began)
