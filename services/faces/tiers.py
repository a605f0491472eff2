"""What a drift is worth."""

import enum

from services.faces.embedding import Thresholds


class Tier(enum.Enum):
    """Named as on the wire, nearest last so that tiers can be compared by value."""

    FAIL = 1
    MATCH = 2
    STRONG = 3
    LOCKED = 4


def tier_of(drift: float, thresholds: Thresholds) -> Tier:
    """The best tier whose threshold the drift does not exceed. NaN is never better than a fail."""
    if drift <= thresholds.locked:
        return Tier.LOCKED
    if drift <= thresholds.strong:
        return Tier.STRONG
    return Tier.MATCH if drift <= thresholds.match else Tier.FAIL
