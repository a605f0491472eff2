"""What can be put behind a person: painted at a quarter of the canvas, since none of it is in focus."""

from collections.abc import Callable

import numpy as np

from services.generator.preview.noise import clouds
from services.generator.preview.sitter import Floats
from services.generator.preview.staging import Backdrop, Colour, Texture

# How much darker the edge is where nobody says.
_EDGE = 0.45

Random = np.random.Generator
Point = tuple[float, float]


def painted(backdrop: Backdrop, width: int, height: int, glow: Point, random: Random) -> Floats:
    """sRGB 0 to 1, (h, w, 3). `glow` is where it is brightest, in shares of width and height."""
    return np.clip(_PAINTERS[backdrop.texture](backdrop, width, height, glow, random), 0, 1).astype(np.float32)


def _plain(backdrop: Backdrop, width: int, height: int, glow: Point, random: Random) -> Floats:
    return _gradient(backdrop, _distance(width, height, glow))


def _canvas(backdrop: Backdrop, width: int, height: int, glow: Point, random: Random) -> Floats:
    """Hand-painted cloth: broad clouds, brush marks, and a light on the wall."""
    mottle = clouds(random, width, height, [(0.45, 1.0), (0.2, 0.8), (0.09, 0.5), (0.04, 0.3)])
    ground = _gradient(backdrop, _distance(width, height, glow) + 0.10 * mottle)
    hue = clouds(random, width, height, [(0.5, 1.0), (0.22, 0.6)])
    tone = 1 + 0.10 * mottle[..., None] + 0.025 * hue[..., None] * np.array([1.0, 0.1, -1.0], np.float32)
    return np.asarray(ground * tone, np.float32)


def _lights(backdrop: Backdrop, width: int, height: int, glow: Point, random: Random) -> Floats:
    """A room or street far away: patches of wall and window, and lamps as large soft discs."""
    patches = clouds(random, width, height, [(0.5, 1.0), (0.25, 0.6)])
    ground = _gradient(backdrop, _distance(width, height, glow) - 0.20 * patches)
    for _ in range(int(random.integers(16, 23))):
        # Lamps hang: more of them above than below.
        at = random.uniform(-0.05, 1.05) * width, random.beta(1.5, 2.3) * height
        size = random.uniform(0.02, 0.062) * max(width, height)
        strength, warmth = random.uniform(0.06, 0.34), random.uniform(-0.3, 1)
        colour = np.array([1.0, 0.86 - 0.18 * warmth, 0.78 - 0.5 * warmth], np.float32)
        ground = _added(ground, np.float32(strength) * _disc(width, height, at, size)[..., None] * colour)
    return ground


def _foliage(backdrop: Backdrop, width: int, height: int, glow: Point, random: Random) -> Floats:
    """Leaves far away and the sky through them: lighter above, broken into discs."""
    leaves = clouds(random, width, height, [(0.4, 1.0), (0.2, 0.6), (0.1, 0.25)])
    below = np.linspace(-0.2, 0.6, height, dtype=np.float32)[:, None]
    ground = _gradient(backdrop, 0.3 * _distance(width, height, glow) + 0.6 * below - 0.17 * leaves)
    hue = clouds(random, width, height, [(0.35, 1.0), (0.15, 0.4)])[..., None]
    ground = ground * (1 + np.float32(0.05) * hue * np.array([1.0, 0.3, -0.8], np.float32))
    for _ in range(int(random.integers(34, 46))):
        at = random.uniform(-0.05, 1.05) * width, random.beta(1.0, 2.4) * height
        size = random.uniform(0.02, 0.055) * max(width, height)
        sky = np.array([0.95, 1.0, random.uniform(0.55, 0.9)], np.float32)
        strength = np.float32(random.uniform(0.03, 0.15))
        ground = _added(ground, strength * _disc(width, height, at, size)[..., None] * sky)
    return ground


_PAINTERS: dict[Texture, Callable[[Backdrop, int, int, Point, Random], Floats]] = {
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


def _distance(width: int, height: int, glow: Point) -> Floats:
    """0 at the glow, 1 in the farthest corner of a portrait."""
    x = (np.arange(width, dtype=np.float32) / width - glow[0]) * (width / height)
    y = np.arange(height, dtype=np.float32)[:, None] / height - glow[1]
    return np.asarray(np.hypot(x, y) / 0.8, np.float32)


def _added(ground: Floats, light: Floats) -> Floats:
    """Light on a picture, which never becomes more than white by it."""
    return np.asarray(1 - (1 - ground) * (1 - light), np.float32)


def _disc(width: int, height: int, at: Point, radius: float) -> Floats:
    """A lamp out of focus: even, with a faintly brighter rim and soft edge."""
    across = np.arange(width, dtype=np.float32) - at[0]
    down = np.arange(height, dtype=np.float32)[:, None] - at[1]
    away = np.hypot(across, down) / radius
    rim = 0.9 + 0.1 * np.clip(away, 0, 1) ** 2
    return np.asarray(rim * np.clip((1.12 - away) / 0.24, 0, 1), np.float32)
