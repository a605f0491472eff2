"""A drill in numbers: for each fault what it did to those whose jobs it met, and whether anything is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

from bench.drill.ledger import Visit, duplicated, lost
from bench.drill.run import Drill, Strike

# A job slower than this many times the median of quiet ones is not normal.
_SLOW = 2.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds of jobs. None where there was none."""

    count: int
    p50: float | None
    most: float | None

    def __str__(self) -> str:
        return "–" if self.p50 is None or self.most is None else f"{self.p50:.1f} / {self.most:.1f}"


@dataclass(frozen=True, slots=True)
class Row:
    """One fault. `normal_s`: from its beginning until every job that it met, or that was slow after it, had ended."""

    strike: Strike
    calls: int
    retried: int
    lost: tuple[str, ...]
    duplicated: tuple[str, ...]
    before: Latency
    during: Latency
    after: Latency
    normal_s: float


def rows(drill: Drill) -> list[Row]:
    usual = _usual(drill)
    ends = [*(strike.began for strike in drill.strikes[1:]), inf]
    starts = [0.0, *(strike.ended for strike in drill.strikes[:-1])]
    return [_row(drill, *each, usual) for each in zip(drill.strikes, starts, ends, strict=True)]


def without_a_fault(drill: Drill) -> Latency:
    """Of jobs that met none."""
    return latency([visit for visit in drill.visits if not any(met(visit, strike) for strike in drill.strikes)])


def unblamed(drill: Drill) -> list[str]:
    """What was lost or duplicated before any fault."""
    first = drill.strikes[0].began if drill.strikes else inf
    early = [visit for visit in drill.visits if (visit.ended or inf) < first]
    return [what for visit in early for what in (*lost(visit), *duplicated(visit))]


def failures(drill: Drill) -> list[str]:
    """All that must not be, one line each. Empty: the drill has passed."""
    found = [f"before any fault: {what}" for what in unblamed(drill)]
    for row in rows(drill):
        name = row.strike.fault.name
        found += [f"{name}: did not bite: {row.strike.why_not}"] if not row.strike.bit else []
        found += [f"{name}: lost: {what}" for what in row.lost]
        found += [f"{name}: duplicated: {what}" for what in row.duplicated]
    return found + [f"in the end: {what}" for what in drill.end.faults]


def latency(visits: Sequence[Visit]) -> Latency:
    seconds = sorted(visit.seconds for visit in visits if visit.seconds is not None)
    return Latency(len(seconds), median(seconds), seconds[-1]) if seconds else Latency(0, None, None)


def met(visit: Visit, strike: Strike) -> bool:
    """Whether the fault came while it was under way."""
    return visit.began < strike.ended and _end(visit) > strike.began


def _row(drill: Drill, strike: Strike, since: float, until: float, usual: float) -> Row:
    touched = [visit for visit in drill.visits if met(visit, strike)]
    mine = [visit for visit in drill.visits if strike.began <= _end(visit) < until or (until == _end(visit) == inf)]
    before = [visit for visit in drill.visits if visit.began >= since and _end(visit) < strike.began]
    after = [visit for visit in drill.visits if visit.began > strike.ended and _end(visit) < until]
    slow = [visit for visit in after if (visit.seconds or 0) > _SLOW * usual]
    done = [visit.job_ended for visit in (*touched, *slow) if visit.job_ended is not None]
    return Row(
        strike=strike,
        calls=sum(visit.calls for visit in mine),
        retried=sum(visit.retried for visit in mine),
        lost=tuple(what for visit in mine for what in lost(visit)),
        duplicated=tuple(what for visit in mine for what in duplicated(visit)),
        before=latency(before),
        during=latency(touched),
        after=latency(after),
        normal_s=max([strike.ended, *done]) - strike.began,
    )


def _end(visit: Visit) -> float:
    return inf if visit.ended is None else visit.ended


def _usual(drill: Drill) -> float:
    return without_a_fault(drill).p50 or inf
