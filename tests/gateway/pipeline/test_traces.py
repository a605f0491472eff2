"""Marker bytes of a job: the job database, logs and metrics have none of them, disks none in the clear; and its owner
can read all of it until it is erased.
"""

import logging
import secrets
from pathlib import Path

import numpy as np
import pytest
from likeness.gateway.v1 import job_pb2
from likeness.gateway.v1.job_pb2 import JobSpec, StyleOrder
from prometheus_client import generate_latest

from gateway.retention.holdings import Kind
from likeness_wire.errors import NotFound
from services.common import images
from tests.gateway.house import TENANT, read
from tests.gateway.pipeline.shop import SEED, Shop, id_of, open_shop
from tests.gateway.test_traces import forms
from tests.stand_ins import StandIns, by_try
from tests.stand_ins.service import DIMENSIONS

WORDS = f"beside a {secrets.token_hex(8)} lighthouse"
NUMBERS = np.random.default_rng(3).standard_normal(DIMENSIONS).astype(np.float32)


@pytest.fixture
def photo() -> bytes:
    """Noise: no other file has any part of it."""
    return images.encode_png(np.random.default_rng(5).integers(0, 256, (100, 100, 3), dtype=np.uint8))


async def test_a_job_leaves_nothing_of_a_face_or_of_words_outside_its_ciphertext(
    quick_path: Path,
    services: StandIns,
    photo: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """While it is there, and when it is erased. Photos, words, embedding, results and records are all looked for."""
    services.embedder.identity = NUMBERS.tolist()
    caplog.set_level(logging.DEBUG)
    services.verifier.drift = by_try(SEED, {(0, 1): 0.5, (1, 1): 0.6, (1, 2): 0.6, (1, 3): 0.6, (1, 4): 0.6})
    folder = quick_path / "marked"
    order = StyleOrder(style="plain", count=2, seed=SEED, free_text=WORDS)
    async with open_shop(folder, services) as shop:
        job = await shop.made(JobSpec(styles=[order]), photo=photo)
        name, upload = id_of(job.name), id_of(job.spec.upload)
        assert job.state == job_pb2.STATE_PARTIAL, job.problem
        record, *_ = await shop.album.tries(TENANT, name)
        assert WORDS in record.prompt
        assert job.spec.styles[0].free_text == WORDS
        identity = await read(shop.house, await shop.house.vault.find(TENANT, upload), Kind.IDENTITY)
        assert NUMBERS.tobytes() in identity
        result = await shop.download(name)
        await shop.album.brief((await shop.jobs.list(TENANT)).jobs[0])
        markers = [WORDS.encode(), photo[200:232], NUMBERS.tobytes()[:24], result[300:332]]
        markers += [str(number).encode() for number in NUMBERS.tolist()[:3]]
        _search(folder, markers, shop, caplog)
        await shop.house.vault.erase(TENANT, name)
        with pytest.raises(NotFound):
            await shop.album.tries(TENANT, name)
        assert not shop.house.objects()
        _search(folder, markers, shop, caplog)
    _search(folder, markers, shop, caplog)


def _search(folder: Path, markers: list[bytes], shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    places = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    places["metrics"] = generate_latest(shop.metrics.registry)
    places["log"] = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records).encode()
    assert len(places["log"]) > 1000
    assert "jobs.sqlite" in places
    for where, held in places.items():
        for marker in markers:
            assert not any(form in held for form in forms(marker)), where
