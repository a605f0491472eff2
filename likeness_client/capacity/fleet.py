"""The replicas of one service: those that serve, those that start, those that drain. Somebody pays for all of them."""

from dataclasses import dataclass, field

from simpy import Environment, Event
from simpy.events import ProcessGenerator

from likeness_client.capacity.replica import Replica
from likeness_client.capacity.scenario import Pace


@dataclass(slots=True)
class Level:
    """A number that changes at moments, and its average over time."""

    value: float = 0.0
    most: float = 0.0
    area: float = 0.0
    since: float = 0.0
    history: list[tuple[float, float]] = field(default_factory=list)

    def set(self, now: float, value: float) -> None:
        self.settle(now)
        self.value, self.most = value, max(self.most, value)
        self.history.append((now, value))

    def settle(self, now: float) -> None:
        self.area += self.value * (now - self.since)
        self.since = now

    def restart(self, now: float) -> None:
        """What was before does not count."""
        self.area, self.most, self.since = 0.0, self.value, now


class Fleet:
    """Callers take turns among those that serve, as gRPC's round robin has it, whoever is busy."""

    def __init__(self, env: Environment, pace: Pace, cold_start_s: float = 0.0) -> None:
        self.paid = Level()
        """Replicas that somebody pays for."""
        self.starts = 0
        self.longest_drain_s = 0.0
        self.serving: list[Replica] = []
        self._starting: list[Event] = []
        self._all: list[Replica] = []
        self._env = env
        self._pace = pace
        self._cold_start_s = cold_start_s
        self._turn = 0
        self._draining = 0

    @property
    def size(self) -> int:
        """As the autoscaler counts: those that drain are gone."""
        return len(self.serving) + len(self._starting)

    @property
    def busy_s(self) -> float:
        return sum(replica.busy_s for replica in self._all)

    @property
    def seat_s(self) -> float:
        return sum(replica.seat_s for replica in self._all)

    def warm(self, count: int) -> None:
        """There from the beginning."""
        for _ in range(count):
            self._serve()
        self._note()

    def next(self) -> Replica:
        self._turn += 1
        return self.serving[self._turn % len(self.serving)]

    def grow(self, count: int) -> list[Event]:
        """So many more begin. Each event happens when one of them serves."""
        begun = []
        for _ in range(count):
            self.starts += 1
            serves = Event(self._env)
            self._starting.append(serves)
            self._env.process(self._start(serves))
            begun.append(serves)
        self._note()
        return begun

    def shrink(self, count: int) -> list[Replica]:
        """So many fewer: first those that have not started yet, then the newest. The latter are to be ended."""
        ending = []
        for _ in range(count):
            if self._starting:
                self._starting.pop()
            else:
                ending.append(self.serving.pop())
        for replica in ending:
            self._draining += 1
            self._env.process(self._drain(replica))
        self._note()
        return ending

    def _start(self, serves: Event) -> ProcessGenerator:
        yield self._env.timeout(self._cold_start_s)
        if serves in self._starting:
            self._starting.remove(serves)
            self._serve()
            self._note()
            serves.succeed()

    def _drain(self, replica: Replica) -> ProcessGenerator:
        began = self._env.now
        yield replica.emptied
        self.longest_drain_s = max(self.longest_drain_s, self._env.now - began)
        self._draining -= 1
        self._note()

    def _serve(self) -> None:
        replica = Replica(self._env, self._pace)
        self.serving.append(replica)
        self._all.append(replica)

    def _note(self) -> None:
        self.paid.set(self._env.now, self.size + self._draining)
