"""What a process does to itself: before it holds a face, and so that it does not outlive who started it."""

import ctypes
import fcntl
import os
import resource
import select
import signal
import sys
import threading

_PR_SET_DUMPABLE = 4
_F_SETSIG = 10


def forbid_core_dumps() -> None:
    """No core file, nor one through a pipe: there the size limit does not count, so the process is not dumpable either.

    This also keeps other users' processes from reading our memory through /proc.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def end_with(lifeline: int) -> None:
    """A pipe that the parent never writes to; when the parent is gone, however it went, the kernel kills this process.

    Each process needs a pipe of its own. PR_SET_PDEATHSIG would follow the thread that started us instead. Elsewhere
    than on Linux a thread has to do; code that holds the GIL delays it.
    """
    if sys.platform != "linux":
        threading.Thread(target=lambda: (os.read(lifeline, 1), os._exit(0)), daemon=True).start()
        return
    fcntl.fcntl(lifeline, _F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([lifeline], [], [], 0)[0]:  # it went before the kernel was told
        os._exit(0)
