"""Whose turn it is: what `gateway/dispatch.py` does, in simulated time. Interactive first, then tenants in turn."""

from collections import deque
from dataclasses import dataclass
from math import inf

from simpy import Environment, Event


@dataclass(frozen=True, slots=True)
class Turn:
    """Who asks, and whether somebody looks at a spinner."""

    urgent: bool
    tenant: int = 0


class Asking(Event):
    """Something that waits for its turn. Happens when it is over: a place was granted, or work is done."""

    def __init__(self, env: Environment, turn: Turn) -> None:
        super().__init__(env)
        self.turn = turn


class Line:
    """Those who wait, the next one first."""

    def __init__(self) -> None:
        self._urgent: dict[int, deque[Asking]] = {}
        self._others: dict[int, deque[Asking]] = {}
        self.count = 0

    def add(self, asking: Asking) -> None:
        queues = self._urgent if asking.turn.urgent else self._others
        queues.setdefault(asking.turn.tenant, deque()).append(asking)
        self.count += 1

    def take(self) -> Asking:
        """The first; its tenant goes to the end of the line."""
        queues = self._urgent or self._others
        tenant = next(iter(queues))
        queue = queues.pop(tenant)
        asking = queue.popleft()
        if queue:
            queues[tenant] = queue
        self.count -= 1
        return asking


class Places:
    """So many at once, others wait. `wait` happens when there is a place, which is then to be freed."""

    def __init__(self, env: Environment, count: float = inf) -> None:
        self.count = count
        self.taken = 0
        self.most_taken = 0
        self.waiting = Line()
        self._env = env

    def wait(self, turn: Turn) -> Asking:
        asking = Asking(self._env, turn)
        self.waiting.add(asking)
        self.advance()
        return asking

    def free(self) -> None:
        self.taken -= 1
        self.advance()

    def advance(self) -> None:
        while self.waiting.count and self.taken < self.count:
            self.taken += 1
            self.most_taken = max(self.most_taken, self.taken)
            self.waiting.take().succeed()
