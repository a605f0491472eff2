"""Measures with dlib's real models, writes the numbers and the plots of docs/thresholds.md."""

import argparse
import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from bench.thresholds import pairs, people, plot
from bench.thresholds.faults import Step, steps
from services.common.models import LicencePolicy, ModelStore
from services.faces.dlib_engine import in_process
from services.faces.opening import dlib_files

_DOCS = Path(__file__).parents[2] / "docs" / "thresholds"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("genuine", nargs="?", type=Path, help="a folder of folders: one a person, of their photos")
    parser.add_argument("--out", type=Path, default=_DOCS)
    arguments = parser.parse_args()
    engine = in_process(dlib_files(ModelStore(None, LicencePolicy.RESEARCH))[0])
    photos = people.strangers(engine)
    vectors = {name: vector for name, photo in photos.items() if (vector := pairs.embedded(engine, photo)) is not None}
    measured = [*pairs.of_strangers(engine, vectors), *pairs.of_restyled(engine, photos, vectors)]
    if arguments.genuine:
        measured += pairs.of_genuine(engine, people.genuine(arguments.genuine))
    worse = [step for name, photo in photos.items() for step in steps(engine, name, photo)]
    arguments.out.mkdir(parents=True, exist_ok=True)
    _write(arguments.out / "pairs.csv", pairs.Pair, measured)
    _write(arguments.out / "faults.csv", Step, worse)
    (arguments.out / "drifts.svg").write_text(plot.drifts(measured))
    (arguments.out / "faults.svg").write_text(plot.faults(worse))


def _write(path: Path, kind: type[NamedTuple], rows: Iterable[NamedTuple]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(kind._fields)
        writer.writerows([f"{value:.4f}" if isinstance(value, float) else value for value in row] for row in rows)


if __name__ == "__main__":
    main()
