"""Logs as JSON lines that cannot carry a face, a prompt or a path.

Nothing is trusted to be harmless. Our own loggers keep their message, a constant of the code, and its arguments only
where they are numbers or short words. Messages of other libraries are dropped, since they quote what they were given;
place and level remain. Exceptions leave their types and the places they passed, never their text.
"""

import enum
import json
import logging
import re
import sys
import threading
import time
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

OURS = ("likeness", "likeness_wire", "likeness_client", "services", "gateway")

# Long enough for `likeness.generator.v1.GeneratorService`, far too short for an image, and without spaces: no prompt.
_WORD = re.compile(r"[\w.:+-]{0,64}\Z")
_encode = json.JSONEncoder(ensure_ascii=False).encode
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up(level: str) -> None:
    """One handler on the root, writing to standard error; uncaught exceptions end there too."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    _silence_private_handlers()
    # Facts that no line carries need not be collected.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    sys.excepthook = lambda _, error, __: _log_uncaught(error)
    threading.excepthook = lambda args: _log_uncaught(args.exc_value)
    sys.unraisablehook = lambda args: _log_uncaught(args.exc_value)


class JsonLines(logging.Formatter):
    """A record as one line: time, level, logger, message, and the `extra` facts."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _instant(record.created),
            "level": record.levelname,
            "logger": record.name,
        }
        if record.name.split(".")[0] in OURS:
            line["message"] = _message(record)
            line |= {key: safe(value) for key, value in vars(record).items() if key not in _STANDARD}
        else:
            line["place"] = f"{record.module}:{record.lineno}"
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = trail(record.exc_info[1])
        return _encode(line)


class CallLines:
    """The line of every call of one method. Written past `logging`, whose records, locks and handlers take longer for a
    line than the shell for the call. Nothing goes in but names of the code and seconds.
    """

    def __init__(self, logger: logging.Logger, rpc: str) -> None:
        self._logger = logger
        self._call = f'"level": "INFO", "logger": "{logger.name}", "message": "call", "rpc": "{rpc}"'

    def write(self, code: str, reason: str, seconds: float) -> None:
        if self._logger.isEnabledFor(logging.INFO):
            outcome = f'"code": "{code}", "reason": "{reason}", "seconds": {seconds:.6f}'
            sys.stderr.write(f'{{"time": "{_instant(time.time())}", {self._call}, {outcome}}}\n')


class _Rooted(logging.Logger):
    """A logger that only the root's handler hears, whatever handlers its library gives it."""

    def callHandlers(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        logging.getLogger().callHandlers(record)


def _silence_private_handlers() -> None:
    """Libraries such as diffusers bring a handler of their own, which would print prompts past ours."""
    logging.setLoggerClass(_Rooted)
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.__class__ = _Rooted


def safe(value: object) -> object:
    """The value if it is a number or a short word; otherwise only what it was."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, str):
        return value if _WORD.match(value) else f"<text of {len(value)}>"
    return f"<{type(value).__name__}{_size(value)}>"


def trail(error: BaseException) -> list[str]:
    """Types, and below each the places it passed, from the first cause to the error itself."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return [line for link in reversed(chain) for line in _places(link)]


def _places(error: BaseException) -> list[str]:
    """Innermost first. No paths: the module says where, on every machine alike."""
    walk = reversed(list(traceback.walk_tb(error.__traceback__)))
    places = [f"{frame.f_globals.get('__name__', '?')}:{line}" for frame, line in walk]
    return [type(error).__name__, *(f"  at {place}" for place in places)]


def _instant(seconds: float) -> str:
    return f"{_second(int(seconds))}.{int(seconds % 1 * 1000):03}+00:00"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _message(record: logging.LogRecord) -> str:
    """The constant of the code with safe arguments in it. A message built beforehand has spaces and is only counted."""
    template = record.msg if isinstance(record.msg, str) else str(safe(record.msg))
    if not record.args:
        return template
    arguments: Any = record.args
    arguments = {k: safe(v) for k, v in arguments.items()} if isinstance(arguments, dict) else map(safe, arguments)
    try:
        return template % (arguments if isinstance(arguments, dict) else tuple(arguments))
    except (TypeError, ValueError):
        return template


def _size(value: object) -> str:
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f" {tuple(shape)}"
    try:
        return f" of {len(value)}"  # type: ignore[arg-type]
    except TypeError:
        return ""


def _log_uncaught(error: BaseException | None) -> None:
    logging.getLogger("likeness").critical("uncaught", exc_info=error)
