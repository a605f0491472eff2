"""Everything a simulation rests on: what is asked for, how fast it is done, who scales it, what it costs.

None where a number follows from others: `fitted` (limits.py) fills it in. Seconds and US dollars throughout.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from likeness_client.capacity.origins import Origin, told


class Arrivals(StrEnum):
    """POISSON: at random, at one rate. DAILY: at random, at a rate that rises and falls once a day."""

    POISSON = "poisson"
    DAILY = "daily"


class Promise(StrEnum):
    """What has to be there in time."""

    PACK = "pack"
    FIRST = "first-picture"


@dataclass(frozen=True, slots=True)
class Demand:
    """What people ask for."""

    packs_per_minute: float = told(10.0, Origin.EXAMPLE, "packs that are ordered in a minute, on average")
    pictures: int = told(50, Origin.EXAMPLE, "pictures of a pack")
    enlarged: bool = told(True, Origin.EXAMPLE, "packs are enlarged to 4K")
    singles_per_pack: float = told(1.0, Origin.EXAMPLE, "interactive jobs of one picture, not enlarged, for each pack")
    tenants: int = told(1, Origin.EXAMPLE, "tenants whose packs take turns; those of one come in order")
    arrivals: Arrivals = told(Arrivals.POISSON, Origin.EXAMPLE, "poisson, or daily: a day's curve")  # noqa: RUF009
    busiest: float = told(1.8, Origin.EXAMPLE, "daily: the busiest moment's rate, by the mean; at least 1, at most 2")


@dataclass(frozen=True, slots=True)
class Slo:
    """What is promised."""

    seconds: float = told(90.0, Origin.EXAMPLE, "in time is within so many seconds of the order")
    of: Promise = told(Promise.PACK, Origin.EXAMPLE, "pack: all its pictures. first-picture: one of them")  # noqa: RUF009
    share: float = told(0.95, Origin.EXAMPLE, "share of packs that are in time")


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a picture is made until it is near enough."""

    accepted: float = told(0.8, Origin.GUESS, "probability that a render is near enough (likeness_tries_total says)")
    most: int = told(4, Origin.CODE, "renders of one picture, at most")
    kept_enlarged: float = told(0.99, Origin.GUESS, "probability that it is so still when enlarged")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one replica is with so many pictures at a time: `alone_s` for one, `together × full_s` for all of them,
    and on a straight line between."""

    alone_s: float
    full_s: float
    together: int
    steps: int = 1
    # What single pictures take by the mean, one of these at random. Empty: all the same.
    spread: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if min(self.alone_s, self.full_s, self.together, self.steps) <= 0:
            raise ValueError("seconds, pictures together and steps are more than 0")
        if self.together * self.full_s < self.alone_s - 1e-9:
            raise ValueError(f"a full batch of {self.together} cannot be faster than one picture alone")

    def render_s(self, pictures: int) -> float:
        """Of each of them, while so many are at work."""
        if self.together == 1:
            return self.alone_s
        rise = (self.together * self.full_s - self.alone_s) / (self.together - 1)
        return self.alone_s + rise * (pictures - 1)

    @property
    def best_s(self) -> float:
        """Of the replica, for each picture, where it is never idle."""
        return min(self.full_s, self.alone_s) if self.together > 1 else self.alone_s


@dataclass(frozen=True, slots=True)
class Generator:
    """One GPU each."""

    alone_s: float = told(1.75, Origin.GOAL, "seconds of a picture by itself: 30 steps, guidance, decoding")
    full_s: float = told(1.30, Origin.GOAL, "seconds a picture in a full batch; the arithmetic's floor is 0.755")
    together: int = told(8, Origin.MANIFEST, "pictures rendered together: half of LIKENESS_ROWS")
    steps: int = told(30, Origin.CODE, "denoise steps; pictures join and leave between them")
    cold_start_s: float = told(120.0, Origin.COMPUTED, "from a replica's begin to its first call; the node is there")
    usd_per_hour: float = told(3.0, Origin.PRICE, "one H100, specialist clouds, May 2026: 2.50 to 3.50")
    least: int = told(1, Origin.MANIFEST, "minReplicaCount")
    most: int | None = told(None, Origin.COMPUTED, "maxReplicaCount; unset: as many as the fixed fleet")
    target: float = told(8.0, Origin.MANIFEST, "threshold: pictures waiting or sent, for each replica")

    @property
    def pace(self) -> Pace:
        return Pace(self.alone_s, self.full_s, self.together, self.steps)


@dataclass(frozen=True, slots=True)
class Upscaler:
    """One GPU each."""

    alone_s: float = told(0.15, Origin.GOAL, "seconds of a picture; one fills a GPU, so they go one after another")
    cold_start_s: float = told(90.0, Origin.COMPUTED, "as above, with a network of 67 MB")
    usd_per_hour: float = told(3.0, Origin.PRICE, "the same GPU; a slice of one would cost less")
    least: int = told(1, Origin.MANIFEST, "minReplicaCount")
    most: int | None = told(None, Origin.COMPUTED, "maxReplicaCount; unset: as many as the fixed fleet")
    target: float = told(4.0, Origin.MANIFEST, "threshold: pictures waiting or sent, for each replica")

    @property
    def pace(self) -> Pace:
        return Pace(self.alone_s, self.alone_s, 1)


@dataclass(frozen=True, slots=True)
class Verifier:
    """On CPUs, a fixed number."""

    alone_s: float = told(0.25, Origin.COMPUTED, "seconds of a picture on four cores: detection and a ResNet-100")
    replicas: int | None = told(None, Origin.COMPUTED, "verifiers; unset: as few as will do")

    @property
    def pace(self) -> Pace:
        return Pace(self.alone_s, self.alone_s, 1)


@dataclass(frozen=True, slots=True)
class Gateway:
    """What gateways send at once, and what they do themselves. Counts are for each of them."""

    gateways: int | None = told(None, Origin.COMPUTED, "gateways; unset: as few as have the memory for it")
    jobs_at_once: int = told(16, Origin.CODE, "LIKENESS_JOBS_AT_ONCE")
    tenant_jobs_at_once: int = told(8, Origin.CODE, "of them of one tenant")
    pictures_at_once: int | None = told(None, Origin.COMPUTED, "LIKENESS_PICTURES_AT_ONCE, of each priority")
    generator_places: int | None = told(None, Origin.COMPUTED, "LIKENESS_GENERATOR_PLACES")
    upscaler_places: int | None = told(None, Origin.COMPUTED, "LIKENESS_UPSCALER_PLACES")
    verifier_places: int | None = told(None, Origin.COMPUTED, "LIKENESS_VERIFIER_PLACES")
    encoders: int = told(2, Origin.CODE, "LIKENESS_ENCODERS")
    finish_s: float = told(0.08, Origin.MEASURED, "to mark and encode a JPEG of 4096 pixels (bench.marking, a CPU)")
    before_s: float = told(1.0, Origin.GUESS, "from the order to the first picture's turn: embedding, decisions")


@dataclass(frozen=True, slots=True)
class Scaling:
    """The autoscaler, as the ScaledObjects set it and the HPA behind them works."""

    poll_s: float = told(15.0, Origin.MANIFEST, "seconds between two looks")
    scrape_s: float = told(15.0, Origin.MANIFEST, "age of what Prometheus says, at most")
    tolerance: float = told(0.1, Origin.CODE, "Kubernetes: nothing changes within this of the target")
    up_pods: int = told(2, Origin.MANIFEST, "replicas more in one period")
    up_percent: float = told(100.0, Origin.MANIFEST, "or this many more, in percent: whichever is more")
    up_period_s: float = told(30.0, Origin.MANIFEST, "the period")
    down_window_s: float = told(900.0, Origin.MANIFEST, "fewer only if fewer would have done for so long")
    down_pods: int = told(1, Origin.MANIFEST, "replicas fewer in one period")
    down_period_s: float = told(120.0, Origin.MANIFEST, "the period")
    cooldown_s: float = told(900.0, Origin.MANIFEST, "to zero, after so long without work")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One question."""

    demand: Demand = field(default_factory=Demand)
    slo: Slo = field(default_factory=Slo)
    tries: Tries = field(default_factory=Tries)
    generator: Generator = field(default_factory=Generator)
    upscaler: Upscaler = field(default_factory=Upscaler)
    verifier: Verifier = field(default_factory=Verifier)
    gateway: Gateway = field(default_factory=Gateway)
    scaling: Scaling = field(default_factory=Scaling)
