"""Faults of processes: ended, killed, frozen, hanging, all of them at once."""

import asyncio
import os
import signal
import time
import urllib.request
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from bench.drill.bites import bitten, until
from bench.drill.fleet import CALL_S, LEASE_S, PULSE, Fleet
from likeness_client.stack.profiles import GATEWAY
from likeness_client.stack.readiness import until_serving

_AT_WORK_S = 15.0


async def rolled(kind: str, fleet: Fleet) -> str:
    """One after the other, as a rollout does."""
    for name in fleet.of_kind(kind):
        drained = fleet.chronicle.heard_of[name, "stopped"]
        pid = _sent(fleet, name, signal.SIGTERM)
        await _back(fleet, name, pid)
        bitten(fleet.chronicle.heard_of[name, "stopped"] == drained + 1, f"{name} drained and stopped by itself")
    return "both drained, stopped and came back as other processes"


async def killed(kind: str, fleet: Fleet) -> str:
    """While calls are open there."""
    name = fleet.of_kind(kind)[0]
    calls = await _until_at_work(fleet, name)
    pid = _sent(fleet, name, signal.SIGKILL)
    await _back(fleet, name, pid)
    return f"gone with {calls} open call{'s' * (calls != 1)}, and back as another process"


async def frozen(kind: str, fleet: Fleet) -> str:
    """Nobody ends it: it wakes up, and goes on with what nobody waits for any more."""
    name, seconds = fleet.of_kind(kind)[-1], (LEASE_S if kind == GATEWAY else CALL_S) + 5.0
    calls = await _until_at_work(fleet, name)
    pid = _sent(fleet, name, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    stopped = _state(pid)
    os.kill(pid, signal.SIGCONT)
    bitten(stopped == "T", f"{name} is stopped after {seconds:g} s, and nobody has ended it")
    await _serving(fleet, name)
    bitten(fleet.stack.pids.get(name) == pid, f"{name} is the same process afterwards")
    return f"stopped for {seconds:g} s with {calls} open call{'s' * (calls != 1)}, then went on"


async def hanging(kind: str, fleet: Fleet) -> str:
    """Until whoever looks after it has noticed."""
    name = fleet.of_kind(kind)[-1]
    await _until_at_work(fleet, name)
    noticed = fleet.chronicle.heard_of[name, "does"]
    pid = _sent(fleet, name, signal.SIGSTOP)
    await _back(fleet, name, pid)
    bitten(fleet.chronicle.heard_of[name, "does"] > noticed, f"{name} was found not to answer")
    return f"found not to answer within {2 * PULSE.every_s * PULSE.misses:g} s, ended, and back as another process"


async def all_restarted(fleet: Fleet) -> str:
    """Everything of ours; the database and the store stay."""
    pids = {part.name: _sent(fleet, part.name, signal.SIGTERM) for part in fleet.parts}
    await asyncio.gather(*(_back(fleet, name, pid) for name, pid in pids.items()))
    return f"all {len(pids)} came back as other processes"


def _sent(fleet: Fleet, name: str, number: signal.Signals) -> int:
    pid = fleet.stack.pids[name]
    os.kill(pid, number)
    return pid


async def _back(fleet: Fleet, name: str, before: int) -> None:
    await until(lambda: fleet.stack.pids.get(name, before) != before, f"{name} is another process than {before}")
    await _serving(fleet, name)


async def _serving(fleet: Fleet, name: str) -> None:
    async with asyncio.timeout(120):
        await until_serving(fleet.stack.addresses[name].health, fleet.part(name).service)


async def _until_at_work(fleet: Fleet, name: str) -> int:
    """How many calls are open there, once there are any. Calls of the upscaler are over before anybody sees them."""
    page, deadline = f"http://{fleet.stack.addresses[name].metrics}/metrics", time.monotonic() + _AT_WORK_S
    while True:
        calls = await asyncio.to_thread(_open_calls, page)
        if calls or time.monotonic() > deadline:
            return calls
        await asyncio.sleep(0.01)


def _open_calls(page: str) -> int:
    text = urllib.request.urlopen(page, timeout=5).read().decode()
    (family,) = (each for each in text_string_to_metric_families(text) if each.name == "likeness_calls_in_flight")
    return int(family.samples[0].value)


def _state(pid: int) -> str:
    """One letter, as ps shows it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
