"""What the bytes are, by their own first bytes. A name or a header that says otherwise is not believed."""

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_HEIC, KIND_JPEG, KIND_PNG, KIND_WEBP, Kind

from likeness_wire.errors import BadPhoto
from services.common.images.refusals import animated, name_of, unsupported

# Named only so that the caller reads what was sent; none of them is opened.
_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"8BPS", "PSD"),
    (b"%PDF", "PDF"),
    (b"%!PS", "EPS"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"SIMPLE  =", "FITS"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\1\0", "ICO"),
    (b"v/1\1", "EXR"),
    (b"DDS ", "DDS"),
    (b"qoif", "QOI"),
    (b"\x8aMNG", "MNG"),
    (b"\x8bJNG", "JNG"),
    (b"<svg", "SVG"),
    (b"<?xml", "SVG"),
    (b"PK\3\4", "ZIP"),
    (b"\x1f\x8b", "gzip"),
)
_HEVC_STILLS = frozenset({b"heic", b"heix", b"heim", b"heis"})
_SEQUENCES = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_HEIF = frozenset({b"mif1", b"mif2", b"miaf"}) | _HEVC_STILLS | _SEQUENCES


def sniff(data: bytes | bytearray | memoryview) -> Kind:
    """The accepted kind. BadPhoto: UNSUPPORTED_FORMAT for all others, ANIMATED for sequences."""
    start = bytes(data[:256])
    if start.startswith(b"\xff\xd8\xff"):
        return KIND_JPEG
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return KIND_PNG
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return KIND_WEBP
    if start[4:8] == b"ftyp":
        return _sniff_brands(start)
    raise unsupported(next((name for magic, name in _REFUSED if start.lstrip().startswith(magic)), "this file"))


def agree(announced: Kind, found: Kind) -> None:
    """A sender who is wrong about its own bytes has a fault somewhere."""
    if announced != found:
        message = f"{name_of(announced)} was announced, but the bytes are {name_of(found)}"
        raise BadPhoto(reasons.REASON_UNSUPPORTED_FORMAT, message, format=name_of(found))


def _sniff_brands(start: bytes) -> Kind:
    """ISO base media: HEIC among videos, AVIF and the like, told apart by the brands it claims to follow."""
    length = int.from_bytes(start[:4], "big")
    brands = [start[8:12], *(start[at : at + 4] for at in range(16, min(length, len(start)) - 3, 4))]
    if brands[0] in _SEQUENCES:
        raise animated("a HEIF sequence")
    if brands[0] in _HEIF and _HEVC_STILLS.intersection(brands):
        return KIND_HEIC
    if {b"avif", b"avis"}.intersection(brands):
        raise unsupported("AVIF")
    raise unsupported("HEIF without HEVC" if brands[0] in _HEIF else "video")
