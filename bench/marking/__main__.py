"""What it costs that results say what they are: encoding alone against encoding, XMP, signature and reading it again.

`python -m bench.marking [--rounds 7]`
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_WEBP, Kind
from likeness.common.v1.work_pb2 import MadeBy
from likeness.gateway.v1.result_pb2 import SOURCE_TRAINED_ALGORITHMIC
from skimage import data

from bench.abab import Pair, abab
from bench.machine import described
from bench.table import Row, render
from gateway.marking.marker import Marks, open_marker
from gateway.marking.settings import MarkingSettings
from gateway.pipeline.finishing import Marker, Origin, Pixels, Unmarked

ORIGIN = Origin(SOURCE_TRAINED_ALGORITHMIC, (MadeBy(service="generator", engine="diffusion"),))
KINDS = {"JPEG": KIND_JPEG, "PNG": KIND_PNG, "WebP": KIND_WEBP}
SIZES = (1024, 4096)
# Of a picture that took tens of seconds.
MOST_MS = 200


async def measured(marks: Marks, rounds: int) -> list[Row]:
    rows = []
    for size in SIZES:
        pixels = data.astronaut().repeat(size // 512, axis=0).repeat(size // 512, axis=1)  # type: ignore[no-untyped-call]
        for name, kind in KINDS.items():
            pair = await abab(seconds(marks, pixels, kind), seconds(Unmarked(), pixels, kind), rounds)
            rows.append(row(f"{name}, {size} px", pair))
    more = len(encoded(marks, pixels, KIND_JPEG)) - len(encoded(Unmarked(), pixels, KIND_JPEG))
    return [*rows, Row("bytes more", f"{more / 1000:.1f} kB", "", "", "")]


def seconds(marker: Marker, pixels: Pixels, kind: Kind) -> Callable[[], Awaitable[float]]:
    async def measure() -> float:
        began = time.perf_counter()
        encoded(marker, pixels, kind)
        return time.perf_counter() - began

    return measure


def encoded(marker: Marker, pixels: Pixels, kind: Kind) -> bytes:
    return marker.encoded(pixels, kind, ORIGIN).data


def row(metric: str, pair: Pair) -> Row:
    this, reference = (f"{1000 * each:.0f} ms" for each in pair.medians)
    missed = ", missed" if 1000 * pair.difference > MOST_MS else ""
    star = " *" if pair.disturbed else ""
    return Row(metric + star, this, reference, f"{1000 * pair.difference:+.0f} ms", f"≤ +{MOST_MS} ms{missed}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    print(described("c2pa-python", "cryptography", "pillow"))
    with tempfile.TemporaryDirectory() as folder:
        marks = open_marker(MarkingSettings(), Path(folder))
        print(render(asyncio.run(measured(marks, arguments.rounds))))


if __name__ == "__main__":
    main()
