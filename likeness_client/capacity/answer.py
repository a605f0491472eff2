"""The whole answer: the fixed fleet, the autoscaled one, what scaling to zero would do, what manifests must say."""

from dataclasses import asdict, dataclass
from typing import Any

from likeness_client.capacity.figures import Figures, figures
from likeness_client.capacity.limits import Load, Setting, fitted, load, settings, verifiers_for
from likeness_client.capacity.scenario import Scenario
from likeness_client.capacity.simulation import Outcome, Size
from likeness_client.capacity.study import Effort, Study
from likeness_client.failure import CommandFailed


@dataclass(frozen=True, slots=True)
class Way:
    """One way of running it."""

    name: str
    figures: Figures
    outcomes: list[Outcome]


@dataclass(frozen=True, slots=True)
class Answer:
    """`scenario` is what was simulated: `asked`, with nothing left open. `ways`: fixed, autoscaled, and from zero where
    it gets there.
    """

    asked: Scenario
    scenario: Scenario
    effort: Effort
    load: Load
    size: Size
    kept: bool
    """Whether that size keeps the promise; otherwise it is the largest that is allowed."""
    ways: list[Way]
    settings: list[Setting]
    tried: dict[Size, float]

    @property
    def counted_s(self) -> float:
        span = self.ways[0].outcomes[0].span
        return span.end_s - span.warm_s

    @property
    def goes_to_zero(self) -> bool:
        return len(self.ways) > 2

    def as_json(self) -> dict[str, Any]:
        return {
            "scenario": asdict(self.scenario),
            "effort": {**asdict(self.effort), "counted_hours": self.counted_s / 3600},
            "busy_all_the_time": asdict(self.load),
            "fixed": {**asdict(self.size), "keeps_the_promise": self.kept},
            "ways": {way.name: way.figures.as_json() for way in self.ways},
            "manifests": [asdict(setting) for setting in self.settings],
            "tried": [{**asdict(size), "in_time": share} for size, share in self.tried.items()],
        }


def answered(study: Study) -> Answer:
    """CommandFailed where no number of generators keeps the promise."""
    smallest = study.smallest()
    size = smallest or _largest(study)
    scenario = fitted(study.scenario, size)
    runs = {"fixed": study.fixed(size), "autoscaled": study.scaled(size)}
    if study.reaches_zero():
        runs["from zero"] = study.scaled(size, least=0)
    return Answer(
        asked=study.scenario,
        scenario=scenario,
        effort=study.effort,
        load=load(scenario),
        size=size,
        kept=smallest is not None,
        ways=[Way(name, figures(scenario, outcomes), outcomes) for name, outcomes in runs.items()],
        settings=settings(scenario),
        tried=study.tried,
    )


def _largest(study: Study) -> Size:
    scenario = study.scenario
    if scenario.generator.most is None:
        raise CommandFailed(
            f"no number of generators has {scenario.slo.share:.0%} of packs ready within {scenario.slo.seconds:g} s; "
            f"the best that was tried has {max(study.tried.values()):.0%}. Verifiers would be busy "
            f"{load(scenario).verifiers / verifiers_for(scenario):.0%} of the time"
        )
    upscalers = scenario.upscaler.most or max(size.upscalers for size in study.tried)
    return Size(scenario.generator.most, upscalers, verifiers_for(scenario))
