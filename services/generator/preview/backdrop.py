"""What can be put behind a person: painted at a quarter of the canvas, since none of it is in focus."""

from collections.abc import Callable

import numpy as np

from services.generator.preview.noise import clouds
from services.generator.preview.sitter import Floats
from services.generator.preview.staging import Backdrop, Colour, Texture

# How much darker the edge is where nobody says.
_EDGE = 0.45

Random = np.random.Generator


def painted(backdrop: Backdrop, width: int, height: int, glow: tuple[float, float], random: Random) -> Floats:
    """sRGB 0 to 1, (h, w, 3). `glow` is where it is brightest, in shares of width and height."""
    return np.clip(_PAINTERS[backdrop.texture](backdrop, width, height, glow, random), 0, 1).astype(np.float32)


def _plain(backdrop: Backdrop, width: int, height: int, glow: tuple[float, float], random: Random) -> Floats:
    return _gradient(backdrop, _distance(width, height, glow))


def _canvas(backdrop: Backdrop, width: int, height: int, glow: tuple[float, float], random: Random) -> Floats:
    """Hand-painted cloth: broad clouds, brush marks, and a light on the wall."""
    mottle = clouds(random, width, height, [(0.45, 1.0), (0.2, 0.8), (0.09, 0.5), (0.04, 0.3)])
    ground = _gradient(backdrop, _distance(width, height, glow) + 0.10 * mottle)
    hue = clouds(random, width, height, [(0.5, 1.0), (0.22, 0.6)])
    tone = 1 + 0.10 * mottle[..., None] + 0.025 * hue[..., None] * np.array([1.0, 0.1, -1.0], np.float32)
    return np.asarray(ground * tone, np.float32)


def _lights(backdrop: Backdrop, width: int, height: int, glow: tuple[float, float], random: Random) -> Floats:
    """A room or street far away: patches of wall and window, and lamps as large soft discs."""
    patches = clouds(random, width, height, [(0.5, 1.0), (0.25, 0.7)])
    ground = _gradient(backdrop, _distance(width, height, glow) - 0.22 * patches)
    lamps = np.zeros((height, width, 3), np.float32)
    side = max(width, height)
    for _ in range(int(random.integers(11, 16))):
        x, y = random.uniform(-0.05, 1.05) * width, random.beta(1.6, 2.4) * height
        radius, strength = random.uniform(0.022, 0.06) * side, random.uniform(0.05, 0.22)
        warmth = random.uniform(-0.25, 0.5)
        colour = np.array([1 + 0.25 * warmth, 1.0, 1 - 0.35 * warmth], np.float32)
        lamps += strength * _disc(width, height, x, y, radius)[..., None] * colour
    return np.asarray(1 - (1 - np.clip(ground, 0, 1)) * (1 - np.clip(lamps, 0, 0.9)), np.float32)


def _foliage(backdrop: Backdrop, width: int, height: int, glow: tuple[float, float], random: Random) -> Floats:
    """Leaves far away and the sky through them: lighter above, broken into discs."""
    leaves = clouds(random, width, height, [(0.3, 1.0), (0.14, 0.8), (0.07, 0.5)])
    below = np.linspace(-0.25, 0.75, height, dtype=np.float32)[:, None]
    ground = _gradient(backdrop, 0.35 * _distance(width, height, glow) + 0.5 * below - 0.28 * leaves)
    hue = clouds(random, width, height, [(0.25, 1.0), (0.1, 0.6)])[..., None]
    ground = ground * (1 + 0.07 * hue * np.array([1.0, 0.25, -0.9], np.float32))
    sky = np.zeros((height, width), np.float32)
    side = max(width, height)
    for _ in range(int(random.integers(38, 52))):
        x, y = random.uniform(-0.05, 1.05) * width, random.beta(1.1, 2.6) * height
        radius = random.uniform(0.012, 0.04) * side
        sky += random.uniform(0.04, 0.20) * _disc(width, height, x, y, radius)
    light = np.array([0.98, 1.0, 0.88], np.float32)
    return np.asarray(ground + np.clip(sky, 0, 0.6)[..., None] * (light - ground), np.float32)


_PAINTERS: dict[Texture, Callable[[Backdrop, int, int, tuple[float, float], Random], Floats]] = {
    Texture.PLAIN: _plain,
    Texture.CANVAS: _canvas,
    Texture.LIGHTS: _lights,
    Texture.FOLIAGE: _foliage,
}


def _gradient(backdrop: Backdrop, distance: Floats) -> Floats:
    """From the tint to the edge's colour as the distance grows from 0 to 1."""
    edge = backdrop.edge or _darker(backdrop.tint)
    share = np.clip(distance, 0, 1)
    share = (share * share * (3 - 2 * share))[..., None]
    return np.asarray(
        np.array(backdrop.tint, np.float32) * (1 - share) + np.array(edge, np.float32) * share, np.float32
    )


def _darker(colour: Colour) -> Colour:
    red, green, blue = colour
    return red * _EDGE, green * _EDGE, blue * _EDGE


def _distance(width: int, height: int, glow: tuple[float, float]) -> Floats:
    """0 at the glow, 1 in the farthest corner of a portrait."""
    x = (np.arange(width, dtype=np.float32) / width - glow[0]) * (width / height)
    y = np.arange(height, dtype=np.float32)[:, None] / height - glow[1]
    return np.asarray(np.hypot(x, y) / 0.8, np.float32)


def _disc(width: int, height: int, x: float, y: float, radius: float) -> Floats:
    """A lamp out of focus: even, with a faintly brighter rim and soft edge."""
    across = np.arange(width, dtype=np.float32) - x
    down = np.arange(height, dtype=np.float32)[:, None] - y
    away = np.hypot(across, down) / radius
    rim = 0.85 + 0.15 * np.clip(away, 0, 1) ** 2
    return np.asarray(rim * np.clip((1.08 - away) / 0.16, 0, 1), np.float32)


__all__ = ["painted"]
