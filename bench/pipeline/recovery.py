"""kill -9 of the gateway that has a job, while another one runs over the same data."""

import tempfile
import time
from pathlib import Path

from bench.pipeline.cast import caller, gateway, timed_services
from bench.table import Row
from tests.running import until

LEASE_S = 5.0
# More than are rendered before the survivor is there.
_PICTURES = 40
_LANES = {"generator": {"places": 2, "seconds": 0.5}}


async def rows(folder: Path, rounds: int) -> list[Row]:
    pauses = [await _pause_s(folder) for _ in range(rounds)]
    worst_s = max(pauses)
    goal = "≤ lease + 2 s" + ("" if worst_s <= LEASE_S + 2 else ", missed")
    metric = f"from kill -9 to the next render, worst of {rounds}, against the lease"
    return [Row(metric, f"{worst_s:.2f} s", f"{LEASE_S:.2f} s", f"+{worst_s - LEASE_S:.2f} s", goal)]


async def _pause_s(folder: Path) -> float:
    """The survivor comes after the job was taken, so that it is not the one that took it."""
    lease = {"job_lease_s": LEASE_S}
    with timed_services(_LANES) as services, tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        with gateway(place, services, **lease) as doomed:
            async with caller(doomed) as somebody:
                job = (await somebody.stub.CreateJob(await somebody.request(_PICTURES))).job.name
                await until(lambda: services.counted()["renders"] > 0, 30)
            with gateway(place, services, **lease) as survivor:
                doomed.process.kill()
                killed = time.monotonic()
                doomed.process.wait()
                services.counted()
                async with caller(survivor) as somebody:
                    assert (await somebody.ended(job)).progress.kept == _PICTURES
                first: float = services.counted()["first_render"]
    return first - killed
