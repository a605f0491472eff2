"""Functions for a child process, each misbehaving in one way, beside a few that behave."""

import ctypes
import errno
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadPhoto
from services.common.child import Flow


@dataclass(frozen=True, slots=True)
class Found:
    """A result as services return them."""

    name: str
    embedding: "np.ndarray[Any, np.dtype[np.float32]]" = field(repr=False)


def warm_up() -> None:
    """Importing this module has done it."""


def add(left: int, right: int) -> int:
    return left + right


def find(name: str) -> Found:
    return Found(name, np.array([0.5, 0.25], np.float32))


def echo(value: Any) -> Any:
    return value


def pid() -> int:
    return os.getpid()


def environment() -> dict[str, str]:
    return dict(os.environ)


def length(data: bytes) -> tuple[str, int]:
    return type(data).__name__, len(data)


def count_down(size: int, part: int) -> Flow[str]:
    """`size` bytes in parts, of which no two exist at once."""
    return Flow("zeros", size, (memoryview(bytes(min(part, size - start))) for start in range(0, size, part)))


def fail_half_way(size: int) -> Flow[str]:
    def parts() -> Iterator[memoryview]:
        yield memoryview(bytes(size // 2))
        raise ValueError("the secret middle")

    return Flow("nothing", size, parts())


def pour_too_much(size: int) -> Flow[str]:
    return Flow("lies", size, iter([memoryview(bytes(size + 1))]))


def drip(size: int) -> Flow[str]:
    """Always something, never all of it."""
    return Flow("drops", size, (memoryview(b"x") for _ in range(size)))


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def burn_for(cpu_s: float) -> None:
    """As much of its CPU time, not of the clock's."""
    until = time.process_time() + cpu_s
    while time.process_time() < until:
        pass


def burn() -> None:
    while True:
        pass


def hold_the_gil() -> None:
    ctypes.PyDLL(None).sleep(3600)


def ignore_signals_and_sleep() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(3600)


def eat(megabytes: int) -> int:
    return len(b"x" * (megabytes * 1_000_000))


def eat_slowly() -> None:
    hoard = []
    while True:
        hoard.append(bytearray(1_000_000))


def crash() -> None:
    ctypes.string_at(0)


def leave(status: int) -> None:
    os._exit(status)


def exit_politely() -> None:
    sys.exit(3)


def raise_with_secret() -> None:
    raise ValueError("the secret")


def refuse() -> None:
    raise BadPhoto(reasons.REASON_CORRUPT, "not readable", retry_after_s=1.5, kind="JPEG")


class _Spell:
    """Pickled, it runs a command wherever it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


def return_what_does_not_travel() -> Any:
    return lambda: None


def enchant(path: str) -> Any:
    return _Spell(path)


def babble() -> None:
    """Writes nonsense where the answer is expected."""
    _parents_end().sendall(b"\xff" * 64)
    time.sleep(3600)


def hang_up() -> None:
    _parents_end().close()
    time.sleep(3600)


def write_file(directory: str) -> None:
    with tempfile.TemporaryFile(dir=directory) as file:
        file.write(b"pixels")


def try_all(path: str, parent: int) -> dict[str, str]:
    """What the kernel says to everything that a thief or vandal would try."""
    libc = ctypes.CDLL(None, use_errno=True)
    attempts: dict[str, Callable[[], object]] = {
        "read a file": lambda: Path(path).read_bytes(),
        "list a folder": lambda: list(Path(path).parent.iterdir()),
        "write a file": lambda: Path(path).write_bytes(b""),
        "remove a file": Path(path).unlink,
        "connect": lambda: socket.socket(),
        "fork": os.fork,
        "start a program": lambda: os.execv("/bin/true", ["true"]),
        "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
        "kill the parent": lambda: os.kill(parent, signal.SIGKILL),
        "read the parent": lambda: _checked(libc.ptrace(16, parent, 0, 0)),
        "share memory": lambda: os.memfd_create("x"),
        "undo the seal": lambda: _checked(libc.prctl(22, 0, 0, 0, 0)),
    }
    return {name: _said(attempt) for name, attempt in attempts.items()}


def compute_in_threads() -> int:
    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(len, [bytes(1_000_000)] * 8))


def _checked(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _said(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "allowed"


def look_around_while_reading(data: bytes) -> tuple[list[str], list[str]]:
    """What is open and what is mapped when half of a picture has been decoded."""
    from services.common.images import ImageLimits, photo, sniff

    rows = iter(photo.read(data, sniff(data), ImageLimits(), None).parts)
    next(rows)
    opened = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink() and link.exists()]
    return opened, Path("/proc/self/maps").read_text().splitlines()


def limits() -> dict[str, Any]:
    import resource

    status = Path("/proc/self/status").read_text(encoding="ascii")
    return {
        "core": resource.getrlimit(resource.RLIMIT_CORE),
        "dumpable": ctypes.CDLL(None).prctl(3, 0, 0, 0, 0),
        "no_new_privs": "NoNewPrivs:\t1" in status,
    }


def broken_initializer() -> None:
    raise RuntimeError("no such model, says the secret path")


def refusing_initializer() -> None:
    refuse()


def _parents_end() -> socket.socket:
    return socket.socket(fileno=int(sys.argv[1]))
