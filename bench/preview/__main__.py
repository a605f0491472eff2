"""python -m bench.preview [--pictures FOLDER]: how fast photos are restaged, and whether it is still the same face."""

import argparse
import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from bench.machine import described
from bench.preview.photos import Judge, Pixels, photos
from bench.preview.sheets import stages, styles
from bench.preview.stagings import stagings
from bench.table import Row, render
from services.generator.call import Picture, Prompt, Reference, Request
from services.generator.poses import POSES, placed
from services.generator.preview.restaging import Restaging, Study
from services.generator.preview.staging import Staging

SIZE = (896, 1152)
SEEDS = (1, 2, 3)
# Drift that is still taken for the photo's own person by a wide margin; strangers are beyond 0.6.
MOST_DISTANCE = 0.35
MOST_SECONDS = 2.0


def request(photo: Pixels, judge: Judge) -> Request:
    points = judge.face(photo).key_points
    return Request(
        prompts=(Prompt(""),),
        pictures=tuple(Picture(seed) for seed in SEEDS),
        passes=(),
        width=SIZE[0],
        height=SIZE[1],
        key_points=placed(POSES["front"], *SIZE, points),
        reference=Reference(photo, points),
    )


def restaged(wanted: Request, staging: Staging, seed: int, study: Study) -> tuple[Pixels, float]:
    """A picture, and the seconds of one core it took: other processes do not count."""
    began = time.process_time()
    pixels = Restaging(study, wanted, staging, seed).run()
    return pixels, time.process_time() - began


def measured(judge: Judge) -> list[Row]:
    rows = []
    for name, photo in photos().items():
        wanted, own = request(photo, judge), judge.embedding(photo)
        distances: list[float] = []
        first: list[float] = []
        further: list[float] = []
        for staging in stagings().values():
            study = Study(wanted.reference)
            for seed in SEEDS:
                pixels, seconds = restaged(wanted, staging, seed, study)
                (first if seed == SEEDS[0] else further).append(seconds)
                distances.append(float(np.linalg.norm(judge.embedding(pixels) - own)))
        rows += [
            _row(f"{name}: largest distance to the photo", max(distances), MOST_DISTANCE),
            _row(f"{name}: mean distance", statistics.mean(distances), MOST_DISTANCE),
            _row(f"{name}: first picture of a call, core seconds", statistics.median(first), MOST_SECONDS),
            _row(f"{name}: a further one, core seconds", statistics.median(further), MOST_SECONDS),
        ]
    return rows


def _row(metric: str, this: float, most: float) -> Row:
    return Row(metric, f"{this:.3f}", "", "", f"<= {most}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, help="write the pictures of docs/preview.md here, and stop")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    judge = Judge()
    if arguments.pictures:
        wanted = request(photos()["whole"], judge)
        styles(wanted).save(arguments.pictures / "preview-styles.jpg", quality=72, optimize=True)
        stages(wanted).save(arguments.pictures / "preview-stages.jpg", quality=72, optimize=True)
        return
    sys.stdout.write(f"{described('numpy', 'opencv-python-headless')}\n{render(measured(judge))}\n")


if __name__ == "__main__":
    main()
