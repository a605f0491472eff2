"""What a gateway is, takes and promises."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from likeness_client.values.basics import Drift, MadeBy, Recogniser, Size
from likeness_client.values.words import Kind


@dataclass(frozen=True, slots=True)
class Style:
    """A way to be photographed. The first pose and the first expression are the default."""

    id: str
    title: str
    description: str
    poses: tuple[str, ...]
    expressions: tuple[str, ...]
    size: Size
    plan: str
    takes_free_text: bool


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What photos it takes."""

    kinds: tuple[Kind, ...]
    max_blob_bytes: int
    max_pixels: int
    max_images: int
    max_idle: timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """What it takes. `hard_ttl`: from the first photo byte to the end of everything."""

    upload: UploadLimits
    max_pictures: int
    max_tries: int
    max_long_side: int
    max_candidates: int
    hard_ttl: timedelta
    default_ttl: timedelta
    photos_ttl: timedelta
    upload_ttl: timedelta
    may_keep_everything: bool


@dataclass(frozen=True, slots=True)
class Service:
    """A service behind the gateway. `served_by` is None while it has never answered."""

    service: str
    ready: bool
    served_by: MadeBy | None


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """Ed25519, 32 bytes."""

    id: str
    public_key: bytes
    create_time: datetime


@dataclass(frozen=True, slots=True)
class ProvenanceState:
    """How pictures are marked as made by AI."""

    signed: bool
    certificate_subject: str
    # Its signatures hold, but nobody vouches for them.
    test_certificate: bool
    watermarked: bool
    watermark_off_reason: str


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A gateway. `policy_version`: what consent has to name; None: any."""

    version: str
    profile: str
    time: datetime
    limits: Limits
    services: tuple[Service, ...]
    recogniser: Recogniser | None
    second_opinions: tuple[Recogniser, ...]
    receipt_keys: tuple[ReceiptKey, ...]
    provenance: ProvenanceState
    policy_version: str | None


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed, tried small. `drift` None: it could not be measured. `preview`: a small JPEG, where asked for."""

    seed: int
    drift: Drift | None
    preview: bytes | None = None
