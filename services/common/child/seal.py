"""What a child may still ask of the kernel once it is warm: memory, threads, and its pipe. Nothing else, for good.

Code that hostile bytes have taken over can then read no key file, open no connection and start no program, though it
runs as the same user. Everything else fails with EPERM, as if the file or address were not ours to use.
"""

import ctypes
import errno
import platform
import struct
import sys

_PR_SET_SECCOMP, _FILTER_MODE = 22, 2
_ALLOW, _FAIL, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_CLONE_THREAD = 0x00010000
# A classic BPF program over struct seccomp_data: number, architecture, then arguments of 8 bytes from offset 16.
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_LOAD, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06

# Numbers as in the kernel's unistd.h. Signals to others are missing on purpose, and so is all that takes a path.
_X86_64 = {
    **{"read": 0, "write": 1, "close": 3, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12},
    **{"rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "sched_yield": 24, "mremap": 25, "madvise": 28},
    **{"nanosleep": 35, "setitimer": 38, "getpid": 39, "sendto": 44, "recvfrom": 45},
    **{"exit": 60, "getrusage": 98, "sigaltstack": 131, "gettid": 186, "futex": 202, "sched_getaffinity": 204},
    **{"restart_syscall": 219, "clock_gettime": 228, "clock_nanosleep": 230, "exit_group": 231},
    **{"set_robust_list": 273, "getrandom": 318, "membarrier": 324, "rseq": 334},
}
_AARCH64 = {
    **{"close": 57, "lseek": 62, "read": 63, "write": 64, "ppoll": 73, "exit": 93, "exit_group": 94, "futex": 98},
    **{"set_robust_list": 99, "nanosleep": 101, "setitimer": 103, "clock_gettime": 113, "clock_nanosleep": 115},
    **{"sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128, "sigaltstack": 132},
    **{"rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "getrusage": 165, "getpid": 172, "gettid": 178},
    **{"sendto": 206, "recvfrom": 207, "brk": 214, "munmap": 215, "mremap": 216},
    **{"mmap": 222, "mprotect": 226, "madvise": 233, "getrandom": 278, "membarrier": 283, "rseq": 293},
}
# AUDIT_ARCH, clone, clone3, and what is allowed.
_MACHINES = {"x86_64": (0xC000003E, 56, 435, _X86_64), "aarch64": (0xC00000B7, 220, 435, _AARCH64)}


def seal() -> None:
    """For this thread and those it starts; nothing undoes it. OSError where the kernel will not."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return
    program = _program(*_MACHINES[platform.machine()])
    instructions = ctypes.create_string_buffer(program, len(program))
    count = len(program) // 8
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", count, ctypes.addressof(instructions)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(header), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def _program(architecture: int, clone: int, clone3: int, allowed: dict[str, int]) -> bytes:
    """Jumps count the instructions left out: (where it is so, where it is not)."""
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_IF_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        # glibc then falls back to clone, whose flags can be looked at: threads, no processes.
        *(_step(_IF_EQUAL, clone3, 0, 1), _step(_RETURN, _FAIL | errno.ENOSYS)),
    ]
    for number in allowed.values():
        steps += [_step(_IF_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW)]
    steps += [
        _step(_IF_EQUAL, clone, 0, 3),
        _step(_LOAD, _FIRST_ARGUMENT),
        _step(_IF_ANY_BIT, _CLONE_THREAD, 0, 1),
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _FAIL | errno.EPERM),
    ]
    return b"".join(steps)


def _step(code: int, operand: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_so, if_not, operand)
