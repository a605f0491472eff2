"""Where a number comes from. Each default says it, and so does every report."""

from collections.abc import Iterator
from dataclasses import Field, field, fields
from enum import StrEnum
from typing import Any

_ORIGIN, _SAYS = "origin", "says"


class Origin(StrEnum):
    """EXAMPLE: what you will want to say yourself. COMPUTED: by arithmetic from published figures. GOAL: what is aimed
    at, and has not been reached yet."""

    EXAMPLE = "example"
    MEASURED = "measured"
    COMPUTED = "computed"
    GOAL = "goal"
    GUESS = "guess"
    PRICE = "price list"
    MANIFEST = "manifests"
    CODE = "code"
    YOURS = "yours"


def told(default: Any, origin: Origin, says: str) -> Any:
    """A field of a dataclass that knows where its default comes from, and what it is."""
    return field(default=default, metadata={_ORIGIN: origin, _SAYS: says})


def what_it_says(entry: Field[Any]) -> str:
    return str(entry.metadata[_SAYS])


def origin_of(holder: Any, entry: Field[Any]) -> Origin:
    """Of the value that is there now: the default's own, or yours."""
    return Origin(entry.metadata[_ORIGIN]) if getattr(holder, entry.name) == entry.default else Origin.YOURS


def told_fields(holder: Any) -> Iterator[Field[Any]]:
    return (entry for entry in fields(holder) if _ORIGIN in entry.metadata)
