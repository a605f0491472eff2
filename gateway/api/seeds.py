"""FindSeed: many seeds rendered small and fast. It adopts and stores nothing but the consent."""

import contextlib
import itertools
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace

from likeness.common.v1.work_pb2 import Accepted
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.seed_pb2 import SeedRanking

from gateway import names
from gateway.api.books import Books
from gateway.api.holdings import upload_named
from gateway.api.refusals import invalid
from gateway.peers import Turn
from gateway.pipeline.orders import Orders
from gateway.pipeline.seed_search import USUAL_CANDIDATES, Candidate, SeedSearch
from gateway.vault import Vault
from likeness_wire.chunks import cut
from services.common.admission import Priority


class Seeds:
    """Whoever asks is looking at the answers as they come: it goes before jobs."""

    def __init__(self, vault: Vault, orders: Orders, search: SeedSearch, books: Books, most: int) -> None:
        self._vault = vault
        self._orders = orders
        self._search = search
        self._books = books
        self._most = most

    async def find(self, tenant: str, request: pb.FindSeedRequest) -> AsyncGenerator[pb.FindSeedResponse, None]:
        upload = await upload_named(self._vault, tenant, names.upload_id(request.upload, tenant, "upload"))
        order = self._orders.style_order(request.style)
        candidates = self._candidates(request)
        if request.long_side > (most := self._orders.limits.max_long_side):
            raise invalid("long_side", f"at most {most}")
        consent = self._books.consents.check(request.consent, await self._books.now(), "consent")
        await self._vault.stored(tenant, upload.id)  # refuses what has been forgotten, before it is put on record
        await self._books.threads(self._books.consents.record_alone, tenant, f"uploads/{upload.id}", consent)
        yield pb.FindSeedResponse(accepted=Accepted())
        found = self._search.run(
            upload,
            order,
            Turn(tenant, Priority.INTERACTIVE),
            candidates=candidates,
            looks=request.previews,
            premium=request.HasField("long_side"),
        )
        looks = itertools.count()
        async with contextlib.aclosing(found) as coming:
            async for each in coming:
                for response in _responses(each, looks):
                    yield response

    def _candidates(self, request: pb.FindSeedRequest) -> int:
        asked = request.candidates if request.HasField("candidates") else min(USUAL_CANDIDATES, self._most)
        if not 1 <= asked <= self._most:
            raise invalid("candidates", f"1 to {self._most}")
        return asked


def _responses(each: Candidate | SeedRanking, looks: Iterator[int]) -> Iterator[pb.FindSeedResponse]:
    """Looks are numbered in the order sent, as blobs of one role are."""
    if isinstance(each, SeedRanking):
        yield pb.FindSeedResponse(ranking=each)
        return
    yield pb.FindSeedResponse(candidate=each.message)
    if each.look is not None:
        for chunk in cut(replace(each.look, index=next(looks))):
            yield pb.FindSeedResponse(chunk=chunk)
