"""Time on the clock, with what a busy machine kept from the child given back."""

import time
from pathlib import Path

# How often a starved child is looked at again, and how many times over its time may be stretched.
_LOOK_S = 0.1
_MOST_TIMES = 5
# Fields of /proc/<pid>/stat behind the name: state, and CPU ticks in user and kernel mode.
_STATE, _USER, _SYSTEM = 0, 11, 12
_TICKS_A_SECOND = 100


class Deadline:
    """`timeout_s` from now. With `pid`, a process that wants to run and was not let has as much CPU time instead."""

    def __init__(self, timeout_s: float, pid: int | None = None) -> None:
        now = time.monotonic()
        self._ends = now + timeout_s
        self._last = now + _MOST_TIMES * timeout_s
        self._pid = pid
        self._seen_cpu_s = 0.0 if pid is None else _cpu_s(pid)
        self._enough_cpu_s = timeout_s + self._seen_cpu_s

    def check(self) -> None:
        """TimeoutError when it is over for good, whatever the reason for being late."""
        if time.monotonic() >= self._last:
            raise TimeoutError

    def left_s(self) -> float:
        """More than 0. TimeoutError when it is over."""
        now = time.monotonic()
        if now >= self._ends and now < self._last and self._is_starved():
            self._ends = min(now + _LOOK_S, self._last)
        if now >= self._ends:
            raise TimeoutError
        return self._ends - now

    def _is_starved(self) -> bool:
        """It waits for a processor or for memory, or got some since the last look."""
        if self._pid is None:
            return False
        before, self._seen_cpu_s = self._seen_cpu_s, _cpu_s(self._pid)
        if self._seen_cpu_s >= self._enough_cpu_s:
            return False
        return self._seen_cpu_s > before or _wants_to_run(self._pid)


def _cpu_s(pid: int) -> float:
    fields = _stat(Path(f"/proc/{pid}/stat"))
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS_A_SECOND if fields else 0.0


def _wants_to_run(pid: int) -> bool:
    return any(_stat(task / "stat")[:1] in (["R"], ["D"]) for task in Path(f"/proc/{pid}/task").glob("*"))


def _stat(path: Path) -> list[str]:
    """Empty where the process has gone, or is not Linux's."""
    try:
        return path.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
