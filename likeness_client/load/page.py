"""The report of a bench: one HTML file that needs nothing else."""

from collections.abc import Sequence
from html import escape
from string import Template

from likeness_client.load.charts import curves, stacked
from likeness_client.load.quantiles import Quantiles
from likeness_client.load.summary import LevelSummary

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Likeness under load</title>
<style>
:root { color-scheme: light dark; --ink: #1c1d21; --soft: #6b6e78; --line: #dfe1e6; --paper: #fbfbfa; --card: #fff;
  --queue: #e0a458; --compute: #3c6e91; --network: #9fb8ad; --p50: #3c6e91; --p90: #c0783b; --p99: #a23e48; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececee; --soft: #9a9da8; --line: #33353d; --paper: #15161a;
  --card: #1d1f25; --compute: #6fa3c7; --network: #6f8a7e; --p50: #6fa3c7; --p90: #d9995f; --p99: #d4707a; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 62rem; padding: 3rem 1.5rem 5rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; font-variant-numeric: tabular-nums }
h1 { font-size: 2rem; line-height: 1.15; margin: 0 0 .3rem; letter-spacing: -.02em }
h2 { font-size: 1.1rem; margin: 2.6rem 0 .8rem } p { margin: .3rem 0; color: var(--soft); max-width: 46rem }
figure { margin: 0; padding: 1.2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px }
figcaption { color: var(--soft); font-size: .9rem; margin-top: .6rem }
.pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)) }
svg { display: block; width: 100%; height: auto } svg text { fill: var(--soft); font: 12px system-ui, sans-serif }
svg .value { fill: var(--ink) } svg .axis { stroke: var(--line) } svg .name { fill: var(--ink); font-size: 13px }
table { width: 100%; border-collapse: collapse; font-size: .92rem } .scroll { overflow-x: auto }
th, td { padding: .38rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th { color: var(--soft); font-weight: 500 } th:first-child, td:first-child { text-align: left }
tr.stage td:first-child { padding-left: 1.6rem; color: var(--soft) }
.key i { display: inline-block; width: .75em; height: .75em; border-radius: 3px; margin: 0 .35em 0 1em }
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
