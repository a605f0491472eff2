"""The messages of a stream that carries blobs: what is said first, and the chunks among the rest."""

from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Any, Protocol, TypeVar

from google.protobuf.message import Message
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Chunk

from likeness_wire.errors import BadRequest

M = TypeVar("M", bound="CarriesChunk", covariant=True)
Asked = TypeVar("Asked", covariant=True)


class CarriesChunk(Protocol):
    """A stream message with a `chunk` field."""

    @property
    def chunk(self) -> Chunk: ...

    def HasField(self, name: str, /) -> bool: ...  # noqa: N802 - protobuf's name


class CarriesOptions(Protocol[Asked]):
    """A stream message with an `options` field."""

    @property
    def options(self) -> Asked: ...

    def HasField(self, name: str, /) -> bool: ...  # noqa: N802 - protobuf's name


async def options_of(messages: AsyncIterable[CarriesOptions[Asked]]) -> Asked:
    """What the first message of a stream asks for. The rest is left for `chunks_of`."""
    first = await anext(aiter(messages), None)
    if first is None or not first.HasField("options"):
        raise BadRequest(reasons.REASON_STREAM_ORDER, "options come first")
    return first.options


async def chunks_of(messages: AsyncIterable[M]) -> AsyncIterator[Chunk]:
    """The chunks of stream messages, where nothing but chunks may follow."""
    async for message in messages:
        if not message.HasField("chunk"):
            raise BadRequest(reasons.REASON_STREAM_ORDER, "only chunks may follow here")
        yield message.chunk


async def chunks_among(messages: AsyncIterable[Message], hear: Callable[[Any], None]) -> AsyncIterator[Chunk]:
    """The chunks of an answer; `hear` gets what else it says, the moment it comes."""
    async for message in messages:
        name = message.WhichOneof("part")
        if name is None:
            continue  # of a newer build
        part = getattr(message, name)
        if isinstance(part, Chunk):
            yield part
        else:
            hear(part)
