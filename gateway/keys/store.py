"""Where data keys live: apart from everything they open, and never in a backup with it.

A key is made once, fetched while its holding lives, and destroyed once. Destroying is one small transaction, after
which neither this store nor its files hold the key any more. Everything here blocks: callers run it off the event
loop.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from likeness.common.v1 import reason_pb2 as reasons

from gateway.storage.sealing import DataKey
from likeness_wire.errors import Unavailable


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """That a key exists, not the key."""

    holding: str
    hard_expire_time: int  # milliseconds since 1970
    made_time: int


class KeyStore(Protocol):
    """One data key per holding."""

    def create(self, holding: str, hard_expire_time: int, now: int) -> None:
        """A new random key, durable when this returns. ValueError where the holding has one."""

    def fetch(self, holding: str) -> DataKey:
        """Raises `KeyGone` where there is none, or none any more."""

    def destroy(self, holdings: Iterable[str]) -> None:
        """All of them in one transaction. What is already gone is no error."""

    def entries(self, expired_by: int | None = None) -> Iterator[KeyEntry]:
        """Every key there is, or those past their hard deadline, for whoever looks for keys that should not be."""

    def count(self) -> int:
        """How many keys there are."""

    def tidy(self) -> None:
        """Gets rid of what destroyed keys leave behind in the store's own files. Often called, cheap when needless."""

    def check(self) -> None:
        """Raises `StartupError` where keys are not kept as they have to be."""

    def close(self) -> None:
        """Lets go of connections."""


class KeyGone(Exception):
    """There is no such key. Stays inside the gateway: the vault says what it means."""


def unavailable() -> Unavailable:
    return Unavailable(reasons.REASON_PEER_UNAVAILABLE, "the key store does not answer", retry_after_s=1.0)
