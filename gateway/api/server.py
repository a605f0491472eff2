"""What GetServerInfo says: what is really behind this server at the moment."""

import asyncio
from collections.abc import Sequence

from likeness.common.v1.work_pb2 import Limits, MadeBy
from likeness.gateway.v1 import server_pb2 as pb

from gateway.api.books import Books
from gateway.api.settings import ApiSettings
from gateway.api.uploads import KINDS, MOST_PHOTOS
from gateway.peers import Peers
from gateway.retention.chains import ReceiptKey
from gateway.retention.settings import RetentionSettings
from gateway.vault import Vault
from likeness_wire.times import instant, span


class Server:
    """Asks services only when asked itself, and remembers what served where it does not answer."""

    def __init__(self, fixed: pb.ServerInfo, vault: Vault, books: Books, peers: Peers) -> None:
        """`fixed`: what does not change while the process lives."""
        self._fixed = fixed
        self._vault = vault
        self._books = books
        self._peers = peers
        self._served: dict[str, MadeBy] = {}

    async def info(self) -> pb.ServerInfo:
        told = pb.ServerInfo()
        told.CopyFrom(self._fixed)
        peers = self._peers
        embedder, generator, upscaler, verifier = await asyncio.gather(
            peers.embedder.info(), peers.generator.info(), peers.upscaler.info(), peers.verifier.info()
        )
        answers = {"embedder": embedder, "generator": generator, "upscaler": upscaler, "verifier": verifier}
        told.services.extend(
            self._state(name, None if answer is None else answer.served_by) for name, answer in answers.items()
        )
        if verifier is not None:
            told.recogniser.CopyFrom(verifier.primary)
            told.second_opinions.extend(verifier.second_opinions)
        told.time.CopyFrom(instant(await self._books.now()))
        told.receipt_keys.extend(_keys(await self._vault.receipt_keys()))
        return told

    def _state(self, name: str, served_by: MadeBy | None) -> pb.ServiceState:
        if served_by is not None:
            self._served[name] = served_by
        return pb.ServiceState(service=name, ready=served_by is not None, served_by=self._served.get(name))


def upload_limits(settings: ApiSettings) -> Limits:
    return Limits(
        kinds=KINDS,
        max_blob_bytes=settings.photo_max_bytes,
        max_pixels=settings.photo_max_pixels,
        max_images=MOST_PHOTOS,
        max_idle=span(settings.stream_idle_s),
    )


def keep_times(limits: pb.ServerLimits, settings: RetentionSettings) -> None:
    """How long things are kept, as it stands in the vault's terms."""
    terms = settings.terms()
    limits.hard_ttl.CopyFrom(span(terms.cap_ms / 1000))
    limits.default_ttl.CopyFrom(span(terms.results_ms / 1000))
    limits.photos_ttl.CopyFrom(span(terms.photos_after_job_ms / 1000))
    limits.upload_ttl.CopyFrom(span(terms.uploads_ms / 1000))


def _keys(keys: Sequence[ReceiptKey]) -> list[pb.ReceiptKey]:
    return [
        pb.ReceiptKey(id=key.id, public_key=key.public_key, create_time=instant(key.first_used_time)) for key in keys
    ]
