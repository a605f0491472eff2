"""What the front door costs: GetJob against a bare aio echo, a request that comes twice, a result on its way out.

`python -m bench.gateway [--rounds 7]`
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likeness.echo.v1.echo_pb2 import EchoRequest
from likeness.echo.v1.echo_pb2_grpc import EchoServiceStub
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from likeness.gateway.v1.job_pb2 import STATE_SUCCEEDED, Job

from bench.abab import Pair, abab
from bench.machine import described
from bench.shell.servers import server
from bench.table import Row, render
from gateway.api.servicer import NAME
from likeness_wire.channels import connect
from tests.gateway.api.front import STYLES, photo, request, upload_messages
from tests.stand_ins import StandIns, standing

if TYPE_CHECKING:
    from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceAsyncStub  # in the stubs alone

ECHO = "likeness.echo.v1.EchoService"
CALLS = 100
PICTURES = (1, 50)


async def rows(rounds: int, folder: Path) -> list[Row]:
    """One gateway and one echo in processes of their own, small stand-ins for the services here."""
    async with standing() as services:
        settings = {"DATA_DIR": str(folder), "STYLES_FILE": str(STYLES), "REFLECTION": "false"}
        addresses = {name.removeprefix("LIKENESS_"): value for name, value in services.variables.items()}
        with server("gateway", **settings, **addresses) as gateway, server("bench.shell.bare") as echo:
            async with (
                connect(gateway.target, NAME, default_timeout_s=60) as channel,
                connect(echo.target, ECHO, default_timeout_s=60) as bare,
            ):
                stub = GatewayServiceStub(channel)
                reference = median_of(lambda: EchoServiceStub(bare).Echo(EchoRequest(text="x" * 1024)))
                return await measured(stub, reference, services, rounds)


async def measured(
    stub: GatewayServiceAsyncStub, reference: Callable[[], Awaitable[float]], services: StandIns, rounds: int
) -> list[Row]:
    table = []
    for pictures in PICTURES:
        message = pb.GetJobRequest(name=(await made(stub, pictures)).name)
        pair = await abab(median_of(functools.partial(stub.GetJob, message)), reference, rounds)
        table.append(tax(f"GetJob, {pictures} pictures", pair, 0.6))
    door = await abab(median_of(lambda: stub.ListStyles(pb.ListStylesRequest())), reference, rounds)
    table.append(tax("ListStyles, the door alone", door, None))
    info = await abab(median_of(lambda: stub.GetServerInfo(pb.GetServerInfoRequest())), reference, rounds)
    table.append(tax("GetServerInfo", info, None))
    return [*table, await twice(stub, reference, services, rounds)]


async def twice(
    stub: GatewayServiceAsyncStub, reference: Callable[[], Awaitable[float]], services: StandIns, rounds: int
) -> Row:
    """The same request once more, for a job that has ended."""
    message = request((await uploaded(stub)).name)
    await ended(stub, (await stub.CreateJob(message)).job)
    before = services.calls
    pair = await abab(median_of(lambda: stub.CreateJob(message)), reference, rounds)
    this = f"{1000 * pair.medians[0]:.2f} ms, {services.calls - before} forwards"
    return Row("CreateJob again, p50", this, "", "", "≤ 10 ms, 0 forwards")


def tax(name: str, pair: Pair, goal_ms: float | None) -> Row:
    """What the call takes beyond an echo."""
    this, reference = (1000 * seconds for seconds in pair.medians)
    goal = "" if goal_ms is None else f"tax ≤ {goal_ms} ms"
    if goal_ms is not None and 1000 * pair.difference > goal_ms:
        goal += ", missed"
    if pair.disturbed:
        goal += " (disturbed)"
    return Row(f"{name}, p50", f"{this:.2f} ms", f"{reference:.2f} ms", f"+{1000 * pair.difference:.2f} ms", goal)


def median_of(call: Callable[[], Any], calls: int = CALLS) -> Callable[[], Awaitable[float]]:
    """Seconds of a call, one after another."""

    async def measure() -> float:
        taken = []
        for _ in range(calls):
            began = time.perf_counter()
            await call()
            taken.append(time.perf_counter() - began)
        return statistics.median(taken)

    return measure


async def uploaded(stub: GatewayServiceAsyncStub) -> Any:
    return (await stub.CreateUpload(upload_messages([photo()]))).upload


async def made(stub: GatewayServiceAsyncStub, pictures: int) -> Job:
    upload = await uploaded(stub)
    return await ended(stub, (await stub.CreateJob(request(upload.name, count=pictures))).job)


async def ended(stub: GatewayServiceAsyncStub, job: Job) -> Job:
    async for _ in stub.WatchJob(pb.WatchJobRequest(name=job.name)):
        pass
    found = (await stub.GetJob(pb.GetJobRequest(name=job.name))).job
    assert found.state == STATE_SUCCEEDED, found.problem
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; default: the temporary one")
    arguments = parser.parse_args()
    print(described("grpcio", "sqlalchemy"))
    with tempfile.TemporaryDirectory(dir=arguments.folder) as place:
        print(render(asyncio.run(rows(arguments.rounds, Path(place)))))


if __name__ == "__main__":
    main()
