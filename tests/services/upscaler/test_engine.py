"""Tiles, batches and memory, with a real network that is small."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Exhausted
from services.upscaler.engine import Engine
from services.upscaler.enlargement import Enlargement, Order
from services.upscaler.enlarger import Enlarger
from services.upscaler.pictures import Picture
from services.upscaler.targets import ByFactor, ByLongSide, Exactly, Size, Target
from services.upscaler.tiles import smallest_pixels
from tests.services.upscaler import small
from tests.services.upscaler.small import PLENTY, Cramped

ONE_RUN = 1 << 30
SMALLEST = smallest_pixels()


def _done(engine: Engine, *orders: Order) -> tuple[list[Picture], list[Enlargement]]:
    """All of them together, to the end."""
    running = [engine.begin(order) for order in orders]
    while any(not enlargement.complete for enlargement in running):
        engine.step(running)
    return [engine.finish(enlargement) for enlargement in running], running


def _alone(order: Order, tile_pixels: int = ONE_RUN) -> Picture:
    return _done(Engine(PLENTY, tile_pixels), order)[0][0]


def _off(one: Picture, other: Picture) -> int:
    """The largest difference, in steps."""
    return int(np.abs(one.pixels.astype(int) - other.pixels.astype(int)).max())


EXACT = small.enlarger()
DOUBLING = small.enlarger(2)


@given(
    width=st.integers(1, 420),
    height=st.integers(1, 420),
    doubling=st.booleans(),
    noise=st.booleans(),
)
@settings(max_examples=8, deadline=None)
def test_tiled_is_untiled(width: int, height: int, doubling: bool, noise: bool) -> None:
    """Any size, odd ones with a network that wants even sides, waves or noise: not one step apart."""
    picture = small.picture(width, height)
    if noise:
        picture = Picture(np.random.default_rng(width).integers(0, 256, (height, width, 3)).astype(np.uint8))
    order = small.order(picture, DOUBLING if doubling else EXACT, ByFactor(2))

    assert _off(_alone(order), _alone(order, SMALLEST)) <= 1


def test_a_picture_is_the_same_alone_and_beside_others() -> None:
    """Tiles of all calls share batches, and nobody notices."""
    orders = [small.order(Picture(np.roll(small.picture(60, 44).pixels, shift, 1)), EXACT) for shift in (0, 5, 9, 20)]
    together, running = _done(Engine(PLENTY, ONE_RUN), *orders)

    assert all(enlargement.tiles == 1 for enlargement in running)
    assert max(_off(_alone(order), result) for order, result in zip(orders, together, strict=True)) <= 1


def test_equal_tiles_of_all_pictures_run_as_one_batch() -> None:
    """Four pictures, one run; another shape waits for its own."""
    cramped = Cramped(ONE_RUN)
    orders = [small.order(small.picture(40, 30), cramped) for _ in range(4)]
    _done(Engine(PLENTY, ONE_RUN), *orders, small.order(small.picture(30, 40), cramped))

    assert sorted(cramped.runs) == [(1, 3, 40, 30), (4, 3, 30, 40)]


def test_a_batch_is_no_larger_than_one_run_may_be() -> None:
    """What one run may see bounds pictures together as it bounds one alone."""
    cramped = Cramped(ONE_RUN)
    _done(Engine(PLENTY, SMALLEST), *(small.order(small.picture(128, 96), cramped) for _ in range(5)))

    assert sorted(run[0] for run in cramped.runs) == [2, 3]


@pytest.mark.parametrize("room", [60_000, 50_000, SMALLEST])
def test_what_does_not_fit_is_halved_until_it_does(room: int) -> None:
    """The same picture, in more tiles, and the answer says so."""
    cramped = Cramped(room)
    picture = small.picture(301, 203)
    (result,), (enlargement,) = _done(Engine(PLENTY, ONE_RUN), small.order(picture, cramped))

    assert _off(result, _alone(small.order(picture, EXACT))) <= 1
    assert enlargement.memory_retries > 0
    assert enlargement.done == enlargement.tiles > 1
    assert enlargement.extra_pixels > 0


def test_a_batch_that_does_not_fit_is_halved_before_its_tiles_are() -> None:
    """Whole pictures, one after the other."""
    cramped = Cramped(60 * 44)
    orders = [small.order(small.picture(60, 44), cramped) for _ in range(4)]
    results, running = _done(Engine(PLENTY, ONE_RUN), *orders)

    assert [run[0] for run in cramped.runs] == [1, 1, 1, 1]
    assert all(enlargement.tiles == 1 for enlargement in running)
    assert max(_off(result, _alone(small.order(small.picture(60, 44), EXACT))) for result in results) <= 1


def test_memory_that_came_back_is_used_again() -> None:
    """After a shortage tiles are small for a while, not for ever."""
    cramped = Cramped(40_000)
    engine = Engine(PLENTY, ONE_RUN)
    _done(engine, small.order(small.picture(301, 203), cramped))
    shrunk, cramped.room = engine.budget_bytes, ONE_RUN
    _done(engine, *(small.order(small.picture(9, 9), cramped) for _ in range(20)))

    assert shrunk < PLENTY
    assert engine.budget_bytes == PLENTY


def test_too_little_for_the_smallest_tile_is_said() -> None:
    """OUT_OF_MEMORY, and never a picture with a piece of another in it."""
    engine = Engine(PLENTY, ONE_RUN)
    running = [engine.begin(small.order(small.picture(301, 203), Cramped(SMALLEST // 2)))]
    with pytest.raises(Exhausted) as caught:
        engine.step(running)

    assert caught.value.reason == reasons.REASON_OUT_OF_MEMORY
    assert caught.value.retry_after_s
    with pytest.raises(RuntimeError):
        engine.finish(running[0])


def test_a_run_that_failed_can_be_repeated() -> None:
    """Its tiles wait again, and the picture comes out right."""

    class Failing(Enlarger):
        """Once."""

        def __call__(self, *args: object) -> torch.Tensor:
            self.recomputed += 1
            if self.recomputed == 1:
                raise ValueError("a bad moment")
            return super().__call__(*args)  # type: ignore[arg-type]

    engine = Engine(PLENTY, SMALLEST)
    order = small.order(small.picture(250, 170), Failing(small.network(), small.CPU, torch.float32))
    running = [engine.begin(order)]
    with pytest.raises(ValueError, match="a bad moment"):
        engine.step(running)
    while not running[0].complete:
        engine.step(running)

    assert _off(engine.finish(running[0]), _alone(small.order(small.picture(250, 170), EXACT))) <= 1


@pytest.mark.parametrize(
    "target", [ByFactor(4), ByFactor(3.3), ByLongSide(200), Exactly(Size(160, 100)), ByFactor(1), ByFactor(0.4)]
)
@pytest.mark.parametrize("shape", [(1, 1), (1, 57), (57, 2), (64, 48)])
def test_every_target_of_every_size_is_met(target: Target, shape: tuple[int, int]) -> None:
    """To the pixel, from a single pixel on."""
    order = small.order(small.picture(*shape), EXACT, target)
    if order.framing.factor <= 4:
        assert _alone(order).size == order.framing.size


def test_what_is_not_enlarged_needs_no_network() -> None:
    """A smaller target is a resize, and the same size changes nothing at all."""
    cramped, picture = Cramped(0), small.picture(40, 30)

    assert _alone(small.order(picture, cramped, ByFactor(0.5))).size == (20, 15)
    assert np.array_equal(picture.pixels, _alone(small.order(picture, cramped, ByFactor(1))).pixels)
    assert cramped.runs == []


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("factor", [4.0, 2.5])
def test_what_a_picture_is_it_stays(channels: int, dtype: type[np.unsignedinteger], factor: float) -> None:
    """Grey, transparent, 8 or 16 bits."""
    picture = small.picture(40, 30, channels, dtype)
    result = _alone(small.order(picture, EXACT, ByFactor(factor)))

    assert result.pixels.shape == (round(30 * factor), round(40 * factor), channels)
    assert result.pixels.dtype == dtype


def test_16_bits_are_more_than_256_values() -> None:
    """Nothing on the way is cut to eight."""
    ramp = np.linspace(20_000, 24_000, 90 * 70).reshape(70, 90, 1).repeat(3, axis=2).astype(np.uint16)
    result = _alone(small.order(Picture(ramp), EXACT))

    assert len(np.unique(result.pixels)) > 2000


def test_transparency_goes_through_the_network_or_around_it() -> None:
    """Two different edges; colours are the same either way."""
    picture = small.picture(40, 30, 4)
    by_network = _alone(small.order(picture, EXACT))
    by_lanczos = _alone(small.order(picture, EXACT, alpha_by_network=False))

    assert np.array_equal(by_network.pixels[..., :3], by_lanczos.pixels[..., :3])
    assert not np.array_equal(by_network.pixels[..., 3], by_lanczos.pixels[..., 3])


def test_an_opaque_picture_stays_opaque_by_lanczos() -> None:
    """No fringe at the border."""
    pixels = small.picture(40, 30, 4).pixels.copy()
    pixels[..., 3] = 255
    result = _alone(small.order(Picture(pixels), EXACT, ByFactor(3), alpha_by_network=False))

    assert (result.pixels[..., 3] == 255).all()


def test_aspect_ratios_of_twenty_to_one_are_nothing_special() -> None:
    """Tiled along the long side, the same as whole."""
    order = small.order(small.picture(1200, 60), EXACT)

    assert _off(_alone(order), _alone(order, SMALLEST)) <= 1


def test_the_share_of_the_work_never_falls() -> None:
    """Also where there turn out to be more tiles than were planned."""
    cramped = Cramped(SMALLEST)
    engine = Engine(PLENTY, 60_000)
    running = [engine.begin(small.order(small.picture(301, 203), cramped))]
    shares = []
    while not running[0].complete:
        engine.step(running, lambda _: shares.append(running[0].fraction))
        shares.append(running[0].fraction)

    assert shares == sorted(shares)
    assert (shares[0] < 0.2, shares[-1]) == (True, 1.0)


def test_orders_show_no_pixels() -> None:
    """Not in logs, and not in tracebacks."""
    order = small.order(small.picture(4, 4), EXACT)

    assert "array" not in repr(order)
    assert "tensor" not in repr(Engine(PLENTY, ONE_RUN).begin(order).waiting[0])
