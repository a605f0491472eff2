"""How much memory processes hold, those that they have started included."""

from collections.abc import Collection, Mapping
from pathlib import Path

_PAGE = 4096


def held_bytes(pids: Collection[int], proc: Path = Path("/proc")) -> int | None:
    """What all of them and their descendants keep from others: pages that several share count once, by shares. Where
    the kernel does not let us see shares, shared pages count in full. None elsewhere than on Linux.
    """
    if not (proc / "self").exists():
        return None
    return sum(_held(pid, proc) for pid in with_descendants(pids, parents_in(proc)))


def parents_in(proc: Path) -> Mapping[int, int]:
    """Of every process, whose child it is."""
    found: dict[int, int] = {}
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:  # it has just ended
                continue
            found[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    return found


def with_descendants(pids: Collection[int], parents: Mapping[int, int]) -> set[int]:
    """Also those that lead a session of their own."""
    found = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _held(pid: int, proc: Path) -> int:
    try:
        for line in (proc / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return int((proc / str(pid) / "statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0
