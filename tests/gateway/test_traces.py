"""Marker bytes of a whole run are found nowhere: of prompts and embeddings never, of photos not even their ciphertext's
plain form. Looked for in every file of the run, in logs and in metrics, raw and in the forms that libraries give bytes.
"""

import base64
import contextlib
import io
import logging
import pickle
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import generate_latest

from gateway.keeping import keeping
from gateway.metrics import GatewayMetrics
from gateway.retention.holdings import Kind
from gateway.retention.settings import RetentionSettings
from likeness_wire.errors import LikenessError, NotFound
from tests.gateway.house import TENANT

SHARED_MEMORY = Path("/dev/shm")


def forms(marker: bytes) -> Iterator[bytes]:
    """As is, hex, escaped, and base64 at each of its three alignments without the ends that neighbours change."""
    yield marker
    yield marker.hex().encode()
    yield marker.hex().upper().encode()
    yield repr(marker)[2:-1].encode()
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"\0" * shift + marker)[4:-4]


def test_the_search_finds_what_is_there() -> None:
    """In a pickle, in a row of hex, in base64 within other bytes."""
    marker = secrets.token_bytes(24)
    for hidden in (
        pickle.dumps({"photo": marker}),
        b"x" + marker.hex().encode(),
        base64.b64encode(b"1" + marker + b"23"),
        base64.b64encode(b"12" + marker + b"3"),
        base64.urlsafe_b64encode(pickle.dumps([marker])),
        str({"photo": marker}).encode(),
    ):
        assert any(form in hidden for form in forms(marker)), hidden


class Marked:
    """What a person sent and what was made of it, each with bytes of its own to look for."""

    def __init__(self) -> None:
        embedding = np.random.default_rng(0).standard_normal(512).astype(np.float32)
        self.photo = secrets.token_bytes(24)
        self.prompt = f"free text {secrets.token_hex(12)}".encode()
        self.identity = embedding.tobytes()
        self.result = secrets.token_bytes(24)
        self.markers = (self.photo, self.prompt, self.identity[:24], self.identity[-24:], self.result)

    def found_in(self, haystack: bytes) -> list[bytes]:
        return [marker for marker in self.markers if any(form in haystack for form in forms(marker))]


def files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


async def test_no_trace_is_left_during_the_run_nor_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    """Database with its journal, keys, objects, temporary files, shared memory, logs, metrics; errors included."""
    data, temporary = tmp_path / "data", tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    marked, metrics = Marked(), GatewayMetrics()

    def look() -> None:
        for path in files(data, temporary, SHARED_MEMORY):
            with contextlib.suppress(FileNotFoundError):  # other tests have theirs there
                assert marked.found_in(path.read_bytes()) == [], path.name
        assert marked.found_in(log.getvalue().encode()) == []
        assert marked.found_in(generate_latest(metrics.registry)) == []

    async with keeping(RetentionSettings(data_dir=data, sweep_every_s=0.05), metrics) as vault:
        async with vault.receiving(TENANT) as photos:
            await vault.put(photos, Kind.PHOTO, 0, b"before" + marked.photo * 4_000 + b"after")
        job = await vault.adopt(TENANT, photos.id)
        await vault.put(photos, Kind.IDENTITY, 0, marked.identity)
        await vault.put(job, Kind.TRY, 0, b'{"prompt": "' + marked.prompt + b'"}')
        await vault.put(job, Kind.RESULT, 0, marked.result * 4_000)
        look()

        async with vault.reading(TENANT, photos.id, Kind.PHOTO, 0) as content:
            assert marked.photo in await content.whole()
        await provoke_errors(vault, photos, job, data)
        look()

        await vault.erase(TENANT, job.id)
        look()
    look()
    assert list(files(temporary)) == []


async def provoke_errors(vault, photos, job, data: Path) -> None:  # type: ignore[no-untyped-def]
    """Those whose messages or traces might carry something."""
    for path in files(data / "objects" / photos.id):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LikenessError):
        async with vault.reading(TENANT, photos.id, Kind.PHOTO, 0) as content:
            await content.whole()
    with pytest.raises(NotFound):
        async with vault.reading(TENANT, job.id, Kind.RESULT, 99):
            pass
    try:
        await vault.put(job, Kind.TRY, 1, failing(), 100)
    except RuntimeError as error:
        logging.getLogger("gateway").warning("a step failed", exc_info=error)


async def failing():  # type: ignore[no-untyped-def]
    yield b"x"
    raise RuntimeError("in mid-stream")
