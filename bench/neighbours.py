"""How much of the machine others used while something was measured."""

import time

import psutil


class Neighbours:
    """Watches from its making on. Clock ticks are 10 ms, so a measurement should last some tenths of a second."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._others = _others_s()

    def cores(self) -> float:
        """Cores that neither this process nor its children kept busy."""
        return max(0.0, _others_s() - self._others) / (time.monotonic() - self._began)


def _others_s() -> float:
    machine = psutil.cpu_times()
    busy = machine.user + machine.nice + machine.system + machine.irq + machine.softirq + machine.steal
    me = psutil.Process()
    return float(busy - sum(_used_s(process) for process in (me, *me.children(recursive=True))))


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)
