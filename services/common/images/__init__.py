"""Pictures in and out.

    with images.Decoder(images.ImageLimits()) as decoder:           # bytes that anyone may have sent
        pixels = decoder.decode(data, fit_within=2048)              # height × width × 3, uint8, sRGB, upright

    pixels = images.decode_trusted(blob)                            # PNG or RGB8 between our own services
    data = images.encode_png(pixels)                                # also encode_jpeg, encode_webp

All of it blocks and belongs in a worker thread.
"""

from services.common.images.decoder import Decoder
from services.common.images.encode import encode_jpeg, encode_png, encode_webp
from services.common.images.limits import ImageLimits
from services.common.images.sniff import agree, sniff
from services.common.images.trusted import decode_trusted

__all__ = [
    "Decoder",
    "ImageLimits",
    "agree",
    "decode_trusted",
    "encode_jpeg",
    "encode_png",
    "encode_webp",
    "sniff",
]
