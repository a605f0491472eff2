"""The same request twice: what it forwards, and how long it takes."""

import statistics
import tempfile
import time
import uuid
from pathlib import Path

from bench.pipeline.cast import caller, gateway, timed_services
from bench.table import Row

_TIMES = 50


async def rows(folder: Path) -> list[Row]:
    """Of a job that has ended. The reference is the first request, which makes it."""
    with timed_services({"generator": {"places": 4, "seconds": 0.01}}) as services:
        with tempfile.TemporaryDirectory(dir=folder) as place, gateway(Path(place), services) as running:
            async with caller(running) as somebody:
                request = await somebody.request(2, request_id=str(uuid.uuid4()))
                began = time.perf_counter()
                job = (await somebody.stub.CreateJob(request)).job.name
                first_ms = (time.perf_counter() - began) * 1000
                await somebody.ended(job)
                services.counted()
                taken_ms = []
                for _ in range(_TIMES):
                    began = time.perf_counter()
                    again = await somebody.stub.CreateJob(request)
                    taken_ms.append((time.perf_counter() - began) * 1000)
                    assert again.job.name == job
        forwards = services.counted()["forwards"]
    p50, p95 = statistics.median(taken_ms), statistics.quantiles(taken_ms, n=20)[-1]
    return [
        Row(f"forwards of {_TIMES} duplicate requests", str(forwards), "", "", "0" + (", missed" if forwards else "")),
        Row("a duplicate request, p50", f"{p50:.1f} ms", f"{first_ms:.1f} ms", "", _at_most(10, p50)),
        Row("a duplicate request, p95", f"{p95:.1f} ms", f"{first_ms:.1f} ms", "", ""),
    ]


def _at_most(goal_ms: float, measured_ms: float) -> str:
    return f"≤ {goal_ms:g} ms" + ("" if measured_ms <= goal_ms else ", missed")
