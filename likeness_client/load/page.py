"""The report of a bench: one HTML file that needs nothing else."""

from collections.abc import Sequence
from html import escape
from string import Template

from likeness_client.load.charts import curves, stacked
from likeness_client.load.quantiles import Quantiles
from likeness_client.load.summary import LevelSummary
from likeness_client.paper import PAPER

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Likeness under load</title>
<style>
$paper:root { --queue: #e0a458; --compute: #3c6e91; --network: #9fb8ad; --p50: #3c6e91; --p90: #c0783b; --p99: #a23e48 }
@media (prefers-color-scheme: dark) { :root { --compute: #6fa3c7; --network: #6f8a7e; --p50: #6fa3c7; --p90: #d9995f;
  --p99: #d4707a } }
</style>
<h1>Likeness under load</h1>
<p>$about</p>
<h2>What a caller sees</h2>
<div class="pair">
<figure>$latency<figcaption class="key">Seconds for a whole job, photo to receipt, by jobs at a time:
<i style="background:var(--p50)"></i>p50<i style="background:var(--p90)"></i>p90<i style="background:var(--p99)"></i>p99
</figcaption></figure>
<figure>$throughput<figcaption>Pictures a minute, by jobs at a time.</figcaption></figure>
</div>
<h2>Where the time of a render goes</h2>
<figure>$stages<figcaption class="key">Seconds on average, by stage and jobs at a time:
<i style="background:var(--queue)"></i>waiting<i style="background:var(--compute)"></i>computing
<i style="background:var(--network)"></i>network and the rest</figcaption></figure>
<h2>In numbers</h2>
<div class="scroll"><table>
<tr><th>seconds<th>n<th>p50<th>p90<th>p99<th>of p50: queue<th>compute<th>network</tr>
$rows
</table></div>
<p>Each quantile is a duration that was measured. Queue, compute and network are each a median of their own, so that
they need not add up to that of the whole. $refused</p>
</html>
""")


def page(about: str, levels: Sequence[LevelSummary]) -> str:
    """`about` is plain text: what was measured, where and when."""
    places = [level.concurrency for level in levels]
    latency = {name: [getattr(level.total, name) for level in levels] for name in ("p50", "p90", "p99")}
    return _PAGE.substitute(
        paper=PAPER,
        about=escape(about),
        latency=curves(places, latency),
        throughput=curves(places, {"p50": [level.pictures_per_minute for level in levels]}),
        stages=stacked(_bars(levels)),
        rows="\n".join(row for level in levels for row in _rows(level)),
        refused=escape(_refusals(levels)),
    )


def _bars(levels: Sequence[LevelSummary]) -> list[tuple[str, str, dict[str, float]]]:
    names = dict.fromkeys(stage.stage for level in levels for stage in level.stages)
    return [
        (name, f"× {level.concurrency}", {"queue": mean.queue, "compute": mean.compute, "network": mean.network})
        for name in names
        for level in levels
        for mean in (stage.mean for stage in level.stages if stage.stage == name)
    ]


def _rows(level: LevelSummary) -> list[str]:
    head = f"<tr><th colspan=8>{level.concurrency} at a time, {level.jobs} jobs ({escape(_states(level))})</tr>"
    spans = [_row(name, spent) for name, spent in {"whole job": level.total, **level.spans}.items()]
    stages = [_row(each.stage, each.total, each.shares, "stage") for each in level.stages]
    return [head, *spans, *stages]


def _row(name: str, spent: Quantiles, shares: dict[str, Quantiles] | None = None, kind: str = "") -> str:
    cells = [str(spent.count), *(f"{value:.2f}" for value in (spent.p50, spent.p90, spent.p99))]
    cells += [f"{each.p50:.2f}" for each in shares.values()] if shares else [""] * 3
    return f'<tr class="{kind}"><td>{escape(name)}' + "".join(f"<td>{cell}" for cell in cells) + "</tr>"


def _states(level: LevelSummary) -> str:
    return ", ".join(f"{count} {state}" for state, count in level.states.items())


def _refusals(levels: Sequence[LevelSummary]) -> str:
    counts = [f"{count} × {reason}" for level in levels for reason, count in level.refused.items()]
    return f"Refused and not counted: {', '.join(counts)}." if counts else "No call was refused."
