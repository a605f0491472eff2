"""Certificates that are renewed while pictures are signed."""

import logging
from pathlib import Path

import pytest
from likeness.common.v1.chunk_pb2 import KIND_JPEG

from gateway.marking.evaluation import evaluation_identity
from gateway.marking.manifest import read_manifest
from gateway.marking.marker import Marks
from gateway.marking.settings import MarkingSettings
from gateway.marking.signatory import Signatories
from gateway.pipeline.finishing import Pixels
from services.common.startup import StartupError
from tests.gateway.house import HandClock
from tests.gateway.marking.conftest import DIFFUSED


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def identities(tmp_path: Path) -> list[tuple[bytes, bytes]]:
    """Chain and key, before and after."""
    return [evaluation_identity(tmp_path / name) for name in ("before", "after")]


@pytest.fixture
def mounted(folder: Path, identities: list[tuple[bytes, bytes]]) -> MarkingSettings:
    folder.mkdir()
    settings = MarkingSettings(provenance_chain=folder / "tls.crt", provenance_key=folder / "tls.key")
    mount(settings, *identities[0])
    return settings


@pytest.fixture
def signatories(mounted: MarkingSettings, folder: Path, clock: HandClock) -> Signatories:
    return Signatories(mounted, folder, clock.monotonic)


def mount(settings: MarkingSettings, chain: bytes | None = None, key: bytes | None = None) -> None:
    for path, content in ((settings.provenance_chain, chain), (settings.provenance_key, key)):
        if content is not None:
            assert path is not None
            fresh = path.with_suffix(".new")
            fresh.write_bytes(content)
            fresh.replace(path)


def test_a_renewed_certificate_signs_within_a_minute(
    signatories: Signatories, mounted: MarkingSettings, identities: list[tuple[bytes, bytes]], clock: HandClock
) -> None:
    """Without a restart, not looked for with every picture, and opened once."""
    mount(mounted, *identities[1])
    signed_by = []
    for pause_s in (59, 1):
        clock.pass_s(pause_s)
        signed_by.append(signatories.present().signing.chain.encode())

    renewed = signatories.present()
    clock.pass_s(60)

    assert [chain for chain, _ in identities] == signed_by
    assert renewed is signatories.present()


def test_what_it_signs_then_holds(
    signatories: Signatories,
    mounted: MarkingSettings,
    identities: list[tuple[bytes, bytes]],
    clock: HandClock,
    pixels: Pixels,
) -> None:
    """By the new authority."""
    marks = Marks(signatories.present, None)
    marks.encoded(pixels, KIND_JPEG, DIFFUSED)
    mount(mounted, *identities[1])
    clock.pass_s(60)
    found = read_manifest(marks.encoded(pixels, KIND_JPEG, DIFFUSED).data, KIND_JPEG, identities[1][0].decode())

    assert found is not None
    assert found.trusted


def test_files_that_do_not_fit_together_yet_are_left_for_the_next_look(
    signatories: Signatories,
    mounted: MarkingSettings,
    identities: list[tuple[bytes, bytes]],
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A certificate that came before its key; a file that is gone."""
    before, after = identities
    mount(mounted, chain=after[0])
    clock.pass_s(60)
    with caplog.at_level(logging.ERROR):
        between = signatories.present().signing.chain
    mount(mounted, key=after[1])
    clock.pass_s(60)
    at_last = signatories.present().signing.chain
    assert mounted.provenance_key is not None
    mounted.provenance_key.unlink()
    clock.pass_s(60)

    assert (before[0].decode(), after[0].decode()) == (between, at_last)
    assert "it stays as it was" in caplog.text
    assert at_last == signatories.present().signing.chain


def test_at_the_start_they_have_to_fit(mounted: MarkingSettings, identities: list[tuple[bytes, bytes]]) -> None:
    """There is none from before."""
    mount(mounted, chain=identities[1][0])

    with pytest.raises(StartupError, match="has not the certificate's key"):
        Signatories(mounted, Path("nowhere"))
