"""The XMP packet that says how a picture came to be, and its place in JPEG, PNG and WebP files.

It is not signed and easily lost, but read by far more programs than a C2PA manifest is.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_WEBP, Kind

from services.common.images import png

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Likeness" Iptc4xmpExt:DigitalSourceType="{source}"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
# As an attribute, as ours has it, or as an element; by pattern, since a stranger's XML is not worth a parser.
_SOURCE = re.compile(rb"DigitalSourceType(?:>|\s*=\s*[\"']|[^>]{0,200}rdf:resource\s*=\s*[\"'])\s*([^\"'<\s]{1,200})")

_JPEG_NAME = b"http://ns.adobe.com/xap/1.0/\0"
_PNG_NAME = b"XML:com.adobe.xmp\0"
# What is said of the source comes early; a stranger's packet may be a bomb.
_MOST_TEXT = 1 << 20
_SOI, _APP0, _APP1, _SOS = 0xD8, 0xE0, 0xE1, 0xDA
# Flags of VP8X.
_WEBP_HAS_XMP = 0x04


def packet(source_type: str) -> bytes:
    return _PACKET.format(source=source_type).encode()


def with_packet(data: bytes, kind: Kind, text: bytes) -> bytes:
    """One of our own files, which has none yet, with a packet in it."""
    return _PUT[kind](data, text)


def packet_of(data: bytes, kind: Kind) -> bytes | None:
    """Anybody's file. None where there is none, or the file ends before it comes."""
    return next(_FIND[kind](data), None)


def source_said(text: bytes) -> str | None:
    """What a packet says of the source."""
    found = _SOURCE.search(text)
    return found[1].decode("ascii", "replace") if found else None


def _put_jpeg(data: bytes, text: bytes) -> bytes:
    """Behind JFIF's own segment, which has to be the first."""
    place = 2 + _length(data, 2) + 2 if data[3] == _APP0 else 2
    content = _JPEG_NAME + text
    segment = struct.pack(">BBH", 0xFF, _APP1, len(content) + 2) + content
    return data[:place] + segment + data[place:]


def _put_png(data: bytes, text: bytes) -> bytes:
    """Behind the header; not compressed, so that the simplest reader finds it."""
    place = len(png.SIGNATURE) + 25
    return data[:place] + png.chunk(b"iTXt", _PNG_NAME + b"\0\0\0\0" + text) + data[place:]


def _put_webp(data: bytes, text: bytes) -> bytes:
    """At the end. Our files have the extended header, since they have a colour profile."""
    if data[12:16] != b"VP8X":
        raise ValueError("a WebP file without an extended header takes no metadata")
    chunk = b"XMP " + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)
    size = struct.pack("<I", len(data) - 8 + len(chunk))
    return data[:4] + size + data[8:20] + bytes([data[20] | _WEBP_HAS_XMP]) + data[21:] + chunk


def _find_jpeg(data: bytes) -> Iterator[bytes]:
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != _SOS:
        end = place + 2 + _length(data, place)
        if data[place + 1] == _APP1 and data.startswith(_JPEG_NAME, place + 4):
            yield data[place + 4 + len(_JPEG_NAME) : end]
        place = end


def _find_png(data: bytes) -> Iterator[bytes]:
    place = len(png.SIGNATURE)
    while place + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, place)
        if data[place + 4 : place + 8] == b"iTXt" and data.startswith(_PNG_NAME, place + 8):
            yield _text(data[place + 8 + len(_PNG_NAME) : place + 8 + size])
        place += size + 12


def _text(content: bytes) -> bytes:
    """Of an iTXt chunk: behind two flags, a language and a translated keyword; perhaps compressed."""
    text = content[2:].partition(b"\0")[2].partition(b"\0")[2]
    if content[:1] != b"\1":
        return text
    try:
        return zlib.decompressobj().decompress(text, _MOST_TEXT)
    except zlib.error:
        return b""


def _find_webp(data: bytes) -> Iterator[bytes]:
    place = 12
    while place + 8 <= len(data):
        (size,) = struct.unpack_from("<I", data, place + 4)
        if data[place : place + 4] == b"XMP ":
            yield data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2


def _length(data: bytes, place: int) -> int:
    """Of a JPEG segment, its own two bytes included; never less, so that a search goes on."""
    (length,) = struct.unpack_from(">H", data, place + 2)
    return max(2, int(length))


_PUT = {KIND_JPEG: _put_jpeg, KIND_PNG: _put_png, KIND_WEBP: _put_webp}
_FIND = {KIND_JPEG: _find_jpeg, KIND_PNG: _find_png, KIND_WEBP: _find_webp}
KINDS = frozenset(_FIND)
