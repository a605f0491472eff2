"""The list of faults."""

import asyncio

import pytest

from bench.drill.bites import DidNotBite, bitten, until
from bench.drill.faults import faults
from bench.drill.fleet import KINDS


def test_every_kind_of_process_is_asked_to_end_and_killed() -> None:
    """And every fault has a name of its own, by which it can be asked for."""
    names = [fault.name for fault in faults()]

    assert {f"{signal} {kind}" for signal in ("SIGTERM", "SIGKILL") for kind in KINDS} <= set(names)
    assert len(names) == len(set(names))
    assert all(fault.what for fault in faults())


async def test_a_fault_that_leaves_no_mark_did_not_bite() -> None:
    """It says what it had looked for."""
    with pytest.raises(DidNotBite, match="it died"):
        bitten(False, "it died")
    with pytest.raises(DidNotBite, match="it comes back"):
        await until(lambda: False, "it comes back", within_s=0)
    await asyncio.wait_for(until(lambda: True, "it is there"), 1)
