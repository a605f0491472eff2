"""Pictures that were kept, and the record of every render."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from likeness_client.values.basics import Drift, MadeBy, Problem, Size, Timing
from likeness_client.values.words import Kind, Outcome, Source

_RENDERING = "generator"

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a stored picture says about its origin."""

    source: Source
    # XMP and IPTC say so.
    metadata: bool
    # A C2PA manifest says so, signed by the server.
    signed: bool
    # An invisible watermark is in the pixels.
    watermarked: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A picture that was kept. Its bytes are the server's until they are downloaded."""

    name: str
    # Which order of the job, and which picture of it, both counted from 0.
    style_index: int
    style: str
    picture: int
    tries: int
    seed: int
    kind: Kind
    size: Size
    size_bytes: int
    # As stored, after enlarging. None only where the job keeps every picture.
    drift: Drift | None
    drift_before_upscale: Drift | None
    second_opinions: tuple[Drift, ...]
    # Nearer to a photo than the photos are to one another: a copy rather than a likeness. None with one photo.
    copy: bool | None
    provenance: Provenance
    create_time: datetime
    expire_time: datetime
    timings: tuple[Timing, ...]
    made_by: tuple[MadeBy, ...]

    @property
    def file_name(self) -> str:
        """Unique within its job: `03-corporate.jpg`. Nothing in it leads out of a folder, whatever a server says."""
        number, style = (_UNSAFE.sub("-", each) for each in (self.name.rpartition("/")[2], self.style))
        return f"{number.zfill(2)}-{style}{self.kind.suffix}"

    @property
    def engine(self) -> str:
        """What rendered the picture, such as "diffusion" or "preview"; empty where the server does not say."""
        return next((made.engine for made in self.made_by if made.service == _RENDERING), "")


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the steps, from 0 to 1."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Strength:
    """How strongly something acts, and when. `window` None: during all steps."""

    value: float
    window: Window | None


@dataclass(frozen=True, slots=True)
class Pass:
    """One denoising run."""

    name: str
    base_model: str
    alpha: float | None
    cfg: float | None
    scheduler: str | None
    steps: int | None
    denoise: float | None


@dataclass(frozen=True, slots=True)
class Lora:
    """By its name at the server."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Rendering:
    """How a picture was rendered."""

    seed: int
    size: Size
    plan: str
    passes: tuple[Pass, ...]
    adapter: Strength | None
    identity_net: Strength | None
    loras: tuple[Lora, ...]


@dataclass(frozen=True, slots=True)
class Try:
    """The record of one render, kept or not. Gone with its job."""

    name: str
    style_index: int
    style: str
    picture: int
    # Counted from 1.
    attempt: int
    rendering: Rendering
    # Not in repr: it may hold a person's own words.
    prompt: str = field(repr=False)
    negative: str | None = field(repr=False)
    # None where it could not be measured.
    drift: Drift | None
    second_opinions: tuple[Drift, ...]
    copy: bool | None
    outcome: Outcome
    # Why it was not kept.
    problem: Problem | None
    # Name of the result it became.
    result: str | None
    has_thumbnail: bool
    create_time: datetime
    timings: tuple[Timing, ...]
    made_by: tuple[MadeBy, ...]
