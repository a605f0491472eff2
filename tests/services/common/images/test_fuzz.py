"""Whatever the bytes: a picture or a reason, from the same child."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from likeness_wire.errors import BadPhoto
from services.common.images import Decoder, ImageLimits, sniff
from services.common.images import exif as exif_reader
from services.common.images import jpeg as jpeg_reader
from services.common.images import png as png_reader
from services.common.images import webp as webp_reader
from tests.services.common.images.awkward import heics, jpegs, pngs, webps
from tests.services.common.images.awkward.scene import exif, srgb

SEEDS = (
    jpegs.stored_as(6),
    jpegs.jpeg(progressive=True),
    jpegs.ycck(),
    heics.grid(),
    jpegs.with_profile(srgb()),
    pngs.png(pngs.half_hidden(3), 8, 6),
    pngs.interlaced(),
    pngs.palette_of(4, transparent=True),
    pngs.keyed(16, 2),
    webps.webp(),
    webps.hidden(lossless=True),
    webps.stored_as(3),
    heics.heic(),
)
HEADERS = {"jpeg": jpeg_reader, "png": png_reader, "webp": webp_reader}


@st.composite
def damaged(draw: st.DrawFn, seeds: tuple[bytes, ...] = SEEDS) -> bytes:
    """A good file with some bytes changed, taken out or put in, or cut short."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(data) - 1)) if data else 0
        match draw(st.sampled_from(("change", "change", "change", "remove", "insert", "cut"))):
            case "change":
                data[at : at + 1] = bytes((draw(st.integers(0, 255)),))
            case "remove":
                del data[at : at + draw(st.integers(1, 40))]
            case "insert":
                data[at:at] = draw(st.binary(min_size=1, max_size=40))
            case _:
                del data[at:]
    return pngs.with_checksums(bytes(data)) if draw(st.booleans()) else bytes(data)


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder(ImageLimits(max_pixels=4_000_000)) as decoder:
        yield decoder


def deserve(decoder: Decoder, data: bytes) -> None:
    before = decoder.replaced
    try:
        pixels = decoder.decode(data)
    except BadPhoto:
        pixels = None
    assert pixels is None or (pixels.dtype == np.uint8 and pixels.shape[2] == 3)
    assert decoder.replaced == before


_AT_LENGTH = partial(settings, deadline=None, suppress_health_check=list(HealthCheck))


@_AT_LENGTH(max_examples=250)
@given(data=damaged())
def test_damage_is_shown_or_told(decoder: Decoder, data: bytes) -> None:
    """No damage crashes the decoder, holds it up, or comes out as anything but a picture or a reason."""
    deserve(decoder, data)


@pytest.mark.soak
@_AT_LENGTH(max_examples=20_000)
@given(data=damaged())
def test_much_damage_is_shown_or_told(decoder: Decoder, data: bytes) -> None:
    """The same, for longer."""
    deserve(decoder, data)


@_AT_LENGTH(max_examples=50)
@given(head=st.sampled_from([seed[:16] for seed in SEEDS]), data=st.binary(max_size=2000))
def test_heads_without_bodies_are_told(decoder: Decoder, head: bytes, data: bytes) -> None:
    """A good beginning does not make a photo."""
    deserve(decoder, head + data)


@pytest.mark.parametrize("kind", HEADERS)
@_AT_LENGTH(max_examples=400)
@given(data=damaged())
def test_headers_are_read_or_refused(kind: str, data: bytes) -> None:
    """Our own readers meet every damage themselves, and leave none to Python."""
    start = {"jpeg": b"\xff\xd8\xff", "png": pngs.SIGNATURE, "webp": b"RIFF" + data[4:8].ljust(4, b"\0") + b"WEBP"}[
        kind
    ]
    try:
        HEADERS[kind].read_header(start + data[len(start) :])
    except BadPhoto:
        return


@given(st.binary(max_size=300) | st.builds(lambda n, cut: exif(n)[:cut], st.integers(0, 65_535), st.integers(0, 60)))
def test_orientation_is_always_one_of_eight(data: bytes) -> None:
    """Exif of any content says where up is, or is not asked again."""
    assert exif_reader.orientation(data) in range(1, 9)


@given(st.binary(max_size=300))
def test_sniffing_is_total(data: bytes) -> None:
    """Four kinds, or a reason."""
    try:
        sniff(data)
    except BadPhoto:
        return
