"""How large a picture shall become, and which part of it that shows."""

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadPhoto, BadRequest

# What a JPEG can hold, and the most that any of our services reads.
LONGEST_SIDE = 65_535


class Size(NamedTuple):
    """In pixels, at least 1 × 1."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class ByFactor:
    """Times the picture's own size; sides are rounded."""

    factor: float


@dataclass(frozen=True, slots=True)
class ByLongSide:
    """The longer side; the other follows the aspect ratio."""

    pixels: int


@dataclass(frozen=True, slots=True)
class Exactly:
    """This size, covered without stretching; what hangs over is cut evenly on both sides."""

    size: Size


Target = ByFactor | ByLongSide | Exactly


class Cut(NamedTuple):
    """The part of one side that is kept, in pixels of the picture as it came."""

    start: float
    length: float
    result: int
    """Pixels it becomes."""

    @property
    def factor(self) -> float:
        return self.result / self.length


@dataclass(frozen=True, slots=True)
class Framing:
    """Where every pixel of the result lies in the picture as it came."""

    horizontal: Cut
    vertical: Cut
    factor: float
    """What was asked for, before sides were rounded to whole pixels."""

    @property
    def size(self) -> Size:
        return Size(self.horizontal.result, self.vertical.result)

    @property
    def enlarges(self) -> bool:
        return self.factor > 1


def framing(size: Size, target: Target) -> Framing:
    """What a target means for a picture of this size."""
    match target:
        case ByFactor(factor):
            return _whole(size, factor)
        case ByLongSide(pixels):
            return _whole(size, pixels / max(size))
        case Exactly(wanted):
            return _covering(size, wanted)


def check(size: Size, framing: Framing, most: float, most_pixels: int) -> None:
    """Refuses what one pass of a network that enlarges by `most` does not give, and what is too large to hold. What the
    refusal carries is enough to plan several passes.
    """
    if framing.factor > most:
        raise BadRequest(
            reasons.REASON_SCALE_TOO_LARGE,
            f"×{framing.factor:.2f} is asked for and one pass gives at most ×{most:g}: enlarge in two passes",
            limit=f"{most:g}",
            width=size.width,
            height=size.height,
        )
    if max(framing.size) > LONGEST_SIDE:
        raise BadPhoto(
            reasons.REASON_TOO_LARGE,
            f"the enlarged picture would be {max(framing.size)} pixels long, at most {LONGEST_SIDE} are made",
            limit_side_pixels=LONGEST_SIDE,
        )
    if framing.size.pixels > most_pixels:
        raise BadPhoto(
            reasons.REASON_TOO_LARGE,
            f"the enlarged picture would have {framing.size.pixels} pixels, at most {most_pixels} are made",
            limit_pixels=most_pixels,
        )


def passes(size: Size, target: Target, most: float) -> list[Target]:
    """The targets that lead to `target` one after another, where one pass enlarges by at most `most`.

    Only the first is partial, on the smallest picture: the last and costliest is a full one.
    """
    wanted = framing(size, target)
    factor = wanted.factor
    if factor <= most:
        return [target]
    # A factor or a long side would mean something else to the picture in between.
    steps: list[Target] = [Exactly(wanted.size)]
    while factor > most:
        factor /= most
        # Rounded up, so that the next pass never has to give more than it can.
        steps.insert(0, Exactly(Size(ceil(size.width * factor), ceil(size.height * factor))))
    return steps


def _whole(size: Size, factor: float) -> Framing:
    return Framing(
        Cut(0, size.width, max(1, round(size.width * factor))),
        Cut(0, size.height, max(1, round(size.height * factor))),
        factor,
    )


def _covering(size: Size, wanted: Size) -> Framing:
    factor = max(wanted.width / size.width, wanted.height / size.height)
    return Framing(_middle(size.width, wanted.width, factor), _middle(size.height, wanted.height, factor), factor)


def _middle(length: int, result: int, factor: float) -> Cut:
    kept = min(result / factor, length)
    return Cut((length - kept) / 2, kept, result)
