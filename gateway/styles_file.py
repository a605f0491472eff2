"""What styles.toml may say. Read strictly: a misspelt field, or a number that no engine takes, stops the start."""

import re
from typing import Annotated, Any, Literal, Self

from likeness.common.v1 import face_pb2, render_pb2
from likeness.generator.v1 import staging_pb2
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

SLOTS = ("framing", "pose", "expression", "free_text")

_SLOT = re.compile(r"\{(\w*)\}")
_HEX = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})")


def _colour(text: Any) -> tuple[float, float, float]:
    parts = _HEX.fullmatch(text) if isinstance(text, str) else None
    if parts is None:
        raise ValueError("a colour looks like #93a1b0")
    red, green, blue = (int(part, 16) / 255 for part in parts.groups())
    return red, green, blue


Share = Annotated[float, Field(ge=0, le=1)]
Signed = Annotated[float, Field(ge=-1, le=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=r"^[^\r\n]+$")]
Ids = Annotated[tuple[Id, ...], Field(min_length=1)]
Lines = Annotated[tuple[Line, ...], Field(min_length=1)]
Side = Annotated[int, Field(ge=256, le=2048, multiple_of=64)]
Colour = Annotated[tuple[float, float, float], BeforeValidator(_colour)]


class Table(BaseModel):
    """A table of the file: every field it has is known."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Strength(Table):
    """How strongly something acts, and during which share of the steps."""

    value: Annotated[float, Field(ge=0, le=2)]
    start: Share = 0.0
    end: Share = 1.0

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.start > self.end:
            raise ValueError("the window ends before it starts")
        return self

    def times(self, factor: float) -> "Strength":
        return self.model_copy(update={"value": min(2.0, self.value * factor)})

    def message(self) -> render_pb2.Strength:
        window = render_pb2.Window(start=self.start, end=self.end) if (self.start, self.end) != (0, 1) else None
        return render_pb2.Strength(value=self.value, window=window)


class Backdrop(Table):
    """As in Staging."""

    texture: Literal["plain", "canvas", "lights", "foliage"]
    tint: Colour
    edge: Colour
    cover: Share


class Light(Table):
    """As in Staging."""

    direction_deg: Annotated[float, Field(ge=0, le=360)] = 0.0
    key: Share = 0.0
    shadow: Share = 0.0


class Grade(Table):
    """As in Staging."""

    exposure: Annotated[float, Field(ge=-2, le=2)] = 0.0
    contrast: Signed = 0.0
    saturation: Signed = 0.0
    warmth: Signed = 0.0
    vignette: Share = 0.0
    grain: Share = 0.0
    shadows: Colour | None = None
    lights: Colour | None = None
    toning: Share = 0.0


class Preview(Table):
    """What the preview engine does with the photo."""

    backdrop: Backdrop | None = None
    light: Light | None = None
    grade: Grade | None = None
    depth: Share = 0.0
    variation: Share = 0.0

    def message(self) -> staging_pb2.Staging:
        staging = staging_pb2.Staging(depth=self.depth, variation=self.variation)
        for part in ("backdrop", "light", "grade"):
            if (table := getattr(self, part)) is not None:
                getattr(staging, part).CopyFrom(_filled(part, table))
        return staging


class Pose(Table):
    """A pose, with the generator's template for it. With a framing of its own, the style's gives way."""

    phrase: Line
    template: Id
    smiling: Id | None = None
    framing: Line | None = None


class Expression(Table):
    """An expression, and what identity_net is multiplied by for it."""

    phrase: Line
    smiles: bool = False
    identity_net: Annotated[float, Field(gt=0, le=1)] = 1.0


class Style(Table):
    """A style with everything filled in."""

    title: Line
    description: Line
    prompt: Lines
    negative: Line
    framing: Line
    poses: Ids
    expressions: Ids
    in_turn: Annotated[int, Field(ge=1)]
    plan: Id
    steps: Annotated[int, Field(ge=1, le=150)]
    cfg: Annotated[float, Field(ge=0, le=20)]
    scheduler: Literal["euler", "dpmpp-2m-karras", "dpmpp-2m-sde", "unipc", "lcm", "ddim"]
    adapter: Strength
    identity_net: Strength
    stronger: Annotated[float, Field(gt=1, le=2)]
    size: tuple[Side, Side]
    preview: Preview

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        slots = [slot for phrase in self.prompt for slot in _SLOT.findall(phrase)]
        if unknown := sorted(set(slots) - set(SLOTS)):
            raise ValueError(f"the prompt has a slot {unknown[0]!r}; there are {', '.join(SLOTS)}")
        if missing := [slot for slot in SLOTS[:3] if slot not in slots]:
            raise ValueError(f"the prompt has no slot {{{missing[0]}}}")
        if self.in_turn > len(self.poses):
            raise ValueError("in_turn is more than there are poses")
        return self

    @property
    def takes_free_text(self) -> bool:
        return any("{free_text}" in phrase for phrase in self.prompt)

    def filled(self, words: dict[str, str]) -> str:
        """The prompt. What stands in a slot is taken as it is: it holds no slots of its own."""
        phrases = (_SLOT.sub(lambda slot: words[slot[1]], phrase) for phrase in self.prompt)
        return ", ".join(phrase for phrase in phrases if phrase.strip())


class Premium(Table):
    """Pictures that are going to be enlarged."""

    size: tuple[Side, Side]


class Always(Table):
    """For every style."""

    negative: Lines


class StylesFile(Table):
    """The whole file."""

    version: Literal[1]
    always: Always
    premium: Premium
    poses: dict[Id, Pose]
    expressions: dict[Id, Expression]
    styles: Annotated[dict[Id, Style], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, file: Any) -> Any:
        """Each style says only what is not plain."""
        if not isinstance(file, dict) or not isinstance(file.get("styles"), dict):
            return file
        plain = file.get("plain", {})
        styles = {name: plain | own if isinstance(own, dict) else own for name, own in file["styles"].items()}
        return {name: value for name, value in file.items() if name != "plain"} | {"styles": styles}

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name, style in self.styles.items():
            for kind, wanted, known in (
                ("pose", style.poses, self.poses),
                ("expression", style.expressions, self.expressions),
            ):
                if unknown := [each for each in wanted if each not in known]:
                    raise ValueError(f"styles.{name} names the {kind} {unknown[0]!r}, which there is not")
        return self


def size_message(size: tuple[int, int]) -> face_pb2.Size:
    width, height = size
    return face_pb2.Size(width=width, height=height)


def _filled(part: str, table: Table) -> Any:
    """A message of Staging from a table that has fields of the same names."""
    values = {name: value for name, value in table if value is not None}
    for name, value in values.items():
        if isinstance(value, tuple):
            red, green, blue = value
            values[name] = staging_pb2.Colour(red=red, green=green, blue=blue)
    if "texture" in values:
        values["texture"] = staging_pb2.Texture.Value(f"TEXTURE_{values['texture'].upper()}")
    return getattr(staging_pb2, part.capitalize())(**values)
