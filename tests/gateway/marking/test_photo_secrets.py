"""What a photo says beside its pixels is not found in anything that is made of it."""

import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import c2pa
import numpy as np
import pytest
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_WEBP, ROLE_PHOTO, Kind
from likeness.common.v1.work_pb2 import MadeBy
from likeness.gateway.v1.result_pb2 import SOURCE_COMPOSITE
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gateway.api.photos import Cleaner
from gateway.marking.manifest import read_manifest
from gateway.marking.marker import Marks
from gateway.marking.settings import MarkingSettings
from gateway.marking.signing import open_signing
from gateway.pipeline.finishing import Origin, Pixels, finished
from likeness_wire.chunks import Blob
from services.common.images import ImageLimits, encode_png

KINDS = [KIND_JPEG, KIND_PNG, KIND_WEBP]
RESTAGED = Origin(SOURCE_COMPOSITE, (MadeBy(service="generator", engine="preview"),))
SECRETS = {
    "maker": b"Likeness Camera Works",
    "serial": b"SN-4711-0815",
    "lens": b"LENS-SERIAL-9042",
    "owner": b"Ada Lovelace",
    "comment": b"taken at my house",
    "place": b"Hauptstrasse 12 Berlin",
    "software": b"SecretEditor 3.2",
    "signer": b"Photo Signer of Ada",
    "day": b"2026:11:21 09:08:07",
}
# Degrees, minutes, seconds of a latitude, as EXIF packs them, in both byte orders.
LATITUDE = (52.0, 31.0, 12.0407)


@pytest.fixture
async def cleaner() -> AsyncIterator[Cleaner]:
    async with Cleaner(ImageLimits(), 4096) as cleaner:
        yield cleaner


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("leaves_as", KINDS)
async def test_nothing_of_a_photo_but_its_pixels_goes_on(
    marks: Marks, cleaner: Cleaner, pixels: Pixels, folder: Path, kind: Kind, leaves_as: Kind
) -> None:
    """GPS, serial numbers, names, XMP, comments, thumbnails and a manifest of its own: they are in what is sent, and
    neither in what is kept nor in the result, even if the result were the photo itself.
    """
    photo = told_everything(pixels, kind, folder)
    kept = (await cleaner.clean(Blob(ROLE_PHOTO, kind, photo))).data
    restaged = Blob(ROLE_PHOTO, KIND_PNG, encode_png(np.asarray(Image.open(io.BytesIO(kept)))))
    result = finished(marks, restaged, leaves_as, RESTAGED)

    assert {*SECRETS, "gps", "thumbnail", "manifest"} - _unsayable(kind) <= set(found_in(photo, kind))
    assert [] == list(found_in(kept, KIND_JPEG))
    assert [] == list(found_in(result.data, leaves_as))
    assert [] == list(found_in(result.thumbnail, KIND_JPEG))


def told_everything(pixels: Pixels, kind: Kind, folder: Path) -> bytes:
    """A photo by a talkative camera, edited by a talkative program, and signed."""
    image, file = Image.fromarray(pixels), io.BytesIO()
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRETS["place"] + b"</x:xmpmeta>"
    if kind == KIND_JPEG:
        image.save(file, "JPEG", exif=_exif(), xmp=packet, comment=SECRETS["comment"])
    elif kind == KIND_PNG:
        info = PngInfo()
        info.add_text("Comment", SECRETS["comment"].decode())
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        image.save(file, "PNG", exif=_exif(), pnginfo=info)
    else:
        image.save(file, "WEBP", exif=_exif(), xmp=packet)
    return _signed(file.getvalue(), kind, folder)


def found_in(data: bytes, kind: Kind) -> Iterator[str]:
    """Raw, and what readers make of it."""
    for name, secret in SECRETS.items():
        if secret in data or secret.decode().encode("utf-16-le") in data:
            yield name
    image = Image.open(io.BytesIO(data))
    exif = image.getexif()
    if exif.get_ifd(0x8825):
        yield "gps"
    if _thumbnail() in data:
        yield "thumbnail"
    if exif or image.info.get("comment"):
        yield "metadata"
    found = read_manifest(data, kind)
    if found is not None and (found.generator != "Likeness" or found.ingredients):
        yield "manifest"


def _unsayable(kind: Kind) -> set[str]:
    """WebP has no place for comments."""
    return {"comment"} if kind == KIND_WEBP else set()


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0131], exif[0x013B] = (SECRETS[name].decode() for name in ("maker", "software", "owner"))
    details = exif.get_ifd(0x8769)
    details[0x9003], details[0xA431], details[0xA435] = (SECRETS[name].decode() for name in ("day", "serial", "lens"))
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", LATITUDE
    return exif.tobytes() + _thumbnail()


def _thumbnail() -> bytes:
    """Cameras leave one behind their EXIF; after cropping it still shows all."""
    file = io.BytesIO()
    Image.new("RGB", (16, 16), (1, 99, 200)).save(file, "JPEG", quality=11)
    return file.getvalue()


def _signed(data: bytes, kind: Kind, folder: Path) -> bytes:
    """By the camera's maker."""
    signing = open_signing(MarkingSettings(), folder)
    signer = c2pa.Signer.from_callback(signing.sign, c2pa.C2paSigningAlg.ES256, signing.chain)
    author = {"label": "stds.schema-org.CreativeWork", "data": {"author": [{"name": SECRETS["signer"].decode()}]}}
    created = {
        "action": "c2pa.created",
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
    }
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [created]}}
    manifest = {"claim_generator_info": [{"name": "Camera"}], "assertions": [actions, author]}
    mime = {KIND_JPEG: "image/jpeg", KIND_PNG: "image/png", KIND_WEBP: "image/webp"}[kind]
    out = io.BytesIO()
    c2pa.Builder.from_json(json.dumps(manifest)).sign(signer, mime, io.BytesIO(data), out)
    return out.getvalue()
