"""The decoder as services use it. What it makes of awkward files is in test_awkward.py."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import psutil
import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG
from PIL import Image

from likeness_wire.errors import BadPhoto, Unavailable
from services.common import images
from services.common.child import Child
from services.common.images import Decoder, ImageLimits, photo
from tests.services.common import misbehaving
from tests.services.common.images.awkward import jpegs, pngs
from tests.services.common.images.awkward.case import Pixels
from tests.services.common.images.awkward.scene import exif, oriented, saved, scene, swapped_profile


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as decoder:
        yield decoder


@cache
def waves(width: int = 1000, height: int = 800) -> Pixels:
    """Large enough to come in several pieces; fine and coarse detail, no symmetry."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    channels = (np.sin(x / 9 + y / 31), np.cos(x / 5 - y / 17), np.sin((x + 2 * y) / 200))
    return np.stack([127 + 100 * wave for wave in channels], axis=-1).astype(np.uint8)


def lying(orientation: int) -> bytes:
    """The waves, stored as Exif's orientation says."""
    stored = Image.fromarray(np.ascontiguousarray(oriented(waves(), orientation)))
    return saved(stored, "PNG", compress_level=1, exif=exif(orientation))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pieces_join_without_a_seam(decoder: Decoder, orientation: int) -> None:
    """A picture that travels in many pieces is the same to the bit, whichever way it lies."""
    np.testing.assert_array_equal(decoder.decode(lying(orientation)), waves())


@pytest.mark.parametrize("longest", [999, 500, 333, 64, 1])
@pytest.mark.parametrize("orientation", [1, 6])
def test_small_pictures_have_no_seams_either(decoder: Decoder, longest: int, orientation: int) -> None:
    """Scaled in pieces, it is what scaling the whole would give."""
    decoded = decoder.decode(lying(orientation), fit_within=longest)

    whole = Image.fromarray(waves()).resize(decoded.shape[1::-1], Image.Resampling.LANCZOS, reducing_gap=1.9)
    assert max(decoded.shape[:2]) == longest
    assert np.abs(decoded.astype(int) - np.asarray(whole)).max() <= 2


def test_the_size_sent_is_told_upright(decoder: Decoder) -> None:
    """Boxes are reported in the pixels of the photo that was sent, as a viewer shows it."""
    pixels, sent = decoder.decode_sized(lying(6), fit_within=100)

    assert sent == (1000, 800)
    assert pixels.shape == (80, 100, 3)


def test_nothing_is_enlarged(decoder: Decoder) -> None:
    """`fit_within` is a bound, not a size."""
    np.testing.assert_array_equal(decoder.decode(pngs.plain(), fit_within=4096), scene())


def test_a_small_picture_of_a_jpeg_is_cheap(decoder: Decoder) -> None:
    """It is decoded at an eighth of its size, and shows the same."""
    data = jpegs.jpeg(Image.fromarray(waves()), subsampling=0)

    small = decoder.decode(data, fit_within=125)

    whole = Image.fromarray(waves()).resize((125, 100), Image.Resampling.BOX)
    assert np.abs(small.astype(int) - np.asarray(whole)).mean() < 3


def test_colour_is_converted_in_every_piece(decoder: Decoder) -> None:
    """The profile of a large picture applies from the first row to the last."""
    data = jpegs.with_profile(swapped_profile(), picture=Image.fromarray(waves()))

    difference = np.abs(decoder.decode(data).astype(int) - waves()[..., [1, 0, 2]])

    assert difference.mean() < 4
    assert difference[-50:].mean() < 4


def test_what_was_announced_has_to_be_true(decoder: Decoder) -> None:
    """A wrong kind is refused, whatever else the bytes are."""
    assert decoder.decode(pngs.plain(), announced=KIND_PNG).shape == (64, 96, 3)
    with pytest.raises(BadPhoto, match="JPEG was announced, but the bytes are PNG") as caught:
        decoder.decode(pngs.plain(), announced=KIND_JPEG)

    assert caught.value.reason == reasons.REASON_UNSUPPORTED_FORMAT


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview])
def test_any_buffer_will_do(decoder: Decoder, make: type) -> None:
    """Blobs arrive as bytearrays."""
    np.testing.assert_array_equal(decoder.decode(make(pngs.plain())), scene())


def test_the_result_is_the_callers_own(decoder: Decoder) -> None:
    """It may be written to, and nobody else sees that."""
    first, second = decoder.decode(pngs.plain()), decoder.decode(pngs.plain())
    first[:] = 0

    assert not first.any()
    np.testing.assert_array_equal(second, scene())


def test_limits_are_settings() -> None:
    """Each of them refuses what the default lets through, and says the limit."""
    with Decoder(ImageLimits(max_bytes=1000, max_pixels=50 * 50)) as narrow:
        with pytest.raises(BadPhoto, match="1,000") as too_long:
            narrow.decode(bytes(1001))
        with pytest.raises(BadPhoto, match="2,500") as too_wide:
            narrow.decode(pngs.claiming(51, 50))

    assert too_long.value.reason == too_wide.value.reason == reasons.REASON_TOO_LARGE
    assert too_wide.value.metadata == {"limit": "2500"}


def test_memory_is_a_limit_too() -> None:
    """A photo that needs more than it may have is refused by its header, or stopped by the kernel."""
    data = saved(Image.new("RGB", (3000, 2000)), "PNG")
    with Decoder(ImageLimits(decode_memory_bytes=20_000_000)) as narrow:
        with pytest.raises(BadPhoto) as caught:
            narrow.decode(data)
        assert narrow.decode(pngs.plain()).shape == (64, 96, 3)

    assert caught.value.reason == reasons.REASON_DECODE_LIMIT


def test_who_kills_the_decoder_is_not_the_photo(decoder: Decoder) -> None:
    """A decoder that is killed from outside begins again, unnoticed."""
    data = jpegs.many_scans(3_000, 100)
    with _killed_while_busy(decoder):
        pixels = decoder.decode(data)

    assert pixels.shape == (3_000, 3_000, 3)


def test_a_closed_decoder_says_so() -> None:
    """Whoever comes too late may try another replica."""
    decoder = Decoder()
    decoder.close()
    with pytest.raises(Unavailable) as caught:
        decoder.decode(pngs.plain())

    assert caught.value.reason == reasons.REASON_WORKER_LOST


def test_photos_take_turns(decoder: Decoder) -> None:
    """Many threads, one child, each its own picture."""
    sizes = {n: decoder_input(n) for n in range(1, 25)}
    shapes: dict[int, tuple[int, ...]] = {}

    def decode(n: int) -> None:
        shapes[n] = decoder.decode(sizes[n]).shape

    threads = [threading.Thread(target=decode, args=(n,)) for n in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert shapes == {n: (n, 2 * n, 3) for n in sizes}


def decoder_input(n: int) -> bytes:
    return saved(Image.new("RGB", (2 * n, n)), "PNG")


async def test_the_loop_goes_on_meanwhile(decoder: Decoder) -> None:
    """A large photo in a thread leaves the event loop free: everything that computes is elsewhere."""
    data = jpegs.jpeg(Image.new("RGB", (4000, 3000)))
    decoding = asyncio.create_task(asyncio.to_thread(decoder.decode, data))
    turns = 0
    while not decoding.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert (await decoding).shape == (3000, 4000, 3)
    assert turns > 10


def test_nothing_of_a_photo_is_where_it_could_outlive_us() -> None:
    """In the middle of decoding, the child has nothing open but its pipes, and maps no file that it could write."""
    with Child(name="looked at", initializer=photo.warm_up) as child:
        opened, mapped = child.call(
            misbehaving.look_around_while_reading, jpegs.jpeg(Image.fromarray(waves())), timeout_s=10
        )

    assert {name.partition(":")[0] for name in opened} <= {"socket", "pipe", "/dev/null"}
    assert not [line for line in mapped if "w" in line.split()[1] and "s" in line.split()[1]]


def test_the_decoder_is_sealed(decoder: Decoder) -> None:
    """The kernel filters what it asks for; test_child.py says what that means."""
    decoder.decode(pngs.plain())
    status = Path(f"/proc/{decoder.pid}/status").read_text()

    assert "Seccomp:\t2" in status
    assert "NoNewPrivs:\t1" in status


def test_logs_say_that_and_not_what(caplog: pytest.LogCaptureFixture) -> None:
    """A photo that ends its decoder leaves one line, with nothing of the photo in it."""
    data = jpegs.with_segments(jpegs.segment(0xFE, b"marker-bytes"), data=jpegs.many_scans(4_000, 4_000))
    with Decoder(ImageLimits(decode_s=0.4)) as impatient, caplog.at_level(logging.DEBUG), pytest.raises(BadPhoto):
        impatient.decode(data)

    assert [record.getMessage() for record in caplog.records] == ["a photo ended its decoder"]
    assert "marker-bytes" not in caplog.text


def test_a_refusal_names_nothing_but_the_format(decoder: Decoder) -> None:
    """No path, no byte of the photo, no message of a library."""
    with pytest.raises(BadPhoto) as caught:
        decoder.decode(pngs.plain()[:-12])

    assert str(caught.value) == "the PNG is truncated or damaged"
    assert caught.value.metadata == {"format": "PNG"}


def test_the_facade_is_what_it_says() -> None:
    """Services import these and nothing behind them."""
    assert set(images.__all__) == {
        *("Decoder", "ImageLimits", "sniff", "agree", "decode_trusted"),
        *("encode_jpeg", "encode_png", "encode_webp"),
    }


class _killed_while_busy:  # noqa: N801 - reads as what it does
    """Kills the decoder's child from outside as soon as it works on something."""

    def __init__(self, decoder: Decoder) -> None:
        decoder.start()
        assert decoder.pid is not None
        self._pid = decoder.pid
        self._thread = threading.Thread(target=self._kill)

    def __enter__(self) -> None:
        self._idle_s = sum(psutil.Process(self._pid).cpu_times()[:2])
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def _kill(self) -> None:
        child = psutil.Process(self._pid)
        while sum(child.cpu_times()[:2]) - self._idle_s < 0.05:
            time.sleep(0.005)
        os.kill(self._pid, signal.SIGKILL)
