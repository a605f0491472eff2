"""Marks at the front door: what is downloaded says what it is."""

from pathlib import Path

import pytest
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_WEBP
from likeness.gateway.v1 import gateway_pb2 as pb

from gateway.marking.manifest import read_manifest
from services.common.startup import StartupError
from tests.gateway.api.front import open_front
from tests.stand_ins import standing


async def test_what_is_downloaded_is_signed(quick_path: Path) -> None:
    """Every picture of a job, and the job and the server say so too."""
    async with standing() as services, open_front(quick_path, services) as front:
        acme = front.caller()
        told = (await acme.call("GetServerInfo", pb.GetServerInfoRequest())).server.provenance
        job = await acme.made()
        downloads = [await acme.download(result.name) for result in job.results]

    assert (True, True) == (told.signed, told.test_certificate)
    assert downloads
    for facts, data in downloads:
        assert (True, True) == (facts.result.provenance.metadata, facts.result.provenance.signed)
        kind = facts.result.kind
        assert kind in (KIND_JPEG, KIND_PNG, KIND_WEBP)
        found = read_manifest(data, kind)
        assert found is not None
        assert found.holds


async def test_a_gateway_that_could_not_sign_does_not_start(quick_path: Path, tmp_path: Path) -> None:
    """Rather than giving out pictures that say nothing."""
    chain = tmp_path / "none.pem"
    async with standing() as services:
        with pytest.raises(StartupError, match="LIKENESS_PROVENANCE"):
            async with open_front(quick_path, services, provenance_chain=chain, provenance_key=chain):
                pytest.fail("it started")
