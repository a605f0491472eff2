"""What a job should make."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from likeness.common.v1 import work_pb2
from likeness.gateway.v1 import job_pb2 as pb

from likeness_client.consent import Consent
from likeness_client.values.words import Kind, Tier

FOUR_K = 3840


@dataclass(frozen=True, slots=True)
class Order:
    """Pictures of one style. What is not given is the style's own, and a seed is drawn by the server."""

    style: str
    count: int = 1
    pose: str = ""
    expression: str = ""
    # A few words of one's own, at most 200 characters, where the style takes them.
    free_text: str = field(default="", repr=False)
    # Where seeds start. The same seed, photos and server make the same pictures.
    seed: int | None = None

    def message(self) -> pb.StyleOrder:
        """As it travels."""
        return pb.StyleOrder(
            style=self.style,
            count=self.count,
            pose=self.pose,
            expression=self.expression,
            free_text=self.free_text,
            seed=self.seed,
        )


# One picture of a style is ordered by the style's id alone.
Styles = str | Order | Iterable[str | Order]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How pictures are made and kept, the same for all of a job. None: as the server does by itself."""

    # How near a picture has to be to be kept: match, strong or locked.
    accept_tier: Tier | None = None
    # Renders of one picture before it is given up.
    max_tries: int | None = None
    # Enlarge what is kept to this long side, such as FOUR_K.
    long_side: int | None = None
    kind: Kind | None = None
    # A person is waiting: goes before what is not.
    interactive: bool = False
    # How long results are kept after creation.
    ttl: timedelta | None = None

    def spec(self, upload: str, styles: Styles, consent: Consent) -> pb.JobSpec:
        """The whole order as it travels."""
        return pb.JobSpec(
            upload=upload,
            styles=[order.message() for order in orders(styles)],
            consent=consent.message(),
            accept_tier=f"TIER_{self.accept_tier.name}" if self.accept_tier else None,
            max_tries=self.max_tries,
            long_side=self.long_side,
            kind=f"KIND_{self.kind.name}" if self.kind else None,
            priority=work_pb2.PRIORITY_INTERACTIVE if self.interactive else work_pb2.PRIORITY_BATCH,
            ttl=duration(self.ttl),
        )


NO_WISHES = Wishes()


def orders(styles: Styles) -> Iterator[Order]:
    """Every order, where ids alone were given too."""
    for each in (styles,) if isinstance(styles, str | Order) else styles:
        yield Order(each) if isinstance(each, str) else each


def duration(span: timedelta | None) -> Duration | None:
    """A span as it travels."""
    if span is None:
        return None
    message = Duration()
    message.FromTimedelta(span)
    return message
