"""The two ends of every measurement: three servers in their own processes, and a client of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc.aio
from likeness.echo.v1.echo_pb2_grpc import EchoServiceStub

from bench.shell.servers import Server, server
from likeness_wire.channels import connect
from likeness_wire.hop import HopChannel
from services.echo.servicer import NAME

if TYPE_CHECKING:
    from likeness.echo.v1.echo_pb2_grpc import EchoServiceAsyncStub  # in the stubs alone


@dataclass(frozen=True, slots=True)
class End:
    """A server and the stub that calls it."""

    stub: EchoServiceAsyncStub
    server: Server


@dataclass(frozen=True, slots=True)
class Ends:
    """The echo service, the same with a watch on its loop, and the bare reference."""

    shell: End
    watched: End
    bare: End


@asynccontextmanager
async def ends() -> AsyncIterator[Ends]:
    with (
        server("services.echo") as shell,
        server("bench.shell.watched") as watched,
        server("bench.shell.bare") as bare,
    ):
        async with (
            connect(shell.target, NAME, default_timeout_s=60) as to_shell,
            connect(watched.target, NAME, default_timeout_s=60) as to_watched,
            grpc.aio.insecure_channel(bare.target) as to_bare,
        ):
            yield Ends(End(_stub(to_shell), shell), End(_stub(to_watched), watched), End(_stub(to_bare), bare))


def _stub(channel: HopChannel | grpc.aio.Channel) -> EchoServiceAsyncStub:
    return EchoServiceStub(channel)
