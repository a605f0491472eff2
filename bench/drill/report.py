"""The measured part of docs/drill.md: where, when, a table, and whatever went wrong. What is around it stays."""

from collections.abc import Iterable

from bench.drill.fleet import REPLICAS
from bench.drill.run import Drill
from bench.drill.summary import Row, failures, rows, without_a_fault
from bench.machine import described

BEGIN, END = "<!-- measured: make drill -->", "<!-- until here -->"

_HEAD = (
    "| fault | s | calls | retried | refused | lost | duplicated | before | during | after | normal after |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
)


def page(text: str, drill: Drill) -> str:
    """The same page with what this drill has measured."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        before, after = f"{text.rstrip()}\n\n" if text.strip() else "", "\n"
    return f"{before}{BEGIN}\n\n{measured(drill)}\n\n{END}{after}"


def measured(drill: Drill) -> str:
    """In Markdown."""
    found = rows(drill)
    bad = failures(drill)
    parts = [
        described(),
        _verdict(drill, found),
        "![Every job as a dot, every fault as a band](drill.svg)",
        "\n".join([*_HEAD, *map(_line, found), _total(drill, found)]),
        "\n".join(f"- {row.strike.fault.name}: {row.strike.bit or 'it did not bite'}." for row in found),
    ]
    if bad:
        parts += ["What went wrong:", "\n".join(f"- {line}" for line in bad)]
    return "\n\n".join(parts)


def _verdict(drill: Drill, found: list[Row]) -> str:
    jobs = [visit for visit in drill.visits if visit.seconds is not None]
    pictures = sum(len(visit.results) for visit in jobs)
    usual = without_a_fault(drill)
    lost, doubled = sum(len(row.lost) for row in found), sum(len(row.duplicated) for row in found)
    return (
        f"{REPLICAS} of each service and {REPLICAS} gateways, {drill.plan.callers} callers, {len(found)} faults in "
        f"{drill.seconds / 60:.0f} minutes: {len(jobs)} jobs with {pictures} pictures, and "
        f"{len(drill.visits) - len(jobs)} visits without a job. **Lost: {lost}. Duplicated: {doubled}.** "
        f"Jobs that met no fault took {_seconds(usual.p50)} (median) and {_seconds(usual.most)} at most. "
        f"In the end all {drill.end.receipts} receipts hold, with nothing running, and store and key database were "
        f"{'not as they should be' if drill.end.faults else 'empty'}; {drill.end.strays} uploads whose acknowledgement "
        f"never reached their caller were erased with them."
    )


def _line(row: Row) -> str:
    strike = row.strike
    counts = (row.calls, row.retried, strike.refused, len(row.lost), len(row.duplicated))
    cells = [strike.fault.name + ("" if strike.bit else " **(did not bite)**"), f"{strike.ended - strike.began:.0f}"]
    return _cells([*cells, *map(str, counts), *map(str, (row.before, row.during, row.after)), f"{row.normal_s:.0f} s"])


def _total(drill: Drill, found: list[Row]) -> str:
    visits = drill.visits
    counts = [sum(visit.calls for visit in visits), sum(visit.retried for visit in visits)]
    counts += [sum(row.strike.refused for row in found)]
    counts += [sum(len(row.lost) for row in found), sum(len(row.duplicated) for row in found)]
    return _cells(["**all**", f"{drill.seconds:.0f}", *(f"**{n}**" for n in counts), "", "", "", ""])


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"
