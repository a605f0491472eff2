"""One process in front of one device, step by step: what `services/generator/engine.py` does, in simulated time.

Pictures join and leave between two steps; the more sit together, the longer a step takes. An urgent one takes the seat
of one that is not urgent, which is parked and goes on later.
"""

from collections import deque
from collections.abc import Iterator
from math import ceil

from simpy import Environment, Event

from likeness_client.capacity.scenario import Pace
from likeness_client.capacity.turns import Asking, Turn

# Of a step. Sums of floating point numbers are not exact, and a step that is over but for that is over.
_HARDLY = 1e-6


class Visit(Asking):
    """One picture's way through a service. Happens when it is done."""

    def __init__(self, env: Environment, turn: Turn, work: float) -> None:
        super().__init__(env, turn)
        self.asked_at: float = env.now
        self.begun_at: float | None = None
        self.work = work
        """By the mean; how long it takes alone, then, is not the same for all."""
        self.left = 0.0
        """Steps, once it has begun."""

    @property
    def waited_s(self) -> float:
        assert self.begun_at is not None  # noqa: S101 - asked of visits that are over
        return self.begun_at - self.asked_at


class Replica:
    """`emptied` happens when it is to end and has done all it had begun."""

    def __init__(self, env: Environment, pace: Pace) -> None:
        self.emptied = Event(env)
        self.busy_s = 0.0
        """Seconds with somebody at work."""
        self.seat_s = 0.0
        """The same, for each of them."""
        self._env = env
        self._pace = pace
        self._tick_s = [0.0, *(pace.render_s(count + 1) / pace.steps for count in range(pace.together))]
        self._seated: list[Visit] = []
        self._parked: deque[Visit] = deque()
        self._waiting: tuple[deque[Visit], deque[Visit]] = (deque(), deque())
        self._since = 0.0
        self._due = 0
        self._ending = False

    @property
    def load(self) -> int:
        """Pictures that it has."""
        return len(self._seated) + len(self._parked) + len(self._waiting[0]) + len(self._waiting[1])

    def take(self, visit: Visit) -> None:
        """It joins after the present step, if there is a seat for it."""
        self._waiting[0 if visit.turn.urgent else 1].append(visit)
        if not self._seated:
            self._between_steps()
        elif visit.turn.urgent or len(self._seated) < self._pace.together:
            self._join_soon()

    def end(self) -> list[Visit]:
        """No more work comes. What had not begun is handed back."""
        self._ending = True
        back = [*self._waiting[0], *self._waiting[1]]
        for queue in self._waiting:
            queue.clear()
        if not self.load:
            self.emptied.succeed()
        return back

    def _join_soon(self) -> None:
        tick_s = self._tick_s[len(self._seated)]
        made = (self._env.now - self._since) / tick_s
        self._look_in(max(0.0, self._since + ceil(made - _HARDLY) * tick_s - self._env.now))

    def _look_in(self, seconds: float) -> None:
        self._due += 1
        due = self._due

        def look(_: Event) -> None:
            if due == self._due:
                self._between_steps()

        timer = self._env.timeout(seconds)
        assert timer.callbacks is not None  # noqa: S101 - new
        timer.callbacks.append(look)

    def _between_steps(self) -> None:
        leaving = list(self._advanced())
        self._seat()
        if self._seated:
            self._look_in(min(visit.left for visit in self._seated) * self._tick_s[len(self._seated)])
        for visit in leaving:
            visit.succeed()
        if self._ending and not self.load and not self.emptied.triggered:
            self.emptied.succeed()

    def _advanced(self) -> Iterator[Visit]:
        """Counts what has been done since the last look, and yields those who are through."""
        spent_s, self._since = self._env.now - self._since, self._env.now
        if not self._seated:
            return
        self.busy_s += spent_s
        self.seat_s += spent_s * len(self._seated)
        steps = spent_s / self._tick_s[len(self._seated)]
        staying = []
        for visit in self._seated:
            visit.left -= steps
            if visit.left > _HARDLY:
                staying.append(visit)
            else:
                yield visit
        self._seated = staying

    def _seat(self) -> None:
        urgent, others = self._waiting
        while urgent and (len(self._seated) < self._pace.together or self._park()):
            self._begin(urgent.popleft())
        while self._parked and len(self._seated) < self._pace.together:
            self._seated.append(self._parked.popleft())
        while others and len(self._seated) < self._pace.together:
            self._begin(others.popleft())

    def _park(self) -> bool:
        """Somebody stands up, if there is one who may. Not in mid-step: a step of one picture is its whole work."""
        if self._pace.steps == 1:
            return False
        for visit in reversed(self._seated):
            if not visit.turn.urgent:
                self._seated.remove(visit)
                self._parked.append(visit)
                return True
        return False

    def _begin(self, visit: Visit) -> None:
        visit.begun_at = self._env.now
        visit.left = visit.work * self._pace.steps
        self._seated.append(visit)
