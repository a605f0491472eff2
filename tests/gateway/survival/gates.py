"""Points that a gateway passes on its way through a job, at which it can be killed or held up.

`before-picture-1`, `after-picture-1`    a step; what it returns is not recorded yet at its `after`
`before-render`, `after-render`          a call of a service; also embed, verify, enlarge
`objects.commit`, `objects.committed`    the store: just before and after an object is there

What is passed several times is counted: `after-render` is the first time, `after-render#3` the third.
"""

import inspect
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.jobs.port import Ending, Json, Run, Step, StepFunction
from gateway.peers import Peers

# Called with a point's full name. What it returns is awaited, where it can be.
Act = Callable[[str], object]


class Gates:
    """Counts, and acts."""

    def __init__(self, act: Act = lambda point: None) -> None:
        self._act = act
        self._passed: Counter[str] = Counter()

    def now(self, point: str) -> object:
        """From any thread."""
        self._passed[point] += 1
        times = self._passed[point]
        return self._act(point if times == 1 else f"{point}#{times}")

    async def passing(self, point: str) -> None:
        waiting = self.now(point)
        if inspect.isawaitable(waiting):
            await waiting

    def course(self, course: Callable[[Run], Awaitable[Ending]]) -> Callable[[Run], Awaitable[Ending]]:
        """The same, with a gate before and after each step."""
        return lambda run: course(_GatedRun(run, self))

    def peers(self, peers: Peers) -> Peers:
        """The same, with a gate before and after each call."""
        return Peers(
            _Gated(peers.embedder, "embed", self),  # type: ignore[arg-type]
            _Gated(peers.generator, "render", self),  # type: ignore[arg-type]
            _Gated(peers.upscaler, "enlarge", self),  # type: ignore[arg-type]
            _Gated(peers.verifier, "verify", self),  # type: ignore[arg-type]
        )


class _GatedRun:
    """A run whose steps have gates."""

    def __init__(self, run: Run, gates: Gates) -> None:
        self._run = run
        self._gates = gates

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    def step(self, function: StepFunction, *args: Json) -> Awaitable[Any]:
        name = "-".join([function.__name__, *map(str, args)])  # type: ignore[attr-defined]

        async def gated(step: Step, *args: Json) -> Json:
            await self._gates.passing(f"before-{name}")
            result = await function(step, *args)
            await self._gates.passing(f"after-{name}")
            return result

        gated.__name__ = function.__name__  # type: ignore[attr-defined]
        return self._run.step(gated, *args)


class _Gated:
    """A service with a gate around one method."""

    def __init__(self, peer: object, method: str, gates: Gates) -> None:
        self._peer = peer
        self._method = method
        self._gates = gates

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._peer, name)
        return self._call(found) if name == self._method else found

    def _call(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def gated(*args: Any, **kwargs: Any) -> Any:
            await self._gates.passing(f"before-{self._method}")
            result = await method(*args, **kwargs)
            await self._gates.passing(f"after-{self._method}")
            return result

        return gated
