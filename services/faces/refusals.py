"""Findings as errors, for callers that want an identity or nothing."""

from collections.abc import Sequence

from likeness_wire.errors import BadPhoto
from services.faces import advice
from services.faces.limits import Fault, Verdict
from services.faces.report import Finding


def refusal(finding: Finding, **metadata: object) -> BadPhoto:
    """With the number that was judged and the limit."""
    error = BadPhoto(finding.fault.reason, finding.advice)
    numbers = {"measured": finding.measured, "limit": finding.limit}
    metadata |= {name: f"{number:.4g}" for name, number in numbers.items() if number is not None}
    error.metadata |= {name: str(value) for name, value in metadata.items()}
    return error


def different_people(strangers: Sequence[int], furthest: float, limit: float) -> Finding:
    """`strangers` by index; people count from 1. `furthest`: the largest drift among the photos."""
    named = " and ".join(f"photo {index + 1}" for index in strangers)
    text = advice.DIFFERENT_PEOPLE.format(which=named)
    return Finding(Fault.IDENTITY_MISMATCH, Verdict.REFUSE, text, furthest, limit)
