"""Colour profiles as files carry them: assembled, bounded, not yet believed."""

import zlib

from services.common.images.refusals import too_large

# Printers' CMYK profiles reach 3 MB.
_MOST_BYTES = 4_194_304


def bounded(profile: bytes) -> bytes:
    if len(profile) > _MOST_BYTES:
        raise too_large("bytes of colour profile", _MOST_BYTES)
    return profile


def inflated(packed: bytes) -> bytes | None:
    """Of a PNG. None where it cannot be unpacked: the picture is then read as sRGB, as browsers do."""
    try:
        return bounded(zlib.decompressobj().decompress(packed, _MOST_BYTES + 1))
    except zlib.error:
        return None


def assembled(parts: dict[int, bytes], count: int) -> bytes | None:
    """Of a JPEG, where it comes in numbered parts from 1. None where one is missing."""
    if not parts or sorted(parts) != list(range(1, count + 1)):
        return None
    return bounded(b"".join(parts[number] for number in sorted(parts)))
