"""Small stacks for tests: the echo service as a part, parts that misbehave, and a log that remembers."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from likeness_client.stack.attendant import Policy
from likeness_client.stack.environment import environment
from likeness_client.stack.lines import Line
from likeness_client.stack.profiles import Part
from likeness_client.stack.readiness import Pulse
from likeness_client.stack.restarts import WAITS_S
from likeness_client.stack.stack import Stack, standing

ECHO = "likeness.echo.v1.EchoService"


@dataclass
class RememberedLog:
    """What was heard and said, in order, as `part: text`."""

    lines: list[str] = field(default_factory=list)

    def heard(self, part: str, line: Line) -> None:
        self.lines.append(f"{part}: {line.text}")

    def said(self, message: str, *, level: str = "INFO", part: str = "likeness") -> None:
        self.lines.append(f"{part}: {message}")

    def has(self, *words: str) -> bool:
        return any(all(word in line for word in words) for line in self.lines)


def echo(name: str = "echo", variables: Mapping[str, str] | None = None, **more: object) -> Part:
    """A part that is ready within a second."""
    return Part(name, "services.echo", ECHO, 0, 0, variables or {}, **more)  # type: ignore[arg-type]


def scripted(folder: Path, name: str, code: str) -> Part:
    """A part that runs this code."""
    (folder / f"{name}_part.py").write_text(code)
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return Part(name, f"{name}_part", ECHO, 0, 0, {})


@asynccontextmanager
async def small_stack(*parts: Part, log: RememberedLog | None = None) -> AsyncIterator[Stack]:
    """Parts that die are started again after a tenth of the usual waits, and may be silent for a second."""
    surroundings = partial(environment, threads=1)
    policy = Policy([wait_s / 10 for wait_s in WAITS_S], Pulse(every_s=0.25, misses=4))
    async with asyncio.timeout(60), standing(parts, surroundings, log or RememberedLog(), policy) as stack:
        yield stack
