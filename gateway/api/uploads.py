"""Uploads: photos taken in, cleaned and locked away; looked at; erased."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_HEIC, KIND_JPEG, KIND_PNG, KIND_WEBP, ROLE_PHOTO
from likeness.common.v1.quality_pb2 import VERDICT_ACCEPT, VERDICT_WARN
from likeness.common.v1.work_pb2 import MadeBy
from likeness.embedder.v1.embedder_pb2 import MODE_INSPECT, EmbedResponse
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt
from likeness.gateway.v1.upload_pb2 import Inspection, Photo, Upload, UploadSpec

from gateway import names
from gateway.api.books import Books
from gateway.api.expiry import wanted_ttl
from gateway.api.holdings import upload_named
from gateway.api.photos import Cleaner, of_photo
from gateway.api.places import Places
from gateway.api.refusals import invalid
from gateway.peers import Embedder, Turn
from gateway.pipeline.sitter import photos_of
from gateway.retention.holdings import Holding, Kind
from gateway.tenants.caller import concerns
from gateway.vault import Vault
from likeness_wire.chunks import Accept, Incoming, chunks_of, incoming
from likeness_wire.errors import BadRequest
from likeness_wire.times import instant
from services.common.admission import Priority
from services.common.timings import Stopwatch

MOST_PHOTOS = 3
KINDS = (KIND_JPEG, KIND_PNG, KIND_WEBP, KIND_HEIC)

# Where in an upload's holding lies what is told of its photos.
_FACTS = 0
_USABLE = (VERDICT_ACCEPT, VERDICT_WARN)


@dataclass(frozen=True, slots=True)
class Taking:
    """How many uploads arrive at once, and how long a sender may pause."""

    at_once: int = 16
    idle_s: float = 20.0


class Uploads:
    """`made_by` goes with answers that did work here."""

    def __init__(
        self, vault: Vault, books: Books, cleaner: Cleaner, embedder: Embedder, taking: Taking, made_by: MadeBy
    ) -> None:
        self._vault = vault
        self._books = books
        self._cleaner = cleaner
        self._embedder = embedder
        self.places = Places(taking.at_once)
        kinds = {ROLE_PHOTO: frozenset(KINDS)}
        self._accept = Accept(kinds, cleaner.limits.max_bytes, MOST_PHOTOS, taking.idle_s, open_sizes=True)
        self._made_by = made_by

    async def create(self, tenant: str, requests: AsyncIterator[pb.CreateUploadRequest]) -> pb.CreateUploadResponse:
        """The deadline of everything is fixed when the first photo begins to arrive."""
        spec = await _spec(requests)
        names.check_parent(spec.parent, tenant, "spec.parent")
        ttl = wanted_ttl(spec, await self._books.now())
        watch = Stopwatch()
        with self.places.taken(tenant):  # photos are whole in memory while they are cleaned
            arriving = _numbered(incoming(chunks_of(requests), self._accept))
            first = await _first(arriving)
            async with self._vault.receiving(tenant, ttl) as holding:
                await self._books.threads(self._books.quotas.upload, tenant)
                photos = [await self._take_in(first, holding, watch)]
                photos += [await self._take_in(photo, holding, watch) async for photo in arriving]
                facts = Upload(photos=photos).SerializeToString()
                await self._vault.put(holding, Kind.SPEC, _FACTS, facts)
        name = names.upload(tenant, holding.id)
        concerns(name)
        return pb.CreateUploadResponse(
            upload=await self.get(tenant, name), timings=watch.timings(), made_by=self._made_by
        )

    async def get(self, tenant: str, name: str) -> Upload:
        holding = await upload_named(self._vault, tenant, names.upload_id(name, tenant))
        told = Upload.FromString(await self._read(holding, Kind.SPEC, _FACTS))
        told.name = name
        told.job = names.job(tenant, holding.job) if holding.job else ""
        told.create_time.CopyFrom(instant(holding.first_byte_time))
        told.expire_time.CopyFrom(instant(holding.expire_time))
        told.hard_expire_time.CopyFrom(instant(holding.hard_expire_time))
        return told

    async def delete(self, tenant: str, name: str) -> DeletionReceipt:
        upload = await upload_named(self._vault, tenant, names.upload_id(name, tenant))
        return await self._vault.erase(tenant, upload.id)

    async def inspect(self, tenant: str, name: str) -> pb.InspectUploadResponse:
        """A person waits for it: it goes before jobs."""
        upload = await upload_named(self._vault, tenant, names.upload_id(name, tenant))
        async with self._vault.in_flight(tenant, upload.id):
            photos = await photos_of(self._vault, upload)
            seen = await self._embedder.embed(photos, Turn(tenant, Priority.INTERACTIVE), mode=MODE_INSPECT)
        return pb.InspectUploadResponse(inspection=_inspection(seen), timings=seen.timings, made_by=seen.made_by)

    async def _take_in(self, photo: Incoming, holding: Holding, watch: Stopwatch) -> Photo:
        with watch.stage("receive"), of_photo(photo.index):
            blob = await photo.whole()
        with watch.stage("decode"):
            clean = await self._cleaner.clean(blob)
        with watch.stage("store"):
            await self._vault.put(holding, Kind.PHOTO, blob.index, clean.data)
        return clean.facts

    async def _read(self, holding: Holding, kind: Kind, index: int) -> bytes:
        async with self._vault.reading(holding.tenant, holding.id, kind, index) as content:
            return await content.whole()


async def _spec(requests: AsyncIterator[pb.CreateUploadRequest]) -> UploadSpec:
    first = await anext(aiter(requests), None)
    if first is None or not first.HasField("spec"):
        raise BadRequest(reasons.REASON_STREAM_ORDER, "the spec comes first")
    return first.spec


async def _numbered(arriving: AsyncIterator[Incoming]) -> AsyncIterator[Incoming]:
    """The same; what is refused by its header alone is told with its number too."""
    for index in itertools.count():
        with of_photo(index):
            photo = await anext(arriving, None)
        if photo is None:
            return
        yield photo


async def _first(arriving: AsyncIterator[Incoming]) -> Incoming:
    first = await anext(arriving, None)
    if first is None:
        raise invalid("chunk", f"send one to {MOST_PHOTOS} photos")
    return first


def _inspection(seen: EmbedResponse) -> Inspection:
    """Without an embedding. A job takes an upload only where it can go by every photo."""
    reports = [photo.report for photo in seen.photos]
    return Inspection(
        usable=seen.HasField("identity") and all(report.verdict in _USABLE for report in reports),
        photos=reports,
        drifts=seen.drifts,
        outliers=seen.outliers,
        findings=seen.findings,
    )
