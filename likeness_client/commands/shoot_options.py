"""What `likeness shoot` may be told, under the headings that its help shows."""

from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer


class NearEnough(StrEnum):
    """Tiers that can be asked for."""

    MATCH = "match"
    STRONG = "strong"
    LOCKED = "locked"


class Encoding(StrEnum):
    """How pictures can be encoded."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"


_what = partial(typer.Option, rich_help_panel="Which pictures")
_near = partial(typer.Option, rich_help_panel="How near, and from which noise")
_who = partial(typer.Option, rich_help_panel="Who agrees")
_where = partial(typer.Option, rich_help_panel="What is left, and where")

Photos = Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="One to three photos of one person.")]

Styles = Annotated[list[str], _what("--style", help="A style, as `likeness styles` lists them. May be repeated.")]
Count = Annotated[int, _what(min=1, help="Pictures of each style.")]
Pose = Annotated[str, _what(help="One of the style's. Default: several in turn.")]
Expression = Annotated[str, _what(help="One of the style's. Default: its own.")]
Words = Annotated[str, _what(help="A few words of your own, where the style takes them.")]
FourK = Annotated[bool, _what("--4k", help="Enlarge what is kept to 3840 pixels.")]
LongSide = Annotated[int | None, _what(min=1, help="Enlarge it to this long side instead.")]
EncodedAs = Annotated[Encoding, _what("--encoding", help="How pictures are encoded.")]

AcceptTier = Annotated[NearEnough, _near(help="How near a picture has to be.")]
MaxTries = Annotated[
    int | None, _near(min=1, help="Renders of a picture before it is given up. Default: the gateway's.")
]
Seed = Annotated[int | None, _near(min=0, help="Where seeds start. Default: drawn at random.")]
Candidates = Annotated[
    int, _near(min=0, help="First try so many seeds small for each style, and start from the nearest.")
]

IAmThisPerson = Annotated[bool, _who("--i-am-this-person", help="The photos show me, and I want these pictures.")]
Authorised = Annotated[
    str | None,
    _who(metavar="REF", help="The person shown has agreed: an opaque reference to where that is recorded."),
]
Agreed = Annotated[
    datetime | None,
    _who(help="With --authorised: when they agreed.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]),
]
Purpose = Annotated[str, _who(help="What was agreed to: what the pictures are for.")]
Policy = Annotated[str | None, _who(help="The policy that was agreed to. Default: the gateway's present one.")]

Out = Annotated[Path, _where(help="Folder for pictures, contact sheet and record.")]
Keep = Annotated[bool, _where("--keep", help="Leave everything at the gateway until it expires. Default: erase it.")]
Force = Annotated[bool, _where("--force", help="Replace the pictures of another shoot.")]
