"""What every process does to itself before it holds a face."""

import ctypes
import resource

_PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """No core file, nor one through a pipe: there the size limit does not count, so the process is not dumpable either.

    This also keeps other users' processes from reading our memory through /proc.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
