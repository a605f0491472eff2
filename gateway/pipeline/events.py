"""What is told of a job while it goes on. Kept events hold numbers, states and reasons, which is all that the job
database takes; who reads them gets them back as values. Passing ones are values all along.

`number` is the picture's among all of its job (`orders.Place`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from likeness.common.v1.identity_pb2 import Drift
from likeness.common.v1.reason_pb2 import Reason
from likeness.gateway.v1.job_pb2 import JobSpec, Stage
from likeness.gateway.v1.result_pb2 import Outcome, Result, Try

from gateway.jobs.port import Json
from gateway.jobs.port import State as JobState
from likeness_wire.errors import name_of, reason_named

# A recogniser's id is a name, an @, and how it was made: the database takes no @, as in addresses.
_ID_PARTS = re.compile(r"[A-Za-z0-9._:/+-]{1,100}(@[A-Za-z0-9._:/+-]{1,100})?")


@dataclass(frozen=True, slots=True)
class Changed:
    """The job's state."""

    state: JobState
    # Where the job begins: pictures of each order, and what it is made from.
    wanted: tuple[int, ...] = ()
    upload: str = ""


@dataclass(frozen=True, slots=True)
class Staged:
    """What the job is doing. `photo`: the one that stops it."""

    stage: Stage
    photo: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A render."""

    number: int
    attempt: int
    seed: int
    outcome: Outcome
    drift: Drift | None
    timings: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture that is stored. `drift` is that of what is stored."""

    number: int
    attempt: int
    seed: int
    drift: Drift | None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A picture that will not come."""

    number: int
    attempt: int
    seed: int
    reason: Reason | None


Told: TypeAlias = Changed | Staged | Judged | Kept | GivenUp


@dataclass(frozen=True, slots=True)
class Moved:
    """A picture has made a step. Passing."""

    number: int
    attempt: int
    seed: int
    stage: Stage
    step: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Looked:
    """A look at a picture in the making. Passing."""

    number: int
    attempt: int
    seed: int
    step: int
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Note:
    """A kept event as it is emitted."""

    key: str
    body: Mapping[str, Json]


def begun(spec: JobSpec) -> Mapping[str, Json]:
    """What the first event of a job adds."""
    return {"wanted": [order.count for order in spec.styles], "upload": spec.upload.rpartition("/")[2]}


def staged(stage: Stage, photo: str = "") -> Note:
    key = f"stage-{int(stage)}-photo" if photo else f"stage-{int(stage)}"
    return Note(key, {"kind": "stage", "stage": int(stage), "photo": photo if photo.isdecimal() else ""})


def judged(number: int, record: Try) -> Note:
    body: dict[str, Json] = {
        "kind": "try",
        "outcome": int(record.outcome),
        "drift": _drift(record.drift if record.HasField("drift") else None),
        "timings": {timing.stage: timing.duration.ToNanoseconds() / 1e9 for timing in record.timings},
    }
    return Note(f"try-{number}-{record.attempt}", _about(number, record.attempt, record.rendering.seed) | body)


def kept(number: int, result: Result) -> Note:
    drift = _drift(result.drift if result.HasField("drift") else None)
    body = _about(number, result.tries, result.seed) | {"kind": "result", "drift": drift}
    return Note(f"result-{number}", body)


def given_up(number: int, attempt: int, seed: int, reason: Reason | None) -> Note:
    why = None if reason is None else name_of(reason)
    return Note(f"given-up-{number}", _about(number, attempt, seed) | {"kind": "given-up", "reason": why})


def told(body: Mapping[str, Any]) -> Told | None:
    """What a kept event says. None for kinds of another build."""
    match body:
        case {"kind": "state", "state": state}:
            return Changed(JobState(state), tuple(body.get("wanted", ())), body.get("upload", ""))
        case {"kind": "stage", "stage": stage}:
            return Staged(stage, body.get("photo", ""))
        case {"kind": "try", "number": number, "attempt": attempt, "seed": seed, "outcome": outcome}:
            return Judged(number, attempt, seed, outcome, _drift_of(body["drift"]), body["timings"])
        case {"kind": "result", "number": number, "attempt": attempt, "seed": seed}:
            return Kept(number, attempt, seed, _drift_of(body["drift"]))
        case {"kind": "given-up", "number": number, "attempt": attempt, "seed": seed, "reason": reason}:
            return GivenUp(number, attempt, seed, None if reason is None else reason_named(reason))
    return None


def _about(number: int, attempt: int, seed: int) -> dict[str, Json]:
    return {"number": number, "attempt": attempt, "seed": seed}


def _drift(drift: Drift | None) -> Json:
    if drift is None:
        return None
    by = drift.recogniser_id if _ID_PARTS.fullmatch(drift.recogniser_id) else ""
    return {"value": drift.value, "tier": int(drift.tier), "by": by.split("@")}


def _drift_of(body: Mapping[str, Any] | None) -> Drift | None:
    if body is None:
        return None
    return Drift(recogniser_id="@".join(body["by"]), value=body["value"], tier=body["tier"])
