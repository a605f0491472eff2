"""What guarding costs: photos through the decoder's child against Pillow in the process, and the encoders.

`python -m bench.images [--rounds 9] [--only png]`
"""

import os
import signal
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.abab import Pair, abab
from bench.chosen import Measurements, chosen, command
from bench.images import files, plain
from bench.table import Row
from services.common.images import Decoder, encode_jpeg, encode_png

_PIXEL = files.photo(2, 2)


async def decoding(
    decoder: Decoder, rounds: int, name: str, data: bytes, goal_ms: float, fit: int | None = None
) -> Row:
    pair = await abab(
        partial(_seconds, lambda: decoder.decode(data, fit_within=fit)),
        partial(_seconds, lambda: plain.decode(data, fit)),
        rounds,
    )
    label = f"decode {name}, {len(data) / 1e6:.1f} MB"
    return _compared(label, pair, f"≤ +{goal_ms:.0f} ms", pair.difference <= goal_ms / 1e3)


async def encoding(
    rounds: int, name: str, this: Callable[[], bytes], reference: Callable[[], bytes], goal: float
) -> Row:
    pair = await abab(partial(_seconds, this), partial(_seconds, reference), rounds)
    size = len(this()) / len(reference())
    row = _compared(f"encode {name}, size × {size:.3f}", pair, f"≤ × {goal}", pair.ratio <= goal)
    return row._replace(ratio=f"× {pair.ratio:.2f}")


def call_alone(decoder: Decoder, rounds: int) -> Row:
    """What the way there and back costs a photo of four pixels."""
    data = encode_png(_PIXEL, tagged=False)
    seconds = statistics.median(_timed(lambda: decoder.decode(data)) for _ in range(20 * rounds))
    return Row("way to the child and back", f"{seconds * 1e3:.2f} ms", "", "", "")


def replacement(decoder: Decoder, rounds: int) -> Row:
    """From the death of a child until the next has decoded something."""
    data = encode_png(_PIXEL, tagged=False)

    def once() -> float:
        assert decoder.pid is not None
        os.kill(decoder.pid, signal.SIGKILL)
        return _timed(lambda: decoder.decode(data))

    seconds = statistics.median(once() for _ in range(rounds))
    return Row("a killed child replaced", f"{seconds * 1e3:.0f} ms", "", "", "")


def memory(name: str, data: bytes) -> Row:
    """The most that a fresh child ever held, beyond what it holds when it is idle."""
    with Decoder() as decoder:
        idle = _kilobytes(decoder, "VmRSS")
        decoder.decode(data)
        extra = (_kilobytes(decoder, "VmHWM") - idle) / 1e3
    return Row(f"extra memory of the child, {name}", f"{extra:.0f} MB", "", "", "≤ 300 MB" + _missed(extra <= 300))


async def rows(rounds: int, only: str) -> list[Row]:
    pixels, portrait = files.photo(), files.photo(1024, 1024)
    jpeg = files.encoded(pixels, "JPEG", quality=90)
    converted = files.encoded(pixels, "JPEG", quality=90, icc_profile=files.wide_gamut())
    png, webp = files.encoded(pixels, "PNG", compress_level=1), files.encoded(pixels, "WEBP", quality=85, method=1)
    heic = files.encoded(pixels, "HEIF")
    lying = files.encoded(pixels, "JPEG", quality=90, exif=files.lying())
    with Decoder() as decoder:
        decode, encode = partial(decoding, decoder, rounds), partial(encoding, rounds)
        wanted: Measurements = {
            "call": lambda: call_alone(decoder, rounds),
            "jpeg": lambda: decode("12 MP JPEG", jpeg, 10),
            "lying": lambda: decode("12 MP JPEG, turned", lying, 10),
            "profile": lambda: decode("12 MP JPEG, wide gamut", converted, 10),
            "draft": lambda: decode("12 MP JPEG to 1024", jpeg, 10, 1024),
            "png": lambda: decode("12 MP PNG", png, 40),
            "webp": lambda: decode("12 MP WebP", webp, 10),
            "heic": lambda: decode("12 MP HEIC", heic, 10),
            "png1": lambda: encode(
                "PNG 1024², Pillow's default",
                lambda: encode_png(portrait),
                lambda: plain.encode(portrait, "PNG"),
                0.2,
            ),
            "png2": lambda: encode(
                "PNG 1024², Pillow's fastest",
                lambda: encode_png(portrait),
                lambda: plain.encode(portrait, "PNG", compress_level=1),
                0.4,
            ),
            "jpg1": lambda: encode(
                "JPEG 12 MP",
                lambda: encode_jpeg(pixels),
                lambda: plain.encode(pixels, "JPEG", quality=92),
                1.1,
            ),
            "killed": lambda: replacement(decoder, rounds),
            "memory": lambda: memory("12 MP JPEG", jpeg),
            "memory50": lambda: memory("50 MP JPEG", files.encoded(files.photo(8160, 6120), "JPEG", quality=85)),
        }
        return await chosen(wanted, only)


def _compared(name: str, pair: Pair, goal: str, met: bool) -> Row:
    this, reference = (f"{seconds * 1e3:.0f} ms" for seconds in pair.medians)
    return Row(name, this, reference, f"{pair.difference * 1e3:+.0f} ms", goal + _missed(met))


def _missed(met: bool) -> str:
    return "" if met else ", missed"


async def _seconds(work: Callable[[], object]) -> float:
    return _timed(work)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _kilobytes(decoder: Decoder, field: str) -> float:
    status = Path(f"/proc/{decoder.pid}/status").read_text()
    return float(status.partition(f"{field}:")[2].split()[0])


if __name__ == "__main__":
    command(__doc__, rows, "pillow", "pillow-heif", "numpy", rounds=9)
