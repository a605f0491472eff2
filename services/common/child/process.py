"""The operating system's view of a child: one interpreter, one socket pair, one lifeline."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from services.common.child.deadline import Deadline
from services.common.child.failures import ChildDied, ChildOutOfMemory, ChildOverstayed, ChildRaised
from services.common.child.frames import OUT_OF_MEMORY, Frames, Packed, pack

# An interpreter, its imports and a model, on a machine that is starting everything at once.
_START_S = 60.0
# Between the end of its socket and the end of a process.
PATIENCE_S = 0.2
# Nothing else of the environment is handed on: it holds the process's secrets.
_ENVIRONMENT = (
    *("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"),
)


class Answer(NamedTuple):
    """What came back: `kind` says how it ended. `poured` holds what a Flow brought."""

    kind: str
    content: Any
    poured: bytearray


class Process:
    """Begins to start at once and is warm some time later; `greeting` waits for that."""

    def __init__(self, initializer: Callable[[], None] | None, memory_bytes: int | None, sealed: bool) -> None:
        ours, theirs = socket.socketpair()
        lifeline, self._life = os.pipe()
        try:
            self._popen = _spawn(theirs.fileno(), lifeline)
        finally:
            theirs.close()
            os.close(lifeline)
        self._frames = Frames(ours, guarded=True)
        self._greeting: Answer | None = None
        self._warm_by = Deadline(_START_S)
        self._frames.send(pack((initializer, memory_bytes, sealed)), self._warm_by)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def gone(self) -> bool:
        return self._popen.poll() is not None

    def greeting(self) -> Answer:
        """How warming up went; waits for it the first time."""
        if self._greeting is None:
            self._greeting = self._answer(self._warm_by)
        return self._greeting

    def ask(self, request: Packed, timeout_s: float) -> Answer:
        deadline = Deadline(timeout_s, self.pid)
        self._frames.send(request, deadline)
        return self._answer(deadline)

    def kill(self) -> None:
        self._popen.kill()

    def end(self, patience_s: float = 0.0) -> int | None:
        """How it ended, negative by a signal, as Popen has it. None: it had not ended, and was killed for it."""
        try:
            status: int | None = self._popen.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
            status = None
        self._frames.close()
        os.close(self._life)
        return status

    def _answer(self, deadline: Deadline) -> Answer:
        kind, content = self._frames.receive(deadline)
        poured = bytearray()
        if kind == "flow":
            poured = self._frames.receive_parts(content, deadline)
            kind, content = self._frames.receive(deadline)
        return Answer(kind, content, poured)


def settled(answer: Answer) -> Any:
    """The result, or what was raised instead of one."""
    match answer.kind:
        case "done":
            return answer.content
        case "refused" if isinstance(answer.content, Exception):
            raise answer.content
        case "raised":
            raise ChildRaised(*answer.content)
        case "memory":
            raise ChildOutOfMemory("a child process wanted more memory than it may have")
        case _:
            raise ChildDied("it talked nonsense", by_itself=True)


def explained(error: BaseException, status: int | None) -> BaseException:
    """What a broken exchange means, with how the child ended."""
    if isinstance(error, TimeoutError) or status == -signal.SIGPROF:
        return ChildOverstayed("a child process took longer than it may")
    if status == OUT_OF_MEMORY:
        return ChildOutOfMemory("a child process wanted more memory than it may have")
    if not isinstance(error, Exception):
        return error
    if status is None:
        return ChildDied("it talked nonsense", by_itself=True)
    how = signal.Signals(-status).name if status < 0 else f"exit code {status}"
    return ChildDied(how, by_itself=status != -signal.SIGKILL)


def _spawn(end: int, lifeline: int) -> subprocess.Popen[bytes]:
    """Standard error leads nowhere: libraries quote there what they were fed."""
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100 - "" is here
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")  # each thread would reserve memory that the limit counts
    command = [sys.executable, "-B", "-P", "-m", "services.common.child.inside", str(end), str(lifeline)]
    return subprocess.Popen(  # noqa: S603 - ours, with two numbers
        command,
        env=environment,
        pass_fds=(end, lifeline),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the parent
    )
