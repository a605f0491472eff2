"""All parts together: started side by side, ready when each is, stopped from the gateway down.

async with standing(parts, environment, log) as stack:
    print(stack.addresses["gateway"].grpc)
    await stack.failure()                    # PartFailed when a part is gone for good
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NoReturn, TypeVar

from likeness_client.stack.attendant import Address, Attendant, Policy
from likeness_client.stack.logs import Log
from likeness_client.stack.profiles import GATEWAY, Part
from likeness_client.stack.readiness import recogniser_at

# Loading weights takes minutes; silence should not.
_SAY_SO_EVERY_S = 15.0
USUAL = Policy()

T = TypeVar("T")

Surroundings = Callable[[Mapping[str, str]], Mapping[str, str]]


@asynccontextmanager
async def standing(
    parts: Sequence[Part], surroundings: Surroundings, log: Log, policy: Policy = USUAL
) -> AsyncIterator["Stack"]:
    """A stack that is ready. Leaving the block drains it; no part is left behind, whatever happens."""
    stack = Stack(parts, surroundings, log, policy)
    stack.begin()
    try:
        await stack.until_ready()
        yield stack
    finally:
        await stack.stop()


class Stack:
    """Lives inside `standing`. `surroundings` turns a part's variables into its whole environment."""

    def __init__(self, parts: Sequence[Part], surroundings: Surroundings, log: Log, policy: Policy) -> None:
        self._surroundings = surroundings
        self._log = log
        self._attendants = {part.name: Attendant(part, self._environment, log, policy) for part in parts}
        self._tasks: list[asyncio.Task[None]] = []
        self._recogniser = ""
        self.addresses: Mapping[str, Address] = {}

    @property
    def pids(self) -> Mapping[str, int]:
        """Of the parts that run now."""
        lives = {name: attendant.process for name, attendant in self._attendants.items()}
        return {name: life.pid for name, life in lives.items() if life is not None and life.running}

    def begin(self) -> None:
        self._tasks = [asyncio.create_task(each.attend()) for each in self._attendants.values()]

    async def until_ready(self) -> None:
        """Every part serves, or PartFailed."""
        readiness = asyncio.create_task(self._all_ready())
        try:
            while not readiness.done():
                await asyncio.wait({readiness, *self._tasks}, timeout=_SAY_SO_EVERY_S, return_when="FIRST_COMPLETED")
                self._raise_failures()
                self._say_who_is_missing()
        finally:
            readiness.cancel()
        self.addresses = {name: await each.address() for name, each in self._attendants.items()}

    async def failure(self) -> NoReturn:
        """Returns never: raises PartFailed when a part is gone for good."""
        while True:
            await asyncio.wait(self._tasks, return_when="FIRST_COMPLETED")
            self._raise_failures()

    async def during(self, work: Coroutine[Any, Any, T]) -> T:
        """What comes of the work; PartFailed where a part that it may be waiting for is gone for good."""
        working, failing = asyncio.ensure_future(work), asyncio.ensure_future(self.failure())
        try:
            await asyncio.wait({working, failing}, return_when="FIRST_COMPLETED")
            return working.result() if working.done() else await failing
        finally:
            for task in (working, failing):
                task.cancel()
            await asyncio.gather(working, failing, return_exceptions=True)

    async def stop(self) -> None:
        """The gateway first: while it drains it still needs the others."""
        try:
            for group in _in_order(self._attendants):
                await asyncio.gather(*(each.stop() for each in group))
        finally:
            # Also where stopping itself was cut short, by a second Ctrl-C for example.
            await asyncio.gather(*(each.kill() for each in self._attendants.values()))
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _all_ready(self) -> None:
        await asyncio.gather(*(each.ready.wait() for each in self._attendants.values()))

    async def _environment(self, part: Part) -> Mapping[str, str]:
        """The part's whole environment, once what it has to know is known."""
        told = {"HOST": part.host, "GRPC_PORT": str(part.grpc_port), "METRICS_PORT": str(part.metrics_port)}
        told |= {**part.variables, **part.more_ports}
        for peer in part.peers:
            if replicas := [each for each in self._attendants.values() if each.part.kind == peer]:
                told[peer.upper()] = _target([(await each.address()).grpc for each in replicas])
        if part.recogniser_of:
            told.setdefault("RECOGNISER_ID", await self._recogniser_of(self._attendants[part.recogniser_of]))
        return self._surroundings(told)

    async def _recogniser_of(self, embedder: Attendant) -> str:
        if not self._recogniser:
            await embedder.ready.wait()
            self._recogniser = await recogniser_at((await embedder.address()).grpc)
        return self._recogniser

    def _raise_failures(self) -> None:
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    def _say_who_is_missing(self) -> None:
        missing = [name for name, each in self._attendants.items() if not each.ready.is_set()]
        if missing and self._tasks:
            self._log.said(f"still starting: {', '.join(missing)}")


def _in_order(attendants: Mapping[str, Attendant]) -> list[list[Attendant]]:
    gateways = [each for each in attendants.values() if each.part.kind == GATEWAY]
    return [gateways, [each for each in attendants.values() if each not in gateways]]


def _target(addresses: Sequence[str]) -> str:
    """A name for gRPC, which takes turns among several."""
    return addresses[0] if len(addresses) == 1 else f"ipv4:{','.join(addresses)}"
