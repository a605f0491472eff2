"""Results as they leave: they say what they are, it holds, and they say nothing else."""

import dataclasses
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_WEBP, Kind
from likeness.common.v1.work_pb2 import MadeBy
from likeness.gateway.v1.result_pb2 import SOURCE_COMPOSITE, SOURCE_TRAINED_ALGORITHMIC, Provenance, Source
from PIL import Image

from gateway.marking import xmp
from gateway.marking.manifest import Findings, Manifests, read_manifest
from gateway.marking.marker import Marks, open_marker
from gateway.marking.settings import MarkingSettings
from gateway.marking.signatory import Signatory
from gateway.marking.signing import Sign, Signing, open_signing
from gateway.marking.sources import COMPOSITE, COMPOSITE_WITH_TRAINED, TRAINED
from gateway.pipeline.finishing import Origin, Pixels, encoded
from likeness_wire.errors import Internal, LikenessError, Unavailable
from services.common.startup import StartupError
from tests.gateway.marking.conftest import DIFFUSED

KINDS = [KIND_JPEG, KIND_PNG, KIND_WEBP]
MIME = {KIND_JPEG: "image/jpeg", KIND_PNG: "image/png", KIND_WEBP: "image/webp"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_says_what_it_is_and_it_holds(marks: Marks, pixels: Pixels, kind: Kind) -> None:
    """In XMP and in a signed manifest; not trusted, since nobody vouches for the certificate."""
    marked = marks.encoded(pixels, kind, DIFFUSED)
    found = read_manifest(marked.data, kind)

    assert Provenance(source=SOURCE_TRAINED_ALGORITHMIC, metadata=True, signed=True) == marked.provenance
    assert found is not None
    assert (True, False) == (found.holds, found.trusted)
    assert ("Likeness", TRAINED, 0) == (found.generator, found.source_type, found.ingredients)
    assert TRAINED == xmp.source_said(xmp.packet_of(marked.data, kind) or b"")


@pytest.mark.parametrize("kind", KINDS)
def test_marks_change_no_pixel(marks: Marks, pixels: Pixels, kind: Kind) -> None:
    """Without a watermark, the picture decodes as it would have."""
    marked, plain = marks.encoded(pixels, kind, DIFFUSED).data, encoded(pixels, kind)

    assert np.array_equal(np.asarray(Image.open(io.BytesIO(marked))), np.asarray(Image.open(io.BytesIO(plain))))


@pytest.mark.parametrize(
    ("source", "services", "said"),
    [
        (SOURCE_TRAINED_ALGORITHMIC, ("embedder", "generator", "upscaler"), TRAINED),
        (SOURCE_COMPOSITE, ("embedder", "generator"), COMPOSITE),
        (SOURCE_COMPOSITE, ("embedder", "generator", "upscaler"), COMPOSITE_WITH_TRAINED),
    ],
)
def test_the_source_is_said_as_it_was(
    marks: Marks, pixels: Pixels, source: Source, services: tuple[str, ...], said: str
) -> None:
    """A restaged photo was not made by a model; enlarged by one, some of it was."""
    origin = Origin(source, tuple(MadeBy(service=service) for service in services))
    data = marks.encoded(pixels, KIND_JPEG, origin).data
    found = read_manifest(data, KIND_JPEG)

    assert found is not None
    assert (said, said) == (found.source_type, xmp.source_said(xmp.packet_of(data, KIND_JPEG) or b""))


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_changed_the_signature_no_longer_holds(
    marks: Marks, pixels: Pixels, kind: Kind, folder: Path
) -> None:
    """A pixel, the packet, the colour profile, any byte that is not the manifest's own, one more at the end."""
    data = marks.encoded(pixels, kind, DIFFUSED).data
    unsigned = open_marker(MarkingSettings(sign_results=False), folder).encoded(pixels, kind, DIFFUSED).data
    changed = [data.replace(b"trainedAlgorithmicMedia", b"digitalCapture\0\0\0\0\0\0\0\0\0", 1), data + b"\0"]
    for place in _of_the_picture(data, unsigned):
        changed.append(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])

    assert len(changed) > 30
    assert all(found is None or not found.holds for found in (read_manifest(each, kind) for each in changed))


def _of_the_picture(data: bytes, unsigned: bytes) -> Iterator[int]:
    """Some places of what was there before it was signed: the manifest is in one piece, and has room to spare in it."""
    begin = next(place for place in range(8, len(data)) if data[place : place + 1] != unsigned[place : place + 1])
    end = begin + len(data) - len(unsigned)
    return (place for place in range(24, len(data), len(unsigned) // 32) if not begin <= place < end)


def test_the_manifest_names_nothing_that_it_was_made_from(marks: Marks, pixels: Pixels) -> None:
    """No ingredient, no thumbnail, no time: only who made it, how, and the digests."""
    data = marks.encoded(pixels, KIND_JPEG, DIFFUSED).data
    with c2pa.Reader(MIME[KIND_JPEG], io.BytesIO(data)) as reader:
        store = json.loads(reader.json())
    (manifest,) = store["manifests"].values()

    assert {
        "claim_generator_info",
        "instance_id",
        "assertions",
        "signature_info",
        "label",
        "claim_version",
    } == manifest.keys()
    assert ["c2pa.actions.v2"] == [assertion["label"] for assertion in manifest["assertions"]]
    assert {"alg", "issuer", "common_name", "cert_serial_number"} == manifest["signature_info"].keys()


def test_many_at_once_are_all_signed(marks: Marks, pixels: Pixels) -> None:
    """A pack ends in several threads."""
    with ThreadPoolExecutor(4) as pool:
        marked = list(pool.map(lambda _: marks.encoded(pixels, KIND_JPEG, DIFFUSED), range(16)))

    assert all(each.provenance.signed for each in marked)
    assert 16 == len({each.data for each in marked})


class Inked:
    """A watermark that can be seen: one corner is black. It notes what it was given."""

    def __init__(self, *, washes_off: bool = False) -> None:
        self.washes_off = washes_off

    def put_into(self, pixels: Pixels) -> Pixels:
        inked = pixels.copy()
        inked[:16, :16] = 0
        return inked

    def is_in(self, pixels: Pixels) -> bool:
        return not self.washes_off and int(pixels[2:14, 2:14].max()) < 16


@pytest.mark.parametrize("kind", KINDS)
def test_a_watermark_goes_in_before_the_signature(pixels: Pixels, kind: Kind, folder: Path) -> None:
    """It is in the pixels of the file that was signed, and the caller's own stay as they were."""
    marks = with_signer(folder, watermark=Inked())
    before = pixels.copy()
    marked = marks.encoded(pixels, kind, DIFFUSED)
    found = read_manifest(marked.data, kind)

    assert marked.provenance.watermarked
    assert found is not None
    assert found.holds
    assert np.array_equal(before, pixels)


def test_a_mark_that_is_not_found_again_stops_the_picture(pixels: Pixels, folder: Path) -> None:
    """A result that would not say what it is does not leave."""
    with pytest.raises(Internal, match="not found again"):
        with_signer(folder, watermark=Inked(washes_off=True)).encoded(pixels, KIND_JPEG, DIFFUSED)


def test_a_signature_that_does_not_hold_stops_the_picture(pixels: Pixels, folder: Path) -> None:
    """Whatever the signer says: what counts is what is read from the file."""
    with pytest.raises(Internal):
        with_signer(folder, lambda data: bytes(63) + b"\1").encoded(pixels, KIND_JPEG, DIFFUSED)


class Misread(Manifests):
    """Signs well, and finds something else in the file."""

    def __init__(self, signing: Signing, **other: Any) -> None:
        super().__init__(signing)
        self.other = other

    def read(self, data: bytes, kind: Kind) -> Findings | None:
        found = super().read(data, kind)
        assert found is not None
        return dataclasses.replace(found, **self.other)


@pytest.mark.parametrize("other", [{"source_type": COMPOSITE}, {"generator": "Camera"}, {"ingredients": 1}])
def test_a_manifest_that_says_something_else_stops_the_picture(
    pixels: Pixels, folder: Path, other: dict[str, Any]
) -> None:
    """Another source, another program, something it was made from."""
    signing = open_signing(MarkingSettings(), folder)
    signatory = Signatory(signing, Misread(signing, **other))
    with pytest.raises(Internal, match="not found again"):
        Marks(lambda: signatory, None).encoded(pixels, KIND_JPEG, DIFFUSED)


def test_a_signer_that_is_away_is_worth_another_attempt(pixels: Pixels, folder: Path) -> None:
    """The reason of the signer arrives, through the library."""
    answers: list[LikenessError | None] = [Unavailable(reasons.REASON_PEER_UNAVAILABLE, "away"), None]
    real = open_signing(MarkingSettings(), folder).sign

    def sign(data: bytes) -> bytes:
        if (error := answers.pop(0)) is not None:
            raise error
        return real(data)

    marks = with_signer(folder, sign)
    with pytest.raises(Unavailable, match="away"):
        marks.encoded(pixels, KIND_JPEG, DIFFUSED)

    assert marks.encoded(pixels, KIND_JPEG, DIFFUSED).provenance.signed


def test_an_authority_that_is_named_makes_it_trusted(pixels: Pixels, folder: Path) -> None:
    """Those of the file, and no others."""
    signing = open_signing(MarkingSettings(), folder)
    data = with_signer(folder).encoded(pixels, KIND_JPEG, DIFFUSED).data
    other = open_signing(MarkingSettings(), folder / "other").chain

    trusted = [
        found and found.trusted for found in (read_manifest(data, KIND_JPEG, pem) for pem in (signing.chain, other))
    ]
    assert [True, False] == trusted


def test_without_a_signature_the_packet_stays(pixels: Pixels, folder: Path) -> None:
    """And neither the result nor the server claims more."""
    marks = open_marker(MarkingSettings(sign_results=False), folder)
    marked = marks.encoded(pixels, KIND_JPEG, DIFFUSED)

    assert Provenance(source=SOURCE_TRAINED_ALGORITHMIC, metadata=True) == marked.provenance
    assert read_manifest(marked.data, KIND_JPEG) is None
    assert (False, "") == (marks.state().signed, marks.state().certificate_subject)
    assert not folder.exists()


def test_the_server_says_how_it_marks(marks: Marks) -> None:
    """With whose certificate, and that it is worth nothing to others."""
    state = marks.state()

    assert (True, True, False) == (state.signed, state.test_certificate, state.watermarked)
    assert "Likeness evaluation" in state.certificate_subject
    assert "LIKENESS_WATERMARK is off" == state.watermark_off_reason


def test_a_watermark_that_was_asked_for_and_is_not_there_stops_the_start(folder: Path) -> None:
    """Nothing is fetched, and nothing is left out in silence."""
    with pytest.raises(StartupError, match="LIKENESS_WATERMARK: this needs trustmark"):
        open_marker(MarkingSettings(watermark="trustmark"), folder)


def test_anchors_that_cannot_be_read_stop_the_start(folder: Path) -> None:
    with pytest.raises(StartupError, match="LIKENESS_PROVENANCE_ANCHORS"):
        open_marker(MarkingSettings(provenance_anchors=folder / "none.pem"), folder)


def with_signer(folder: Path, sign: Sign | None = None, watermark: Inked | None = None) -> Marks:
    signing = open_signing(MarkingSettings(), folder)
    if sign is not None:
        signing = dataclasses.replace(signing, sign=sign)
    signatory = Signatory(signing, Manifests(signing))
    return Marks(lambda: signatory, watermark)
