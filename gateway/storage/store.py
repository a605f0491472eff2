"""Where ciphertext lies: one small interface, two stores (`directory`, `s3`), one contract suite.

A store knows names and bytes. What they mean, whose they are and how long they may stay is the ledger's. Everything
here blocks: callers run it off the event loop.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Found:
    """Something that lies in a store. `part` tells versions, and writes that were never completed, from the object."""

    name: str
    size_bytes: int
    modified_ms: int
    complete: bool = True
    part: str | None = None


class Sink(Protocol):
    """An object that is being written. Nothing of it can be read before `commit`."""

    def write(self, piece: bytes | memoryview) -> None:
        """The next bytes."""

    def commit(self) -> None:
        """Every byte is durably there when this returns, under the object's name."""

    def abort(self) -> None:
        """Leaves as little as the store allows. Harmless after `commit`, and twice."""


class Source(Protocol):
    """An object that is being read."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many next bytes; empty at the end."""

    def close(self) -> None:
        """Lets go of file or connection."""


class Store(Protocol):
    """Objects by name. A name is `holding/random`: all that one deadline ends shares the part before the slash."""

    def create(self, name: str, size_bytes: int) -> Sink:
        """A new object of exactly that size."""

    def open(self, name: str, start: int = 0, length: int | None = None) -> Source:
        """From `start`, at most `length` bytes. Raises `Missing` where there is no such object."""

    def list(self, holding: str | None = None) -> Iterator[Found]:
        """Everything of one holding, or of all: every version, and writes that were never completed."""

    def remove(self, found: Iterable[Found]) -> None:
        """Removes what was listed. What is already gone is no error."""

    def check(self) -> None:
        """Raises `StartupError` where the store is set up so that deleted bytes would survive. Installs back-stops."""

    def close(self) -> None:
        """Lets go of connections."""


class Missing(Exception):
    """There is no object of that name. Stays inside the gateway: the vault says what it means."""


def unavailable() -> Unavailable:
    """For whatever kept a store from answering: its own words could name paths and buckets."""
    return Unavailable(reasons.REASON_PEER_UNAVAILABLE, "the object store does not answer", retry_after_s=1.0)
