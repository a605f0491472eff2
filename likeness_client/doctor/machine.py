"""Memory, swap, disk and clock."""

import ctypes
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from likeness_client.doctor.finding import Finding, Patient, fault, ok, warning
from likeness_client.output import human_size
from likeness_client.stack.profiles import Profile

_GB = 1_000_000_000
# Idle plus a job at 4K: measured for embedded and tiny, from file sizes for gpu (weights pass through memory).
_MEMORY_BYTES = {Profile.EMBEDDED: 3 * _GB, Profile.TINY: 4 * _GB, Profile.GPU: 24 * _GB}
# A day of jobs: photos, pictures in 4K. Weights are counted with the models.
_DISK_BYTES = 2 * _GB
# adjtimex(2): the kernel has no source of time that it trusts.
_TIME_ERROR = 5
_BUILT_YEAR = 2026


def machine(patient: Patient) -> Iterable[Finding]:
    facts = _memory_facts()
    yield from _memory(patient, facts)
    yield from _swap(facts)
    yield from _disk(patient)
    yield from _clock()


def _memory(patient: Patient, facts: Mapping[str, int]) -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    free, wanted = facts.get("MemAvailable"), _MEMORY_BYTES[patient.profile]
    if free is None:
        yield ok("memory", f"{cores} cores; this system does not say how much memory is free")
        return
    says = f"{cores} cores, {human_size(free)} of {human_size(facts['MemTotal'])} free"
    if free < wanted:
        yield warning("memory", says, f"{patient.profile} wants {human_size(wanted)}: stop something, or add memory")
    else:
        yield ok("memory", says)


def _swap(facts: Mapping[str, int]) -> Iterator[Finding]:
    """A face in memory may end up there, and stay."""
    if swap := facts.get("SwapTotal"):
        yield warning(
            "swap", f"{human_size(swap)}", "turn it off, or encrypt it: a face in memory may be written there"
        )
    else:
        yield ok("swap", "none")


def _disk(patient: Patient) -> Iterator[Finding]:
    folder = next(path for path in (patient.data, *patient.data.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if free < _DISK_BYTES:
        yield fault(
            "disk", f"{human_size(free)} free for {patient.data}", "make room, or choose another folder: --data"
        )
    else:
        yield ok("disk", f"{human_size(free)} free for {patient.data}")


def _clock() -> Iterator[Finding]:
    """Deadlines are measured by it."""
    now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    if time.gmtime().tm_year < _BUILT_YEAR:
        yield fault("clock", f"{now}, before this was written", "set the clock: deadlines are measured by it")
    elif _synchronised() is False:
        yield warning("clock", f"{now}; the kernel knows of no time source", "run chrony or systemd-timesyncd")
    else:
        yield ok("clock", now)


def _synchronised() -> bool | None:
    """None where the kernel cannot be asked. In a container it answers for its host."""
    if sys.platform != "linux":
        return None
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))  # struct timex, all zero: only asks
    except AttributeError:
        return None
    return None if state < 0 else bool(state != _TIME_ERROR)


def _memory_facts() -> dict[str, int]:
    """In bytes. Empty elsewhere than on Linux."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return {}
    return {line.partition(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith("kB")}
