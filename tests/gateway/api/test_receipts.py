"""Receipts one at a time, and as a chain."""

import hashlib
import itertools

import pytest
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt

from likeness_wire.errors import BadRequest, NotFound
from tests.gateway.api.front import ACME, Caller


async def delete_one(caller: Caller) -> DeletionReceipt:
    upload = await caller.upload()
    response = await caller.call("DeleteUpload", pb.DeleteUploadRequest(name=upload.name))
    return response.receipt  # type: ignore[no-any-return]


async def test_the_chain_comes_page_by_page(acme: Caller) -> None:
    """In its order, each with the digest of the one before."""
    receipts = [await delete_one(acme) for _ in range(3)]

    first = await acme.call("ListDeletionReceipts", pb.ListDeletionReceiptsRequest(page_size=2))
    rest = await acme.call(
        "ListDeletionReceipts", pb.ListDeletionReceiptsRequest(page_size=2, page_token=first.next_page_token)
    )

    chain = [*first.receipts, *rest.receipts]
    assert receipts == chain
    assert "" == rest.next_page_token
    for before, after in itertools.pairwise(chain):
        assert hashlib.sha256(before.signed_statement).digest() == after.statement.previous_sha256


async def test_what_lives_has_no_receipt(acme: Caller) -> None:
    """Until it has been forgotten."""
    upload = await acme.upload()
    name = f"tenants/{ACME}/receipts/{upload.name.rpartition('/')[2]}"
    with pytest.raises(NotFound) as raised:
        await acme.call("GetDeletionReceipt", pb.GetDeletionReceiptRequest(name=name))
    assert "NOT_FOUND" == raised.value.reason_name


async def test_a_token_of_another_list_is_refused(acme: Caller) -> None:
    """Receipts are no jobs."""
    for _ in range(2):
        await delete_one(acme)
    page = await acme.call("ListDeletionReceipts", pb.ListDeletionReceiptsRequest(page_size=1))
    with pytest.raises(BadRequest):
        await acme.call("ListJobs", pb.ListJobsRequest(page_token=page.next_page_token))
