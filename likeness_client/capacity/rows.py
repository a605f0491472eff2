"""The answer as rows of words, for terminal and page alike."""

from collections.abc import Iterator
from dataclasses import fields
from math import isinf

from likeness_client.capacity.answer import Answer
from likeness_client.capacity.estimates import Estimate
from likeness_client.capacity.figures import Figures, Role, Waits
from likeness_client.capacity.origins import Origin, origin_of, told_fields, what_it_says
from likeness_client.capacity.scenario import Promise, Scenario
from likeness_client.output import human_count

NOT_MEASURED = (
    "Nothing of this was measured on a GPU: seconds are goals or yours, and the answer is as good as they are."
)

# By the fixed fleet's cost.
_DEARER, _THE_SAME = 1.05, 0.95

_ENDS = {Promise.PACK: "all its pictures", Promise.FIRST: "its first picture"}


def question(scenario: Scenario) -> str:
    demand, slo = scenario.demand, scenario.slo
    larger = ", enlarged to 4K" if demand.enlarged else ""
    packs = "pack" if demand.packs_per_minute == 1 else "packs"
    return (
        f"{demand.packs_per_minute:g} {packs} a minute ({demand.arrivals}) of {demand.pictures} pictures{larger}, "
        f"and single pictures beside them, {demand.packs_per_minute * demand.singles_per_pack:g} a minute. "
        f"Promised: {_ENDS[slo.of]} within {slo.seconds:g} s, for {slo.share:.0%} of packs."
    )


def verdict(answer: Answer) -> str:
    size, cents = answer.size, answer.ways[0].figures.cents_a_picture
    generators = human_count(size.generators, "generator", "generators")
    upscalers = human_count(size.upscalers, "upscaler", "upscalers")
    fleet = f"{generators} and {upscalers} with {human_count(size.verifiers, 'verifier', 'verifiers')}"
    if not answer.kept:
        return f"Not kept: {fleet} are the most that is allowed."
    return f"Kept by {fleet}: {size.generators + size.upscalers} GPUs, {cents.mean:.2f} cents a picture."


def ways(answer: Answer) -> Iterator[tuple[str, ...]]:
    """What, and how each way of running it does."""
    found = [list(_figures(answer.scenario, way.figures)) for way in answer.ways]
    for cells in zip(*found, strict=True):
        yield (cells[0][0], *(value for _, value in cells))


def _figures(scenario: Scenario, figures: Figures) -> Iterator[tuple[str, str]]:
    generator, upscaler = figures.roles["generator"], figures.roles["upscaler"]
    yield f"packs in time, {scenario.slo.seconds:g} s", shown(figures.in_time, "%")
    yield "pack ready, p50 / p95 / p99", _waits(figures.pack_ready)
    yield "its first picture", _waits(figures.first_picture)
    yield "its first render begins", _waits(figures.pack_wait)
    if figures.single_ready and figures.single_wait:
        yield "single picture ready", _waits(figures.single_ready)
        yield "its render begins", _waits(figures.single_wait)
    for name, role in (("generators", generator), ("upscalers", upscaler)):
        yield f"{name}, mean and most", f"{shown(role.mean)}, {role.most}"
        yield f"{name} busy, used", _use(role)
        yield f"{name} started in a day", shown(role.starts_a_day)
    yield "pictures in a batch", shown(generator.seats)
    yield "cents a picture", shown(figures.cents_a_picture, digits=2)
    yield "dollars a month", shown(figures.usd_a_month, digits=0)


def _use(role: Role) -> str:
    return f"{role.busy.mean:.0%}, {role.used.mean:.0%}"


def shown(estimate: Estimate, unit: str = "", digits: int = 1) -> str:
    """With its interval where that is not nothing."""
    if isinf(estimate.mean):
        return "never"
    scale = 100 if unit == "%" else 1
    mean = f"{estimate.mean * scale:,.{digits}f}{unit}"
    half = (estimate.half or 0.0) * scale
    return f"{mean} ± {half:,.{digits}f}" if half >= 0.5 / 10**digits else mean


def _waits(waits: Waits) -> str:
    return " / ".join("never" if isinf(each.mean) else f"{each.mean:.1f}" for each in (waits.p50, waits.p95, waits.p99))


def assumptions(asked: Scenario) -> Iterator[tuple[str, str, Origin, str]]:
    """Name, value, origin, meaning; all but what was left open, which is what manifests have to say."""
    for part in fields(asked):
        holder = getattr(asked, part.name)
        for entry in told_fields(holder):
            if (value := getattr(holder, entry.name)) is not None:
                yield f"{part.name}.{entry.name}", str(value), origin_of(holder, entry), what_it_says(entry)


def notes(answer: Answer) -> Iterator[str]:
    """What the numbers do not say by themselves."""
    near = [size for size in answer.tried if size.generators == answer.size.generators - 1]
    if near:
        fewer = human_count(near[0].generators, "generator", "generators")
        yield f"With {fewer} {max(answer.tried[size] for size in near):.0%} of packs are in time."
    fixed, scaled = answer.ways[0].figures, answer.ways[1].figures
    if scaled.in_time.mean < answer.scenario.slo.share <= fixed.in_time.mean:
        yield "Autoscaled, the promise is not kept: raise minReplicaCount (--set generator.least=…)."
    stay = f"they stay for {answer.scenario.scaling.down_window_s / 60:g} minutes"
    if scaled.usd_a_month.mean > _DEARER * fixed.usd_a_month.mean:
        yield f"The autoscaler costs more than it saves: packs ask for more than they need, and {stay}."
    elif scaled.usd_a_month.mean > _THE_SAME * fixed.usd_a_month.mean:
        yield f"The autoscaler saves next to nothing: again and again packs ask for all there may be, and {stay}."
    if not answer.goes_to_zero:
        minutes = answer.scenario.scaling.cooldown_s / 60
        yield f"Scaled to zero it would be the same: so many come that it is never idle for {minutes:g} minutes."
    drains_s = max(role.longest_drain_s for way in answer.ways for role in way.figures.roles.values())
    if drains_s:
        yield f"What was scaled down ended its work first; the longest took {drains_s:.1f} s."
