"""What a job leaves in the vault, and in which place: each is written once, and what came first stays.

A picture that was kept is one object: the record of its render and what can be said of it, then its bytes. So there is
no moment at which one is there without the other, and a step that was cut off finds either all of it or nothing.
"""

import struct
from dataclasses import dataclass

from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.job_pb2 import JobSpec
from likeness.gateway.v1.result_pb2 import Result, Try

from gateway.pipeline.patience import patiently
from gateway.pipeline.seeds import MOST_TRIES
from gateway.retention.holdings import Holding, Kind
from gateway.vault import Vault
from likeness_wire.errors import NotFound, Unavailable

_HEAD = struct.Struct("<II")
# More than any two records need, less than one piece of the cipher.
_ENOUGH_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture that was kept, without its bytes: they begin at `offset` of its object."""

    record: Try
    result: Result
    offset: int


class Records:
    """Those of one job. Results and tries are nameless here: their names count what was kept and rendered before."""

    def __init__(self, vault: Vault, job: Holding) -> None:
        self.job = job
        self._vault = vault

    async def spec(self) -> JobSpec:
        """What was asked for. Unavailable while it is not there: it is put right after the job was made."""
        try:
            return JobSpec.FromString(await self._read(Kind.SPEC, 0))
        except NotFound as error:
            if error.reason != reasons.REASON_NOT_FOUND:
                raise
            raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "what was asked for has not been stored yet") from None

    async def put_spec(self, spec: JobSpec) -> None:
        await self._vault.put(self.job, Kind.SPEC, 0, spec.SerializeToString())

    async def tries(self, number: int) -> list[Try]:
        """Of that picture, in their order."""
        first = try_index(number, 1)
        indices = [
            stored.index
            for stored in await self._vault.stored(self.job.tenant, self.job.id)
            if stored.kind is Kind.TRY and first <= stored.index < first + MOST_TRIES
        ]
        return [Try.FromString(await self._read(Kind.TRY, index)) for index in sorted(indices)]

    async def attempt(self, number: int, attempt: int) -> Try:
        return Try.FromString(await self._read(Kind.TRY, try_index(number, attempt)))

    async def put_try(self, number: int, record: Try) -> bool:
        """False where it was there already."""
        index = try_index(number, record.attempt)
        return await self._put(Kind.TRY, index, record.SerializeToString())

    async def put_thumbnail(self, number: int, attempt: int, jpeg: bytes) -> None:
        await self._put(Kind.THUMBNAIL, try_index(number, attempt), jpeg)

    async def kept(self, number: int) -> KeptPicture | None:
        """That picture, if it was kept."""
        try:
            return opened(await self._read(Kind.RESULT, number, _ENOUGH_BYTES))
        except NotFound as error:
            if error.reason != reasons.REASON_NOT_FOUND:
                raise
            return None

    async def put_kept(self, number: int, record: Try, result: Result, picture: bytes) -> bool:
        """False where one was kept already, perhaps another than this one: ask which."""
        return await self._put(Kind.RESULT, number, sealed(record, result, picture))

    async def _put(self, kind: Kind, index: int, content: bytes) -> bool:
        return await patiently(lambda: self._vault.put(self.job, kind, index, content))

    async def _read(self, kind: Kind, index: int, length: int | None = None) -> bytes:
        async with self._vault.reading(self.job.tenant, self.job.id, kind, index, 0, length) as content:
            return await content.whole()


def try_index(number: int, attempt: int) -> int:
    """Where a try and its thumbnail lie. A kept picture lies under its number alone."""
    return number * MOST_TRIES + attempt - 1


def sealed(record: Try, result: Result, picture: bytes) -> bytes:
    """One object for all three."""
    parts = record.SerializeToString(), result.SerializeToString()
    head = _HEAD.pack(*map(len, parts))
    if len(head) + sum(map(len, parts)) > _ENOUGH_BYTES:
        raise ValueError("records of a picture this long are not foreseen")
    return b"".join((head, *parts, picture))


def opened(beginning: bytes) -> KeptPicture:
    """From the beginning of such an object."""
    record, result = _HEAD.unpack_from(beginning)
    middle, end = _HEAD.size + record, _HEAD.size + record + result
    return KeptPicture(
        Try.FromString(beginning[_HEAD.size : middle]), Result.FromString(beginning[middle:end]), offset=end
    )
