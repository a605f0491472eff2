"""Embedder and verifier as services."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from likeness.common.v1.work_pb2 import PRIORITY_INTERACTIVE
from likeness.embedder.v1 import embedder_pb2 as embedding
from likeness.embedder.v1.embedder_pb2_grpc import EmbedderServiceStub
from likeness.verifier.v1 import verifier_pb2 as verifying
from likeness.verifier.v1.verifier_pb2_grpc import VerifierServiceStub

from likeness_wire import resend
from likeness_wire.channels import connect
from likeness_wire.chunks import Blob, outgoing

if TYPE_CHECKING:
    from likeness.embedder.v1.embedder_pb2_grpc import EmbedderServiceAsyncStub  # exist in the stubs alone
    from likeness.verifier.v1.verifier_pb2_grpc import VerifierServiceAsyncStub

EMBEDDER, VERIFIER = "likeness.embedder.v1.EmbedderService", "likeness.verifier.v1.VerifierService"
_LONGEST_CALL_S = 300.0


class RemoteFaces:
    """A service at an address; each call connects anew."""

    def __init__(self, server: str) -> None:
        self._server = server

    def __enter__(self) -> "RemoteFaces":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held between calls."""

    def inspect(self, photos: Sequence[Blob]) -> tuple[embedding.EmbedResponse, embedding.GetInfoResponse]:
        """What the embedder thinks of them, and the limits it judges by."""
        return asyncio.run(self._inspect(photos))

    def verify(self, references: Sequence[Blob], candidates: Sequence[Blob]) -> list[verifying.VerifyResponse]:
        """Everything the verifier says, in order."""
        return asyncio.run(self._verify(references, candidates))

    async def _inspect(self, photos: Sequence[Blob]) -> tuple[embedding.EmbedResponse, embedding.GetInfoResponse]:
        options = embedding.EmbedOptions(mode=embedding.MODE_INSPECT, priority=PRIORITY_INTERACTIVE)
        first = embedding.EmbedRequest(options=options)
        async with connect(self._server, EMBEDDER, default_timeout_s=_LONGEST_CALL_S) as channel:
            stub: EmbedderServiceAsyncStub = EmbedderServiceStub(channel)
            answer = await resend.answer(lambda: stub.Embed(outgoing(first, photos)))
            return answer, await resend.answer(lambda: stub.GetInfo(embedding.GetInfoRequest()))

    async def _verify(self, references: Sequence[Blob], candidates: Sequence[Blob]) -> list[verifying.VerifyResponse]:
        first = verifying.VerifyRequest(options=verifying.VerifyOptions(priority=PRIORITY_INTERACTIVE))
        blobs = (*references, *candidates)
        async with connect(self._server, VERIFIER, default_timeout_s=_LONGEST_CALL_S) as channel:
            stub: VerifierServiceAsyncStub = VerifierServiceStub(channel)

            def send() -> AsyncIterator[verifying.VerifyResponse]:
                return stub.Verify(outgoing(first, blobs))  # type: ignore[return-value]

            return [response async for response in resend.answers(send)]
