"""What the server says of itself is what is there."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from likeness.common.v1.chunk_pb2 import KIND_HEIC, KIND_JPEG, KIND_PNG, KIND_WEBP
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.server_pb2 import ServerInfo

from tests.gateway.api.conftest import Open
from tests.gateway.api.front import Caller, Front


async def told(caller: Caller) -> ServerInfo:
    response = await caller.call("GetServerInfo", pb.GetServerInfoRequest())
    return response.server  # type: ignore[no-any-return]


async def test_limits_are_those_that_hold(opening: Open) -> None:
    """As they were set."""
    async with opening(max_pictures=7, photo_max_bytes=1000, keep_photos_s=60, may_keep_everything=True) as front:
        limits = (await told(front.caller())).limits

        assert (7, 1000, True) == (limits.max_pictures, limits.upload.max_blob_bytes, limits.may_keep_everything)
        assert [KIND_JPEG, KIND_PNG, KIND_WEBP, KIND_HEIC] == list(limits.upload.kinds)
        assert (3, 20) == (limits.upload.max_images, limits.upload.max_idle.seconds)
        assert (86_400, 82_800, 60, 82_800) == tuple(
            span.seconds for span in (limits.hard_ttl, limits.default_ttl, limits.photos_ttl, limits.upload_ttl)
        )


async def test_services_are_those_that_answer(front: Front, acme: Caller) -> None:
    """With engine and models; one that went away is remembered, and said not to be ready."""
    info = await told(acme)

    assert ["embedder", "generator", "upscaler", "verifier"] == [service.service for service in info.services]
    assert all(service.ready and service.served_by.models[0].licence for service in info.services)
    assert 0.18 == round(info.recogniser.thresholds.locked, 2)

    await front.services.verifier.leave()
    info = await told(acme)
    while info.services[3].ready:
        info = await told(acme)
    assert "verifier" == info.services[3].service
    assert info.services[3].served_by.engine
    assert not info.HasField("recogniser")
    await front.services.verifier.come()


async def test_receipts_verify_by_the_keys_it_lists(acme: Caller) -> None:
    """The present one first."""
    upload = await acme.upload()
    receipt = (await acme.call("DeleteUpload", pb.DeleteUploadRequest(name=upload.name))).receipt

    key = (await told(acme)).receipt_keys[0]

    assert key.id == receipt.key_id
    Ed25519PublicKey.from_public_bytes(key.public_key).verify(receipt.signature, receipt.signed_statement)


async def test_it_says_how_it_was_started(opening: Open) -> None:
    """Its profile, its version, its clock."""
    async with opening(profile="tiny") as front:
        info = await told(front.caller())

        assert "tiny" == info.profile
        assert info.version
        assert info.time.ToMilliseconds() > 1_700_000_000_000
