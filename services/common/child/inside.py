"""The child's side of `Child`: asked for one function after the other, until its parent lets go.

Run as `python -m services.common.child.inside SOCKET LIFELINE`. Imports stay few: a child starts in the time that its
functions' own imports take.
"""

import ctypes
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from services.common.child.flow import Flow
from services.common.child.frames import OUT_OF_MEMORY, Frames, pack
from services.common.child.seal import seal
from services.common.logs import trail
from services.common.process import end_with, forbid_core_dumps

_PR_SET_NO_NEW_PRIVS = 38


def main() -> None:
    frames = Frames(socket.socket(fileno=int(sys.argv[1])), guarded=False)
    end_with(int(sys.argv[2]))
    _shut_off()
    try:
        initializer, memory_bytes, sealed = frames.receive()
        _reply(frames, lambda: _warm_up(initializer, memory_bytes, sealed))
        while True:
            function, args, cpu_s = frames.receive()
            _reply(frames, lambda: function(*args), cpu_s)  # noqa: B023 - called before the next one comes
            # What one call brought must not live until the next one comes.
            del function, args
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except (EOFError, OSError):
        os._exit(0)


def _shut_off() -> None:
    """No core dumps, no gain of rights, and the time limit kills."""
    forbid_core_dumps()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)


def _warm_up(initializer: Callable[[], None] | None, memory_bytes: int | None, sealed: bool) -> None:
    """The limits come last: what the functions need anyway is not theirs to account for."""
    if initializer is not None:
        initializer()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if memory_bytes is not None:
        _limit_memory(memory_bytes)
    if sealed:
        seal()


def _limit_memory(extra_bytes: int) -> None:
    """Private memory, counted from now on. Elsewhere than on Linux the kernel counts no such thing."""
    if sys.platform != "linux":
        return
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - pathlib is an import more
        data_pages = int(statm.read().split()[5])
    limit = data_pages * resource.getpagesize() + extra_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _reply(frames: Frames, work: Callable[[], Any], cpu_s: float | None = None) -> None:
    signal.setitimer(signal.ITIMER_PROF, cpu_s or 0)
    try:
        result = work()
        if isinstance(result, Flow):
            result = _pour(frames, result)
        answer = pack(("done", result))
    except BaseException as error:
        answer = pack(_failure(error))
    signal.setitimer(signal.ITIMER_PROF, 0)
    frames.send(answer)


def _pour(frames: Frames, flow: Flow[Any]) -> Any:
    frames.send(pack(("flow", flow.size_bytes)))
    try:
        frames.send_parts(flow.parts)
    except BaseException:
        frames.send_parts(())  # the parent has to hear that no more will come
        raise
    return flow.about


def _failure(error: BaseException) -> tuple[str, Any]:
    """Our own errors cross as themselves; of others only types and places, for messages quote what they were given."""
    if isinstance(error, MemoryError):
        return ("memory", None)
    errors = sys.modules.get("likeness_wire.errors")
    if errors is not None and isinstance(error, errors.LikenessError):
        return ("refused", error)
    return ("raised", (type(error).__name__, trail(error)))


if __name__ == "__main__":
    main()
