"""What the next try of a picture is: the same again from other noise, then held closer, then rescued.

Pure: a picture that is gone on with elsewhere takes the same tries.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from likeness.gateway.v1.result_pb2 import Try

# A render of this plan can be rescued: it leaves latents of an anchor that has the face, and of the style over it.
RESCUABLE = "anchor-style-rescue"
RESCUE = "rescue"

_FIRST_CLOSER = 3


@dataclass(frozen=True, slots=True)
class Rung:
    """One try. `rescues`: which try it goes on from, if any."""

    attempt: int
    rescues: int | None = None


def next_rung(past: Sequence[Try], *, can_rescue: bool) -> Rung:
    """After those tries of the picture. A rescue needs one that was measured; without it it is rendered anew."""
    attempt = len(past) + 1
    if can_rescue and attempt > _FIRST_CLOSER and attempt % 2 == 0 and (nearest := _nearest(past)) is not None:
        return Rung(attempt, rescues=nearest)
    return Rung(attempt)


def closer_in(attempt: int) -> int:
    """How often the identity is made stronger for a try that is no rescue."""
    return 0 if attempt < _FIRST_CLOSER else 1 if attempt == _FIRST_CLOSER else 2


def _nearest(past: Sequence[Try]) -> int | None:
    measured = [each for each in past if each.HasField("drift") and each.rendering.plan == RESCUABLE]
    return min(measured, key=lambda each: each.drift.value).attempt if measured else None
