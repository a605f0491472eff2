"""Staging of GenerateOptions, checked: every number is a strength from 0 to 1 unless the contract says otherwise."""

from likeness.generator.v1 import staging_pb2 as pb

from services.generator.fields import refuse, within
from services.generator.preview.staging import Backdrop, Colour, Grade, Light, Staging, Texture

_TEXTURES = {
    pb.TEXTURE_PLAIN: Texture.PLAIN,
    pb.TEXTURE_CANVAS: Texture.CANVAS,
    pb.TEXTURE_LIGHTS: Texture.LIGHTS,
    pb.TEXTURE_FOLIAGE: Texture.FOLIAGE,
}
_GREY: Colour = (0.5, 0.5, 0.5)
_STOPS = 2


def staging_of(given: pb.Staging) -> Staging:
    """What is unset stays as the photo has it."""
    return Staging(
        backdrop=_backdrop(given.backdrop) if given.HasField("backdrop") else None,
        light=_light(given.light) if given.HasField("light") else None,
        grade=_grade(given.grade) if given.HasField("grade") else None,
        depth=within("staging.depth", given.depth, 0, 1),
        variation=within("staging.variation", given.variation, 0, 1),
    )


def _backdrop(given: pb.Backdrop) -> Backdrop:
    if given.texture not in _TEXTURES:
        refuse("staging.backdrop.texture", "one of the textures")
    return Backdrop(
        texture=_TEXTURES[given.texture],
        tint=_colour("backdrop.tint", given.tint) if given.HasField("tint") else _GREY,
        edge=_colour("backdrop.edge", given.edge) if given.HasField("edge") else None,
        cover=within("staging.backdrop.cover", given.cover, 0, 1),
    )


def _light(given: pb.Light) -> Light:
    return Light(
        direction_deg=within("staging.light.direction_deg", given.direction_deg, 0, 360),
        key=within("staging.light.key", given.key, 0, 1),
        shadow=within("staging.light.shadow", given.shadow, 0, 1),
    )


def _grade(given: pb.Grade) -> Grade:
    return Grade(
        exposure=within("staging.grade.exposure", given.exposure, -_STOPS, _STOPS),
        contrast=within("staging.grade.contrast", given.contrast, -1, 1),
        saturation=within("staging.grade.saturation", given.saturation, -1, 1),
        warmth=within("staging.grade.warmth", given.warmth, -1, 1),
        vignette=within("staging.grade.vignette", given.vignette, 0, 1),
        grain=within("staging.grade.grain", given.grain, 0, 1),
        shadows=_colour("grade.shadows", given.shadows) if given.HasField("shadows") else None,
        lights=_colour("grade.lights", given.lights) if given.HasField("lights") else None,
        toning=within("staging.grade.toning", given.toning, 0, 1),
    )


def _colour(name: str, given: pb.Colour) -> Colour:
    red, green, blue = (
        within(f"staging.{name}.{part}", getattr(given, part), 0, 1) for part in ("red", "green", "blue")
    )
    return red, green, blue
