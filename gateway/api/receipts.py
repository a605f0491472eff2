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


async def receipt(vault: Vault, tenant: str, name: str) -> DeletionReceipt:
    """An upload that was erased together with its job has the job's."""
    holding = names.receipt_id(name, tenant)
    about = holding
    with contextlib.suppress(NotFound):  # receipts are kept for longer than what else is known of their subject
        about = (await vault.find(tenant, holding)).job or holding
    return await vault.receipt(tenant, about)


async def receipts(
    vault: Vault, tokens: PageTokens, tenant: str, request: pb.ListDeletionReceiptsRequest
) -> pb.ListDeletionReceiptsResponse:
    """In the order of the chain; a page begins behind a sequence number."""
    names.check_parent(request.parent, tenant)
    cursor = tokens.cursor(request.page_token, _LIST, tenant)
    size = page_size(request.page_size, _USUAL, _MOST)
    found = await vault.receipts(tenant, int(cursor or 0), size + 1)
    page = found[:size]
    after = str(page[-1].statement.sequence) if len(found) > size else None
    return pb.ListDeletionReceiptsResponse(receipts=page, next_page_token=tokens.token(after, _LIST, tenant))
