"""SCRFD, insightface's detector: boxes and five key points in one pass of a convolutional network."""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from services.common.startup import StartupError
from services.faces.face import Box, Face, Pixels

# insightface changed its default to two sizes merged; everything published about InstantID used 640 alone.
CANVAS = 640
# A face that fills the frame is larger than the network ever saw. On smaller rungs the photo shrinks in the middle of
# the same canvas, which also gives the face surroundings; one input shape keeps TensorRT at one engine.
RUNGS = (640, 320, 160)

_STRIDES = (8, 16, 32)
_ANCHORS = 2
_LEAST_SCORE = 0.5
_OVERLAP = 0.4
# Scores, boxes and key points at each of three strides.
_OUTPUTS = 9

Floats = npt.NDArray[np.float32]


class Scrfd:
    """One session, one photo at a time."""

    def __init__(self, session: ort.InferenceSession) -> None:
        outputs = session.get_outputs()
        if len(outputs) != _OUTPUTS:
            raise StartupError(f"the detector has {len(outputs)} outputs where SCRFD with key points has {_OUTPUTS}")
        self._session = session
        self._input = session.get_inputs()[0].name
        self._outputs = [output.name for output in outputs]

    def find(self, photo: Pixels) -> list[Face]:
        """Faces by score, from the first rung that has any."""
        for rung in RUNGS:
            if faces := self._find(photo, rung):
                return faces
        return []

    def _find(self, photo: Pixels, rung: int) -> list[Face]:
        canvas, scale, left, top = placed(photo, rung)
        outputs = self._session.run(self._outputs, {self._input: blob(canvas)})
        boxes, scores, points = decoded(outputs)
        shift = np.array([left, top], dtype=np.float32)
        boxes, points = (boxes - np.tile(shift, 2)) / scale, (points - shift) / scale
        return [_face(boxes[index], scores[index], points[index]) for index in suppressed(boxes, scores)]


def placed(photo: Pixels, rung: int) -> tuple[Pixels, np.float32, int, int]:
    """The photo fitted to the rung on a black canvas; its scale and where its top left corner is.

    The first rung starts in the corner, as insightface has it; smaller ones lie in the middle.
    """
    height, width = photo.shape[:2]
    ratio = height / width
    size = (max(1, int(rung / ratio)), rung) if ratio > 1 else (rung, max(1, int(rung * ratio)))
    canvas = np.zeros((CANVAS, CANVAS, 3), dtype=np.uint8)
    left, top = (0, 0) if rung == CANVAS else ((CANVAS - size[0]) // 2, (CANVAS - size[1]) // 2)
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(photo, size)
    return canvas, np.float32(size[1] / height), left, top


def blob(canvas: Pixels) -> Floats:
    """1 x 3 x H x W, red first, -1 to 1 (insightface divides by 128, not 127.5)."""
    planes = (canvas.astype(np.float32) - np.float32(127.5)) * np.float32(1 / 128)
    return np.ascontiguousarray(planes.transpose(2, 0, 1)[None])


def decoded(outputs: list[Floats]) -> tuple[Floats, Floats, Floats]:
    """Boxes N x 4, scores N and points N x 5 x 2 above the least score, in pixels of the canvas, best first.

    The network gives distances from the centre of each anchor, in strides.
    """
    boxes, scores, points = [], [], []
    for level, stride in enumerate(_STRIDES):
        score, box, point = (_rows(outputs[level + part * len(_STRIDES)]) for part in range(3))
        likely = np.flatnonzero(score[:, 0] >= _LEAST_SCORE)
        centre = _centres(stride)[likely]
        reach = box[likely] * stride
        boxes.append(np.hstack([centre - reach[:, :2], centre + reach[:, 2:]]))
        points.append(centre[:, None] + (point[likely] * stride).reshape(-1, 5, 2))
        scores.append(score[likely, 0])
    best = np.argsort(-np.concatenate(scores), kind="stable")
    return np.concatenate(boxes)[best], np.concatenate(scores)[best], np.concatenate(points)[best]


def suppressed(boxes: Floats, scores: Floats) -> list[int]:
    """Of boxes that overlap, the best: indices by score. Widths count pixels inclusively, as in insightface."""
    widths, heights = boxes[:, 2] - boxes[:, 0] + 1, boxes[:, 3] - boxes[:, 1] + 1
    areas, left = widths * heights, np.argsort(-scores, kind="stable")
    kept = []
    while left.size:
        best, left = left[0], left[1:]
        kept.append(int(best))
        corner, far = np.maximum(boxes[best, :2], boxes[left, :2]), np.minimum(boxes[best, 2:], boxes[left, 2:])
        shared = np.maximum(far - corner + 1, 0).prod(axis=1)
        left = left[shared / (areas[best] + areas[left] - shared) <= _OVERLAP]
    return kept


def _rows(output: Floats) -> Floats:
    """Some exports keep the batch axis."""
    return output[0] if output.ndim == 3 else output


@lru_cache(maxsize=len(_STRIDES))
def _centres(stride: int) -> Floats:
    cells = np.arange(CANVAS // stride, dtype=np.float32) * stride
    grid = np.stack(np.meshgrid(cells, cells), axis=-1).reshape(-1, 2)
    return np.repeat(grid, _ANCHORS, axis=0)


def _face(box: Floats, score: np.float32, points: Floats) -> Face:
    return Face(Box(*(float(edge) for edge in box)), float(score), points)
