"""A pack through a real gateway, with services that take a known time."""

import tempfile
from pathlib import Path

from bench.pipeline.cast import caller, gateway, timed_services
from bench.table import Row

PICTURES = 50
# One H100 as it should be (1.3 s a picture in batches of eight, 0.15 s to enlarge one), twice as fast.
LANES = {
    "generator": {"places": 8, "seconds": 5.2},
    "verifier": {"places": 1, "seconds": 0.01},
    "upscaler": {"places": 1, "seconds": 0.075},
}
_LONG_SIDE = 1536


async def rows(folder: Path) -> list[Row]:
    """Each tenth picture's first try is rejected."""
    with timed_services(LANES, drifting=range(0, PICTURES, 10)) as services:
        with tempfile.TemporaryDirectory(dir=folder) as place, gateway(Path(place), services) as running:
            async with caller(running) as somebody:
                job = await somebody.done(PICTURES, _LONG_SIDE)
        counted = services.counted()
    assert job.progress.kept == PICTURES, job.problem
    wall_s = (job.end_time.ToNanoseconds() - job.create_time.ToNanoseconds()) / 1e9
    busiest, least_s = max(counted["least_s"].items(), key=lambda stage: stage[1])
    ratio, upscales = wall_s / least_s, counted["enlarged_though_rejected"]
    return [
        Row(
            f"a pack of {PICTURES}, {counted['renders']} renders, against its busiest stage ({busiest})",
            f"{wall_s:.2f} s",
            f"{least_s:.2f} s",
            f"{ratio:.3f}",
            "≤ 1.10" + ("" if ratio <= 1.10 else ", missed"),
        ),
        Row(
            f"upscales of rejected pictures, of {counted['enlarged']}",
            str(upscales),
            "",
            "",
            "0" + (", missed" if upscales else ""),
        ),
    ]
