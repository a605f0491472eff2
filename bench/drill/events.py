"""What the processes of the fleet said: kept in a file, and counted."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from likeness_client.stack.lines import Line
from likeness_client.stack.logs import OURSELVES

# What a server says where it did not begin, with a hint when to come again.
_NOT_NOW = frozenset({"UNAVAILABLE", "RESOURCE_EXHAUSTED"})


class Chronicle:
    """The log of a stack. JSON lines in a file, which is never erased."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", buffering=1)
        self.heard_of: Counter[tuple[str, str]] = Counter()
        # Calls of callers that a gateway turned away.
        self.refused = 0
        self.calls: Counter[tuple[str, str, str]] = Counter()

    def heard(self, part: str, line: Line) -> None:
        self.heard_of[part, line.message] += 1
        if line.message == "call":
            self._count(part.partition("-")[0], line.facts)
        facts = {**line.facts, **({"exception": line.trail} if line.trail else {})}
        self._write(part, line.level, line.message, line.clock or _clock(), facts)

    def said(self, message: str, *, level: str = "INFO", part: str = OURSELVES) -> None:
        self.heard_of[part, message.partition(" ")[0]] += 1
        self._write(part, level, message, _clock(), {})

    def close(self) -> None:
        self._file.close()

    def _count(self, kind: str, facts: Any) -> None:
        code = str(facts.get("code", "")).rpartition(".")[2]
        self.calls[kind, str(facts.get("rpc", "")), code] += 1
        if kind == "gateway" and code in _NOT_NOW and facts.get("reason"):
            self.refused += 1

    def _write(self, part: str, level: str, message: str, clock: str, facts: dict[str, Any]) -> None:
        told = {"process": part, "level": level, "time": clock, "message": message, **facts}
        self._file.write(json.dumps(told, ensure_ascii=False) + "\n")


def _clock() -> str:
    return time.strftime("%H:%M:%S", time.gmtime())
