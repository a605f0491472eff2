"""The packet in files of three kinds, and in what strangers send."""

import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_WEBP, Kind
from PIL import Image

from gateway.marking import xmp
from gateway.marking.sources import COMPOSITE, TRAINED
from gateway.pipeline.finishing import Pixels, encoded
from services.common import images
from services.common.images.png import chunk

KINDS = [KIND_JPEG, KIND_PNG, KIND_WEBP]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("padding", ["", " "])
def test_a_packet_that_was_put_in_is_found_as_it_was(pixels: Pixels, kind: Kind, padding: str) -> None:
    """Of even and of odd length; before it there was none."""
    plain, text = encoded(pixels, kind), xmp.packet(TRAINED) + padding.encode()
    data = xmp.with_packet(plain, kind, text)

    assert (None, text) == (xmp.packet_of(plain, kind), xmp.packet_of(data, kind))
    assert TRAINED == xmp.source_said(text)


@pytest.mark.parametrize("kind", KINDS)
def test_others_find_it_too_and_the_picture_is_the_same(pixels: Pixels, kind: Kind) -> None:
    """Pillow reads the packet, the profile and, to the bit, the pixels."""
    plain = encoded(pixels, kind)
    data = xmp.with_packet(plain, kind, xmp.packet(COMPOSITE))
    before, after = Image.open(io.BytesIO(plain)), Image.open(io.BytesIO(data))
    found = after.info.get("xmp") or after.info.get("XML:com.adobe.xmp", "").encode()

    assert xmp.packet(COMPOSITE) == found
    assert before.info["icc_profile"] == after.info["icc_profile"]
    assert np.array_equal(np.asarray(before.convert("RGB")), np.asarray(after.convert("RGB")))


@pytest.mark.parametrize(
    "text",
    [
        b"<Iptc4xmpExt:DigitalSourceType>http://x/y</Iptc4xmpExt:DigitalSourceType>",
        b"<rdf:Description Iptc4xmpExt:DigitalSourceType='http://x/y'/>",
        b'<rdf:Description Iptc4xmpExt:DigitalSourceType = "http://x/y"/>',
        b'<Iptc4xmpExt:DigitalSourceType rdf:resource="http://x/y"/>',
    ],
)
def test_every_way_to_write_it_is_read(text: bytes) -> None:
    """Others do it differently."""
    assert "http://x/y" == xmp.source_said(text)


def test_a_packet_may_say_nothing_of_the_source() -> None:
    assert xmp.source_said(b"<x:xmpmeta/>") is None


@given(
    kind=st.sampled_from(KINDS),
    cut=st.integers(0, 2000),
    changes=st.lists(st.tuples(st.integers(0, 999), st.integers(0, 255))),
)
def test_a_broken_file_gives_a_packet_or_none(kind: Kind, cut: int, changes: list[tuple[int, int]]) -> None:
    """Never an exception, never an endless search."""
    data = bytearray(xmp.with_packet(encoded(np.zeros((8, 8, 3), np.uint8), kind), kind, xmp.packet(TRAINED)))
    for place, value in changes:
        data[place % len(data)] = value
    found = xmp.packet_of(bytes(data[:cut]), kind)

    assert found is None or isinstance(xmp.source_said(found), str | None)


def test_a_compressed_packet_is_read_and_a_bomb_is_not_blown_up() -> None:
    """PNG allows both."""
    head = b"XML:com.adobe.xmp\0\1\0\0\0"
    png = images.encode_png(np.zeros((8, 8, 3), np.uint8))
    files = [
        png[:33] + chunk(b"iTXt", head + zlib.compress(text)) + png[33:]
        for text in (xmp.packet(TRAINED), xmp.packet(TRAINED) + bytes(50_000_000))
    ]
    packets = [xmp.packet_of(file, KIND_PNG) or b"" for file in files]

    assert [TRAINED, TRAINED] == [xmp.source_said(packet) for packet in packets]
    assert max(map(len, packets)) <= 1 << 20


def test_a_webp_file_without_an_extended_header_is_refused(pixels: Pixels) -> None:
    """Ours all have one; one that had not would be damaged."""
    with pytest.raises(ValueError, match="extended header"):
        xmp.with_packet(images.encode_webp(pixels, tagged=False), KIND_WEBP, b"x")
