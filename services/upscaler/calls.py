"""What the workshop is given, and what it says while it works. Plain values: no protobuf."""

from collections.abc import Callable
from dataclasses import dataclass, field

from likeness_wire.errors import LikenessError
from services.common.admission import Stop
from services.common.driver import Ended
from services.upscaler.enlargement import Order
from services.upscaler.pictures import Picture

# Pictures that wait for a slow reader before its further ones are held back.
UNDELIVERED_MAX = 2

# Places in the queue count work, not pictures: one for every 256 × 256 pixels that the network will see.
_PIXELS_PER_ITEM = 256 * 256


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a picture is."""

    picture: int
    done: int
    tiles: int
    fraction: float


@dataclass(frozen=True, slots=True)
class Facts:
    """How a picture was enlarged."""

    tiles: int
    extra_pixels: float
    memory_retries: int
    precision: str
    """Empty where no network ran."""
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class Enlarged:
    """A picture that is done."""

    picture: int
    result: Picture = field(repr=False)
    facts: Facts


@dataclass(frozen=True, slots=True)
class Failed:
    """A picture that will not come; the others go on."""

    picture: int
    error: LikenessError


Event = Progressed | Enlarged | Ended


class Call:
    """The pictures of one request, by their index in it. `emit` may be called from any thread and never blocks."""

    def __init__(self, orders: dict[int, Order], emit: Callable[[Event], None], *, urgent: bool = False) -> None:
        self.orders = orders
        self.emit = emit
        self.urgent = urgent
        self.stop = Stop()
        self.undelivered = 0
        """Pictures that were emitted and have not reached the caller: whoever delivers counts down."""

    @property
    def items(self) -> int:
        return sum(items_of(order) for order in self.orders.values())

    @property
    def reader_is_slow(self) -> bool:
        return self.undelivered >= UNDELIVERED_MAX


def items_of(order: Order) -> int:
    """Places in the queue."""
    return -(-order.picture.size.pixels // _PIXELS_PER_ITEM) if order.framing.enlarges else 1


def items_done(call: Call, event: Event) -> int:
    """Places of the picture that is done with it."""
    return items_of(call.orders[event.picture]) if isinstance(event, Enlarged) else 0
