"""What PNG costs: alone, and behind the next picture's tiles."""

import io
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from PIL import Image

from bench.abab import abab
from bench.table import Row
from bench.upscaler.rig import CPU, network, photo, seconds
from services.upscaler.engine import Engine
from services.upscaler.enlargement import Order
from services.upscaler.enlarger import Enlarger
from services.upscaler.pictures import Picture, Pixels
from services.upscaler.png import encoded
from services.upscaler.targets import ByFactor, framing

_SIDE = 144
_PICTURES = 3
_FOUR_K = (3840, 3840)


class _Fixed:
    def __init__(self) -> None:
        self._enlarger = Enlarger(network(), CPU, torch.bfloat16)

    def enlarger(self, denoise: float | None) -> Enlarger:
        return self._enlarger


async def hidden(rounds: int) -> Row:
    """Several pictures, one after another, each coded while the next one's tiles run; a share as at any size."""
    weights, engine, picture = _Fixed(), Engine(1 << 33, 1 << 20), Picture(photo(_SIDE, _SIDE))
    order = Order(picture, framing(picture.size, ByFactor(4)), weights)

    def pack(coded: bool) -> None:
        with ThreadPoolExecutor(1) as pool:
            files: list[Future[bytes]] = []
            for _ in range(_PICTURES):
                enlargement = engine.begin(order)
                while not enlargement.complete:
                    engine.step([enlargement])
                result = engine.finish(enlargement)
                if coded:
                    files.append(pool.submit(encoded, result.pixels))

    pair = await abab(seconds(lambda: pack(True)), seconds(lambda: pack(False)), rounds)
    this, reference = pair.medians
    missed = "" if pair.ratio <= 1.03 else ", missed"
    name = "pictures with and without PNG" + (" *" if pair.disturbed else "")
    return Row(name, f"{this:.2f} s", f"{reference:.2f} s", f"{pair.ratio:.3f}", f"≤ 1.03{missed}")


async def png(rounds: int) -> Row:
    """A 4K result, against Pillow's quickest. Sizes in the name."""
    photo_ = Image.fromarray(photo(512, 512)).resize(_FOUR_K, Image.Resampling.BICUBIC)
    pixels = _grained(photo_)
    image = Image.fromarray(pixels)

    def by_pillow() -> int:
        file = io.BytesIO()
        image.save(file, "PNG", compress_level=1)
        return file.tell()

    pair = await abab(seconds(lambda: encoded(pixels, torch.get_num_threads())), seconds(by_pillow), rounds)
    this, reference = pair.medians
    sizes = f"{len(encoded(pixels)) / 1e6:.0f} and {by_pillow() / 1e6:.0f} MB"
    name = f"PNG of 3840², ours and Pillow's ({sizes})" + (" *" if pair.disturbed else "")
    return Row(name, f"{this:.2f} s", f"{reference:.2f} s", f"{pair.ratio:.2f}", "")


def _grained(image: Image.Image) -> Pixels:
    """Detail at the scale of pixels, as enlarged photos have."""
    smooth = np.asarray(image)
    grain = np.random.default_rng(0).normal(0, 1.2, smooth.shape)
    return (smooth + grain).clip(0, 255).astype(np.uint8)
