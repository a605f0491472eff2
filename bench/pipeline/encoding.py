"""Whether encoding hides behind rendering: packs at 4K that are encoded, and that are not."""

import tempfile
import time
from pathlib import Path

from likeness.common.v1.chunk_pb2 import Kind
from likeness.gateway.v1.result_pb2 import Provenance

from bench.abab import abab
from bench.pipeline.cast import Services, timed_services
from bench.table import Row
from gateway.pipeline.finishing import Marked, Marker, Origin, Pixels, Unmarked
from tests.gateway.survival.works import spec, working

# One picture after another, about twice as fast as one H100 makes them.
_PICTURES = 16
_LANES = {"generator": {"places": 1, "seconds": 1.2}, "upscaler": {"places": 1, "seconds": 0.3}}
_LONG_SIDE = 3840


class Unencoded:
    """Stores next to nothing."""

    def encoded(self, pixels: Pixels, kind: Kind, origin: Origin) -> Marked:
        return Marked(b"\xff\xd8\xff", Provenance(source=origin.source))


async def rows(folder: Path, rounds: int) -> list[Row]:
    with timed_services(_LANES) as services:

        async def encoded() -> float:
            return await _pack_s(folder, services, Unmarked())

        async def bare() -> float:
            return await _pack_s(folder, services, Unencoded())

        pair = await abab(encoded, bare, rounds)
    this, reference = pair.medians
    goal = "≤ 1.03" + ("" if pair.ratio <= 1.03 else ", missed") + (" *" if pair.disturbed else "")
    metric = f"{_PICTURES} pictures at 4K, encoded, against not encoded"
    return [Row(metric, f"{this:.2f} s", f"{reference:.2f} s", f"{pair.ratio:.3f}", goal)]


async def _pack_s(folder: Path, services: Services, marker: Marker) -> float:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        async with working(Path(place), services.addresses, marker=marker) as works:
            began = time.perf_counter()
            job = await works.begin(spec(_PICTURES, long_side=_LONG_SIDE))
            ended = await works.ended(job.id, 600)
            assert ended.progress.kept == _PICTURES
            return time.perf_counter() - began
