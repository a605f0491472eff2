"""What a look at the machine found."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from likeness_client.stack.profiles import Profile


class Verdict(StrEnum):
    """FAULT: it will not run like this. WARNING: it runs, and something about it should be known or changed."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it stands, and what to do about it."""

    subject: str
    verdict: Verdict
    says: str
    do: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at: the profile that should run, and where."""

    profile: Profile
    data: Path
    models: Path
    quick: bool = False
    """Weights are looked for and not read."""


Look = Callable[[Patient], Iterable[Finding]]


def ok(subject: str, says: str) -> Finding:
    return Finding(subject, Verdict.OK, says)


def warning(subject: str, says: str, do: str) -> Finding:
    return Finding(subject, Verdict.WARNING, says, do)


def fault(subject: str, says: str, do: str) -> Finding:
    return Finding(subject, Verdict.FAULT, says, do)
