"""From numbers to a verdict, and to words that help."""

from dataclasses import replace

import numpy as np
import pytest
from likeness.common.v1.reason_pb2 import Reason

from services.faces import advice
from services.faces.face import Box, Face
from services.faces.limits import LEAST_SCORE, LIMITS, Fault, Verdict, score_of
from services.faces.pose import Pose
from services.faces.quality import Quality
from services.faces.report import findings_on, judged, report_on
from tests.services.faces import photos
from tests.services.faces.test_quality import POINTS

GOOD = Quality(
    eye_distance_px=90,
    face_px=220,
    sharpness=0.4,
    brightness=0.5,
    contrast=0.15,
    clipped=0.0,
    pose=Pose(0, 0, 0),
    cut_off=0.0,
)


def face(left: float, side: float, *, unconfirmed: bool = False) -> Face:
    return Face(Box(left, 150, left + side, 150 + side), 1.0, POINTS, unconfirmed=unconfirmed)


def test_a_good_photo_has_no_findings_and_full_weight() -> None:
    """Nothing to complain about."""
    assert judged(GOOD) == []
    assert score_of(GOOD) == 1


@pytest.mark.parametrize(
    ("change", "fault", "verdict", "words"),
    [
        ({"face_px": 60.0}, Fault.FACE_TOO_SMALL, Verdict.WARN, "Go closer"),
        ({"face_px": 30.0}, Fault.FACE_TOO_SMALL, Verdict.REFUSE, "only 30 pixels"),
        ({"sharpness": 0.18}, Fault.BLURRED, Verdict.WARN, "a little soft"),
        ({"sharpness": 0.05}, Fault.BLURRED, Verdict.REFUSE, "hold still"),
        ({"cut_off": 0.1}, Fault.FACE_CUT_OFF, Verdict.WARN, "edge of the photo"),
        ({"cut_off": 0.4}, Fault.FACE_CUT_OFF, Verdict.REFUSE, "edge of the photo"),
        ({"pose": Pose(40, 0, 0)}, Fault.FACE_TURNED, Verdict.WARN, "turned to the right"),
        ({"pose": Pose(-70, 0, 0)}, Fault.FACE_TURNED, Verdict.REFUSE, "turned to the left"),
        ({"pose": Pose(0, 35, 0)}, Fault.FACE_TURNED, Verdict.WARN, "tilted back"),
        ({"pose": Pose(0, -50, 0)}, Fault.FACE_TURNED, Verdict.REFUSE, "bent down"),
        ({"pose": Pose(0, 0, 40)}, Fault.FACE_TURNED, Verdict.WARN, "leans to the right"),
        ({"pose": Pose(0, 0, -90)}, Fault.FACE_TURNED, Verdict.REFUSE, "lies on its side"),
        ({"contrast": 0.03, "brightness": 0.1}, Fault.BAD_EXPOSURE, Verdict.WARN, "too dark"),
        ({"contrast": 0.01, "brightness": 0.9}, Fault.BAD_EXPOSURE, Verdict.REFUSE, "washed out"),
        ({"clipped": 0.3, "brightness": 0.8}, Fault.BAD_EXPOSURE, Verdict.WARN, "plain white"),
        ({"clipped": 0.7, "brightness": 0.1}, Fault.BAD_EXPOSURE, Verdict.REFUSE, "hard shadow"),
    ],
)
def test_each_fault_has_its_verdict_and_its_remedy(
    change: dict[str, object], fault: Fault, verdict: Verdict, words: str
) -> None:
    """One thing wrong, one finding, with the number that was judged."""
    (finding,) = judged(replace(GOOD, **change))  # type: ignore[arg-type]

    assert (fault, verdict) == (finding.fault, finding.verdict)
    assert words in finding.advice
    assert finding.measured is not None
    assert finding.limit is not None


def test_of_one_fault_only_the_worst_is_told() -> None:
    """Turned away and leaning: once is enough to send another photo."""
    (finding,) = judged(replace(GOOD, pose=Pose(70, 0, 40)))

    assert finding.verdict is Verdict.REFUSE
    assert "turned" in finding.advice


def test_the_worst_finding_comes_first() -> None:
    """A person reads from the top."""
    findings = judged(replace(GOOD, face_px=70, sharpness=0.05, clipped=0.3))

    assert [Verdict.REFUSE, Verdict.WARN, Verdict.WARN] == [finding.verdict for finding in findings]


def test_scores_fall_with_every_fault() -> None:
    """Towards each limit, and faster with two faults than with one."""
    soft = replace(GOOD, sharpness=0.18)

    assert score_of(replace(soft, face_px=60)) < score_of(soft) < score_of(GOOD)


def test_several_small_faults_add_up_to_a_refusal() -> None:
    """None of them would do alone; together there is a reason that says so."""
    photo = replace(GOOD, face_px=45, sharpness=0.13, pose=Pose(47, 0, 0))
    refusal, *rest = findings_on(photo, score_of(photo), face(100, 45))

    assert score_of(photo) < LEAST_SCORE
    assert (Fault.LOW_QUALITY, Verdict.REFUSE) == (refusal.fault, refusal.verdict)
    assert rest == judged(photo)
    assert [Verdict.WARN] * 3 == [finding.verdict for finding in rest]


def test_who_is_refused_for_one_fault_is_not_refused_for_all_together() -> None:
    """The one fault says what to do about it."""
    photo = replace(GOOD, face_px=30, sharpness=0.13, pose=Pose(47, 0, 0))

    assert score_of(photo) < LEAST_SCORE
    assert findings_on(photo, score_of(photo), face(100, 30)) == judged(photo)


def test_a_face_that_was_barely_found_is_a_warning() -> None:
    """After what is known for sure."""
    soft = replace(GOOD, sharpness=0.18)
    first, last = findings_on(soft, score_of(soft), face(100, 220, unconfirmed=True))

    assert Fault.BLURRED is first.fault
    assert (Fault.LOW_QUALITY, Verdict.WARN) == (last.fault, last.verdict)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.field)
def test_worth_falls_evenly_between_the_limits(limit: object) -> None:
    """1 up to warn, least at refuse, and never outside."""
    from services.faces.limits import Limit

    assert isinstance(limit, Limit)
    assert limit.refuse is not None
    between = (limit.warn + limit.refuse) / 2

    assert limit.worth(limit.warn) == 1
    assert limit.worth(limit.refuse) < limit.worth(between) < 1
    assert (
        limit.worth(limit.refuse) == limit.worth(limit.refuse + 10 * (limit.refuse - limit.warn)) == pytest.approx(0.3)
    )


def test_faults_are_reasons_of_the_wire() -> None:
    """Whatever the library finds has a name that callers know."""
    for fault in Fault:
        assert Reason.Value(f"REASON_{fault.name}") >= 20


def test_nobody_is_chosen_between_two_of_similar_size() -> None:
    """Both are reported, and how many there are."""
    report = report_on(photos.portrait(), [face(0, 180), face(200, 170)])

    assert report.chosen is None
    assert [180, 170] == [found.box.width for found in report.faces]
    assert "2 faces of similar size" in report.findings[0].advice
    assert report.verdict is Verdict.REFUSE


def test_people_in_the_background_do_not_matter() -> None:
    """The largest is meant where the others are much smaller, in whatever order they were found."""
    report = report_on(photos.portrait(), [face(400, 60), face(160, 180)])

    assert report.chosen == 0
    assert report.face is not None
    assert report.face.box.width == 180
    assert report.verdict is Verdict.ACCEPT


def test_faces_are_told_in_pixels_of_the_photo_as_sent() -> None:
    """It was looked at in a third of its size."""
    report = report_on(photos.portrait(), [face(160, 180)], scale=3)

    assert report.size == (1500, 1500)
    assert report.faces[0].box.width == 540
    np.testing.assert_allclose(report.faces[0].key_points, POINTS * 3)


def test_a_face_that_one_detector_doubts_is_a_warning() -> None:
    """It may be a badge."""
    report = report_on(photos.portrait(), [face(160, 180, unconfirmed=True)])

    assert report.verdict is Verdict.WARN
    assert advice.DOUBTFUL == report.findings[0].advice


@pytest.mark.parametrize(
    ("photo", "words"),
    [
        (photos.cat(), advice.NO_FACE),
        (photos.blurred(photos.astronaut(), 6), advice.NO_FACE_BLURRED),
        (photos.lit(photos.astronaut(), 0.03), advice.NO_FACE_DARK),
        (photos.lit(photos.astronaut(), 3), advice.NO_FACE_WHITE),
    ],
    ids=["a cat", "blurred", "black", "white"],
)
def test_no_face_has_its_reason_where_the_photo_shows_one(photo: np.ndarray, words: str) -> None:
    """That there is no face sends people away; that it is out of focus makes them take another photo."""
    report = report_on(photo, [])

    assert report.verdict is Verdict.REFUSE
    assert [(Fault.NO_FACE, words)] == [(finding.fault, finding.advice) for finding in report.findings]
