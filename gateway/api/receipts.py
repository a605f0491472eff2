"""Receipts: one at a time, or the chain of a tenant."""

import contextlib

from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt

from gateway import names
from gateway.api.pages import PageTokens, page_size
from gateway.vault import Vault
from likeness_wire.errors import NotFound

_USUAL, _MOST = 100, 200
_LIST = "receipts"


class ReceiptBook:
    """Those of all tenants."""

    def __init__(self, vault: Vault, tokens: PageTokens) -> None:
        self._vault = vault
        self._tokens = tokens

    async def get(self, tenant: str, name: str) -> DeletionReceipt:
        """An upload that was erased together with its job has the job's."""
        holding = about = names.receipt_id(name, tenant)
        with contextlib.suppress(NotFound):  # receipts are kept for longer than what else is known of their subject
            about = (await self._vault.find(tenant, holding)).job or holding
        return await self._vault.receipt(tenant, about)

    async def page(self, tenant: str, request: pb.ListDeletionReceiptsRequest) -> pb.ListDeletionReceiptsResponse:
        """In the order of the chain; a page begins behind a sequence number."""
        names.check_parent(request.parent, tenant)
        begin = int(self._tokens.cursor(request.page_token, _LIST, tenant) or 0)
        size = page_size(request.page_size, _USUAL, _MOST)
        found = await self._vault.receipts(tenant, begin, size + 1)
        page = found[:size]
        after = str(page[-1].statement.sequence) if len(found) > size else None
        return pb.ListDeletionReceiptsResponse(receipts=page, next_page_token=self._tokens.token(after, _LIST, tenant))
