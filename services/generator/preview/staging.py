"""What should be done with the photo: plain values, each a strength from 0 to 1 unless it says otherwise."""

import enum
from dataclasses import dataclass

Colour = tuple[float, float, float]
"""sRGB, each part 0 to 1."""


class Texture(enum.Enum):
    """How a backdrop is structured."""

    PLAIN = "plain"
    CANVAS = "canvas"
    LIGHTS = "lights"
    FOLIAGE = "foliage"


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A surface behind the person. `edge` None is the tint, darker."""

    texture: Texture = Texture.PLAIN
    tint: Colour = (0.5, 0.5, 0.5)
    edge: Colour | None = None
    cover: float = 0.0


@dataclass(frozen=True, slots=True)
class Light:
    """Where light comes from, in degrees clockwise from the top, and how far it brightens and darkens."""

    direction_deg: float = 0.0
    key: float = 0.0
    shadow: float = 0.0


@dataclass(frozen=True, slots=True)
class Grade:
    """Tone and colour. Exposure in stops, -2 to 2; contrast, saturation and warmth -1 to 1."""

    exposure: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    warmth: float = 0.0
    vignette: float = 0.0
    grain: float = 0.0
    shadows: Colour | None = None
    lights: Colour | None = None
    toning: float = 0.0


@dataclass(frozen=True, slots=True)
class Staging:
    """All of it. None leaves what the photo has. As it stands it only reframes: the plainest staging."""

    backdrop: Backdrop | None = None
    light: Light | None = None
    grade: Grade | None = None
    depth: float = 0.0
    variation: float = 0.0
