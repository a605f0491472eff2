"""Passes by the upscaler service."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf.message import Message
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.face_pb2 import Size as SizeMessage
from likeness.common.v1.work_pb2 import PRIORITY_INTERACTIVE
from likeness.upscaler.v1 import upscaler_pb2 as pb
from likeness.upscaler.v1.upscaler_pb2_grpc import UpscalerServiceStub

from likeness_client.commands.upscale_passes import Enlarged, Wishes
from likeness_client.failure import CommandFailed
from likeness_wire import resend
from likeness_wire.channels import connect
from likeness_wire.chunks import Accept, Blob, chunks_among, incoming, outgoing
from likeness_wire.errors import Unavailable
from likeness_wire.status import from_problem
from services.upscaler.targets import ByFactor, ByLongSide, Size, Target

if TYPE_CHECKING:
    from likeness.upscaler.v1.upscaler_pb2_grpc import UpscalerServiceAsyncStub  # exists in the stubs alone

_SERVICE = "likeness.upscaler.v1.UpscalerService"
_LONGEST_CALL_S = 3600.0
# No sign of life for this long, not even progress, and the call is given up.
_IDLE_S = 300.0
_ACCEPT = Accept(
    {Role.ROLE_PICTURE: frozenset({Kind.KIND_PNG, Kind.KIND_RGB8})}, max_bytes=1 << 31, max_blobs=1, idle_s=_IDLE_S
)
_MAGIC = ((b"\x89PNG", Kind.KIND_PNG), (b"\xff\xd8\xff", Kind.KIND_JPEG), (b"RIFF", Kind.KIND_WEBP))


class RemoteEnlarger:
    """Sends the picture to a service and reads what comes back."""

    def __init__(self, server: str, wishes: Wishes) -> None:
        self._server = server
        self._wishes = wishes

    def open(self, photo: Path) -> bytes:
        return photo.read_bytes()

    def enlarge(self, given: bytes, target: Target, tell: Callable[[float], None]) -> Enlarged:
        try:
            return asyncio.run(self._enlarge(given, target, tell))
        except Unavailable as error:
            if error.reason != reasons.REASON_PEER_UNAVAILABLE:
                raise
            raise CommandFailed(f"no upscaler answers at {self._server}; --local computes here") from None

    async def _enlarge(self, given: bytes, target: Target, tell: Callable[[float], None]) -> Enlarged:
        first = pb.UpscaleRequest(options=self._options(target))
        async with connect(self._server, _SERVICE, default_timeout_s=_LONGEST_CALL_S) as channel:
            stub: UpscalerServiceAsyncStub = UpscalerServiceStub(channel)
            call = _Listener(tell)

            def send() -> AsyncIterator[pb.UpscaleResponse]:
                return stub.Upscale(outgoing(first, [_sent(given)]))  # type: ignore[return-value]

            async for blob in incoming(chunks_among(resend.answers(send), call.hear), _ACCEPT):
                call.blob = await blob.whole()
        return call.enlarged()

    def _options(self, target: Target) -> pb.UpscaleOptions:
        options = pb.UpscaleOptions(network=self._wishes.network, priority=PRIORITY_INTERACTIVE)
        if self._wishes.denoise is not None:
            options.denoise = self._wishes.denoise
        if not self._wishes.lossless:
            options.kind = Kind.KIND_RGB8
        if isinstance(target, ByFactor):
            options.factor = target.factor
        elif isinstance(target, ByLongSide):
            options.long_side = target.pixels
        else:
            options.size.CopyFrom(SizeMessage(width=target.size.width, height=target.size.height))
        return options


class _Listener:
    """One answer: its progress told, its failure raised, its facts kept."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self.blob: Blob | None = None
        self._tell = tell
        self._facts = pb.UpscaledPicture()

    def hear(self, part: Message) -> None:
        match part:
            case pb.Progress():
                self._tell(part.fraction)
            case pb.FailedPicture():
                raise from_problem(part.problem)
            case pb.UpscaledPicture():
                self._facts = part

    def enlarged(self) -> Enlarged:
        if self.blob is None:
            raise CommandFailed("the service ended without a picture")
        facts = self._facts
        png = bytes(self.blob.data) if self.blob.kind == Kind.KIND_PNG else None
        return Enlarged(
            size=Size(facts.size.width, facts.size.height),
            network=facts.network,
            precision=facts.precision,
            device=facts.made_by.device,
            tiles=facts.tiles,
            png=png,
            pixels=None if png else _rows(self.blob),
        )


def _sent(given: object) -> Blob:
    if isinstance(given, bytes):
        kind = next((kind for magic, kind in _MAGIC if given.startswith(magic)), Kind.KIND_HEIC)
        return Blob(Role.ROLE_PICTURE, kind, given)
    height, width, _ = given.shape  # type: ignore[attr-defined]
    return Blob(Role.ROLE_PICTURE, Kind.KIND_RGB8, given.data, width=width, height=height)  # type: ignore[attr-defined]


def _rows(blob: Blob) -> object:
    """For JPEG and WebP, which are coded here and need numpy anyway."""
    import numpy as np

    return np.frombuffer(blob.data, np.uint8).reshape(blob.height, blob.width, 3)
