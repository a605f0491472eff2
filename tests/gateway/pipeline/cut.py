"""Steps that die at any of their effects outside: before it, or after it and before anybody knows."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.jobs.codec import encode
from gateway.jobs.port import Json
from gateway.vault import Vault


class Death(BaseException):
    """Nobody catches it, as nobody catches kill -9."""


@dataclass(slots=True)
class Fate:
    """`at`: the effect at which it dies; even numbers before, odd ones after it."""

    at: int = -1
    effects: int = 0

    @contextlib.contextmanager
    def effect(self) -> Iterator[None]:
        self.effects += 1
        if self.at == 2 * (self.effects - 1):
            raise Death
        yield
        if self.at == 2 * (self.effects - 1) + 1:
            raise Death


class MortalVault:
    """The vault in the hands of somebody who may die at each `put`."""

    def __init__(self, vault: Vault, fate: Fate) -> None:
        self._vault = vault
        self._fate = fate

    async def put(self, *args: Any) -> bool:
        with self._fate.effect():
            return await self._vault.put(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)


@dataclass(slots=True)
class HandStep:
    """A step run by hand. What it emits is kept by `kept`, which outlives it."""

    job: str
    tenant: str
    kept: dict[str, Mapping[str, Json]]
    fate: Fate = field(default_factory=Fate)
    key: str = "a-step"
    remaining_s: float = 3600.0
    told: list[object] = field(default_factory=list)

    async def emit(self, key: str, body: Mapping[str, Json]) -> None:
        with self.fate.effect():
            encode(body)  # raises for what the job database does not take
            self.kept.setdefault(key, body)

    def tell(self, body: object) -> None:
        self.told.append(body)
