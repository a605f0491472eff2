"""Where the photo comes to lie on the canvas."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from services.generator.poses import POSES, placed
from services.generator.preview.framing import Canvas, Matrix, canvas_for, framing, laid, outside, scale_of
from services.generator.preview.silhouette import Silhouette
from services.generator.preview.sitter import Sitter
from tests.services.generator.preview.sitting import Points, drawn

STILL = np.zeros(2, np.float32)


def face(x: float, y: float, eyes: float) -> Points:
    """From the front, with the eyes' middle there."""
    shape = np.array([(-0.5, 0), (0.5, 0), (0, 0.57), (-0.415, 1.155), (0.415, 1.155)])
    return (shape * eyes + (x, y)).astype(np.float32)


def nobody(width: int, height: int) -> Silhouette:
    """A mask at the size of the photo, with nobody in it."""
    return Silhouette(np.zeros((height, width), np.float32), np.eye(2, 3), 1.0)


def canvas(points: Points, width: int = 896, height: int = 1152, pose: str = "front") -> Canvas:
    return canvas_for(placed(POSES[pose], width, height, points), width, height, STILL, 1.0)


def seen(matrix: Matrix, points: Points) -> NDArray[np.float64]:
    return points @ matrix[:, :2].T + matrix[:, 2]


def corners_in_photo(matrix: Matrix, there: Canvas) -> NDArray[np.float64]:
    back = np.asarray(cv2.invertAffineTransform(matrix))
    corners = np.array([(-0.5, -0.5), (there.width - 0.5, there.height - 0.5)])
    return corners @ back[:, :2].T + back[:, 2]


def test_the_face_goes_where_the_pose_wants_it() -> None:
    """In a photo with room all around: every point within a few pixels."""
    points = face(1000, 900, 200)
    there = canvas(points)
    matrix = framing((2000, 2000), points, nobody(2000, 2000), there)
    np.testing.assert_allclose(placed(POSES["front"], 896, 1152, points), seen(matrix, points), atol=3)


@pytest.mark.parametrize("pose", sorted(POSES))
def test_every_pose_keeps_the_face_on_the_canvas(pose: str) -> None:
    """Also those that a photo from the front cannot follow."""
    points = face(400, 300, 60)
    matrix = framing((800, 1000), points, nobody(800, 1000), canvas(points, pose=pose))
    assert ((seen(matrix, points) > 0) & (seen(matrix, points) < (896, 1152))).all()


def test_who_reaches_the_lower_edge_is_not_cut_off_above_it() -> None:
    """A close photo that ends at the collar: closer and lower, until its edge is that of the canvas."""
    points = face(300, 250, 100)
    who = Silhouette(np.pad(np.ones((500, 200), np.float32), ((0, 0), (200, 200))), np.eye(2, 3), 1.0)
    there = canvas(points)
    wanted = there.sitter.unit / Sitter.from_points(points).unit
    matrix = framing((600, 500), points, who, there)
    assert corners_in_photo(matrix, there)[1, 1] <= 500 - 0.5 + 1e-6
    assert scale_of(matrix) > wanted


def test_who_fills_the_frame_fills_the_canvas() -> None:
    """All four edges reached: the canvas lies wholly inside of the photo."""
    points = face(90, 80, 60)
    who = Silhouette(np.ones((200, 170), np.float32), np.eye(2, 3), 1.0)
    there = canvas(points)
    (left, top), (right, bottom) = corners_in_photo(framing((170, 200), points, who, there), there)
    assert min(left, top) >= -0.5 - 1e-6
    assert right <= 169.5 + 1e-6
    assert bottom <= 199.5 + 1e-6


def test_background_may_be_continued() -> None:
    """Nobody at the edges: the pose is kept although the photo ends inside of the canvas."""
    points = face(150, 140, 80)
    there = canvas(points)
    matrix = framing((300, 300), points, nobody(300, 300), there)
    assert outside((300, 300), matrix, there, 10.0).max() == 1
    np.testing.assert_allclose(there.centre, seen(matrix, points).mean(0), atol=1)


@pytest.mark.parametrize("scale", [0.25, 0.7, 1.0, 2.5])
def test_pixels_land_where_the_matrix_says(scale: float) -> None:
    """Shrunk by area or enlarged by interpolation: a mark stays on its point, to a fifth of a pixel."""
    photo = np.zeros((400, 400, 3), np.uint8)
    cv2.circle(photo, (210, 150), 24, (255, 255, 255), -1)
    matrix = np.array([[scale, 0, 12.5], [0, scale, 7.25]])
    where = Canvas(640, 640, Sitter.from_points(face(300, 300, 60)), STILL)
    # Beyond its end the photo is mirrored, mark and all.
    whole = laid(photo, matrix, where)[: round(400 * scale) + 7, : round(400 * scale) + 12, 0]
    rows, columns = np.nonzero(whole > 127)
    np.testing.assert_allclose((210 * scale + 12.5, 150 * scale + 7.25), (columns.mean(), rows.mean()), atol=0.2)


def test_a_leaning_camera_is_half_set_right() -> None:
    """And never by more than five degrees: a lean of the head is the person's own."""
    points = drawn()[2]
    lean = cv2.getRotationMatrix2D((240, 250), 20, 1.0)
    leaning = (points @ lean[:, :2].T + lean[:, 2]).astype(np.float32)
    matrix = framing((480, 600), leaning, nobody(480, 600), canvas(leaning))
    assert 5 == pytest.approx(abs(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))), abs=0.3)
