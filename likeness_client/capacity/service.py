"""A service as the pipeline sees it: so much is sent at once, the rest waits; what is sent goes to one replica."""

from random import Random

from simpy import Environment, Event

from likeness_client.capacity.fleet import Fleet
from likeness_client.capacity.replica import Visit
from likeness_client.capacity.scenario import Pace
from likeness_client.capacity.turns import Line, Turn


class Service:
    """`places`: pictures that all gateways together may have sent."""

    def __init__(self, env: Environment, fleet: Fleet, pace: Pace, places: float, random: Random) -> None:
        self.fleet = fleet
        self.sent = 0
        self.done = 0
        self._env = env
        self._pace = pace
        self._places = places
        self._random = random
        self._waiting = Line()
        self._missing: list[Event] = []

    @property
    def outstanding(self) -> int:
        """What the autoscaler sees: items that wait at the gateways, those that were sent, and whether it is missed."""
        return self._waiting.count + self.sent + bool(self._missing)

    def there(self) -> Event:
        """Happens when at least one replica serves; until then the service is missed."""
        arrival = Event(self._env)
        if self.fleet.serving:
            return arrival.succeed()
        self._missing.append(arrival)
        return arrival

    def serve(self, turn: Turn) -> Visit:
        """Happens when it is done."""
        visit = Visit(self._env, turn, self._work())
        assert visit.callbacks is not None  # noqa: S101 - new
        visit.callbacks.append(self._settle)
        self._waiting.add(visit)
        self._send()
        return visit

    def grow(self, count: int) -> None:
        for serves in self.fleet.grow(count):
            assert serves.callbacks is not None  # noqa: S101 - new
            serves.callbacks.append(self._arrived)

    def shrink(self, count: int) -> None:
        """What those that end had not begun is sent to others."""
        for replica in self.fleet.shrink(count):
            for visit in replica.end():
                self.sent -= 1
                self._waiting.add(visit)
        self._send()

    def _arrived(self, _: Event) -> None:
        missing, self._missing = self._missing, []
        for arrival in missing:
            arrival.succeed()
        self._send()

    def _send(self) -> None:
        while self._waiting.count and self.sent < self._places and self.fleet.serving:
            visit = self._waiting.take()
            assert isinstance(visit, Visit)  # noqa: S101 - nothing else is added
            self.sent += 1
            self.fleet.next().take(visit)

    def _settle(self, _: Event) -> None:
        self.sent -= 1
        self.done += 1
        self._send()

    def _work(self) -> float:
        return self._random.choice(self._pace.spread) if self._pace.spread else 1.0
