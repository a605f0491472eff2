"""Enlarges many pictures at once, a batch of equal tiles at a time.

Memory decides the size of tiles: first by what is free, then by halving whatever did not fit. A tile is run until it is
right or the picture fails; nothing is ever put in its place.
"""

from collections.abc import Iterator, Sequence

import torch
from likeness.common.v1 import reason_pb2 as reasons
from torch import Tensor
from torch.nn import functional as F

from likeness_wire.errors import Exhausted
from services.upscaler.enlargement import Enlargement, Order, Tile
from services.upscaler.enlarger import Enlarger, Watch
from services.upscaler.finishing import finished
from services.upscaler.memory import DeviceFull, attempted
from services.upscaler.mosaic import Mosaic
from services.upscaler.pictures import Picture, alpha_plane, colour_planes
from services.upscaler.targets import Size
from services.upscaler.tiles import Plan, plan, seen, smallest_pixels

# Another process may have taken the memory for a moment.
_RETRY_AFTER_S = 5.0
# Pictures without trouble after which tiles are as large again as planned.
_STEPS_BACK = 16
# Narrower pictures come out in other colours: the network sees mostly the zeros around them.
_NARROW = 16


class Engine:
    """Owned by the worker's thread."""

    def __init__(self, budget_bytes: int, tile_pixels: int) -> None:
        """`budget_bytes`: what one run of a network may hold, as far as is known. `tile_pixels`: what it may see, so
        that no run takes longer than anyone wants to wait for a sign of life.
        """
        self._planned_bytes = budget_bytes
        self._tile_pixels = tile_pixels
        self.budget_bytes = budget_bytes

    def most_pixels(self, enlarger: Enlarger) -> int:
        """Input pixels of one run. Never less than the smallest tile: whether that fits, only trying tells."""
        appetite = enlarger.appetite
        fitting = min(self._tile_pixels, (self.budget_bytes - appetite.run) // appetite.pixel)
        return max(smallest_pixels(), fitting)

    @torch.inference_mode()
    def begin(self, order: Order) -> Enlargement:
        """Cuts the picture into tiles."""
        if not order.framing.enlarges:
            return Enlargement(order, None, [], Plan(order.picture.size, order.picture.size, (), ()))
        enlarger = order.network.enlarger(order.denoise)
        sheets = [_padded(sheet, enlarger.multiple) for sheet in _sheets(order)]
        _, height, width = sheets[0].shape
        windows = plan(Size(width, height), self.most_pixels(enlarger), enlarger.multiple)
        assert windows is not None  # noqa: S101 - the smallest tile was allowed
        return Enlargement(order, enlarger, sheets, windows)

    @torch.inference_mode()
    def step(self, running: Sequence[Enlargement], watch: Watch | None = None) -> None:
        """Runs one batch: the next tile of the first that has one, and equal tiles of all. What it raises, nothing was
        done for: the tiles wait again.
        """
        tiles = list(self._batch(running))
        try:
            results = self._results(tiles, _telling(tiles, watch)) if tiles else []
        except BaseException:
            for tile in reversed(tiles):
                tile.owner.waiting.appendleft(tile)
            raise
        for tile, result in zip(tiles, results, strict=True):
            tile.mosaic.add(tile.window, result)
            tile.owner.done += 1
            tile.owner.share_of_tile = 0.0

    @torch.inference_mode()
    def finish(self, enlargement: Enlargement) -> Picture:
        """The picture, once complete."""
        if not enlargement.memory_retries:
            # Memory that somebody else took may be back.
            self.budget_bytes = min(self._planned_bytes, self.budget_bytes + self._planned_bytes // _STEPS_BACK)
        order, enlarger = enlargement.order, enlargement.enlarger
        if enlarger is None:
            return finished(order.picture, order.framing, colour_planes(order.picture), None, 1, ())
        wholes = [_own(mosaic.whole(), order.picture.size, enlarger.scale) for mosaic in enlargement.mosaics]
        try:
            return attempted(lambda: _picture(order, wholes, enlarger.scale), enlarger.device)
        except DeviceFull:
            return _in_main_memory(order, wholes, enlarger.scale)

    def _batch(self, running: Sequence[Enlargement]) -> Iterator[Tile]:
        first = next((enlargement.waiting[0] for enlargement in running if enlargement.waiting), None)
        if first is None:
            return
        room = max(1, self.most_pixels(first.enlarger) // first.pixels[0].numel())
        for enlargement in running:
            while room and enlargement.waiting and enlargement.waiting[0].kin(first):
                room -= 1
                yield enlargement.waiting.popleft()

    def _results(self, tiles: Sequence[Tile], watch: Watch | None) -> list[Tensor]:
        """One per tile. What does not fit is run in halves, down to the smallest tile that is right."""
        enlarger = tiles[0].enlarger
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
        enlarger = tile.enlarger
        _, height, width = tile.pixels.shape
        parts = plan(Size(width, height), _less(height * width), enlarger.multiple)
        assert parts is not None  # noqa: S101 - what is allowed is never less than the smallest tile
        self.budget_bytes = min(
            self.budget_bytes, enlarger.appetite.run + parts.window.pixels * enlarger.appetite.pixel
        )
        tile.owner.tiles += len(parts) - 1
        mosaic = Mosaic(parts, enlarger.scale)
        for done, window in enumerate(parts):
            part = Tile(tile.owner, enlarger, seen(tile.pixels, window), window, mosaic)
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
    """Right and below, with the border's own pixels, to sides that the network takes and can make something of."""
    _, height, width = sheet.shape
    right, below = (max(_NARROW - side, -side % multiple) for side in (width, height))
    return F.pad(sheet[None], (0, right, 0, below), mode="replicate")[0] if right or below else sheet


def _own(whole: Tensor, size: Size, scale: int) -> Tensor:
    """Without the padding."""
    return whole[:, : size.height * scale, : size.width * scale]


def _picture(order: Order, wholes: Sequence[Tensor], scale: int) -> Picture:
    alpha = wholes[1] if len(wholes) > 1 else None
    return finished(order.picture, order.framing, wholes[0], alpha, scale, order.faces)


def _in_main_memory(order: Order, wholes: Sequence[Tensor], scale: int) -> Picture:
    try:
        return attempted(lambda: _picture(order, [whole.cpu() for whole in wholes], scale), torch.device("cpu"))
    except DeviceFull:
        raise _no_memory() from None


def _telling(tiles: Sequence[Tile], watch: Watch | None) -> Watch:
    """Lets the pictures know how far their tile is before anyone else hears."""
    owners = {id(tile.owner): tile.owner for tile in tiles}.values()

    def tell(share: float) -> None:
        for owner in owners:
            owner.share_of_tile = share
        if watch is not None:
            watch(share)

    return tell


def _less(pixels: int) -> int:
    """Half of what did not fit, as long as that is enough for a tile without seams."""
    if pixels <= smallest_pixels():
        raise _no_memory()
    return max(pixels // 2, smallest_pixels())


def _no_memory() -> Exhausted:
    return Exhausted(
        reasons.REASON_OUT_OF_MEMORY,
        "the device has not enough memory for the smallest tile that would be right",
        retry_after_s=_RETRY_AFTER_S,
    )
