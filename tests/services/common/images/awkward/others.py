"""Everything that is not accepted, harmless or not, and files that claim to be two things at once."""

import gzip
import random
import struct
from functools import partial

from likeness.common.v1 import reason_pb2 as reasons
from PIL import Image

from tests.services.common.images.awkward import jpegs, pngs
from tests.services.common.images.awkward.case import Case, named
from tests.services.common.images.awkward.scene import image, saved


def gif(frames: int) -> bytes:
    data = saved(Image.new("P", (8, 8)), "GIF")
    start = data.index(b",\0\0\0\0")
    return data[:start] + data[start:-1] * frames + data[-1:]


def gif_bomb() -> bytes:
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0)
        + b","
        + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0)
    )


def bmp_bomb() -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 100, 0, 0, 54, 40, 65_535, 65_535, 1, 24, 0, 0, 0, 0, 0, 0)


def tiff_bomb() -> bytes:
    """One strip, claimed to hold four thousand million pixels."""
    entries = [(256, 65_535), (257, 65_535), (258, 8), (259, 5), (262, 1), (273, 8), (277, 1), (278, 65_535), (279, 9)]
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + directory + bytes(4)


def svg_laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a0 "ha">{entities}]><svg>&a11;</svg>'.encode()


def fits_gzip_bomb() -> bytes:
    """What once made Pillow unpack without end."""
    cards = [b"SIMPLE  = T", b"BITPIX  = 8", b"NAXIS   = 2", b"NAXIS1  = 99999", b"NAXIS2  = 99999", b"END"]
    return b"".join(card.ljust(80) for card in cards).ljust(2880) + gzip.compress(bytes(10_000_000))


def by_pillow(form: str) -> bytes:
    return saved(image(), form)


CASES: tuple[Case, ...] = (
    *named(
        reasons.REASON_UNSUPPORTED_FORMAT,
        nothing=lambda: b"",
        one_byte=lambda: b"\xff",
        text=lambda: b"Dear sir or madam,",
        zeros=lambda: bytes(100_000),
        noise=lambda: random.Random(7).randbytes(100_000),
        GIF=partial(gif, 1),
        GIF_of_10000_frames=partial(gif, 10_000),
        GIF_bomb=gif_bomb,
        BMP=partial(by_pillow, "BMP"),
        BMP_bomb=bmp_bomb,
        TIFF=partial(by_pillow, "TIFF"),
        TIFF_bomb=tiff_bomb,
        ICO=partial(by_pillow, "ICO"),
        JPEG_2000=partial(by_pillow, "JPEG2000"),
        PPM=partial(by_pillow, "PPM"),
        TGA=partial(by_pillow, "TGA"),
        PCX=partial(by_pillow, "PCX"),
        DDS=partial(by_pillow, "DDS"),
        PDF=partial(by_pillow, "PDF"),
        EPS=partial(by_pillow, "EPS"),
        EPS_that_runs_a_program=lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file\n",
        FITS_bomb=fits_gzip_bomb,
        SVG=lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        SVG_of_a_thousand_million_laughs=svg_laughs,
        HTML=lambda: b"<!doctype html><img src=x onerror=alert(1)>",
        ZIP=jpegs.zipped,
        gzip_of_a_JPEG=lambda: gzip.compress(jpegs.jpeg()),
        JPEG_XL=lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(100),
        PSD=lambda: b"8BPS\0\1" + bytes(100),
        MNG=lambda: b"\x8aMNG\r\n\x1a\n" + bytes(100),
        RIFF_of_sound=lambda: b"RIFF" + struct.pack("<I", 4) + b"WAVE",
        GIF_and_JPEG=lambda: b"GIF89a" + jpegs.jpeg(),
        PDF_and_JPEG=lambda: b"%PDF-1.7\n" + jpegs.jpeg(),
        JPEG_behind_a_blank=lambda: b" " + jpegs.jpeg(),
        PNG_with_line_ends_of_a_mail=lambda: pngs.plain().replace(b"\r\n", b"\n", 1),
    ),
    *named(
        reasons.REASON_CORRUPT,
        PNG_head_on_a_JPEG=lambda: pngs.SIGNATURE + jpegs.jpeg(),
        JPEG_head_on_a_PNG=lambda: b"\xff\xd8\xff" + pngs.plain(),
        WebP_head_on_a_JPEG=lambda: b"RIFF\x10\0\0\0WEBPVP8 " + jpegs.jpeg(),
        PNG_in_a_JPEG_comment_only=lambda: b"\xff\xd8" + jpegs.segment(0xFE, pngs.plain()) + b"\xff\xd9",
    ),
    *named(reasons.REASON_TOO_LARGE, zeros_of_26_MB=lambda: bytes(26_000_000)),
)
