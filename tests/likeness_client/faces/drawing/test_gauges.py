"""Where a number stands between refused and fine."""

import pytest
from likeness.embedder.v1.embedder_pb2 import QualityLimit

from likeness_client.faces.drawing.gauges import GAUGES, Gauge, standing
from services.faces.limits import LIMITS

WIDTH, YAW = (next(gauge for gauge in GAUGES if gauge.field == field) for field in ("face_px", "yaw_deg"))


def limit(gauge: Gauge) -> QualityLimit:
    found = next(limit for limit in LIMITS if limit.field == gauge.field)
    return QualityLimit(field=found.field, warn=found.warn, refuse=found.refuse)


@pytest.mark.parametrize(
    ("gauge", "measured", "where"),
    [
        (WIDTH, 0, 0),
        (WIDTH, 20, 1 / 6),
        (WIDTH, 40, 1 / 3),
        (WIDTH, 60, 1 / 2),
        (WIDTH, 80, 2 / 3),
        (WIDTH, 300, 1),
        (WIDTH, 4000, 1),
        (YAW, 0, 1),
        (YAW, -40, 1 / 2),
        (YAW, 40, 1 / 2),
        (YAW, 90, 0),
        (YAW, 120, 0),
    ],
)
def test_a_third_each_for_refused_warned_and_fine(gauge: Gauge, measured: float, where: float) -> None:
    """Whichever end is the better one, and either side of zero."""
    assert standing(gauge, measured, limit(gauge)) == pytest.approx(where)


def test_every_limit_has_its_gauge() -> None:
    """What a photo is judged by is shown."""
    assert {gauge.field for gauge in GAUGES} == {limit.field for limit in LIMITS}


@pytest.mark.parametrize("gauge", GAUGES, ids=lambda gauge: gauge.field)
def test_the_ends_lie_beyond_the_limits(gauge: Gauge) -> None:
    """Worse than refused is on the left, better than a warning on the right, in order."""
    ends = [gauge.worst, limit(gauge).refuse, limit(gauge).warn, gauge.best]

    assert ends in (sorted(ends), sorted(ends, reverse=True))
