"""What was asked for: checked before anything is taken on, every default filled in, and laid out as pictures.

spec = orders.completed(request.spec)     BadRequest, NotAllowed; nothing random or open is left in what comes back
for place in places(spec): shot_of(styles, spec, place)
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_WEBP
from likeness.common.v1.identity_pb2 import TIER_FAIL, TIER_LOCKED, TIER_MATCH, TIER_STRONG
from likeness.common.v1.work_pb2 import PRIORITY_BATCH, PRIORITY_INTERACTIVE
from likeness.gateway.v1.job_pb2 import JobSpec, StyleOrder

from gateway.pipeline import seeds
from gateway.policy import Policy
from gateway.styles import Shot, Styles
from likeness_wire.errors import BadRequest, NotAllowed
from services.common.admission import Priority

E = TypeVar("E")

MOST_ORDERS = 20

_TIERS = (TIER_FAIL, TIER_MATCH, TIER_STRONG, TIER_LOCKED)
_KINDS = (KIND_JPEG, KIND_PNG, KIND_WEBP)
_PRIORITIES = {PRIORITY_INTERACTIVE: Priority.INTERACTIVE, PRIORITY_BATCH: Priority.BATCH}
_USUAL_TRIES = 4
_SMALLEST_LONG_SIDE = 256


@dataclass(frozen=True, slots=True)
class OrderLimits:
    """Of one job; GetServerInfo tells them."""

    max_pictures: int = 100
    max_tries: int = 8
    # The pictures of a premium pack are 960 high, and enlarged four times at most.
    max_long_side: int = 3840
    may_keep_everything: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """One picture of a job. `number` counts all of them from 0, in the order of the spec."""

    number: int
    style_index: int
    picture: int
    pictures: int
    order: StyleOrder = field(repr=False)


class Orders:
    """Checks them. Consent and life span are the API's to check: they concern more than what is made."""

    def __init__(
        self, styles: Styles, policy: Policy, limits: OrderLimits, draw: Callable[[], int] = seeds.drawn
    ) -> None:
        self.limits = limits
        self._styles = styles
        self._policy = policy
        self._draw = draw

    def completed(self, spec: JobSpec) -> JobSpec:
        """A copy with every default filled in. A pose that is left to the style stays open: it varies by picture."""
        complete = JobSpec()
        complete.CopyFrom(spec)
        if not 1 <= len(complete.styles) <= MOST_ORDERS:
            raise _invalid("styles", f"1 to {MOST_ORDERS} of them")
        self._fill_in(complete)
        for index, order in enumerate(complete.styles):
            self._check_order(order, f"spec.styles[{index}]", premium=complete.HasField("long_side"))
        if sum(order.count for order in complete.styles) > self.limits.max_pictures:
            raise _invalid("styles.count", f"at most {self.limits.max_pictures} pictures in all orders together")
        return complete

    def style_order(self, order: StyleOrder) -> StyleOrder:
        """One order by itself, for which the count does not matter."""
        complete = StyleOrder()
        complete.CopyFrom(order)
        complete.count = 1
        self._check_order(complete, "style", premium=False)
        return complete

    def _fill_in(self, spec: JobSpec) -> None:
        limits = self.limits
        spec.accept_tier = _one_of("accept_tier", spec, _TIERS, TIER_STRONG)
        if spec.accept_tier == TIER_FAIL and not limits.may_keep_everything:
            raise NotAllowed(
                reasons.REASON_NOT_ALLOWED, "accept_tier: this server keeps no picture that has drifted so"
            )
        spec.max_tries = _within("max_tries", spec, 1, limits.max_tries, min(_USUAL_TRIES, limits.max_tries))
        if spec.HasField("long_side"):
            _within("long_side", spec, _SMALLEST_LONG_SIDE, limits.max_long_side, 0)
        spec.kind = _one_of("kind", spec, _KINDS, KIND_JPEG)
        spec.priority = _one_of("priority", spec, tuple(_PRIORITIES), PRIORITY_BATCH)

    def _check_order(self, order: StyleOrder, where: str, *, premium: bool) -> None:
        with _in_order(where):
            if order.count < 1:
                raise BadRequest(reasons.REASON_INVALID_FIELD, "count: at least 1", fields={"count": "at least 1"})
            self._policy.check(order.free_text)
            order.expression = _shot(self._styles, order, 0, premium).expression
        if not order.HasField("seed"):
            order.seed = self._draw()


def places(spec: JobSpec) -> list[Place]:
    """All pictures of a complete spec, in its order."""
    every = [(index, order, picture) for index, order in enumerate(spec.styles) for picture in range(order.count)]
    return [Place(number, index, picture, order.count, order) for number, (index, order, picture) in enumerate(every)]


def shot_of(styles: Styles, spec: JobSpec, place: Place) -> Shot:
    """How that picture is taken."""
    return _shot(styles, place.order, place.picture, spec.HasField("long_side"))


def priority_of(spec: JobSpec) -> Priority:
    return _PRIORITIES[spec.priority]


def _shot(styles: Styles, order: StyleOrder, picture: int, premium: bool) -> Shot:
    return styles.shot(
        order.style,
        pose=order.pose,
        expression=order.expression,
        free_text=order.free_text,
        picture=picture,
        premium=premium,
    )


@contextlib.contextmanager
def _in_order(where: str) -> Iterator[None]:
    """What is wrong with one order says with which: a caller may have sent several."""
    try:
        yield
    except BadRequest as error:
        error.fields = {f"{where}.{name}": problem for name, problem in error.fields.items()}
        raise


def _one_of(name: str, spec: JobSpec, allowed: Sequence[E], unset: E) -> E:
    """As given, if it is one of those."""
    if not spec.HasField(name):
        return unset
    given = [each for each in allowed if each == getattr(spec, name)]
    if not given:
        raise _invalid(name, "not one of those that a job takes")
    return given[0]


def _within(name: str, spec: JobSpec, least: int, most: int, unset: int) -> int:
    if not spec.HasField(name):
        return unset
    if not least <= (given := int(getattr(spec, name))) <= most:
        raise _invalid(name, f"{least} to {most}")
    return given


def _invalid(field: str, problem: str) -> BadRequest:
    return BadRequest(reasons.REASON_INVALID_FIELD, f"{field}: {problem}", fields={f"spec.{field}": problem})
