"""Keeps one part of the stack running: starts it, hears it, says when it dies, starts it again a few times."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from likeness_client.stack.lines import Line
from likeness_client.stack.logs import Log
from likeness_client.stack.process import REFUSED, Process, how
from likeness_client.stack.profiles import HOST, Part
from likeness_client.stack.readiness import Pulse, until_lifeless, until_serving
from likeness_client.stack.restarts import WAITS_S, Restarts

# The grace for jobs and for calls, one after the other, and time for an interpreter to end.
_ENDING_S = 40.0

Environment = Callable[[Part], Awaitable[Mapping[str, str]]]


class PartFailed(Exception):
    """A part that the stack cannot do without is gone for good; the message is one line."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a part listens."""

    grpc_port: int
    metrics_port: int
    http_port: int | None = None
    health_port: int | None = None
    host: str = HOST

    @property
    def grpc(self) -> str:
        return f"{self.host}:{self.grpc_port}"

    @property
    def metrics(self) -> str:
        return f"{self.host}:{self.metrics_port}"

    @property
    def health(self) -> str:
        """Where it says in plain text whether it lives: the port of its calls, unless those want TLS."""
        return f"{self.host}:{self.health_port or self.grpc_port}"

    @property
    def http(self) -> str | None:
        """None where a part has no such port."""
        return None if self.http_port is None else f"{self.host}:{self.http_port}"


@dataclass(frozen=True, slots=True)
class Policy:
    """When a part counts as gone, and after how long it is started again each time."""

    waits_s: Sequence[float] = WAITS_S
    pulse: Pulse = field(default_factory=Pulse)


class Attendant:
    """Of one part, for as long as the stack stands."""

    def __init__(self, part: Part, environment: Environment, log: Log, policy: Policy) -> None:
        self.part = part
        self.ready = asyncio.Event()
        self.process: Process | None = None
        self._environment = environment
        self._log = log
        self._policy = policy
        self._restarts = Restarts(policy.waits_s)
        self._address: asyncio.Future[Address] = asyncio.get_running_loop().create_future()
        self._ports: dict[str, int] = {}
        if part.grpc_port and part.metrics_port and part.http_port != 0:
            self._address.set_result(self._listening_on(part.grpc_port, part.metrics_port, part.http_port))
        self._stopping = False
        self._last_word = ""

    async def address(self) -> Address:
        """Known once it listens; the same after a restart."""
        return await asyncio.shield(self._address)

    async def attend(self) -> None:
        """Until the stack stops. PartFailed when starting it again would not help."""
        while not self._stopping:
            status = await self._live()
            if self._stopping:
                return
            await self._mourn(status)

    async def stop(self) -> None:
        """Drained and gone."""
        self._stopping = True
        if self.process is not None:
            await self.process.stop(_ENDING_S)

    async def kill(self) -> None:
        """Gone."""
        self._stopping = True
        if self.process is not None:
            await self.process.kill()

    async def _live(self) -> int:
        """One life, from start to exit status."""
        environment = dict(await self._environment(self.part))
        if self._address.done():
            environment |= _same_ports(self._address.result())
        self.process = await Process.start(self.part.module, environment, self._hear)
        watching = asyncio.create_task(self._watch(time.monotonic()))
        try:
            return await self.process.ended()
        finally:
            watching.cancel()
            self.ready.clear()

    async def _watch(self, began: float) -> None:
        address = await self.address()
        await until_serving(address.health, self.part.service)
        self.ready.set()
        self._log.said(f"ready after {time.monotonic() - began:.1f} s on {address.grpc}", part=self.part.name)
        await until_lifeless(address.health, self._policy.pulse)
        if self.process is not None and not self._stopping:
            self._log.said("does not answer any more, and is ended", level="ERROR", part=self.part.name)
            await self.process.kill()

    async def _mourn(self, status: int) -> None:
        name, wait_s = self.part.name, None if status == REFUSED else self._restarts.wait_s()
        if wait_s is None:
            why = f": {self._last_word}" if status == REFUSED else ", once too often: the stack ends with it"
            raise PartFailed(f"{name} {how(status)}{why}")
        self._log.said(f"{how(status)}; starting it again in {wait_s:g} s", level="ERROR", part=name)
        await asyncio.sleep(wait_s)

    def _hear(self, line: Line) -> None:
        if line.message in ("listening", "http") and not self._address.done():
            self._learn_ports(line)
        if line.level == "PLAIN" and line.message:
            self._last_word = line.message.removeprefix("cannot start: ")
        self._log.heard(self.part.name, line)

    def _learn_ports(self, line: Line) -> None:
        names = ("grpc_port", "metrics_port", *(() if self.part.http_port is None else ("http_port",)))
        self._ports |= {name: int(line.facts[name]) for name in names if name in line.facts}
        if len(self._ports) == len(names):
            self._address.set_result(self._listening_on(**self._ports))

    def _listening_on(self, grpc_port: int, metrics_port: int, http_port: int | None = None) -> Address:
        return Address(grpc_port, metrics_port, http_port, self.part.health_port, self.part.host)


def _same_ports(address: Address) -> Mapping[str, str]:
    ports = {"GRPC": address.grpc_port, "METRICS": address.metrics_port, "HTTP": address.http_port}
    return {f"LIKENESS_{name}_PORT": str(port) for name, port in ports.items() if port is not None}
