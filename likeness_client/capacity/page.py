"""The report: one HTML file that needs nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import isinf
from string import Template

from likeness_client.capacity.answer import Answer, Way
from likeness_client.capacity.charts import Axis, Point, plot, stairs, top_of
from likeness_client.capacity.figures import packs
from likeness_client.capacity.rows import NOT_MEASURED, assumptions, notes, question, verdict, ways
from likeness_client.load.charts import round_up
from likeness_client.load.quantiles import nearest_rank
from likeness_client.paper import PAPER

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Likeness: capacity</title>
<style>
$paper:root { --fixed: #3c6e91; --autoscaled: #c0783b; --from-zero: #7d5a96; --upscalers: #9fb8ad; --mark: #a23e48 }
@media (prefers-color-scheme: dark) { :root { --fixed: #6fa3c7; --autoscaled: #d9995f; --from-zero: #b394cc;
  --upscalers: #6f8a7e; --mark: #d4707a } }
svg polyline { fill: none; stroke-width: 2 } svg .mark { stroke: var(--mark); stroke-dasharray: 4 4 }
.verdict { color: var(--ink); font-size: 1.25rem }
td.words, th.words { text-align: left; white-space: normal }
</style>
<h1>How many GPUs</h1>
<p>$question</p>
<p class="verdict">$verdict</p>
<p>$warning</p>
<div class="pair">
<figure>$waits<figcaption class="key">Share of packs, in percent, that are ready within so many seconds:
$names. The dashed line is the promise.</figcaption></figure>
<figure>$fleet<figcaption class="key">GPUs that are paid for in one run: generators,
$names; <i style="background:var(--upscalers)"></i>upscalers, autoscaled</figcaption></figure>
</div>
<h2>In numbers</h2>
<div class="scroll"><table><tr><th>$heads</tr>
$rows
</table></div>
<p>Seconds, where nothing else is said; ± is a 95 % confidence interval over $runs runs.
Busy: somebody is at work. Used: of what full batches could do.</p>
<ul>$notes</ul>
<h2>What manifests have to say</h2>
<div class="scroll"><table><tr><th>setting<th>production says<th>this needs</tr>
$settings
</table></div>
<h2>What it rests on</h2>
<div class="scroll"><table><tr><th>number<th>value<th class="words">from<th class="words">what it is</tr>
$assumptions
</table></div>
</html>
""")

_LONG_S = 3 * 3600
_SHARES = [number / 200 for number in range(1, 200)]


def page(answer: Answer) -> str:
    drawn = {way.name.replace(" ", "-"): way for way in answer.ways}
    return _PAGE.substitute(
        paper=PAPER,
        question=escape(question(answer.scenario)),
        verdict=escape(verdict(answer)),
        warning=escape(NOT_MEASURED),
        waits=_waits(drawn, answer.scenario.slo.seconds),
        fleet=_fleet(drawn, answer.counted_s),
        names=", ".join(f'<i style="background:var(--{name})"></i>{way.name}' for name, way in drawn.items()),
        heads="<th>".join(["", *(way.name for way in answer.ways)]),
        rows=_rows(ways(answer)),
        runs=answer.effort.runs,
        notes="".join(f"<li>{escape(note)}" for note in notes(answer)),
        settings=_rows((each.name, str(each.now), str(each.needed)) for each in answer.settings),
        assumptions=_rows(assumptions(answer.asked), words=2),
    )


def _waits(drawn: Mapping[str, Way], promised_s: float) -> str:
    lines = {name: _shares([job.whole_s for run in way.outcomes for job in packs(run)]) for name, way in drawn.items()}
    longest = max((x for points in lines.values() for x, _ in points), default=promised_s)
    return plot(lines, Axis(round_up(max(longest, promised_s)), "seconds"), Axis(100, "% of packs"), promised_s)


def _shares(seconds: Sequence[float]) -> list[Point]:
    ordered = sorted(seconds)
    found = [(nearest_rank(ordered, share), 100 * share) for share in _SHARES] if ordered else []
    return [(x, y) for x, y in found if not isinf(x)]


def _fleet(drawn: Mapping[str, Way], counted_s: float) -> str:
    unit, seconds = ("hours", 3600) if counted_s > _LONG_S else ("minutes", 60)

    def over_time(way: Way, role: str) -> list[Point]:
        run = way.outcomes[0]
        line = stairs(run.fleets[role].history, run.span.warm_s, run.span.end_s)
        return [(at / seconds, count) for at, count in line]

    lines = {name: over_time(way, "generator") for name, way in drawn.items()}
    lines["upscalers"] = over_time(drawn["autoscaled"], "upscaler")
    return plot(lines, Axis(counted_s / seconds, unit), Axis(top_of(lines, 1), "GPUs"))


def _rows(rows: Iterable[Sequence[str]], words: int = 0) -> str:
    """The last `words` columns are prose."""

    def cells(row: Sequence[str]) -> str:
        prose = len(row) - words
        return "".join(
            f'<td class="words">{escape(cell)}' if place >= prose else f"<td>{escape(cell)}"
            for place, cell in enumerate(row)
        )

    return "\n".join(f"<tr>{cells(row)}</tr>" for row in rows)
