"""Opens the preview engine from settings. It needs no models, only a decoder for photos."""

import importlib.metadata

import cv2
from likeness.common.v1.chunk_pb2 import Kind

from likeness_wire.chunks import Blob
from services.common.images import Decoder, decode_trusted
from services.generator.answers import Maker
from services.generator.call import Pixels
from services.generator.checker import checker_from
from services.generator.menu import Canvas, Menu
from services.generator.opened import Opened
from services.generator.poses import POSES
from services.generator.preview.engine import PreviewEngine
from services.generator.settings import GeneratorSettings

NAME = "preview"

_LOSSLESS = frozenset({Kind.KIND_PNG, Kind.KIND_RGB8})


def open_preview(settings: GeneratorSettings) -> Opened:
    """On the worker's thread."""
    cv2.setNumThreads(settings.compute_threads)
    checker = checker_from(settings.output_checker)
    decoder = Decoder()
    decoder.start()
    canvas = Canvas(min_side=settings.min_side, max_side=settings.max_side, max_pixels=settings.max_canvas_pixels)
    menu = Menu(engine=NAME, canvas=canvas, poses=POSES, needs_photo=True, output_checked=checker is not None)
    maker = Maker(engine=NAME, device="cpu", version=importlib.metadata.version("likeness"), refs={})
    return Opened(
        PreviewEngine(checker, closing=(decoder.close,)), menu, maker, decode_photo=lambda blob: decoded(blob, decoder)
    )


def decoded(blob: Blob, decoder: Decoder) -> Pixels:
    """The photo, upright. Lossless ones come from our own services, others may come from anywhere."""
    if blob.kind in _LOSSLESS:
        return decode_trusted(blob)
    return decoder.decode(blob.data, announced=blob.kind)
