"""In which order a new master key comes in and an old one goes, so that no gateway ever lacks one that it needs.

First every gateway learns the new key, which stands last; then it stands first, and wraps; when all that the old ones
wrapped is past its deadline, they go. Each run takes the step that is due, or none: between two runs nothing is
remembered but a note beside the keys.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from gateway.storage.sealing import KEY_BYTES

# What a data key may live at most, whatever was ordered: docs/privacy.md.
LONGEST_LIFE = timedelta(hours=24)

Phase = Literal["learning", "leaving"]


@dataclass(frozen=True, slots=True)
class Note:
    """What was done last, when, and to which keys."""

    phase: Phase
    since: datetime
    keys: str

    def __str__(self) -> str:
        return f"{self.phase} {self.since.isoformat(timespec='seconds')} {self.keys}"

    @staticmethod
    def read(text: str) -> "Note | None":
        match text.split():
            case [("learning" | "leaving") as phase, since, keys]:
                return Note(phase, datetime.fromisoformat(since), keys)
        return None


@dataclass(frozen=True, slots=True)
class Ring:
    """Master keys as their file has them, one a line, and the note that lies beside it."""

    file: str
    note: Note | None = None

    def stepped(self, now: datetime, learn: timedelta, new_key: Callable[[], str]) -> "Ring | None":
        """What comes next; None where it is too early. `learn`: until every gateway has read a file that changed."""
        keys = self.file.split()
        if self.note is None or self.note.keys != _digest(keys):
            # Somebody's own hand. What is not first wraps nothing: a day from now it may go, whatever it was for.
            return _ring(keys, "leaving", now)
        age = now - self.note.since
        if self.note.phase == "learning" and age >= learn:
            return _ring([keys[-1], *keys[:-1]], "leaving", now)
        # A gateway may have wrapped with the old one until it learnt better.
        if self.note.phase == "leaving" and age >= LONGEST_LIFE + learn:
            return _ring([keys[0], new_key()], "learning", now)
        return None


def random_key() -> str:
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def _ring(keys: list[str], phase: Phase, now: datetime) -> Ring:
    return Ring("".join(f"{key}\n" for key in keys), Note(phase, now.astimezone(UTC), _digest(keys)))


def _digest(keys: list[str]) -> str:
    return hashlib.sha256(b"likeness master keys" + " ".join(keys).encode()).hexdigest()[:16]
