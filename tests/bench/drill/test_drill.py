"""A short drill with the whole fleet: a fault that nobody may notice, and one that nobody could miss."""

import asyncio
from pathlib import Path

import pytest
from minio.deleteobjects import DeleteObject

from bench.drill.faults import Fault, faults
from bench.drill.fleet import Fleet
from bench.drill.report import page
from bench.drill.run import Plan, drill
from bench.drill.summary import failures, rows

pytestmark = pytest.mark.kill


async def robbed(fleet: Fleet) -> str:
    """Whatever is in the store is taken away behind everybody's back, until some of it was."""
    taken = 0
    while taken < 3:
        taken += await asyncio.to_thread(_take, fleet)
    return f"{taken} objects taken"


def _take(fleet: Fleet) -> int:
    client = fleet.ground.server.client()
    found = [DeleteObject(each.object_name or "") for each in client.list_objects(fleet.ground.bucket, recursive=True)]
    return len(found) - len([*client.remove_objects(fleet.ground.bucket, found)])


async def test_a_killed_service_costs_nothing_and_a_robbed_store_is_noticed(tmp_path: Path) -> None:
    """Of two faults the first loses nothing; the second shows that a loss would have been seen."""
    kill = next(fault for fault in faults() if fault.name == "SIGKILL generator")
    theft = Fault("theft", "objects are gone", robbed)
    said: list[str] = []

    done = await drill(Plan([kill, theft], callers=2, quiet_s=1), tmp_path, said.append)
    killed, robbery = rows(done)

    assert killed.strike.bit, killed.strike.why_not
    assert ((), ()) == (killed.lost, killed.duplicated)
    assert killed.calls > 0
    assert robbery.lost
    assert all(line.startswith("theft: lost: ") for line in failures(done))
    assert "theft" in page("", done)
    assert any(line.startswith("SIGKILL generator") for line in said)
    assert not [each for each in done.end.faults if "left" in each]
