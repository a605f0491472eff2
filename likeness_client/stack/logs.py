"""One log of many processes: with prefixes and colours for people, as JSON lines for programs, or into a file."""

import json
import sys
import time
from collections.abc import Collection
from typing import Protocol, TextIO

from rich.console import Console
from rich.text import Text

from likeness_client.stack.lines import Line

OURSELVES = "likeness"

_COLOURS = ("cyan", "magenta", "green", "blue", "yellow")
# Of a part that has no replicas.
_LONGEST_NAME = "generator"
_TROUBLE = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}


class Log(Protocol):
    """Where lines go."""

    def heard(self, part: str, line: Line) -> None:
        """A part has written."""

    def said(self, message: str, *, level: str = "INFO", part: str = OURSELVES) -> None:
        """The stack itself has something to say, of a part perhaps."""


class ShownLog:
    """On the terminal. Calls and other daily business are shown where `verbose`."""

    def __init__(self, names: Collection[str], console: Console | None = None, *, verbose: bool = False) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._colours = dict(zip(names, _COLOURS, strict=False))
        self._width = max(map(len, (*names, _LONGEST_NAME)))
        self._verbose = verbose

    def heard(self, part: str, line: Line) -> None:
        if self._verbose or line.is_trouble or line.level == "PLAIN":
            self._show(part, line.clock or _now(), line.text, _TROUBLE.get(line.level, ""))
            for place in line.trail:
                self._show(part, "", f"  {place}", "dim")

    def said(self, message: str, *, level: str = "INFO", part: str = OURSELVES) -> None:
        self._show(part, _now(), message, _TROUBLE.get(level, ""))

    def _show(self, part: str, clock: str, text: str, style: str) -> None:
        prefix = Text(f"{part:<{self._width}} ", self._colours.get(part, "bold"))
        self._console.print(prefix, Text(f"{clock:8} ", "dim"), Text(text, style), sep="")


class JsonLog:
    """JSON lines with everything."""

    def __init__(self, file: TextIO = sys.stdout) -> None:
        self._file = file

    def heard(self, part: str, line: Line) -> None:
        facts = {**line.facts, **({"exception": line.trail} if line.trail else {})}
        self._write({"process": part, "level": line.level, "time": line.clock, "message": line.message, **facts})

    def said(self, message: str, *, level: str = "INFO", part: str = OURSELVES) -> None:
        self._write({"process": part, "level": level, "time": _now(), "message": message})

    def _write(self, fields: dict[str, object]) -> None:
        self._file.write(json.dumps(fields, ensure_ascii=False) + "\n")
        self._file.flush()


def _now() -> str:
    return time.strftime("%H:%M:%S", time.gmtime())
