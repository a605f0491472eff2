"""What callers were promised, and what became of it: what is missing is lost, what is there twice is duplicated.

Callers write down only what they were told themselves. A call that failed promised nothing, and is none of the ledger's
business; that it was made again is counted.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from likeness_client.values.job import Job
from likeness_client.values.receipt import Receipt
from likeness_client.values.result import Result, Try
from likeness_client.values.words import State


@dataclass(slots=True)
class Visit:
    """One errand of one caller, from its photo to its receipt. Times are seconds since the drill began."""

    number: int
    wanted: int
    began: float
    # None while it runs.
    ended: float | None = None
    upload: str = ""
    # Names under which jobs were accepted for the one request id of this visit.
    jobs: list[str] = field(default_factory=list)
    job_began: float = 0.0
    job_ended: float | None = None
    state: State | None = None
    announced: list[Result] = field(default_factory=list)
    results: tuple[Result, ...] = ()
    # By name of a result: digests of the whole picture, each time it was fetched.
    digests: dict[str, list[str]] = field(default_factory=dict)
    # Records as they were first seen, and as they were in the end.
    tries_seen: list[Try] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    receipt: Receipt | None = None
    calls: int = 0
    retried: int = 0
    # What a caller could not get done at all, in words.
    broken: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float | None:
        """Of the job, from being accepted to its last picture. None for uploads alone, and for what never ended."""
        return None if self.job_ended is None or not self.wanted else self.job_ended - self.job_began

    def fetched(self, name: str, picture: bytes) -> None:
        self.digests.setdefault(name, []).append(hashlib.sha256(picture).hexdigest())

    def saw(self, tries: Iterable[Try]) -> None:
        """The first look at a record counts."""
        known = {each.name for each in self.tries_seen}
        self.tries_seen += [each for each in tries if each.name not in known]

    def settled(self, job: Job) -> None:
        self.state, self.results = job.state, job.results


def lost(visit: Visit) -> list[str]:
    """Promises that were not kept."""
    found = list(visit.broken)
    if visit.jobs and visit.state is not State.SUCCEEDED:
        found.append(f"job {_short(visit.jobs[0])} was accepted and is {visit.state or 'not ended'}")
    elif visit.jobs and len(visit.results) != visit.wanted:
        found.append(f"job {_short(visit.jobs[0])} made {len(visit.results)} pictures of {visit.wanted}")
    kept = {result.name for result in visit.results}
    if visit.state is State.SUCCEEDED:
        told = {result.name for result in visit.announced}
        found += [f"{_short(name)} was announced and is gone" for name in sorted(told - kept)]
        found += [f"{_short(name)} was never announced" for name in sorted(kept - told)]
        unread = sorted(name for name in kept if len(visit.digests.get(name, ())) < 2)
        found += [f"{_short(name)} was not fetched twice" for name in unread]
    if visit.upload and visit.receipt is None:
        found.append(f"{_short(visit.upload)} was taken, and there is no receipt of its end")
    return found


def duplicated(visit: Visit) -> list[str]:
    """What is there more than once, or was made again after it had been told."""
    found = []
    if len(set(visit.jobs)) > 1:
        found.append(f"one request made {len(set(visit.jobs))} jobs")
    places = Counter(f"picture {each.picture} of order {each.style_index}" for each in visit.results)
    found += [f"{place} is there {times} times" for place, times in places.items() if times > 1]
    contents = {_short(name): len(set(seen)) for name, seen in visit.digests.items()}
    found += [f"{name} had {number} contents" for name, number in contents.items() if number > 1]
    found += _changed_results(visit) + _changed_records(visit)
    if visit.receipt is not None:
        found += _too_many_objects(visit, visit.receipt)
    return found


def refused_receipts(visits: Sequence[Visit], kept: Iterable[str]) -> list[str]:
    """Receipts that were handed out and are not among those that the gateways keep."""
    known = set(kept)
    return [
        f"the receipt of {_short(visit.receipt.subject)} is gone"
        for visit in visits
        if visit.receipt is not None and visit.receipt.name not in known
    ]


def _changed_results(visit: Visit) -> list[str]:
    facts: dict[str, set[object]] = {}
    for each in (*visit.announced, *visit.results):
        told = (each.seed, each.size_bytes, each.create_time, each.style_index, each.picture)
        facts.setdefault(each.name, set()).add(told)
    return [f"{_short(name)} was {len(kinds)} different pictures" for name, kinds in facts.items() if len(kinds) > 1]


def _changed_records(visit: Visit) -> list[str]:
    """A render that is made again has another time; two of one number are one too many."""
    renders = Counter(f"try {each.attempt} of {each.style} {each.picture}" for each in visit.tries)
    found = [f"{render} has {times} records" for render, times in renders.items() if times > 1]
    after = {each.name: each.create_time for each in visit.tries}
    again = [each for each in visit.tries_seen if after.get(each.name, each.create_time) != each.create_time]
    return found + [f"{_short(each.name)} was rendered again after it was recorded" for each in again]


def _too_many_objects(visit: Visit, receipt: Receipt) -> list[str]:
    most = {"photo": 1, "identity": 1, "result": len(visit.results), "try": len(visit.tries)}
    return [
        f"{pile.count} objects of kind {pile.kind}, where {most[pile.kind]} belong"
        for pile in receipt.objects
        if pile.count > most.get(pile.kind, pile.count)
    ]


def _short(name: str) -> str:
    """Without the tenant, and with the beginning of an id alone: enough to find it in the log."""
    _, _, rest = name.partition("/")
    parts = rest.partition("/")[2].split("/")
    return "/".join(part[:8] if place == 1 else part for place, part in enumerate(parts))
