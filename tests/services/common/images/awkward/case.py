"""What a case is: a name, bytes, and what has to come of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from likeness.common.v1.reason_pb2 import Reason
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Case:
    """`expected` is a picture, to be met within `tolerance` (mean difference of a channel), or a reason."""

    name: str
    make: Callable[[], bytes] = field(repr=False)
    expected: "Pixels | Reason" = field(repr=False)
    tolerance: float = 0.0
    fit_within: int | None = None


def named(reason: Reason, **makers: Callable[[], bytes]) -> tuple[Case, ...]:
    """Cases that deserve the same reason, named by keyword."""
    return tuple(Case(name.replace("_", " "), make, reason) for name, make in makers.items())
