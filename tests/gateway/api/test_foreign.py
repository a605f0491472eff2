"""What is another tenant's does not exist, whichever RPC asks and however well the name was guessed."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from google.protobuf.message import Message
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.job_pb2 import Job, StyleOrder
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt
from likeness.gateway.v1.upload_pb2 import Upload

from likeness_wire.errors import BadRequest, NotFound, Unauthenticated
from tests.gateway.api.front import ACME, OTHER, Caller, Front, consent, photo, request, upload_messages

RPCS = [method.name for method in pb.DESCRIPTOR.services_by_name["GatewayService"].methods]
GUESSED_UUID = "01234567-89ab-cdef-0123-456789abcdef"
GUESSED = "0123456789abcdef0123456789abcdef"

# What is everybody's.
PUBLIC = {"ListStyles", "GetServerInfo"}


@dataclass(frozen=True, slots=True)
class Belongings:
    """Of a tenant: one of everything that has a name."""

    free: Upload
    job: Job
    receipt: DeletionReceipt

    def named(self, change: Callable[[str], str]) -> dict[str, list[Message]]:
        """Requests for every RPC that names something, with all names changed."""
        free, job, receipt = change(self.free.name), change(self.job.name), change(self.receipt.name)
        parent = free.rpartition("/uploads/")[0]
        style = StyleOrder(style="plain", count=1)
        return {
            "GetUpload": [pb.GetUploadRequest(name=free)],
            "DeleteUpload": [pb.DeleteUploadRequest(name=free)],
            "InspectUpload": [pb.InspectUploadRequest(name=free)],
            "CreateJob": [request(free), request(free, validate_only=True)],
            "FindSeed": [pb.FindSeedRequest(upload=free, style=style, consent=consent(), candidates=1)],
            "GetJob": [pb.GetJobRequest(name=job)],
            "WatchJob": [pb.WatchJobRequest(name=job), pb.WatchJobRequest(name=job, offset=2, previews=True)],
            "CancelJob": [pb.CancelJobRequest(name=job)],
            "DeleteJob": [pb.DeleteJobRequest(name=job)],
            "ListTries": [pb.ListTriesRequest(parent=job)],
            "DownloadResult": [pb.DownloadResultRequest(name=f"{job}/results/1")],
            "DownloadThumbnail": [
                pb.DownloadThumbnailRequest(name=f"{job}/results/1"),
                pb.DownloadThumbnailRequest(name=f"{job}/tries/1"),
            ],
            "GetDeletionReceipt": [pb.GetDeletionReceiptRequest(name=receipt)],
            "ListJobs": [pb.ListJobsRequest(parent=parent)],
            "ListDeletionReceipts": [pb.ListDeletionReceiptsRequest(parent=parent)],
        }


@pytest.fixture
async def belongings(acme: Caller) -> Belongings:
    job = await acme.made()
    gone = await acme.upload()
    receipt = (await acme.call("DeleteUpload", pb.DeleteUploadRequest(name=gone.name))).receipt
    return Belongings(await acme.upload(), job, receipt)


async def ask(caller: Caller, rpc: str, message: Message) -> None:
    if rpc == "CreateUpload":
        await caller.call(rpc, upload_messages([photo()], parent="tenants/acme"))
    elif rpc in ("FindSeed", "WatchJob", "DownloadResult", "DownloadThumbnail"):
        await caller.answers(rpc, message)
    else:
        await caller.call(rpc, message)


async def test_every_rpc_that_names_something_is_asked_here(belongings: Belongings) -> None:
    """A new one has to be added to this file."""
    assert {*RPCS} == {*belongings.named(str), "CreateUpload"} | PUBLIC


async def test_its_owner_finds_all_of_it(acme: Caller, belongings: Belongings) -> None:
    """So what follows is no misunderstanding."""
    asked = belongings.named(str)
    for rpc in sorted(asked, key=lambda rpc: (rpc.startswith(("Delete", "Create")), rpc)):
        await ask(acme, rpc, asked[rpc][0])


async def test_the_owners_names_say_nothing_to_others(front: Front, belongings: Belongings) -> None:
    """With a true name, and with that name under the other's own tenant; just as for one that never was."""
    other = front.caller(OTHER)
    changes: dict[str, Callable[[str], str]] = {
        "true": str,
        "moved": lambda name: name.replace(f"tenants/{ACME}", f"tenants/{OTHER}"),
        "guessed": lambda name: name.rpartition("/")[0].replace(ACME, OTHER) + "/" + GUESSED,
    }
    answers: dict[str, set[tuple[str, str]]] = {}
    for how, change in changes.items():
        for rpc, messages in belongings.named(change).items():
            if rpc in ("ListJobs", "ListDeletionReceipts") and how != "true":
                continue  # its own list
            for message in messages:
                with pytest.raises(NotFound) as raised:
                    await ask(other, rpc, message)
                assert not raised.value.metadata
                answers.setdefault(rpc, set()).add((raised.value.reason_name, raised.value.message))
    assert {"NOT_FOUND"} == {reason for said in answers.values() for reason, _ in said}
    assert all(len(said) == 1 for said in answers.values()), answers


async def test_another_tenants_parent_takes_nothing(front: Front, acme: Caller) -> None:
    """Neither uploads nor jobs."""
    other = front.caller(OTHER)
    upload = await other.upload()
    with pytest.raises(NotFound):
        await other.call("CreateUpload", upload_messages([photo()], parent="tenants/acme"))
    with pytest.raises(NotFound):
        await other.call("CreateJob", request(upload.name, parent="tenants/acme"))
    assert upload.name == (await other.order(upload)).spec.upload


async def test_lists_hold_ones_own(front: Front, acme: Caller, belongings: Belongings) -> None:
    """And nothing else, with or without saying whose."""
    other = front.caller(OTHER)
    for parent in ("", "tenants/other"):
        assert not (await other.call("ListJobs", pb.ListJobsRequest(parent=parent))).jobs
        listed = await other.call("ListDeletionReceipts", pb.ListDeletionReceiptsRequest(parent=parent))
        assert not listed.receipts


async def test_page_tokens_open_nothing(front: Front, acme: Caller, belongings: Belongings) -> None:
    """One of another tenant's list is none."""
    await acme.order()
    listed = await acme.call("ListJobs", pb.ListJobsRequest(page_size=1))
    assert listed.next_page_token
    other = front.caller(OTHER)
    with pytest.raises(BadRequest) as raised:
        await other.call("ListJobs", pb.ListJobsRequest(page_size=1, page_token=listed.next_page_token))
    assert "INVALID_PAGE_TOKEN" == raised.value.reason_name


async def test_a_request_id_is_a_tenants_own(front: Front, acme: Caller) -> None:
    """Two tenants may use the same, and each gets its own job."""
    other = front.caller(OTHER)
    one = await acme.order(request_id=GUESSED_UUID)
    another = await other.order(request_id=GUESSED_UUID)

    assert one.name.startswith("tenants/acme/")
    assert another.name.startswith("tenants/other/")


async def test_nobody_gets_in_without_credentials(front: Front, acme: Caller) -> None:
    """Not even to lists of styles; and a key that was made up is as good as none."""
    nobody = Caller("nobody", acme.stub, "likeness_" + "0" * 12 + "_" + "0" * 64)
    for rpc in RPCS:
        with pytest.raises(Unauthenticated) as raised:
            await ask(nobody, rpc, getattr(pb, f"{rpc}Request")())
        assert "UNAUTHENTICATED" == raised.value.reason_name, rpc
