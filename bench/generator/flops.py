"""What a step has to compute, in floating point operations, two for each multiplication with its addition.

Counted by layers from SDXL's configuration; the time embedding's own layers are too few to matter.
"""

from collections.abc import Iterator
from itertools import pairwise

_CHANNELS = (320, 640, 1280)
_DEPTH = (0, 2, 10)
_CONTEXT = 2048
_TIME = 1280


def step(width: int, height: int) -> float:
    """Of one guided picture: UNet with text and identity, and IdentityNet, two rows each."""
    return 2 * (network(width, height, text=77, identity=16) + network(width, height, text=16, control=True))


def decode(width: int, height: int) -> float:
    """Of the VAE: 10.47 TFLOP at 1024 × 1024, in proportion to pixels but for a twentieth that is attention."""
    return 10.47e12 * width * height / 1024**2


def network(width: int, height: int, *, text: int, identity: int = 0, control: bool = False) -> float:
    """One row through the UNet, or through a ControlNet of its encoder."""
    latent = width // 8 * (height // 8)
    total = _conv(4, 320, 3, latent)
    skips = [(320, latent)]
    pixels, channels = latent, 320
    for level, (out, depth) in enumerate(zip(_CHANNELS, _DEPTH, strict=True)):
        for _ in range(2):
            total += _resnet(channels, out, pixels) + _transformer(out, pixels, depth, text, identity)
            channels = out
            skips.append((out, pixels))
        if level < 2:
            pixels //= 4
            total += _conv(out, out, 3, pixels)
            skips.append((out, pixels))
    total += 2 * _resnet(channels, channels, pixels) + _transformer(channels, pixels, _DEPTH[-1], text, identity)
    if control:
        taps = sum(_conv(out, out, 1, size) for out, size in skips) + _conv(channels, channels, 1, pixels)
        return total + taps + _map(latent)
    return total + sum(_up(skips, channels, pixels, text, identity))


def _up(skips: list[tuple[int, int]], channels: int, pixels: int, text: int, identity: int) -> Iterator[float]:
    before = channels
    for level, (out, depth) in enumerate(zip(reversed(_CHANNELS), reversed(_DEPTH), strict=True)):
        for _ in range(3):
            skip, _ = skips.pop()
            yield _resnet(before + skip, out, pixels) + _transformer(out, pixels, depth, text, identity)
            before = out
        if level < 2:
            pixels *= 4
            yield _conv(out, out, 3, pixels)
    yield _conv(320, 4, 3, pixels)


def _map(latent: int) -> float:
    """A ControlNet's embedding of its map, from full size down to latents."""
    sizes, pixels = (16, 32, 96, 256), latent * 64
    total = _conv(3, sizes[0], 3, pixels)
    for one, other in pairwise(sizes):
        total += _conv(one, one, 3, pixels)
        pixels //= 4
        total += _conv(one, other, 3, pixels)
    return total + _conv(sizes[-1], 320, 3, pixels)


def _resnet(one: int, other: int, pixels: int) -> float:
    shortcut = _conv(one, other, 1, pixels) if one != other else 0
    return _conv(one, other, 3, pixels) + _conv(other, other, 3, pixels) + shortcut + 2 * _TIME * other


def _transformer(width: int, pixels: int, depth: int, text: int, identity: int) -> float:
    if not depth:
        return 0
    own = 8 * width * width * pixels + 4 * pixels * pixels * width
    cross = 4 * width * width * pixels
    for tokens in (text, identity):
        cross += 4 * _CONTEXT * width * tokens + 4 * pixels * tokens * width
    feed_forward = 2 * width * 8 * width * pixels + 2 * 4 * width * width * pixels
    return 4 * width * width * pixels + depth * (own + cross + feed_forward)


def _conv(one: int, other: int, kernel: int, pixels: int) -> float:
    return 2 * one * other * kernel * kernel * pixels
