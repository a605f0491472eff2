"""Service times from what `likeness bench --json` has measured."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from likeness_client.capacity.checks import checked
from likeness_client.capacity.scenario import Pace, Scenario
from likeness_client.failure import CommandFailed

# Levels that keep the device about equally busy say nothing about how time grows with pictures.
_TELLS_APART = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """A stage at one level: pictures that were worked on together, on average, and how long each took."""

    together: float
    seconds: float


def with_bench(scenario: Scenario, file: Path) -> Scenario:
    """What the bench had no part in stays as it is. CommandFailed where it is no such file."""
    try:
        levels = json.loads(file.read_text("utf-8"))["levels"]
        ordered = sorted(levels, key=lambda level: level["concurrency"])
        if not ordered:
            raise ValueError("no level was measured")
        return checked(_told_by(scenario, ordered))
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise CommandFailed(f"{file} is not what `likeness bench --json` writes: {error!r}") from None


def pace_of(seen: Sequence[Seen], together: int, steps: int = 1) -> Pace:
    """The line through the quietest and the busiest level. With one level nothing is won by rendering together."""
    quiet, busy = min(seen, key=lambda each: each.together), max(seen, key=lambda each: each.together)
    apart = busy.together - quiet.together
    if apart < _TELLS_APART:
        each_s = quiet.seconds / max(1.0, quiet.together)
        return Pace(each_s, each_s, together, steps)
    rise = max(0.0, (busy.seconds - quiet.seconds) / apart)
    alone_s = max(quiet.seconds - rise * (quiet.together - 1), rise)
    return Pace(alone_s, (alone_s + rise * (together - 1)) / together, together, steps)


def seen_in(levels: Sequence[Mapping[str, Any]], stage: str) -> list[Seen]:
    """By Little's law: pictures at work are those that come in a second, times the seconds they stay."""
    found = []
    for level in levels:
        for each in level["stages"]:
            if each["stage"] == stage:
                seconds = each["mean"]["compute"]
                found.append(Seen(each["total"]["count"] * seconds / level["seconds"], seconds))
    return found


def _told_by(scenario: Scenario, levels: Sequence[Mapping[str, Any]]) -> Scenario:
    generator, tries = scenario.generator, scenario.tries
    if renders := seen_in(levels, "generate"):
        pace = pace_of(renders, generator.together, generator.steps)
        generator = replace(generator, alone_s=pace.alone_s, full_s=pace.full_s)
        tries = replace(tries, accepted=_accepted(levels))
    return replace(
        scenario,
        generator=generator,
        tries=tries,
        upscaler=_alone(scenario.upscaler, "alone_s", levels, "upscale"),
        verifier=_alone(scenario.verifier, "alone_s", levels, "verify"),
        gateway=_alone(_alone(scenario.gateway, "finish_s", levels, "finish"), "before_s", levels, "embed"),
    )


def _alone(holder: Any, name: str, levels: Sequence[Mapping[str, Any]], stage: str) -> Any:
    """At the quietest level that had the stage."""
    seen = seen_in(levels, stage)
    return replace(holder, **{name: seen[0].seconds}) if seen else holder


def _accepted(levels: Sequence[Mapping[str, Any]]) -> float:
    """Of renders, those that were kept."""
    renders = sum(each["total"]["count"] for level in levels for each in level["stages"] if each["stage"] == "generate")
    return float(sum(level["kept"] for level in levels) / renders)
