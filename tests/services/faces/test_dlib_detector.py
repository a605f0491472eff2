"""dlib's real models on real faces: found, judged and told what to do, whatever was done to the photo."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from services.faces import advice
from services.faces.engine import LocalEngine, Seen
from services.faces.face import Pixels
from services.faces.limits import Fault, Verdict
from tests.services.faces import photos

# Where an eye may be from where it is, as a share of the distance between the eyes.
_OFF = 0.15


def only(seen: Seen) -> tuple[Verdict, list[Fault]]:
    return seen.report.verdict, [finding.fault for finding in seen.report.findings]


def test_the_astronaut_is_found_and_accepted(dlib: LocalEngine) -> None:
    """One face, its eyes where they are; the badge on her sleeve, which HOG proposes too, is none."""
    seen = dlib.look(photos.astronaut())
    face = seen.report.face

    assert (Verdict.ACCEPT, []) == only(seen)
    assert face is not None
    np.testing.assert_allclose(face.key_points[:2], [[203, 101], [246, 102]], atol=_OFF * 43)
    assert face.landmarks is not None
    assert not face.unconfirmed


def test_all_six_people_are_found_and_none_is_chosen(dlib: LocalEngine) -> None:
    """Turned and leaning heads among them; and the table full of chips holds no face."""
    seen = dlib.look(photos.six_people())

    assert len(seen.report.faces) == 6
    assert seen.crops == ()
    assert only(seen) == (Verdict.REFUSE, [Fault.MULTIPLE_FACES])


def test_of_six_people_poses_are_told(dlib: LocalEngine) -> None:
    """The man who stands looks away to the left; the woman left of him leans by half a right angle."""
    from services.faces.pose import pose_of

    poses = {
        int(face.box.left) // 100: pose_of(face.key_points) for face in dlib.look(photos.six_people()).report.faces
    }

    assert poses[8].yaw < -30
    assert poses[0].roll < -20
    assert abs(poses[11].yaw) < 30


@pytest.mark.parametrize("degrees", [-70, -25, 15, 50])
def test_a_head_that_leans_is_found_where_it_is(dlib: LocalEngine, degrees: float) -> None:
    """Its eyes are where turning the photo took them, and its roll says by how much."""
    report = dlib.look(photos.turned(photos.portrait(400), degrees)).report
    face = report.face

    assert face is not None
    assert report.quality is not None
    assert report.quality.pose.roll == pytest.approx(1 - degrees, abs=8)
    eyes, distance = turned_points(np.array([[166, 162], [233, 164]]), 400, degrees), 67
    np.testing.assert_allclose(face.key_points[:2], eyes, atol=_OFF * distance)


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_a_photo_on_its_side_is_told_to_be_turned(dlib: LocalEngine, degrees: float) -> None:
    """Found, aligned, and refused with the one thing to do."""
    seen = dlib.look(photos.turned(photos.portrait(400), degrees))

    assert only(seen) == (Verdict.REFUSE, [Fault.FACE_TURNED])
    assert "lies on its side or upside down" in seen.report.findings[0].advice


@pytest.mark.parametrize(
    ("photo", "verdict", "fault"),
    [
        (photos.portrait()[100:350, 120:370], Verdict.WARN, Fault.FACE_CUT_OFF),
        (photos.portrait()[:, 240:], Verdict.REFUSE, Fault.FACE_CUT_OFF),
        (photos.portrait()[:250], Verdict.REFUSE, Fault.FACE_CUT_OFF),
        (photos.blurred(photos.portrait(), 4), Verdict.WARN, Fault.BLURRED),
        (photos.blurred(photos.portrait(), 8), Verdict.REFUSE, Fault.BLURRED),
        (photos.shaken(photos.portrait(), 35), Verdict.REFUSE, Fault.BLURRED),
        (photos.resized(photos.portrait(), 0.25), Verdict.WARN, Fault.FACE_TOO_SMALL),
        (photos.resized(photos.portrait(), 0.15), Verdict.REFUSE, Fault.FACE_TOO_SMALL),
        (photos.lit(photos.portrait(), 0.15), Verdict.WARN, Fault.BAD_EXPOSURE),
        (photos.lit(photos.portrait(), 1.55), Verdict.WARN, Fault.BAD_EXPOSURE),
        (photos.cat(), Verdict.REFUSE, Fault.NO_FACE),
        (photos.blurred(photos.portrait(), 40), Verdict.REFUSE, Fault.NO_FACE),
        (photos.beside(photos.portrait(), photos.portrait()[:, ::-1]), Verdict.REFUSE, Fault.MULTIPLE_FACES),
    ],
    ids=[
        "close-up",
        "half",
        "chin cut off",
        "soft",
        "blurred",
        "shaken",
        "small",
        "tiny",
        "dark",
        "burnt out",
        "a cat",
        "fog",
        "two",
    ],
)
def test_every_bad_photo_has_its_reason(dlib: LocalEngine, photo: Pixels, verdict: Verdict, fault: Fault) -> None:
    """First the one that matters, with the number and with advice."""
    report = dlib.look(np.ascontiguousarray(photo)).report

    assert (verdict, fault) == (report.findings[0].verdict, report.findings[0].fault)
    assert len(report.findings[0].advice) > 40


def test_a_head_in_profile_is_found_and_told_to_turn(dlib: LocalEngine) -> None:
    """A man with a camera, in black and white, seen from the side."""
    report = dlib.look(photos.profile()).report

    assert report.findings[0].fault is Fault.FACE_TURNED
    assert report.quality is not None
    assert report.quality.pose.yaw > 30


@pytest.mark.parametrize(
    "other", [photos.profile(), photos.turned(photos.portrait(), 45)[103:603, 103:603]], ids=["profile", "leaning"]
)
def test_somebody_beside_is_not_overlooked(dlib: LocalEngine, other: Pixels) -> None:
    """An upright, frontal face would be taken for the only one; who is as near to the camera counts too."""
    report = dlib.look(photos.beside(photos.portrait(), other)).report

    assert len(report.faces) == 2
    assert report.chosen is None
    assert report.findings[0].fault is Fault.MULTIPLE_FACES


def test_a_face_that_only_the_cnn_sees_is_doubted(dlib: LocalEngine) -> None:
    """Half of one: refused for being cut off, and marked."""
    report = dlib.look(np.ascontiguousarray(photos.astronaut()[40:250, 222:400])).report

    assert report.face is not None
    assert report.face.unconfirmed
    assert advice.DOUBTFUL in [finding.advice for finding in report.findings]


def test_a_small_face_in_a_large_photo_is_found(dlib: LocalEngine) -> None:
    """A sixteenth of the longer side, after one upsampling."""
    canvas = np.full((1200, 1600, 3), 200, dtype=np.uint8)
    canvas[300:600, 900:1200] = photos.portrait(300)
    (face,) = dlib.look(canvas).report.faces

    assert 900 < face.box.left < face.box.right < 1200


def test_a_drawn_face_is_no_face(dlib: LocalEngine) -> None:
    """HOG would take this one; the CNN does not."""
    canvas = Image.new("RGB", (400, 400), (250, 240, 200))
    pen = ImageDraw.Draw(canvas)
    pen.ellipse((100, 80, 300, 330), fill=(255, 220, 120), outline=(0, 0, 0), width=6)
    for x in (160, 240):
        pen.ellipse((x - 22, 150, x + 22, 180), fill=(255, 255, 255), outline=(0, 0, 0), width=4)
        pen.ellipse((x - 8, 157, x + 8, 173), fill=(0, 0, 0))
    pen.polygon([(200, 190), (185, 235), (215, 235)], fill=(230, 190, 100))
    pen.arc((150, 210, 250, 290), 20, 160, fill=(160, 20, 20), width=8)
    face_like = np.asarray(canvas)

    assert dlib._detector._hogs[0].run(face_like, 1, 0.0)[0]  # type: ignore[attr-defined]
    assert dlib.look(face_like).report.faces == ()


@pytest.mark.parametrize(
    ("photo", "at_most"),
    [
        (photos.astronaut()[:, ::-1], 0.10),
        (photos.black_and_white(photos.astronaut()), 0.10),
        (photos.turned(photos.portrait(), 20), 0.05),
        (photos.resized(photos.astronaut(), 3), 0.05),
        (photos.portrait()[90:380, 120:390], 0.05),
        (photos.lit(photos.astronaut(), 0.4), 0.10),
        (photos.blurred(photos.astronaut(), 0.7), 0.10),
    ],
    ids=["mirrored", "black and white", "leaning", "enlarged", "close-up", "dark", "soft"],
)
def test_it_is_still_her(dlib: LocalEngine, photo: Pixels, at_most: float) -> None:
    """Far inside locked, whatever was done to the photo."""
    recognition = dlib.recognitions[0]
    reference, other = (
        dlib.embed(0, dlib.look(np.ascontiguousarray(each)).crops)[0] for each in (photos.astronaut(), photo)
    )

    assert recognition.measure(reference, other) < at_most < recognition.thresholds.locked


def test_dlib_s_own_pipeline_agrees(dlib: LocalEngine) -> None:
    """dlib alone, from detection to descriptor, ends where ours does but for where the box fell."""
    detector, recogniser = dlib._detector, dlib._recognisers[0]
    photo = photos.portrait()
    rectangle = detector._hogs[0].run(photo, 0, 0.0)[0][0]  # type: ignore[attr-defined]
    shape = detector._landmarks(photo, rectangle)  # type: ignore[attr-defined]
    theirs = np.array(recogniser._network.compute_face_descriptor(photo, shape), dtype=np.float32)  # type: ignore[attr-defined]
    (ours,) = dlib.embed(0, dlib.look(photo).crops)

    assert dlib.recognitions[0].measure(ours, theirs) < 0.02


def turned_points(points: np.ndarray, side: int, degrees: float) -> np.ndarray:
    """Where points of a square photo go when it is turned counter-clockwise on an expanding canvas."""
    angle = -np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    canvas = side * (abs(np.cos(angle)) + abs(np.sin(angle)))
    return (points - side / 2) @ turn.T + canvas / 2
