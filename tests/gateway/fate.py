"""What may befall a process between any two of its writes."""

import contextlib
import random
from collections.abc import Iterator

from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import Connection

from gateway.retention.database import Database
from likeness_wire.errors import Unavailable


class Killed(BaseException):
    """SIGKILL, as far as Python can play it: nothing of this process happens any more."""


class Fate:
    """Stands at every gate. Once dead, no gate opens again."""

    def __init__(self) -> None:
        self.dice = random.Random(0)
        self.failing = 0.0
        self.dies_in: int | None = None
        self.dead = False

    def gate(self, what: str) -> None:
        self._live_on()
        if self.dice.random() < self.failing:
            raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, f"{what} failed")

    def point(self) -> None:
        """Where one may die, but nothing fails."""
        self._live_on()

    @contextlib.contextmanager
    def spared(self) -> Iterator[None]:
        """For looking, which must not fail."""
        kept = self.failing, self.dies_in
        self.failing, self.dies_in = 0.0, None
        try:
            yield
        finally:
            self.failing, self.dies_in = kept

    def _live_on(self) -> None:
        if self.dies_in is not None:
            self.dies_in -= 1
            self.dead = self.dead or self.dies_in < 0
        if self.dead:
            raise Killed


class FatefulDatabase(Database):
    """Dies before or after any commit."""

    fate: Fate

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        self.fate.point()
        with super().transaction() as tx:
            yield tx
            self.fate.point()
        self.fate.point()
