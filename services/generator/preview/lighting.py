"""A soft light from one side, as a large window or softbox gives it, and the shadow on the other."""

from math import cos, radians, sin

import numpy as np

from services.generator.preview.sitter import Floats, Sitter
from services.generator.preview.staging import Light

# Stops at full strength, on the person.
_KEY_STOPS, _SHADOW_STOPS = 0.75, 0.95
# A wall behind is lit from the same side but falls off slower, and is brighter where the person is darker.
_WALL = 0.35
# How wide the turn from light to shadow is, in units of the face: wider than a head, or it looks painted on.
_SOFTNESS = 2.2


def lit(picture: Floats, person: Floats, sitter: Sitter, light: Light) -> Floats:
    """The picture (h, w, 3) under the light. Texture stays: only brightness is scaled, slowly over the picture."""
    height, width = person.shape
    towards = sin(radians(light.direction_deg)), -cos(radians(light.direction_deg))
    x = (np.arange(width, dtype=np.float32) - sitter.eyes[0]) / sitter.unit
    # Light on the face is centred below the eyes.
    y = (np.arange(height, dtype=np.float32)[:, None] - sitter.eyes[1]) / sitter.unit - 0.5
    side = np.tanh((x * towards[0] + y * towards[1] * 0.6) / _SOFTNESS).astype(np.float32)
    stops = _KEY_STOPS * light.key * np.maximum(side + 0.25, 0) - _SHADOW_STOPS * light.shadow * np.maximum(-side, 0)
    wall = -_WALL * stops
    stops = person * stops + (1 - person) * wall
    # Twice the light is this much more in sRGB, whose curve is about a power of 2.2.
    return np.asarray(_rolled(picture * np.exp2(stops / 2.2)[..., None]), np.float32)


def _rolled(picture: Floats) -> Floats:
    """Lights above 0.8 are bent towards white instead of being cut off."""
    over = np.maximum(picture - 0.8, 0)
    return np.minimum(picture, 0.8) + over / (1 + 1.6 * over)
