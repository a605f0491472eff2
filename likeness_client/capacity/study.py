"""Many runs of one scenario: the smallest fleet that keeps a promise, and what the autoscaler makes of those days."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, exp, sqrt
from random import Random

from likeness_client.capacity.arrivals import arrivals
from likeness_client.capacity.figures import share_in_time
from likeness_client.capacity.limits import fitted, load, verifiers_for
from likeness_client.capacity.scenario import Arrivals, Scenario
from likeness_client.capacity.simulation import Outcome, Simulation, Size, Span

_WARM_S = 900.0
_SHORTEST_S = 1200.0
_PACKS = 200
_DAY_S = 86_400.0
# After the time that counts, and this much by the promise: who has nothing by then is counted as never.
_PATIENCE_S = 900.0
_PATIENCE = 10.0
# Where one run is so far from the promised share, a second would not change the verdict.
_FAR = 0.1
_JUDGES = 2
_MOST_TIMES = 6
_SURE_OF_NONE_A_DAY = 0.01


@dataclass(frozen=True, slots=True)
class Effort:
    """How long, how often. `hours` None: as many as it takes for some hundred packs."""

    runs: int = 5
    hours: float | None = None
    seed: int = 1


class Study:
    """Remembers its runs: the search and the report ask for the same ones. `heard` is told how many."""

    def __init__(self, scenario: Scenario, effort: Effort, heard: Callable[[int], None] = lambda runs: None) -> None:
        self.scenario = scenario
        self.effort = effort
        self.tried: dict[Size, float] = {}
        """Share of packs in time, by size."""
        self._heard = heard
        self._runs: dict[tuple[Size, bool, int, int], Outcome] = {}

    @property
    def span(self) -> Span:
        return Span(_WARM_S, _WARM_S + self._counted_s(), max(_PATIENCE_S, _PATIENCE * self.scenario.slo.seconds))

    def _counted_s(self) -> float:
        if self.effort.hours is not None:
            return 3600 * self.effort.hours
        if self.scenario.demand.arrivals is Arrivals.DAILY:
            return _DAY_S
        return max(_SHORTEST_S, 60 * _PACKS / self.scenario.demand.packs_per_minute)

    def fixed(self, size: Size) -> list[Outcome]:
        return [self._run(size, False, self.scenario.generator.least, run) for run in range(self.effort.runs)]

    def scaled(self, size: Size, *, least: int | None = None) -> list[Outcome]:
        """It begins with `size`, so that the first minutes are not about starting."""
        floor = self.scenario.generator.least if least is None else least
        return [self._run(size, True, floor, run) for run in range(self.effort.runs)]

    def reaches_zero(self) -> bool:
        """Whether nobody ever comes for as long as it takes to go there."""
        demand = self.scenario.demand
        quietest = 2 - demand.busiest if demand.arrivals is Arrivals.DAILY else 1.0
        rate = demand.packs_per_minute * (1 + demand.singles_per_pack) * quietest / 60
        return rate * _DAY_S * exp(-rate * self.scenario.scaling.cooldown_s) > _SURE_OF_NONE_A_DAY

    def smallest(self) -> Size | None:
        """None: no fleet that is allowed keeps the promise. Generators first, with upscalers to spare, then those."""
        busy, verifiers = load(self.scenario), verifiers_for(self.scenario)
        spare = max(1, ceil(busy.upscalers + sqrt(busy.upscalers)))
        spare = min(spare, self.scenario.upscaler.most or spare)
        guess = ceil(busy.generators + 0.5 * sqrt(busy.generators))
        most = self.scenario.generator.most or _MOST_TIMES * (guess + 1)
        generators = fewest(lambda count: self.keeps(Size(count, spare, verifiers)), guess, most)
        if generators is None:
            return None
        upscalers = fewest(lambda count: self.keeps(Size(generators, count, verifiers)), max(1, spare - 1), spare)
        size = Size(generators, upscalers or spare, verifiers)
        while self._share(size, self.effort.runs) < self.scenario.slo.share and size.generators < most:
            size = replace(size, generators=size.generators + 1)
        return size

    def keeps(self, size: Size) -> bool:
        promised = self.scenario.slo.share
        share = self._share(size, 1)
        if abs(share - promised) < _FAR:
            share = self._share(size, min(_JUDGES, self.effort.runs))
        return share >= promised

    def _share(self, size: Size, runs: int) -> float:
        outcomes = [self._run(size, False, self.scenario.generator.least, run) for run in range(runs)]
        self.tried[size] = share_in_time(outcomes, self.scenario.slo)
        return self.tried[size]

    def _run(self, size: Size, scaled: bool, least: int, run: int) -> Outcome:
        key = (size, scaled, least, run)
        if key not in self._runs:
            self._runs[key] = self._simulated(*key)
            self._heard(len(self._runs))
        return self._runs[key]

    def _simulated(self, size: Size, scaled: bool, least: int, run: int) -> Outcome:
        asked, span = self.scenario, self.span
        scenario = fitted(asked, size)
        scenario = replace(
            scenario,
            generator=replace(scenario.generator, least=least),
            upscaler=replace(scenario.upscaler, least=min(least, scenario.upscaler.least)),
        )
        seed = self.effort.seed * 1000 + run
        people = Random(f"{seed} orders")  # noqa: S311 - no secret
        orders = arrivals(asked.demand, asked.tries, people, span.end_s + span.given_up_s)
        return Simulation(scenario, size, span, seed, scaled=scaled).run(orders)


def fewest(enough: Callable[[int], bool], guess: int, most: int) -> int | None:
    """The smallest count from 1 to `most` that is enough, if more is never less. Looks near the guess first."""
    probe, step, below, above = max(1, min(guess, most)), 1, 0, most + 1
    while below + 1 < above:
        if enough(probe):
            above = probe
        else:
            below = probe
        if below and above <= most:
            probe = (below + above) // 2
        else:
            probe = max(1, above - step) if above <= most else min(most, below + step)
        step *= 2
    return above if above <= most else None
