"""Connections that break in mid-stream, and what is done about them: the stream is taken up where it was."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from grpc.aio import AioRpcError
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Cancelled, Internal, LikenessError, OutOfTime, Unavailable
from likeness_wire.status import from_rpc_error

T = TypeVar("T")

# A server's own refusal is no broken connection, but bytes that do not add up are.
_BROKEN_BYTES = {reasons.REASON_DIGEST_MISMATCH, reasons.REASON_SIZE_MISMATCH}


def understood(failure: Exception) -> LikenessError:
    """What ended a stream. A connection that broke is Unavailable, whichever status that became on its way."""
    if isinstance(failure, TimeoutError):
        return lost("nothing was heard from the server")
    error = from_rpc_error(failure) if isinstance(failure, AioRpcError) else failure
    if not isinstance(error, LikenessError):
        raise failure
    # Our own servers name an incident; without one it was gRPC or a proxy that reset the stream.
    reset = type(error) is Internal and "incident" not in error.metadata
    if reset or isinstance(error, Cancelled | OutOfTime) or error.reason in _BROKEN_BYTES:
        return lost(error.message)
    return error


def lost(how: str) -> Unavailable:
    """The error of a connection that is gone."""
    return Unavailable(reasons.REASON_PEER_UNAVAILABLE, f"the connection to the server was lost: {how}")


async def audible(messages: AsyncIterator[T], silence_s: float) -> AsyncIterator[T]:
    """The same messages; TimeoutError where none comes for so long."""
    while True:
        try:
            async with asyncio.timeout(silence_s):
                message = await anext(messages)
        except StopAsyncIteration:
            return
        yield message
