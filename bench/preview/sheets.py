"""The pictures of docs/preview.md: every style, and the way there."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bench.preview.stagings import stagings
from services.generator.call import Pixels, Request
from services.generator.preview.restaging import Restaging, Study

_COLUMNS, _WIDTH, _GAP, _LINE = 6, 150, 5, 18
_SEEDS = (1, 2)
# Cuts show on a colour that no photo has.
_CUT_ON = np.array([70, 200, 120], np.float32)


def styles(wanted: Request) -> Image.Image:
    """Each style with two seeds, one below the other."""
    study, cells = Study(wanted.reference), []
    for name, staging in stagings().items():
        pair = [Restaging(study, wanted, staging, seed).run() for seed in _SEEDS]
        cells.append((name, [_small(pixels) for pixels in pair]))
    return _page(cells)


def stages(wanted: Request) -> Image.Image:
    """One picture on its way: photo, framed, cut, background, lit, graded."""
    if wanted.reference is None:
        raise ValueError("there is no photo")
    making = Restaging(Study(wanted.reference), wanted, stagings()["executive"], _SEEDS[0])
    shown: list[Pixels] = [wanted.reference.photo]
    for stage in making.stages:
        stage()
        looked_at = _cut(making, shown[-1]) if stage == making.cut else making.shown()
        if looked_at is not None:
            shown.append(looked_at)
    names = ("the photo", "framed", "cut out", "set", "lit", "graded")
    return _page([(name, [_small(pixels)]) for name, pixels in zip(names, shown, strict=True)])


def _cut(making: Restaging, framed: Pixels) -> Pixels:
    person = making.person[..., None]
    return np.asarray(framed * person + _CUT_ON * (1 - person), np.uint8)


def _small(pixels: Pixels) -> Image.Image:
    image = Image.fromarray(pixels)
    image.thumbnail((_WIDTH, 4 * _WIDTH), Image.Resampling.LANCZOS)
    return image


def _page(cells: list[tuple[str, list[Image.Image]]]) -> Image.Image:
    """Columns of pictures, named below."""
    height = max(sum(image.height + _GAP for image in images) for _, images in cells) + _LINE
    rows = -(-len(cells) // _COLUMNS)
    page = Image.new("RGB", (_COLUMNS * (_WIDTH + _GAP) - _GAP, rows * height), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(12)
    for place, (name, images) in enumerate(cells):
        x, y = place % _COLUMNS * (_WIDTH + _GAP), place // _COLUMNS * height
        for image in images:
            page.paste(image, (x, y))
            y += image.height + _GAP
        draw.text((x + 2, y - 2), name, "black", font)
    return page
