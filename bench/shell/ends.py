"""The two ends of every measurement: four servers in their own processes, and a client of each."""

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
    """The echo service, one whose worker takes all that waits, one with a watch on its loop, and the bare reference."""

    shell: End
    batching: End
    watched: End
    bare: End


@asynccontextmanager
async def ends() -> AsyncIterator[Ends]:
    with (
        server("services.echo") as shell,
        server("services.echo", BATCH_ITEMS="32") as batching,
        server("bench.shell.watched") as watched,
        server("bench.shell.bare") as bare,
    ):
        async with (
            connect(shell.target, NAME, default_timeout_s=60) as to_shell,
            connect(batching.target, NAME, default_timeout_s=60) as to_batching,
            connect(watched.target, NAME, default_timeout_s=60) as to_watched,
            grpc.aio.insecure_channel(bare.target) as to_bare,
        ):
            yield Ends(
                End(_stub(to_shell), shell),
                End(_stub(to_batching), batching),
                End(_stub(to_watched), watched),
                End(_stub(to_bare), bare),
            )


def _stub(channel: HopChannel | grpc.aio.Channel) -> EchoServiceAsyncStub:
    return EchoServiceStub(channel)
