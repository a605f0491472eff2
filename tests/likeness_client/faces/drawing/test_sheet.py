"""What is drawn: the photo untouched but for its marks, and the verdict in its colour."""

import numpy as np
import pytest
from likeness.common.v1.face_pb2 import Box, Face, KeyPoints, Point, Size
from likeness.common.v1.quality_pb2 import (
    VERDICT_ACCEPT,
    VERDICT_REFUSE,
    VERDICT_WARN,
    Finding,
    PhotoReport,
    Quality,
    Verdict,
)
from likeness.embedder.v1.embedder_pb2 import EmbeddedPhoto, QualityLimit
from PIL import Image

from likeness_client.faces.drawing import sheet
from likeness_client.faces.drawing.style import AMBER, GREEN, RED, font, wrapped
from services.faces.limits import LIMITS

GREY = np.full((400, 600, 3), 190, dtype=np.uint8)
KNOWN = [QualityLimit(field=limit.field, warn=limit.warn, refuse=limit.refuse) for limit in LIMITS]
QUALITY = Quality(
    face_px=150, sharpness=0.3, contrast=0.1, clipped=0.1, yaw_deg=-10, pitch_deg=5, roll_deg=2, cut_off=0
)


def face(left: float, top: float, side: float) -> Face:
    points = [
        Point(x=left + x * side, y=top + y * side)
        for x, y in ((0.3, 0.3), (0.7, 0.3), (0.5, 0.5), (0.35, 0.7), (0.65, 0.7))
    ]
    names = ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")
    box = Box(left=left, top=top, right=left + side, bottom=top + side)
    return Face(box=box, key_points=KeyPoints(**dict(zip(names, points, strict=True))))


def report(verdict: Verdict, *faces: Face, chosen: int | None = 0, findings: int = 0) -> EmbeddedPhoto:
    return EmbeddedPhoto(
        report=PhotoReport(
            size=Size(width=600, height=400),
            faces=faces,
            chosen=chosen,
            quality=QUALITY if chosen is not None else None,
            verdict=verdict,
            findings=[Finding(verdict=verdict, advice="Step into the light, hold still, and look up. " * 3)] * findings,
        )
    )


def drawn(answer: EmbeddedPhoto) -> np.ndarray:
    return np.asarray(sheet(GREY, "selfie.jpg", answer, KNOWN)).astype(int)


def near(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.abs(picture - np.array(colour)).max(axis=-1) < 50


@pytest.mark.parametrize(("verdict", "colour"), [(VERDICT_ACCEPT, GREEN), (VERDICT_WARN, AMBER), (VERDICT_REFUSE, RED)])
def test_the_box_and_the_headline_have_the_colour_of_the_verdict(
    verdict: Verdict, colour: tuple[int, int, int]
) -> None:
    """Seen from across the room."""
    picture = drawn(report(verdict, face(200, 100, 150)))
    photo, card = picture[:, :760], picture[:110, 760:]

    assert near(photo, colour).sum() > 400
    assert near(card, colour).sum() > 300


def test_the_box_is_where_the_face_is() -> None:
    """600 pixels are drawn as 720 points, 28 from the corner: 200 is at 268, 350 at 448."""
    marked = near(drawn(report(VERDICT_ACCEPT, face(200, 100, 150)))[:, :748], GREEN)
    rows, columns = np.flatnonzero(marked.sum(axis=1) > 100), np.flatnonzero(marked.sum(axis=0) > 100)

    assert columns.min() == pytest.approx(268, abs=3)
    assert columns.max() == pytest.approx(448, abs=3)
    assert rows.min() == pytest.approx(148, abs=3)
    assert rows.max() == pytest.approx(328, abs=3)


def test_what_lies_outside_of_the_photo_is_not_drawn_beside_it() -> None:
    """A face that runs over the edge has points out there."""
    picture = drawn(report(VERDICT_REFUSE, face(-90, 100, 150)))

    assert not near(picture[:, :27], RED).any()
    assert near(picture[:, 27:200], RED).any()


def test_faces_are_numbered_where_nobody_is_chosen() -> None:
    """Two boxes, two white numbers on red."""
    picture = drawn(report(VERDICT_REFUSE, face(60, 100, 150), face(360, 100, 150), chosen=None))

    for left in (28 + 60 * 1.2, 28 + 360 * 1.2):
        tag = picture[148:172, round(left) : round(left) + 24]
        assert near(tag, RED).sum() > 150
        assert near(tag, (255, 255, 255)).sum() > 10


def test_a_long_card_makes_the_sheet_taller() -> None:
    """No advice is cut off."""
    short, long = (sheet(GREY, "a", report(VERDICT_REFUSE, face(1, 1, 99), findings=n), KNOWN).height for n in (1, 6))

    assert long > short + 5 * 60


@pytest.mark.parametrize("shape", [(1, 1), (20, 3000), (3000, 20)])
def test_any_photo_can_be_drawn(shape: tuple[int, int]) -> None:
    """A pixel, a panorama, a strip."""
    picture = sheet(np.zeros((*shape, 3), dtype=np.uint8), "x" * 300, report(VERDICT_REFUSE, chosen=None), KNOWN)

    assert isinstance(picture, Image.Image)


def test_lines_are_broken_between_words_and_fit() -> None:
    """All words are there, in order."""
    text = "Turn towards a window or a lamp and take the photo again. " * 4
    lines = wrapped(text, 300, 15)

    assert " ".join(lines).split() == text.split()
    assert all(font(15).getlength(line) <= 600 for line in lines)
