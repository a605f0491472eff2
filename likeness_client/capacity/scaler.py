"""How many replicas there should be: what KEDA and the horizontal pod autoscaler make of a ScaledObject."""

from collections import deque
from math import ceil

from likeness_client.capacity.scenario import Scaling

_NOTHING = 1e-9


class Scaler:
    """For one service. `least` 0: to zero after a time without work."""

    def __init__(self, rules: Scaling, *, target: float, least: int, most: int) -> None:
        self._rules = rules
        self._target = target
        self._least = least
        self._most = most
        self._wished: deque[tuple[float, int]] = deque()
        self._changes: deque[tuple[float, int]] = deque()
        self._active_at = 0.0

    def look(self, now: float, outstanding: float, replicas: int) -> int:
        """What is wanted now. `outstanding`: waiting and sent, as far as it is known."""
        if outstanding > 0:
            self._active_at = now
        if self._least == 0 and (idle := self._without_work(now, replicas)) is not None:
            return idle
        wished = self._wish(outstanding, replicas)
        self._wished.append((now, wished))
        while self._wished[0][0] < now - self._rules.down_window_s:
            self._wished.popleft()
        wanted = self._limited(now, wished, replicas)
        if wanted != replicas:
            self._changes.append((now, wanted - replicas))
        return wanted

    def _without_work(self, now: float, replicas: int) -> int | None:
        """KEDA's own part: between none and one. None: the rest is the autoscaler's."""
        if replicas == 0:
            return 1 if self._active_at == now else 0
        return 0 if now - self._active_at >= self._rules.cooldown_s else None

    def _wish(self, outstanding: float, replicas: int) -> int:
        if replicas and abs(outstanding / (self._target * replicas) - 1) <= self._rules.tolerance:
            wished = replicas
        else:
            wished = ceil(outstanding / self._target - _NOTHING)
        return min(self._most, max(1, self._least, wished))

    def _limited(self, now: float, wished: int, replicas: int) -> int:
        """More at once, in steps; fewer only if so many were not wished for lately, and one by one."""
        rules = self._rules
        if wished > replicas:
            before = replicas - self._changed(now, rules.up_period_s, +1)
            return min(wished, max(replicas, before + rules.up_pods, ceil(before * (1 + rules.up_percent / 100))))
        lately = min(replicas, max(wish for _, wish in self._wished))
        before = replicas + self._changed(now, rules.down_period_s, -1)
        return max(lately, min(replicas, before - rules.down_pods))

    def _changed(self, now: float, period_s: float, sign: int) -> int:
        longest_s = max(self._rules.up_period_s, self._rules.down_period_s)
        while self._changes and self._changes[0][0] <= now - longest_s:
            self._changes.popleft()
        return sum(abs(by) for at, by in self._changes if at > now - period_s and by * sign > 0)
