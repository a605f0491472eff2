"""Checks of single fields: what is wrong is said once, with the field's name and what would be right."""

from collections.abc import Collection, Sequence
from typing import NoReturn, TypeVar

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadRequest

V = TypeVar("V", int, float)


def refuse(field: str, right: str) -> NoReturn:
    raise BadRequest(reasons.REASON_INVALID_FIELD, f"{field}: {right}", fields={field: right})


def within(field: str, value: V, low: V, high: V) -> V:
    """The value, if it lies between both, ends included. NaN lies nowhere."""
    if not low <= value <= high:
        refuse(field, f"{low:g} to {high:g}")
    return value


def at_most(field: str, values: Sequence[object], most: int, *, least: int = 0) -> None:
    if not least <= len(values) <= most:
        refuse(field, f"{least} to {most} of them")


def short(field: str, text: str, most: int) -> str:
    if len(text) > most:
        refuse(field, f"at most {most:,} characters")
    return text


def known(field: str, name: str, names: Collection[str]) -> str:
    """The name, if it is on the menu."""
    if name not in names:
        raise BadRequest(reasons.REASON_UNKNOWN_NAME, f"{field}: not on the menu; GetInfo lists what is", field=field)
    return name


def unique(field: str, names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        refuse(field, "each name once")
