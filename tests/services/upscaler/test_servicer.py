"""The upscaler over a real connection."""

import asyncio
import gc
import threading
from collections.abc import Callable

import numpy as np
import pytest
import torch
from grpc.aio import AioRpcError
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1 import work_pb2
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.face_pb2 import Box, Size
from likeness.upscaler.v1 import upscaler_pb2 as pb

from likeness_wire.chunks import Blob
from likeness_wire.status import from_rpc_error
from services.upscaler.calls import Call
from services.upscaler.enlargement import Enlargement, Order
from services.upscaler.enlarger import Enlarger, Watch
from services.upscaler.pictures import Picture
from services.upscaler.png import encoded
from services.upscaler.tiles import smallest_pixels
from tests.running import until
from tests.services.upscaler import small
from tests.services.upscaler.serving_here import Start, png, read, served

FOUR = pb.UpscaleOptions(factor=4)


class Gated(Enlarger):
    """A network that waits at a gate before every run."""

    def __init__(self) -> None:
        super().__init__(small.network(), small.CPU, torch.float32)
        self.gate = threading.Semaphore(0)
        self.waiting = 0
        self.finished = 0

    def __call__(self, pictures: torch.Tensor, watch: Watch | None = None) -> torch.Tensor:
        self.waiting += 1
        while not self.gate.acquire(timeout=0.01):
            if watch:
                watch(0.5)
        result = super().__call__(pictures, watch)
        self.finished += 1
        return result


async def _reason(call: object) -> int:
    with pytest.raises(AioRpcError) as caught:
        await read(call)  # type: ignore[arg-type]
    return from_rpc_error(caught.value).reason


async def test_a_picture_comes_back_enlarged_with_its_facts(upscaler: Start) -> None:
    """Accepted, progress, facts, pixels, done; in this order."""
    async with upscaler() as running:
        answer = await running.upscale(FOUR, small.picture(40, 30))

    (facts,) = answer.picture
    assert answer.parts[0] == "accepted"
    assert answer.parts[-3:] == ["picture", "blob", "done"]
    assert answer.result().size == (facts.size.width, facts.size.height) == (160, 120)
    assert (facts.network, facts.bits, facts.tiles, facts.precision) == ("plain", 8, 1, "float32")
    assert (facts.extra_pixels, facts.memory_retries) == (0, 0)
    assert [timing.stage for timing in facts.timings] == ["decode", "execute", "resize", "encode"]
    assert (facts.made_by.service, facts.made_by.engine, facts.made_by.device) == ("upscaler", "esrgan", "cpu")
    assert [model.name for model in facts.made_by.models] == ["plain-weights"]
    assert answer.progress[-1].fraction == 1
    assert (answer.done[0].pictures, len(answer.done[0].made_by.models)) == (1, 1)


async def test_the_answer_is_what_the_engine_makes(upscaler: Start) -> None:
    """Nothing is lost on the way, either as PNG or as rows."""
    order = small.order(small.picture(40, 30), small.enlarger())
    async with upscaler() as running:
        as_png = await running.upscale(FOUR, order.picture)
        as_rows = await running.upscale(pb.UpscaleOptions(factor=4, kind=Kind.KIND_RGB8), order.picture)

    assert np.array_equal(as_png.result().pixels, as_rows.result().pixels)
    assert (as_rows.blobs[0].width, as_rows.blobs[0].height) == (160, 120)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
async def test_what_a_picture_is_it_stays(upscaler: Start, channels: int, dtype: type[np.unsignedinteger]) -> None:
    """Grey, transparent, 16 bits: as PNG both ways, and the facts say so."""
    picture = small.picture(20, 14, channels, dtype)
    async with upscaler() as running:
        answer = await running.upscale(FOUR, picture)

    (facts,), result = answer.picture, answer.result()
    assert result.pixels.shape == (56, 80, channels)
    assert result.pixels.dtype == dtype
    assert (facts.bits, facts.grey, facts.alpha) == (picture.bits, picture.grey, picture.has_alpha)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (pb.UpscaleOptions(factor=2.5), (100, 75)),
        (pb.UpscaleOptions(long_side=120), (120, 90)),
        (pb.UpscaleOptions(size=Size(width=100, height=100)), (100, 100)),
        (pb.UpscaleOptions(factor=2, network="double"), (80, 60)),
        (pb.UpscaleOptions(long_side=20), (20, 15)),
    ],
    ids=["factor", "long side", "size", "another network", "smaller"],
)
async def test_targets_are_met(upscaler: Start, options: pb.UpscaleOptions, size: tuple[int, int]) -> None:
    """To the pixel."""
    async with upscaler() as running:
        answer = await running.upscale(options, small.picture(40, 30))

    assert answer.result().size == size


async def test_a_smaller_target_names_no_network(upscaler: Start) -> None:
    """None ran."""
    async with upscaler() as running:
        answer = await running.upscale(pb.UpscaleOptions(long_side=20), small.picture(40, 30))

    (facts,) = answer.picture
    assert (facts.network, facts.precision, facts.tiles, len(facts.made_by.models)) == ("", "", 0, 0)


async def test_progress_is_told_tile_by_tile(upscaler: Start) -> None:
    """Every tile, never backwards."""
    async with upscaler(tile_pixels=smallest_pixels()) as running:
        answer = await running.upscale(FOUR, small.picture(300, 200))

    shares = [progress.fraction for progress in answer.progress]
    assert answer.picture[0].tiles == answer.progress[-1].tiles == answer.progress[-1].done == 4
    assert {progress.done for progress in answer.progress} == set(range(answer.picture[0].tiles + 1))
    assert shares == sorted(shares)
    assert answer.picture[0].extra_pixels > 1


async def test_a_picture_that_cannot_be_enlarged_leaves_the_others_alone(upscaler: Start) -> None:
    """Each with its own reason."""
    good, torn = small.picture(40, 30), encoded(small.picture(40, 30).pixels)[:-30]
    wide = small.picture(1001, 1000)
    blobs = [png(good), Blob(Role.ROLE_PICTURE, Kind.KIND_PNG, torn, 1), png(wide, 2), png(small.picture(20, 10), 3)]
    async with upscaler() as running:
        answer = await read(running.call(FOUR, blobs))

    failed = {failure.index: failure.problem.reason for failure in answer.failed}
    assert failed == {1: reasons.REASON_CORRUPT, 2: reasons.REASON_TOO_LARGE}
    assert [facts.index for facts in answer.picture] == [0, 3]
    assert answer.done[0].pictures == 2


@pytest.mark.parametrize(
    ("options", "shape", "reason"),
    [
        (pb.UpscaleOptions(factor=4.5), (10, 10), reasons.REASON_SCALE_TOO_LARGE),
        (pb.UpscaleOptions(factor=4, network="double"), (10, 10), reasons.REASON_SCALE_TOO_LARGE),
        (pb.UpscaleOptions(long_side=4000), (900, 900), reasons.REASON_SCALE_TOO_LARGE),
        (pb.UpscaleOptions(factor=4), (600, 600), reasons.REASON_TOO_LARGE),
        (pb.UpscaleOptions(factor=2, kind=Kind.KIND_RGB8), (10, 10, 4), reasons.REASON_INVALID_FIELD),
    ],
    ids=["factor", "network's factor", "long side", "result", "transparent rows"],
)
async def test_what_one_picture_asks_too_much_of_is_its_own_failure(
    upscaler: Start, options: pb.UpscaleOptions, shape: tuple[int, ...], reason: int
) -> None:
    """The call as such is answered, and ends well."""
    async with upscaler() as running:
        answer = await running.upscale(options, small.picture(*shape))

    assert [failure.problem.reason for failure in answer.failed] == [reason]
    assert answer.done[0].pictures == 0


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (pb.UpscaleOptions(), "target"),
        (pb.UpscaleOptions(factor=0), "factor"),
        (pb.UpscaleOptions(factor=float("nan")), "factor"),
        (pb.UpscaleOptions(factor=float("inf")), "factor"),
        (pb.UpscaleOptions(long_side=0), "long_side"),
        (pb.UpscaleOptions(size=Size(width=0, height=5)), "size"),
        (pb.UpscaleOptions(factor=2, denoise=0.5), "denoise"),
        (pb.UpscaleOptions(factor=2, network="blend", denoise=1.5), "denoise"),
        (pb.UpscaleOptions(factor=2, kind=Kind.KIND_JPEG), "kind"),
        (pb.UpscaleOptions(factor=2, alpha=pb.ALPHA_UNSPECIFIED), "alpha"),
        (pb.UpscaleOptions(factor=2, priority=work_pb2.PRIORITY_UNSPECIFIED), "priority"),
        (pb.UpscaleOptions(factor=2, step_id="x" * 65), "step_id"),
        (pb.UpscaleOptions(factor=2, faces=[pb.FaceBlend(box=Box(left=5, right=3, bottom=9))]), "faces.box"),
        (pb.UpscaleOptions(factor=2, faces=[pb.FaceBlend(box=Box(right=3, bottom=9), share=2)]), "faces.share"),
        (pb.UpscaleOptions(factor=2, faces=[pb.FaceBlend(picture=1, box=Box(right=3, bottom=9))]), "faces.picture"),
    ],
)
async def test_wrong_options_are_named(upscaler: Start, options: pb.UpscaleOptions, field: str) -> None:
    """INVALID_FIELD with the field and what would be right."""
    async with upscaler() as running:
        with pytest.raises(AioRpcError) as caught:
            # Who is refused in the middle of sending may lose the reason, so pictures are sent where they matter.
            await running.upscale(options, *[small.picture(10, 10)] * (field == "faces.picture"))

    error = from_rpc_error(caught.value)
    assert error.reason == reasons.REASON_INVALID_FIELD
    assert list(error.fields) == [field]


async def test_an_unknown_network_is_told_apart(upscaler: Start) -> None:
    """UNKNOWN_NAME."""
    async with upscaler() as running:
        assert await _reason(running.call(pb.UpscaleOptions(factor=2, network="x9"))) == reasons.REASON_UNKNOWN_NAME


async def test_a_call_without_pictures_or_options_is_refused(upscaler: Start) -> None:
    """In the order the contract says, or not at all."""
    async with upscaler() as running:
        no_options = running.stub.Upscale([pb.UpscaleRequest(chunk={"header": {}})])  # type: ignore[arg-type]

        assert await _reason(running.call(FOUR)) == reasons.REASON_INVALID_FIELD
        assert await _reason(no_options) == reasons.REASON_STREAM_ORDER
        assert await _reason(running.stub.Upscale([])) == reasons.REASON_STREAM_ORDER


async def test_degrees_of_noise_are_those_asked_for(upscaler: Start) -> None:
    """Rounded to steps of a twentieth, half where nothing is said, and none where the network cannot."""
    picture = small.picture(20, 14)
    async with upscaler() as running:
        given = [
            (await running.upscale(pb.UpscaleOptions(factor=4, network="blend", **wish), picture))
            for wish in ({"denoise": 0.0}, {"denoise": 0.51}, {})
        ]
        plain = await running.upscale(FOUR, picture)

    assert [round(answer.picture[0].denoise, 6) for answer in given] == [0, 0.5, 0.5]
    assert not plain.picture[0].HasField("denoise")
    assert np.array_equal(given[1].result().pixels, given[2].result().pixels)
    assert not np.array_equal(given[0].result().pixels, given[1].result().pixels)


async def test_faces_are_softened_in_their_own_picture_only(upscaler: Start) -> None:
    """By index."""
    face = pb.FaceBlend(picture=1, box=Box(left=5, top=5, right=15, bottom=10), share=1)
    picture = small.picture(20, 14)
    async with upscaler() as running:
        plain = await running.upscale(FOUR, picture)
        answer = await running.upscale(pb.UpscaleOptions(factor=4, faces=[face]), picture, picture)

    assert np.array_equal(plain.result().pixels, answer.result(0).pixels)
    assert not np.array_equal(plain.result().pixels, answer.result(1).pixels)


async def test_tiles_of_waiting_calls_share_a_batch(upscaler: Start) -> None:
    """Two callers, one run, and each gets what it would have had alone."""
    gated = Gated()
    order = small.picture(40, 30)
    async with upscaler({"gated": served("gated", gated)}) as running:
        first = asyncio.ensure_future(running.upscale(FOUR, small.picture(9, 9)))
        await until(lambda: gated.waiting == 1)
        others = [asyncio.ensure_future(running.upscale(FOUR, order)) for _ in range(2)]
        await until(lambda: running.admission.waiting_items + running.admission.items_in_flight == 3)
        for _ in range(3):
            gated.gate.release()
        answers = await asyncio.gather(first, *others)

    assert gated.waiting == 2
    assert np.array_equal(answers[1].result().pixels, answers[2].result().pixels)


async def test_who_goes_away_frees_the_device(upscaler: Start) -> None:
    """In the middle of a tile: the run ends, its place is free, and the next caller is served."""
    gated = Gated()
    async with upscaler({"gated": served("gated", gated)}) as running:
        call = running.call(FOUR, [png(small.picture(40, 30))])
        await until(lambda: gated.waiting == 1)
        call.cancel()
        await until(lambda: not running.admission.items_in_flight)
        gated.gate.release()
        answer = await running.upscale(FOUR, small.picture(20, 14))

    assert gated.finished == 1
    assert answer.done[0].pictures == 1


async def test_one_who_stays_is_not_disturbed_by_one_who_goes(upscaler: Start) -> None:
    """Both were in the same batch."""
    gated, picture = Gated(), small.picture(40, 30)
    async with upscaler({"gated": served("gated", gated)}) as running:
        first = asyncio.ensure_future(running.upscale(FOUR, small.picture(9, 9)))
        await until(lambda: gated.waiting == 1)
        goes = running.call(FOUR, [png(picture)])
        stays = asyncio.ensure_future(running.upscale(FOUR, picture))
        await until(lambda: running.admission.waiting_items == 2)
        gated.gate.release()
        await until(lambda: gated.waiting == 2)
        goes.cancel()
        gated.gate.release()
        answers = await asyncio.gather(first, stays)

    assert answers[1].result().size == (160, 120)


async def test_a_second_call_for_the_same_step_ends_the_first(upscaler: Start) -> None:
    """Who lost the connection pays for one."""
    gated, options = Gated(), pb.UpscaleOptions(factor=4, step_id="step")
    async with upscaler({"gated": served("gated", gated)}) as running:
        first = running.call(options, [png(small.picture(40, 30))])
        await until(lambda: gated.waiting == 1)
        second = asyncio.ensure_future(running.upscale(options, small.picture(20, 14)))

        assert await _reason(first) == reasons.REASON_CANCELLED
        gated.gate.release()
        assert (await second).done[0].pictures == 1


async def test_a_second_call_ends_the_first_even_where_that_still_waits(upscaler: Start) -> None:
    """It never had its turn, and is told all the same."""
    gated, options = Gated(), pb.UpscaleOptions(factor=4, step_id="step")
    async with upscaler({"gated": served("gated", gated)}, calls=1) as running:
        inside = asyncio.ensure_future(running.upscale(FOUR, small.picture(9, 9)))
        await until(lambda: gated.waiting == 1)
        first = running.call(options, [png(small.picture(40, 30))])
        await until(lambda: running.admission.waiting_items == 1)
        second = asyncio.ensure_future(running.upscale(options, small.picture(20, 14)))

        assert await _reason(first) == reasons.REASON_CANCELLED
        for _ in range(2):
            gated.gate.release()
        assert [(await each).done[0].pictures for each in (inside, second)] == [1, 1]


async def test_a_full_queue_says_when_to_come_back(upscaler: Start) -> None:
    """At once, and the place counts pixels, not calls."""
    gated = Gated()
    async with upscaler({"gated": served("gated", gated)}, queue_places=2, calls=1) as running:
        first = asyncio.ensure_future(running.upscale(FOUR, small.picture(20, 14)))
        await until(lambda: gated.waiting == 1)
        with pytest.raises(AioRpcError) as caught:
            await running.upscale(FOUR, small.picture(500, 400))
        gated.gate.release()
        await first

    error = from_rpc_error(caught.value)
    assert error.reason == reasons.REASON_QUEUE_FULL
    assert error.retry_after_s


async def test_urgent_calls_go_first(upscaler: Start) -> None:
    """Before batch work that came earlier, between its tiles."""
    gated, done = Gated(), []

    async def upscale(name: str, options: pb.UpscaleOptions, picture: Picture) -> None:
        await running.upscale(options, picture)
        done.append(name)

    urgent = pb.UpscaleOptions(factor=4, priority=work_pb2.PRIORITY_INTERACTIVE)
    async with upscaler({"gated": served("gated", gated)}, tile_pixels=smallest_pixels(), calls=1) as running:
        pack = asyncio.ensure_future(upscale("pack", FOUR, small.picture(300, 200)))
        await until(lambda: gated.waiting == 1)
        spinner = asyncio.ensure_future(upscale("spinner", urgent, small.picture(20, 14)))
        await until(lambda: running.admission.waiting_items == 1)
        for _ in range(40):
            gated.gate.release()
        await asyncio.gather(pack, spinner)

    assert done == ["spinner", "pack"]


async def test_too_little_memory_is_said_and_forgotten(upscaler: Start) -> None:
    """OUT_OF_MEMORY with a hint; the next caller, who asks for less, is served."""
    cramped = small.Cramped(2000)
    async with upscaler({"cramped": served("cramped", cramped)}) as running:
        reason = await _reason(running.call(FOUR, [png(small.picture(300, 200))]))
        answer = await running.upscale(FOUR, small.picture(40, 30))

    assert reason == reasons.REASON_OUT_OF_MEMORY
    assert answer.done[0].pictures == 1


async def test_memory_that_runs_out_makes_no_wrong_picture(upscaler: Start) -> None:
    """More tiles, the same pixels, and the facts tell."""
    picture = small.picture(300, 200)
    async with upscaler({"cramped": served("cramped", small.Cramped(40_000))}) as running:
        answer = await running.upscale(FOUR, picture)
    async with upscaler({"plain": served("plain", small.enlarger())}) as running:
        expected = await running.upscale(FOUR, picture)

    off = np.abs(answer.result().pixels.astype(int) - expected.result().pixels.astype(int))
    assert off.max() <= 1
    assert answer.picture[0].memory_retries > 0
    assert answer.progress[-1].tiles > 1


async def test_what_one_call_breaks_the_others_do_not_feel(upscaler: Start) -> None:
    """A picture that makes the network fail, in a batch with one that does not."""

    class Fragile(Enlarger):
        """Breaks at pure black."""

        def __call__(self, pictures: torch.Tensor, watch: Watch | None = None) -> torch.Tensor:
            if not pictures.amax((1, 2, 3)).all():
                raise ArithmeticError("black")
            return super().__call__(pictures, watch)

    fragile = Fragile(small.network(), small.CPU, torch.float32)
    black = Picture(np.zeros((30, 40, 3), np.uint8))
    async with upscaler({"fragile": served("fragile", fragile)}) as running:
        calls = [running.upscale(FOUR, picture) for picture in (small.picture(40, 30), black, small.picture(40, 30))]
        answers = await asyncio.gather(*calls, return_exceptions=True)

    assert isinstance(answers[1], AioRpcError)
    assert from_rpc_error(answers[1]).reason == reasons.REASON_INTERNAL
    assert [answer.done[0].pictures for answer in (answers[0], answers[2])] == [1, 1]  # type: ignore[union-attr]


async def test_a_slow_reader_holds_back_its_own_pictures_only(upscaler: Start) -> None:
    """No more than a few finished pictures wait for it; others are served meanwhile."""
    finished: Callable[[], float | None]
    async with upscaler() as running:
        finished = lambda: running.sample("likeness_pictures_total", outcome="enlarged")  # noqa: E731
        slow = running.call(FOUR, [png(small.picture(300, 200), place) for place in range(8)])
        await anext(aiter(slow))
        await running.upscale(FOUR, small.picture(20, 14))

        assert (finished() or 0) < 8
        assert (await read(slow)).done[0].pictures == 8


async def test_strange_shapes_are_answered(upscaler: Start) -> None:
    """One pixel, strips, aspect ratios of twenty to one; and 20,000 × 10 would become longer than anyone reads."""
    async with upscaler(result_max_pixels=4_000_000, tile_pixels=200_000) as running:
        for shape in ((1, 1), (16_000, 10), (400, 20), (20, 400)):
            answer = await running.upscale(FOUR, small.picture(*shape))

            assert answer.result().size == (shape[0] * 4, shape[1] * 4)

        longer = await running.upscale(FOUR, small.picture(20_000, 10))
        assert longer.failed[0].problem.reason == reasons.REASON_TOO_LARGE
        assert longer.failed[0].problem.metadata["limit_side_pixels"] == "65535"


async def test_info_says_what_can_be_asked_for(upscaler: Start) -> None:
    """Networks, factors, limits, licences."""
    async with upscaler() as running:
        info = await running.stub.GetInfo(pb.GetInfoRequest())

    networks = {network.name: (network.factor, network.can_denoise) for network in info.networks}
    assert networks == {"plain": (4, False), "double": (2, False), "blend": (4, True)}
    assert (info.default_network, info.max_factor, info.max_output_pixels) == ("plain", 4, 4_000_000)
    assert (info.limits.max_images, info.limits.max_blob_bytes) == (8, 5_000_000)
    assert {model.licence for model in info.served_by.models} == {"BSD-3-Clause"}


async def test_what_was_done_is_counted(upscaler: Start) -> None:
    """Pictures by outcome, pixels, tiles."""
    async with upscaler() as running:
        await running.upscale(FOUR, small.picture(40, 30), small.picture(20, 14))
        await running.upscale(pb.UpscaleOptions(factor=5), small.picture(20, 14))

        assert running.sample("likeness_pictures_total", outcome="enlarged") == 2
        assert running.sample("likeness_pictures_total", outcome="failed") == 1
        assert running.sample("likeness_enlarged_pixels_total") == 160 * 120 + 80 * 56
        assert running.sample("likeness_tiles_total") == 2
        assert running.sample("likeness_recomputed_total", network="plain") == 0
        assert running.sample("likeness_tile_memory_bytes") == small.PLENTY


async def test_nothing_of_a_call_is_kept(upscaler: Start) -> None:
    """Answered, cancelled in mid-tile, failed of memory: no pixel survives its call."""
    gated, cramped = Gated(), small.Cramped(2000)
    networks = {"gated": served("gated", gated), "cramped": served("cramped", cramped)}
    of_other_tests = {id(held): held for held in _held()}
    async with upscaler(networks) as running:
        gated.gate.release()
        await running.upscale(FOUR, small.picture(40, 30))
        await _reason(running.call(pb.UpscaleOptions(factor=4, network="cramped"), [png(small.picture(300, 200))]))
        call = running.call(FOUR, [png(small.picture(40, 30))])
        await until(lambda: gated.waiting == 2)
        call.cancel()
        del call
        await until(lambda: not running.admission.items_in_flight)

        await until(lambda: all(id(held) in of_other_tests for held in _held()))


def _held() -> list[object]:
    gc.collect()
    return [held for held in gc.get_objects() if type(held) in (Enlargement, Order, Picture, Call)]
