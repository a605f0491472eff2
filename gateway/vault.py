"""What the gateway holds of people, through one door.

    async with vault.receiving(tenant) as upload:              the first byte fixes the deadline
        await vault.put(upload, Kind.PHOTO, 0, blob.pieces(), blob.size_bytes)
    job = await vault.adopt(tenant, upload.id)                 the upload is this job's, for good
    async with vault.in_flight(tenant, job.id):                around every call that has a face in its hands
        async with vault.reading(tenant, upload.id, Kind.PHOTO, 0) as photo:
            async for piece in photo: ...
        await vault.put(job, Kind.RESULT, 0, encoded)
    await vault.finish(tenant, job.id)                         photos go an hour later, results at their deadline
    receipt = await vault.erase(tenant, job.id)                or everything at once, with proof

Everything at rest is ciphertext. Past its deadline nothing is read, whether or not it is still there. What is another
tenant's does not exist.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt
from sqlalchemy import Connection

from gateway.keys.store import KeyGone, KeyStore
from gateway.offload import Threads
from gateway.retention.chains import ReceiptKey, Receipts
from gateway.retention.endings import Endings
from gateway.retention.erasure import Erasure
from gateway.retention.holdings import Cause, Holding, Kind, Stored, new_id
from gateway.retention.inflight import InFlight
from gateway.retention.ledger import Ledger, expired
from gateway.sealed import PIECE_BYTES, Content, SealedObjects
from gateway.storage.store import Missing
from likeness_wire.errors import BadRequest, Internal, LikenessError, NotFound, Unavailable, WrongState

_LOOK_AGAIN_S = 0.2


class Vault:
    """One per gateway. `gateway.keeping` builds it, sweeps before it is used, and closes it."""

    def __init__(
        self,
        ledger: Ledger,
        keys: KeyStore,
        objects: SealedObjects,
        calls: InFlight,
        endings: Endings,
        receipts: Receipts,
        erasure: Erasure,
        threads: Threads,
    ) -> None:
        self._ledger = ledger
        self._keys = keys
        self._objects = objects
        self._calls = calls
        self._endings = endings
        self._receipts = receipts
        self._erasure = erasure
        self._threads = threads
        # Unset while a store is found to keep what is deleted.
        self.takes_photos = True

    @contextlib.asynccontextmanager
    async def receiving(self, tenant: str, ttl: timedelta | None = None) -> AsyncIterator[Holding]:
        """A new upload, complete when the block ends well, and gone when it does not. Enter with the first byte."""
        upload = await self.open_upload(tenant, ttl)
        try:
            async with self._calls.call(tenant, upload.id):
                yield upload
                await self._threads(self._ledger.seal, tenant, upload.id)
        except BaseException:
            await self._give_up(upload)
            raise

    async def open_upload(self, tenant: str, ttl: timedelta | None = None) -> Holding:
        """Prefer `receiving`. An upload that nobody seals is taken for abandoned within minutes."""
        if not self.takes_photos:
            raise WrongState(reasons.REASON_NOT_CONFIGURED, "the storage keeps what is deleted: nothing is taken in")
        upload, now = new_id(), await self._threads(self._ledger.now)
        await self._threads(self._keys.create, upload, now + self._ledger.terms.cap_ms, now)
        return await self._threads(self._ledger.open_upload, upload, tenant, now, _after(now, ttl))

    async def adopt(
        self,
        tenant: str,
        upload: str,
        ttl: timedelta | None = None,
        also: Callable[[Connection, Holding], None] = lambda tx, job: None,
    ) -> Holding:
        """A new job for a complete upload. `also` joins the transaction with the caller's own rows, or stops it."""
        photos = await self._threads(self._ledger.live, tenant, upload)
        job, now = new_id(), await self._threads(self._ledger.now)
        await self._threads(self._keys.create, job, photos.hard_expire_time, now)
        try:
            return await self._threads(self._ledger.adopt, tenant, upload, job, _after(now, ttl), also)
        except Unavailable:
            raise  # it may have been adopted all the same; if not, the audit finds the key
        except LikenessError:
            await self._threads(self._keys.destroy, [job])
            raise

    async def finish(self, tenant: str, job: str, *, forget_photos: bool = False) -> Holding:
        """The job has ended, however it did. Photos and identity go an hour later, or now. Again is no error."""
        photos_for_ms = 0 if forget_photos else self._ledger.terms.photos_after_job_ms
        return await self._threads(self._ledger.finish, tenant, job, photos_for_ms)

    async def shorten(self, tenant: str, holding: str, ttl: timedelta) -> Holding:
        """Lets it live no longer than that from now. A later time than before changes nothing."""
        now = await self._threads(self._ledger.now)
        return await self._threads(self._ledger.shorten, tenant, holding, now + _millis(ttl))

    async def find(self, tenant: str, holding: str) -> Holding:
        """Its times and state, also of what has ended."""
        return await self._threads(self._ledger.find, tenant, holding)

    def in_flight(self, tenant: str, holding: str) -> AbstractAsyncContextManager[None]:
        """Around whatever has some of it in its hands. When it ends, the block is cancelled and raises NotFound."""
        return self._calls.call(tenant, holding)

    async def put(
        self,
        holding: Holding,
        kind: Kind,
        index: int,
        content: bytes | AsyncIterable[bytes],
        size_bytes: int | None = None,
    ) -> bool:
        """Stores an object, durably. False where its place is filled already: what came first stays."""
        if isinstance(content, bytes):
            size_bytes, content = len(content), _pieces(content)
        if not size_bytes:
            raise BadRequest(reasons.REASON_INVALID_FIELD, "there is nothing to store")
        async with self._calls.call(holding.tenant, holding.id):
            name = await self._threads(self._ledger.begin_object, holding, kind, index, size_bytes)
            return name is not None and await self._write(holding, kind, index, name, content, size_bytes)

    async def stored(self, tenant: str, holding: str) -> list[Stored]:
        """What can be read."""
        return await self._threads(self._ledger.stored, tenant, holding)

    @contextlib.asynccontextmanager
    async def reading(
        self, tenant: str, holding: str, kind: Kind, index: int, start: int = 0, length: int | None = None
    ) -> AsyncIterator[Content]:
        """The object, or part of it."""
        async with self._calls.call(tenant, holding):
            found, stored, left_ms = await self._threads(self._ledger.locate, tenant, holding, kind, index)
            with _as_the_ledger_says():
                async with self._objects.reading(found, stored, left_ms / 1000, start, length) as content:
                    yield content

    async def erase(self, tenant: str, holding: str, patience_s: float = 10.0) -> DeletionReceipt:
        """Erases a job with its photos, or an upload with its job, and returns the one receipt of both. Unavailable:
        nobody can read it any more, and the sweep goes on with what is not gone yet."""
        await self.find(tenant, holding)
        ended = await self._threads(self._endings.end, holding, Cause.DELETED)
        self._calls.cut(ended)
        about = (await self.find(tenant, holding)).job or holding
        for _ in range(max(1, round(patience_s / _LOOK_AGAIN_S))):
            await self._erasure.erase(ended)
            if (signed := await self._threads(self._receipts.find, tenant, about)) is not None:
                return signed.message()
            await asyncio.sleep(_LOOK_AGAIN_S)
        raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "it is unreadable, but not all of it is gone yet")

    async def receipt(self, tenant: str, holding: str) -> DeletionReceipt:
        """Of a job, or of an upload that had none. NotFound while there is none."""
        signed = await self._threads(self._receipts.find, tenant, holding)
        if signed is None:
            raise NotFound(reasons.REASON_NOT_FOUND, "there is no such resource")
        return signed.message()

    async def receipts(self, tenant: str, after: int = 0, limit: int = 100) -> list[DeletionReceipt]:
        """The tenant's chain from behind that sequence number on."""
        return [signed.message() for signed in await self._threads(self._receipts.after, tenant, after, limit)]

    async def receipt_keys(self) -> list[ReceiptKey]:
        """All that receipts were ever signed with, the present one first."""
        return await self._threads(self._receipts.keys)

    async def _write(
        self, holding: Holding, kind: Kind, index: int, name: str, pieces: AsyncIterable[bytes], size_bytes: int
    ) -> bool:
        stored = False
        try:
            with _as_the_ledger_says():
                await self._objects.write(holding, kind, index, name, pieces, size_bytes)
            stored = await self._threads(self._ledger.commit_object, holding, kind, index, name)
        finally:
            if not stored:
                with contextlib.suppress(LikenessError):  # what stays goes with its holding
                    await self._objects.discard(name)
                    await self._threads(self._ledger.drop_object, name)
        return stored

    async def _give_up(self, upload: Holding) -> None:
        """At once if that can be, otherwise by the sweep."""
        with contextlib.suppress(LikenessError):
            ended = await self._threads(self._endings.end, upload.id, Cause.ABANDONED)
            await self._erasure.erase(ended)


@contextlib.contextmanager
def _as_the_ledger_says() -> Iterator[None]:
    """The ledger comes from the job database, which may have been restored from a backup: keys never are."""
    try:
        yield
    except KeyGone:
        raise expired() from None
    except Missing:
        raise Internal(reasons.REASON_INTERNAL, "an object of it is missing") from None


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]


def _after(now: int, ttl: timedelta | None) -> int | None:
    return None if ttl is None else now + _millis(ttl)


def _millis(span: timedelta) -> int:
    return int(span / timedelta(milliseconds=1))
