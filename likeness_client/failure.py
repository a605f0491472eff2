"""How a command fails: one line on standard error, exit status 1, no traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from services.common.startup import StartupError


class CommandFailed(Exception):
    """What was asked for cannot be done. The message is one line for the person at the terminal."""


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Around imports that a plain `pip install likeness` does not bring: says which extra does."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.split(".")[0] in {"gateway", "likeness_client", "likeness_wire", "services"}:
            raise CommandFailed(f"this build of Likeness has no {missing}") from None
        raise CommandFailed(f"this needs {missing}, which pip install 'likeness[{extra}]' brings") from None


def line_of(error: Exception) -> str | None:
    """The line for an expected failure; None for one that nobody foresaw."""
    if isinstance(error, CommandFailed | StartupError):
        return str(error)
    wire = sys.modules.get("likeness_wire.errors")  # not imported for this: what was never loaded raised nothing
    if wire and isinstance(error, wire.LikenessError):
        return f"{error.message} ({error.reason_name})"
    return None
