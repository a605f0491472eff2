"""A large result that its maker never holds as a whole."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Flow(Generic[A]):
    """`size_bytes` bytes in parts, made while the ones before are on their way. `about` says what they are."""

    about: A
    size_bytes: int
    parts: Iterable[memoryview] = field(repr=False)
