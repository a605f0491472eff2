"""Enlarges many pictures at once, a batch of equal tiles at a time.

Memory decides the size of tiles: first by what is free, then by halving whatever did not fit. A tile is run until it is
right or the picture fails; nothing is ever put in its place.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from likeness.common.v1 import reason_pb2 as reasons
from torch import Tensor
from torch.nn import functional as F

from likeness_wire.errors import Exhausted
from services.upscaler.enlarger import Enlarger, Watch
from services.upscaler.finishing import SoftFace, finished
from services.upscaler.memory import DeviceFull, attempted
from services.upscaler.mosaic import Mosaic
from services.upscaler.pictures import Picture, alpha_plane, colour_planes
from services.upscaler.targets import Framing, Size
from services.upscaler.tiles import Plan, Window, plan, smallest_pixels

# Another process may have taken the memory for a moment.
_RETRY_AFTER_S = 5.0
# Pictures without trouble after which tiles are as large again as planned.
_STEPS_BACK = 16


@dataclass(frozen=True, slots=True)
class Order:
    """A picture, what shall become of it, and by which network; `enlarger` is not asked where nothing is enlarged."""

    picture: Picture
    framing: Framing
    enlarger: Enlarger
    alpha_by_network: bool = True
    faces: tuple[SoftFace, ...] = ()


class Enlargement:
    """One picture on its way. Lives as long as its call."""

    def __init__(self, order: Order, sheets: Sequence[Tensor], plan: Plan) -> None:
        self.order = order
        self.tiles = len(sheets) * len(plan)
        self.done = 0
        self.share_of_tile = 0.0
        self.memory_retries = 0
        self.pixels_run = 0
        self.mosaics = [Mosaic(plan, order.enlarger.scale) for _ in sheets]
        self.waiting = deque(
            Tile(self, sheet[:, top : top + height, left : left + width], window, mosaic)
            for sheet, mosaic in zip(sheets, self.mosaics, strict=True)
            for window in plan
            for left, top, width, height in (window,)
        )

    @property
    def complete(self) -> bool:
        return self.done == self.tiles

    @property
    def fraction(self) -> float:
        """Of the work in the network, also within tiles."""
        return 1.0 if self.complete else (self.done + self.share_of_tile) / self.tiles

    @property
    def extra_pixels(self) -> float:
        """Pixels computed for overlaps, as a share of the picture's own (twice those, where alpha has its own run)."""
        own = len(self.mosaics) * self.order.picture.size.pixels
        return max(0.0, self.pixels_run / own - 1) if self.tiles else 0.0


@dataclass(frozen=True, slots=True)
class Tile:
    """A window of a picture that waits to be run."""

    owner: Enlargement
    pixels: Tensor = field(repr=False)
    window: Window
    mosaic: Mosaic = field(repr=False)

    def kin(self, other: "Tile") -> bool:
        """Whether both can run as one batch."""
        same_network = self.owner.order.enlarger is other.owner.order.enlarger
        return same_network and self.pixels.shape == other.pixels.shape


class Engine:
    """Owned by the worker's thread."""

    def __init__(self, budget_bytes: int) -> None:
        """`budget_bytes`: what one run of a network may hold, as far as is known."""
        self._planned_bytes = budget_bytes
        self.budget_bytes = budget_bytes

    def most_pixels(self, enlarger: Enlarger) -> int:
        """Input pixels of one run. Never less than the smallest tile: whether that fits, only trying tells."""
        appetite = enlarger.appetite
        return max(smallest_pixels(enlarger.multiple), (self.budget_bytes - appetite.run) // appetite.pixel)

    @torch.inference_mode()
    def begin(self, order: Order) -> Enlargement:
        """Cuts the picture into tiles."""
        if not order.framing.enlarges:
            return Enlargement(order, [], Plan(order.picture.size, order.picture.size, (), ()))
        sheets = [_padded(sheet, order.enlarger.multiple) for sheet in _sheets(order)]
        _, height, width = sheets[0].shape
        windows = plan(Size(width, height), self.most_pixels(order.enlarger), order.enlarger.multiple)
        assert windows is not None  # noqa: S101 - the smallest tile was allowed
        return Enlargement(order, sheets, windows)

    @torch.inference_mode()
    def step(self, running: Sequence[Enlargement], watch: Watch | None = None) -> None:
        """Runs one batch: the next tile of the first that has one, and equal tiles of all."""
        tiles = list(self._batch(running))
        if not tiles:
            return
        for tile, result in zip(tiles, self._results(tiles, watch), strict=True):
            tile.mosaic.add(tile.window, result)
            tile.owner.done += 1
            tile.owner.share_of_tile = 0.0

    @torch.inference_mode()
    def finish(self, enlargement: Enlargement) -> Picture:
        """The picture, once complete."""
        order = enlargement.order
        if not enlargement.memory_retries:
            # Memory that somebody else took may be back.
            self.budget_bytes = min(self._planned_bytes, self.budget_bytes + self._planned_bytes // _STEPS_BACK)
        wholes = [_own(mosaic.whole(), order) for mosaic in enlargement.mosaics]
        try:
            return attempted(lambda: _picture(order, wholes), order.enlarger.device)
        except DeviceFull:
            return _picture(order, [whole.cpu() for whole in wholes])

    def _batch(self, running: Sequence[Enlargement]) -> Iterator[Tile]:
        first = next((enlargement.waiting[0] for enlargement in running if enlargement.waiting), None)
        if first is None:
            return
        room = max(1, self.most_pixels(first.owner.order.enlarger) // first.pixels[0].numel())
        for enlargement in running:
            while room and enlargement.waiting and enlargement.waiting[0].kin(first):
                room -= 1
                yield enlargement.waiting.popleft()

    def _results(self, tiles: Sequence[Tile], watch: Watch | None) -> list[Tensor]:
        """One per tile. What does not fit is run in halves, down to the smallest tile that is right."""
        enlarger = tiles[0].owner.order.enlarger
        try:
            results = attempted(lambda: enlarger(torch.stack([tile.pixels for tile in tiles]), watch), enlarger.device)
        except DeviceFull:
            for owner in {id(tile.owner): tile.owner for tile in tiles}.values():
                owner.memory_retries += 1
        else:
            for tile in tiles:
                tile.owner.pixels_run += tile.pixels[0].numel()
            return list(results)
        if len(tiles) > 1:
            half = len(tiles) // 2
            return self._results(tiles[:half], watch) + self._results(tiles[half:], watch)
        return [self._in_parts(tiles[0], watch)]

    def _in_parts(self, tile: Tile, watch: Watch | None) -> Tensor:
        """A tile that did not fit, as a picture of its own. Later pictures are cut small enough from the start."""
        enlarger = tile.owner.order.enlarger
        _, height, width = tile.pixels.shape
        self.budget_bytes = min(
            self.budget_bytes, enlarger.appetite.run + height * width // 2 * enlarger.appetite.pixel
        )
        parts = plan(Size(width, height), height * width // 2, enlarger.multiple)
        if parts is None:
            raise _no_memory()
        tile.owner.tiles += len(parts) - 1
        mosaic = Mosaic(parts, enlarger.scale)
        for done, window in enumerate(parts):
            left, top, wide, high = window
            part = Tile(tile.owner, tile.pixels[:, top : top + high, left : left + wide], window, mosaic)
            mosaic.add(window, self._results([part], watch)[0])
            tile.owner.done += done + 1 < len(parts)
        return mosaic.whole()


def _sheets(order: Order) -> list[Tensor]:
    """What the network has to see: the colours, and transparency as a grey picture."""
    sheets = [colour_planes(order.picture)]
    if order.picture.has_alpha and order.alpha_by_network:
        sheets.append(alpha_plane(order.picture).expand(3, -1, -1))
    return sheets


def _padded(sheet: Tensor, multiple: int) -> Tensor:
    """Right and below, with the border's own pixels, to sides that the network takes."""
    if multiple == 1:
        return sheet
    _, height, width = sheet.shape
    return F.pad(sheet[None], (0, -width % multiple, 0, -height % multiple), mode="replicate")[0]


def _own(whole: Tensor, order: Order) -> Tensor:
    """Without the padding."""
    width, height = order.picture.size
    return whole[:, : height * order.enlarger.scale, : width * order.enlarger.scale]


def _picture(order: Order, wholes: Sequence[Tensor]) -> Picture:
    if not wholes:
        return finished(order.picture, order.framing, colour_planes(order.picture), None, 1, ())
    colour, alpha = wholes[0], wholes[1] if len(wholes) > 1 else None
    return finished(order.picture, order.framing, colour, alpha, order.enlarger.scale, order.faces)


def _no_memory() -> Exhausted:
    return Exhausted(
        reasons.REASON_OUT_OF_MEMORY,
        "the device has not enough memory for the smallest tile that would be right",
        retry_after_s=_RETRY_AFTER_S,
    )
