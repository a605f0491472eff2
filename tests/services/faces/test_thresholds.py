"""What docs/thresholds.md claims, checked against the numbers committed beside it."""

import csv
import statistics
from collections import defaultdict
from pathlib import Path

import pytest

from services.faces import dlib_scale
from services.faces.limits import LIMITS
from tests.running import ROOT

DOCS = ROOT / "docs" / "thresholds"


def rows(name: str) -> list[dict[str, str]]:
    with (DOCS / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def drifts() -> dict[str, list[float]]:
    """By kind of pair."""
    found = defaultdict(list)
    for row in rows("pairs.csv"):
        found[row["kind"]].append(float(row["drift"]))
    return found


def test_strangers_come_out_around_one_and_none_of_them_matches(drifts: dict[str, list[float]]) -> None:
    """As unrelated directions do on ArcFace's scale."""
    assert statistics.mean(drifts["stranger"]) == pytest.approx(1, abs=0.1)
    assert min(drifts["stranger"]) > dlib_scale.THRESHOLDS.match


def test_a_restyled_photo_stays_locked_or_nearly_so(drifts: dict[str, list[float]]) -> None:
    """Light, colour, focus and file do not make another person."""
    within = [drift <= dlib_scale.THRESHOLDS.locked for drift in drifts["restyled"]]

    assert sum(within) >= 0.99 * len(within)
    assert max(drifts["restyled"]) < dlib_scale.THRESHOLDS.strong


def test_other_photos_of_a_person_are_strong(drifts: dict[str, list[float]]) -> None:
    """Three pairs: enough to see that the tiers are not absurd, and no more."""
    assert max(drifts["genuine"]) <= dlib_scale.THRESHOLDS.strong


def test_drifts_follow_from_distances() -> None:
    """By the one formula of the page."""
    for row in rows("pairs.csv"):
        assert float(row["drift"]) == pytest.approx(dlib_scale.LINE.of(float(row["distance"])), abs=2e-3)


@pytest.mark.parametrize("field", ["sharpness", "contrast", "clipped"])
def test_limits_are_where_a_photo_drifts_from_itself(field: str) -> None:
    """On the good side of warn by little, on the bad side of refuse by much."""
    limit = next(limit for limit in LIMITS if limit.field == field)
    steps = [(float(row["measured"]), float(row["drift"])) for row in rows("faults.csv") if row["fault"] == field]
    fine = [drift for measured, drift in steps if limit.judge(measured)[0].name == "ACCEPT"]
    bad = [drift for measured, drift in steps if limit.judge(measured)[0].name == "REFUSE"]

    assert statistics.median(fine) < 0.1
    assert statistics.median(bad) > 0.2


def test_nothing_committed_could_make_a_face_again() -> None:
    """Numbers with four digits and names of what was done; no vector, no picture."""
    assert {"pairs.csv", "faults.csv", "drifts.svg", "faults.svg"} == {path.name for path in DOCS.iterdir()}
    for name in ("pairs.csv", "faults.csv"):
        assert max(len(line) for line in Path(DOCS / name).read_text().splitlines()) < 80
