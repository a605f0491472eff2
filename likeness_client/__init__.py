"""Pictures of a person that are provably that person, and provably forgotten: the client of a Likeness gateway.

    from likeness_client import Consent, Likeness, Order

`AsyncLikeness` is the same for programs with coroutines. Errors are in `likeness_client.errors`. Names are imported
when they are used, so that the `likeness` command answers at once.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from likeness_client.aio import AsyncLikeness
    from likeness_client.consent import Consent
    from likeness_client.orders import FOUR_K, Order, Wishes
    from likeness_client.sync import Likeness
    from likeness_client.values.events import (
        Alive,
        JobEvent,
        PictureGivenUp,
        PicturePreview,
        PictureStep,
        ResultStored,
        StateChanged,
        TryJudged,
    )
    from likeness_client.values.job import Job
    from likeness_client.values.receipt import Receipt
    from likeness_client.values.result import Result, Try
    from likeness_client.values.server import Seed, ServerInfo, Style
    from likeness_client.values.upload import Inspection, Upload
    from likeness_client.values.words import Kind, Outcome, Stage, State, Tier, Verdict

__all__ = [
    "FOUR_K",
    "Alive",
    "AsyncLikeness",
    "Consent",
    "Inspection",
    "Job",
    "JobEvent",
    "Kind",
    "Likeness",
    "Order",
    "Outcome",
    "PictureGivenUp",
    "PicturePreview",
    "PictureStep",
    "Receipt",
    "Result",
    "ResultStored",
    "Seed",
    "ServerInfo",
    "Stage",
    "State",
    "StateChanged",
    "Style",
    "Tier",
    "Try",
    "TryJudged",
    "Upload",
    "Verdict",
    "Wishes",
]

_HOMES = {
    "likeness_client.aio": ["AsyncLikeness"],
    "likeness_client.consent": ["Consent"],
    "likeness_client.orders": ["FOUR_K", "Order", "Wishes"],
    "likeness_client.sync": ["Likeness"],
    "likeness_client.values.job": ["Job"],
    "likeness_client.values.receipt": ["Receipt"],
    "likeness_client.values.result": ["Result", "Try"],
    "likeness_client.values.server": ["Seed", "ServerInfo", "Style"],
    "likeness_client.values.upload": ["Inspection", "Upload"],
    "likeness_client.values.words": ["Kind", "Outcome", "Stage", "State", "Tier", "Verdict"],
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # What has no home of its own is an event.
    value = getattr(importlib.import_module(_HOME.get(name, "likeness_client.values.events")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
