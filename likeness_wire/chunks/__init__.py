"""Blobs in transit: cut into chunks by the sender, checked and put together by the receiver.

A stream that carries pixels begins with what the call asks and goes on with blobs, each a header, its data, its end:

    options = await options_of(requests)
    async for blob in incoming(chunks_of(requests), accept):
        data = await blob.whole()                 # or: async for piece in blob.pieces()

The receiver believes nothing: role, kind, order, size, pace and digest are checked, limits before a byte is read.
"""

from likeness_wire.chunks.accept import Accept
from likeness_wire.chunks.blob import Blob
from likeness_wire.chunks.messages import chunks_among, chunks_of, options_of
from likeness_wire.chunks.receiving import Incoming, incoming
from likeness_wire.chunks.sending import PIECE_BYTES, cut, outgoing

__all__ = [
    "PIECE_BYTES",
    "Accept",
    "Blob",
    "Incoming",
    "chunks_among",
    "chunks_of",
    "cut",
    "incoming",
    "options_of",
    "outgoing",
]
