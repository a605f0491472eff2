"""Coverage-guided fuzzing of the photo readers: `python -m tests.fuzz.images CORPUS_DIR -max_total_time=600`.

It runs in one process, without the child that would survive a crash: a crash is what it looks for.
"""

import sys

import atheris

with atheris.instrument_imports(include=["services.common.images"]):
    from services.common.images import ImageLimits, jpeg, photo, png, sniff, webp

from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_WEBP

from likeness_wire.errors import BadPhoto

_LIMITS = ImageLimits(max_pixels=500_000)
_READERS = {KIND_JPEG: jpeg.read_header, KIND_PNG: png.read_header, KIND_WEBP: webp.read_header}


def look_at(data: bytes) -> None:
    """A picture or a reason. Anything else ends the run, and the bytes are kept."""
    try:
        kind = sniff(data)
        if kind in _READERS:
            _READERS[kind](data)
        for fit_within in (None, 16):
            flow = photo.read(data, kind, _LIMITS, fit_within)
            if sum(part.nbytes for part in flow.parts) != flow.size_bytes:
                raise AssertionError("another size than announced")
    except BadPhoto:
        return


if __name__ == "__main__":
    atheris.Setup(sys.argv, look_at)
    atheris.Fuzz()
