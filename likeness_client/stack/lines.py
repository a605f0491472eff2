"""What a part writes, line by line: JSON from its log, or a plain word before it could log."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PLACED = frozenset({"time", "level", "logger", "message", "place", "exception"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `facts` are what the log says beside its message."""

    level: str
    message: str
    clock: str
    facts: Mapping[str, Any]
    trail: tuple[str, ...] = ()

    @property
    def is_trouble(self) -> bool:
        return self.level in ("WARNING", "ERROR", "CRITICAL")

    @property
    def text(self) -> str:
        return " ".join([self.message, *(f"{name}={value}" for name, value in self.facts.items())])


def parsed(raw: bytes) -> Line:
    """Anything that is no line of a log of ours is shown as it is: it is how a process says that it cannot start."""
    text = raw.decode(errors="replace").rstrip()
    try:
        told = json.loads(text) if text.startswith("{") else None
    except ValueError:
        told = None
    if not isinstance(told, dict) or "level" not in told:
        return Line("PLAIN", text, "", {})
    return Line(
        level=str(told["level"]),
        message=str(told.get("message") or f"{told.get('logger', '')} {told.get('place', '')}"),
        clock=str(told.get("time", ""))[11:19],
        facts={name: value for name, value in told.items() if name not in _PLACED},
        trail=tuple(map(str, told.get("exception", ()))),
    )
