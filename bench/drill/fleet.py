"""Two of everything: gateways and services in processes of their own, with mTLS, behind names that mean both, and with
lines between them that can fail.

    async with standing_fleet(folder, chronicle) as fleet:
        async with fleet.caller() as likeness: ...
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench.drill.credentials import CALLER, Credentials
from bench.drill.events import Chronicle
from bench.drill.ground import Ground, standing_ground
from bench.drill.lines import Line, standing_line
from bench.drill.names import naming
from likeness_client import AsyncLikeness
from likeness_client.stack.attendant import Policy
from likeness_client.stack.environment import environment
from likeness_client.stack.profiles import GATEWAY, Part, Place, Profile, parts_of, replicated
from likeness_client.stack.readiness import Pulse
from likeness_client.stack.stack import Stack, standing
from likeness_wire.resend import Patience
from tests.gateway.servers import free_ports

SERVICES = ("embedder", "generator", "upscaler", "verifier")
KINDS = (*SERVICES, GATEWAY)
REPLICAS = 2

# Shorter than by default, so that a drill is short: a gateway's lease, and its patience with one call.
LEASE_S = 10
CALL_S = 20
# As a cluster would: whoever has not answered for so long is ended. Longer than the patience with a call.
PULSE = Pulse(every_s=3.0, misses=6)
# Nobody is given up during a drill, however often it is killed.
_POLICY = Policy(waits_s=(0.5,) * 99, pulse=PULSE)


@dataclass(frozen=True, slots=True)
class Fleet:
    """All that stands, and the handles by which it is made to fail. `lines` lead to services, by the name of a part."""

    stack: Stack
    parts: Sequence[Part]
    chronicle: Chronicle
    lines: Mapping[str, Line]
    ground: Ground
    credentials: Credentials
    address: str

    def caller(self, patience: Patience) -> AsyncLikeness:
        """Balances between the gateways by itself, as any client does."""
        return AsyncLikeness(self.address, tls=self.credentials.files(CALLER), patience=patience)

    def of_kind(self, kind: str) -> list[str]:
        return [part.name for part in self.parts if part.kind == kind]

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)


@asynccontextmanager
async def standing_fleet(folder: Path, chronicle: Chronicle) -> AsyncIterator[Fleet]:
    """Ready."""
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(standing_ground())
        parts = _parts(folder)
        kinds = {part.name: part.kind for part in parts}
        credentials = Credentials.begun(ground.secrets / "tls", kinds | {CALLER: CALLER})
        names = await stack.enter_async_context(naming({kind: _fronts(parts, kind) for kind in KINDS}))
        lines = {part.name: await stack.enter_async_context(_line(part)) for part in parts}
        told = [_told(part, parts, credentials, ground, names) for part in parts]
        up = await stack.enter_async_context(standing(told, partial(environment, threads=1), chronicle, _POLICY))
        yield Fleet(up, told, chronicle, lines, ground, credentials, _target(names, GATEWAY, parts))


@asynccontextmanager
async def _line(part: Part) -> AsyncIterator[Line]:
    line = Line(part.host, part.grpc_port)
    async with standing_line(line, _in_front(part), part.grpc_port):
        yield line


def _parts(folder: Path) -> list[Part]:
    """Each replica on an address of its own, all of one kind on one port: what a name of DNS can say."""
    place = Place(folder, folder, threads=1, free_ports=True)
    parts = replicated(parts_of(Profile.EMBEDDED, place), [f"{kind}={REPLICAS}" for kind in KINDS])
    ports = dict(zip(KINDS, free_ports(len(KINDS)), strict=True))
    return [_placed(part, ports[part.kind]) for part in parts]


def _placed(part: Part, port: int) -> Part:
    metrics, health, http = free_ports(3)
    return replace(
        part,
        host=f"127.0.1.{_number(part)}",
        grpc_port=port,
        metrics_port=metrics,
        health_port=health,
        http_port=None if part.http_port is None else http,
        peers=(),
    )


def _told(part: Part, parts: Sequence[Part], credentials: Credentials, ground: Ground, names: str) -> Part:
    variables = {**part.variables, **credentials.variables(part.name, [GATEWAY])}
    if part.kind == GATEWAY:
        files = credentials.files(part.name)
        variables |= ground.variables()
        variables |= {kind.upper(): _target(names, kind, parts) for kind in SERVICES}
        variables |= {f"{kind.upper()}_TIMEOUT_S": str(CALL_S) for kind in SERVICES}
        variables |= {"PUBLIC_TLS_CHAIN": str(files.chain), "PUBLIC_TLS_KEY": str(files.key)}
        variables |= {"JOB_LEASE_S": str(LEASE_S), "BINDING_KEY_FILE": str(ground.binding_key)}
    return replace(part, variables=variables)


def _target(names: str, kind: str, parts: Sequence[Part]) -> str:
    port = next(part.grpc_port for part in parts if part.kind == kind)
    return f"dns://{names}/{kind}:{port}"


def _fronts(parts: Sequence[Part], kind: str) -> list[str]:
    return [_in_front(part) for part in parts if part.kind == kind]


def _in_front(part: Part) -> str:
    """Where its line takes connections."""
    return part.host.replace("127.0.1.", "127.0.2.")


def _number(part: Part) -> int:
    return int(part.name.partition("-")[2] or 1)
