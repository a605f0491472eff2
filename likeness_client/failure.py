"""How a command fails: one line on standard error, exit status 1, no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager


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
    """The line for an expected failure; None for one that nobody foresaw. Imported late: grpc takes its time."""
    from likeness_wire.errors import LikenessError
    from services.common.startup import StartupError

    if isinstance(error, LikenessError):
        return f"{error.message} ({error.reason_name})"
    return str(error) if isinstance(error, CommandFailed | StartupError) else None
