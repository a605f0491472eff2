"""The one thing worth knowing from Exif: which way is up."""

import struct

_ORIENTATION = 0x0112
_SHORT = 3
_ENTRY_BYTES = 12


def orientation(exif: bytes) -> int:
    """1 to 8 as Exif counts them; 1, upright, where there is none or it makes no sense."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return 1
    (at,) = struct.unpack_from(order + "I", tiff, 4)
    if at + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(order + "H", tiff, at)
    last = min(at + 2 + count * _ENTRY_BYTES, len(tiff)) - _ENTRY_BYTES
    for entry in range(at + 2, last + 1, _ENTRY_BYTES):
        tag, kind, values, value = struct.unpack_from(order + "HHIH", tiff, entry)
        if tag == _ORIENTATION:
            return value if (kind, values) == (_SHORT, 1) and 1 <= value <= 8 else 1
    return 1
