"""The course of a job: what `gateway/pipeline/studio.py` and `attempt.py` do, in simulated time."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from simpy import Environment
from simpy.events import ProcessGenerator

from likeness_client.capacity.arrivals import Fate, Ordered
from likeness_client.capacity.service import Service
from likeness_client.capacity.turns import Places, Turn

# A step that found somebody missing looks again every ten seconds (gateway/jobs/patience.py).
_PAUSE_S = 5.0


@dataclass(slots=True)
class Job:
    """What became of an order; times since the simulation began. `inf`: not yet."""

    ordered: Ordered
    begun_at: float = inf
    """Its first picture's first step."""
    first_at: float = inf
    """Its first picture was kept."""
    ended_at: float = inf
    kept: int = 0
    renders: int = 0

    @property
    def wait_s(self) -> float:
        return self.begun_at - self.ordered.at

    @property
    def first_s(self) -> float:
        return self.first_at - self.ordered.at

    @property
    def whole_s(self) -> float:
        return self.ended_at - self.ordered.at


@dataclass(frozen=True, slots=True)
class Stages:
    """What jobs go through. `hands`: pictures at work, of each priority; nobody waits for those of the other."""

    jobs: Places
    hands: dict[bool, Places]
    generator: Service
    verifier: Service
    upscaler: Service
    encoder: Service
    before_s: float


class Course:
    """`ended` is told of every job that has ended."""

    def __init__(self, env: Environment, stages: Stages, ended: Callable[[Job], None]) -> None:
        self._env = env
        self._stages = stages
        self._ended = ended

    def begin(self, ordered: Ordered) -> Job:
        job = Job(ordered)
        self._env.process(self._job(job))
        return job

    def _job(self, job: Job) -> ProcessGenerator:
        stages, ordered = self._stages, job.ordered
        yield stages.jobs.wait(ordered.turn)
        yield self._env.timeout(stages.before_s)
        yield self._env.all_of([self._env.process(self._picture(job, each)) for each in ordered.fates])
        stages.jobs.free()
        job.ended_at = self._env.now
        self._ended(job)

    def _picture(self, job: Job, fate: Fate) -> ProcessGenerator:
        stages, turn = self._stages, job.ordered.turn
        hands = stages.hands[turn.urgent]
        yield hands.wait(turn)
        yield from self._line(enlarged=job.ordered.enlarged)
        for enlarged in fate.rejected:
            yield from self._try(job, turn, enlarged=enlarged)
        if fate.kept:
            yield from self._try(job, turn, enlarged=job.ordered.enlarged)
            yield stages.encoder.serve(turn)
            job.kept += 1
            job.first_at = min(job.first_at, self._env.now)
        hands.free()

    def _line(self, *, enlarged: bool) -> ProcessGenerator:
        """Nothing is rendered that nobody could enlarge."""
        needed = [self._stages.generator, *([self._stages.upscaler] if enlarged else [])]
        if all(service.fleet.serving for service in needed):
            return
        yield self._env.all_of([service.there() for service in needed])
        yield self._env.timeout(_PAUSE_S)

    def _try(self, job: Job, turn: Turn, *, enlarged: bool) -> ProcessGenerator:
        """Only what was near enough is enlarged, and measured again."""
        stages = self._stages
        render = stages.generator.serve(turn)
        yield render
        assert render.begun_at is not None  # noqa: S101 - it is over
        job.begun_at = min(job.begun_at, render.begun_at)
        job.renders += 1
        yield stages.verifier.serve(turn)
        if enlarged:
            yield stages.upscaler.serve(turn)
            yield stages.verifier.serve(turn)
