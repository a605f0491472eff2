"""The generator over a real connection: what callers send, see, and stop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import numpy as np
import pytest
import torch
from grpc.aio import AioRpcError
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1 import render_pb2, work_pb2
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.identity_pb2 import Embedding
from likeness.generator.v1 import generator_pb2 as pb
from likeness.generator.v1 import options_pb2 as opt

from likeness_wire.chunks import Blob
from likeness_wire.status import from_rpc_error
from services.common.images import decode_trusted, encode_png
from services.generator.call import Pixels, Prompt
from services.generator.loading import Models
from services.generator.plans import Pass, Scheduler
from services.generator.poses import POSES, placed
from services.generator.tiny import BASE, CONTROLNET, LORA, SECOND_BASE
from tests.running import until
from tests.services.generator.rendering import apart, embedding, latents, noise_picture, request
from tests.services.generator.serving_here import RECOGNISER, RunningGenerator, options, read, running_generator

NOISE = noise_picture(64, 64)


@pytest.fixture
async def generator(models: Models) -> AsyncIterator[RunningGenerator]:
    async with running_generator(models, rows=4) as running:
        yield running


def alone(models: Models, **changes: Any) -> torch.Tensor:
    return latents(models, request(key_points=placed(POSES["front"], 64, 64), **changes))


def sent(blob: Blob) -> torch.Tensor:
    values = np.frombuffer(blob.data, "<f4").reshape(1, 4, blob.height, blob.width)
    return torch.from_numpy(values.copy())


async def refused(running: RunningGenerator, wanted: opt.GenerateOptions, blobs: tuple[Blob, ...] = ()) -> Any:
    with pytest.raises(AioRpcError) as caught:
        await running.generate(wanted, blobs)
    return from_rpc_error(caught.value)


async def test_pictures_are_those_of_the_library(generator: RunningGenerator, models: Models) -> None:
    """Over gRPC as by function: the same latents to the last bit, alone in both."""
    answer = await generator.generate(options(send_latents=True))
    (blob,) = answer.of(Role.ROLE_LATENTS)
    assert torch.equal(alone(models), sent(blob))


async def test_an_answer_comes_in_order(generator: RunningGenerator) -> None:
    """Accepted, steps and previews, the picture with its latents, done; facts at once followed by their blobs."""
    answer = await generator.generate(options(preview_every_steps=2, send_latents=True))
    expected = "accepted step step preview blob step step picture blob blob done"
    assert expected.split() == answer.parts
    assert [Role.ROLE_PREVIEW, Role.ROLE_PICTURE, Role.ROLE_LATENTS] == [blob.role for blob in answer.blobs]


async def test_a_picture_says_how_it_was_made(generator: RunningGenerator) -> None:
    """Seed, passes with everything filled in, strengths, key points, models with digests, where the time went."""
    wanted = options(
        pictures=[opt.PictureOptions(seed=77)],
        loras=[render_pb2.Lora(name=LORA, weight=0.5)],
        scheduler=render_pb2.SCHEDULER_UNIPC,
    )
    answer = await generator.generate(wanted)
    (picture,) = answer.pictures
    (pass_,) = picture.rendering.passes
    assert 77 == picture.rendering.seed
    assert (BASE, 4, 5.0, render_pb2.SCHEDULER_UNIPC) == (pass_.base_model, pass_.steps, pass_.cfg, pass_.scheduler)
    assert {BASE, LORA, "tiny-identitynet", "tiny-ip-adapter"} == {model.name for model in picture.made_by.models}
    assert ["queue", "prepare", "denoise", "decode", "encode"] == [timing.stage for timing in picture.timings]
    assert 1 == answer.done[0].pictures


async def test_pngs_hold_the_same_pixels(generator: RunningGenerator) -> None:
    """Lossless either way; PNG is what a caller gets who does not say."""
    plain = await generator.generate(options())
    packed = await generator.generate(options(kind=None))
    (rows,), (png,) = plain.of(Role.ROLE_PICTURE), packed.of(Role.ROLE_PICTURE)
    assert Kind.KIND_PNG == png.kind
    assert np.array_equal(decode_trusted(rows), decode_trusted(png))


async def test_eight_callers_get_what_they_get_alone(models: Models) -> None:
    """Different people, words, seeds, steps, schedulers, sizes, plans and LoRAs, all at once."""
    wanted: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {}),
        ({"steps": 6, "cfg": 3.0}, {"steps": 6, "cfg": 3.0}),
        ({"prompts": [opt.Prompt(text="blue sky", negative="")]}, {"prompts": [Prompt("blue sky", "")]}),
        ({"scheduler": render_pb2.SCHEDULER_LCM, "cfg": 1.0}, {"scheduler": Scheduler.LCM, "cfg": 1.0}),
        ({"pictures": [opt.PictureOptions(seed=n) for n in (5, 6)]}, {"seeds": (5, 6)}),
        ({"base_model": SECOND_BASE}, {"base": SECOND_BASE}),
        (
            {"identity": Embedding(recogniser_id=RECOGNISER, values=embedding(3).tolist())},
            {"identity": embedding(3)},
        ),
        (
            {"plan": opt.Plan(name="anchor-style-rescue")},
            {
                "passes": (
                    Pass(BASE, steps=4, cfg=5.8, alpha=1.0),
                    Pass(BASE, steps=4, cfg=6.3, alpha=0.85, denoise=0.5),
                )
            },
        ),
    ]
    async with running_generator(models) as running:
        answers = await asyncio.gather(*(running.generate(options(send_latents=True, **asked)) for asked, _ in wanted))
        forwards = running.studio.counters.unet_forwards
    for answer, (_, by_library) in zip(answers, wanted, strict=True):
        blobs = {facts.index: blob for facts, blob in zip(answer.pictures, answer.of(Role.ROLE_LATENTS), strict=True)}
        got = torch.cat([sent(blobs[index]) for index in sorted(blobs)])
        assert apart(got, alone(models, **by_library)) < 1e-5
    assert forwards < sum(len(answer.steps) for answer in answers)


async def test_a_plan_in_two_calls(generator: RunningGenerator) -> None:
    """The rescue starts from the latents that came back, and nothing is kept in between."""
    first = await generator.generate(options(plan=opt.Plan(name="anchor-style-rescue"), send_latents=True))
    (picture,) = first.pictures
    assert (True, True) == (picture.has_latents, picture.has_anchor_latents)

    back = [
        Blob(Role.ROLE_LATENTS, Kind.KIND_F32, blob.data, index, blob.width, blob.height)
        for index, blob in enumerate((*first.of(Role.ROLE_LATENTS), *first.of(Role.ROLE_ANCHOR_LATENTS)))
    ]
    start = opt.Start(latents=opt.InitLatents(shares=[0.7, 0.3]))
    rescue = await generator.generate(options(plan=opt.Plan(name="rescue"), start=start), back)
    (pass_,) = rescue.pictures[0].rendering.passes
    assert ("rescue", 0.5) == (pass_.name, pass_.denoise)
    assert (pytest.approx(0.9), pytest.approx(6.8)) == (pass_.alpha, pass_.cfg)


async def test_pictures_and_maps_travel_as_blobs(generator: RunningGenerator, models: Models) -> None:
    """An init picture of another shape is cut to the canvas; a map is used as it is."""
    wanted = options(
        start=opt.Start(picture=opt.InitPicture(), denoise=0.6),
        controls=[render_pb2.Control(name=CONTROLNET)],
        steps=5,
    )
    wide = noise_picture(96, 64)
    blobs = [
        Blob(Role.ROLE_CONTROL, Kind.KIND_PNG, encode_png(NOISE)),
        Blob(Role.ROLE_INIT, Kind.KIND_RGB8, wide.tobytes(), 0, 96, 64),
    ]
    answer = await generator.generate(wanted, blobs)
    assert 3 == answer.steps[-1].steps
    assert [CONTROLNET] == [control.name for control in answer.pictures[0].rendering.controls]


async def test_a_caller_who_goes_away_frees_the_rows(generator: RunningGenerator) -> None:
    """Within one step; the ticket's places are free as well."""
    call = generator.call(options(steps=150, pictures=[opt.PictureOptions(seed=n) for n in range(8)]))
    steps = 0
    async for answer in call:
        steps += answer.WhichOneof("part") == "step"
        if steps == 3:
            call.cancel()
            break
    await until(lambda: generator.admission.items_in_flight == 0)
    before = generator.studio.counters.unet_forwards
    answer = await generator.generate(options())
    assert 4 == generator.studio.counters.unet_forwards - before
    assert answer.pictures


async def test_a_deadline_ends_the_work(generator: RunningGenerator) -> None:
    """What nobody can receive any more is not rendered."""
    with pytest.raises(AioRpcError) as caught:
        await read(generator.stub.Generate(_stream(options(steps=150)), timeout=0.2))
    assert grpc.StatusCode.DEADLINE_EXCEEDED == caught.value.code()
    await until(lambda: generator.admission.items_in_flight == 0)
    assert generator.studio.counters.unet_forwards < 150


def _stream(wanted: opt.GenerateOptions) -> list[pb.GenerateRequest]:
    return [pb.GenerateRequest(options=wanted)]


async def test_the_same_step_again_ends_the_first(generator: RunningGenerator) -> None:
    """Who lost the connection and asks again pays once."""
    first = asyncio.ensure_future(generator.generate(options(steps=150, step_id="job-1/7")))
    await until(lambda: generator.studio.counters.unet_forwards > 1)
    second = await generator.generate(options(step_id="job-1/7"))
    with pytest.raises(AioRpcError) as caught:
        await first
    assert reasons.REASON_CANCELLED == from_rpc_error(caught.value).reason
    assert second.pictures


async def test_a_full_queue_refuses_with_a_hint(models: Models) -> None:
    """One inside, one waiting, the third is told when to come again."""
    async with running_generator(models, calls=1, queue_places=1) as running:
        inside = running.call(options(steps=150))
        await until(lambda: running.admission.items_in_flight == 1)
        waiting = asyncio.ensure_future(running.generate(options()))
        await until(lambda: running.admission.waiting_items == 1)
        error = await refused(running, options())
        inside.cancel()
        assert (await waiting).pictures
    assert reasons.REASON_QUEUE_FULL == error.reason
    assert error.retry_after_s is not None


async def test_someone_who_looks_is_let_past_a_full_engine(models: Models) -> None:
    """Interactive calls have places of their own, and rows before everybody."""
    async with running_generator(models, calls=1, rows=2) as running:
        pack = running.call(options(steps=150, pictures=[opt.PictureOptions(seed=n) for n in range(8)]))
        await until(lambda: running.admission.items_in_flight == 8)
        answer = await running.generate(options(priority=work_pb2.PRIORITY_INTERACTIVE))
        pack.cancel()
    assert answer.pictures


async def test_a_waiting_call_expires(models: Models) -> None:
    """With its deadline, without having cost a step."""
    async with running_generator(models, calls=1) as running:
        inside = running.call(options(steps=150))
        await until(lambda: running.admission.items_in_flight == 1)
        with pytest.raises(AioRpcError):
            await read(running.stub.Generate(_stream(options()), timeout=0.1))
        await until(lambda: running.admission.waiting_items == 0)
        inside.cancel()


class Refusing:
    """An output checker with one opinion."""

    def refuses(self, pixels: Pixels) -> str | None:
        return "weapons"


async def test_refused_pictures_are_named(models: Models) -> None:
    """The others would go on; the answer ends in order."""
    async with running_generator(models, checker=Refusing()) as running:
        answer = await running.generate(options())
    (failed,) = answer.failed
    assert reasons.REASON_OUTPUT_REFUSED == failed.problem.reason
    assert "weapons" == failed.problem.metadata["category"]
    assert 0 == answer.done[0].pictures
    assert not answer.blobs


Change = Callable[[opt.GenerateOptions], object]


def _latent(side: int = 8, value: float = 0.0) -> Blob:
    return Blob(Role.ROLE_LATENTS, Kind.KIND_F32, np.full((4, side, side), value, "<f4").tobytes(), 0, side, side)


FROM_LATENTS = opt.Start(latents=opt.InitLatents(shares=[1.0]))
FROM_PICTURE = opt.Start(picture=opt.InitPicture())
INIT = Blob(Role.ROLE_INIT, Kind.KIND_RGB8, NOISE.tobytes(), 0, 64, 64)


@pytest.mark.parametrize(
    ("changes", "blobs", "reason"),
    [
        ({"identity": Embedding(recogniser_id="dlib", values=[1.0] * 512)}, (), reasons.REASON_RECOGNISER_MISMATCH),
        ({"identity": Embedding(recogniser_id=RECOGNISER, values=[1.0])}, (), reasons.REASON_INVALID_EMBEDDING),
        ({"identity": Embedding(recogniser_id=RECOGNISER, values=[0] * 512)}, (), reasons.REASON_INVALID_EMBEDDING),
        (
            {"identity": Embedding(recogniser_id=RECOGNISER, values=[float("nan")] * 512)},
            (),
            reasons.REASON_INVALID_EMBEDDING,
        ),
        ({"controls": [render_pb2.Control(name=CONTROLNET)]}, (), reasons.REASON_INVALID_FIELD),
        (
            {"controls": [render_pb2.Control(name=CONTROLNET)]},
            (Blob(Role.ROLE_CONTROL, Kind.KIND_RGB8, bytes(32 * 64 * 3), 0, 32, 64),),
            reasons.REASON_SIZE_MISMATCH,
        ),
        ({}, (INIT,), reasons.REASON_INVALID_FIELD),
        ({"start": FROM_PICTURE}, (), reasons.REASON_INVALID_FIELD),
        ({"start": FROM_LATENTS}, (_latent(16),), reasons.REASON_SIZE_MISMATCH),
        ({"start": FROM_LATENTS}, (_latent(8, float("inf")),), reasons.REASON_INVALID_FIELD),
        (
            {"start": FROM_PICTURE},
            (Blob(Role.ROLE_INIT, Kind.KIND_PNG, b"no picture at all"),),
            reasons.REASON_UNSUPPORTED_FORMAT,
        ),
    ],
)
async def test_what_cannot_be_rendered_is_refused(
    generator: RunningGenerator, changes: dict[str, Any], blobs: tuple[Blob, ...], reason: int
) -> None:
    """Before a step is made, with the reason."""
    error = await refused(generator, options(**changes), blobs)
    assert reason == error.reason
    assert 0 == generator.studio.counters.unet_forwards


async def test_blobs_before_options_are_out_of_order(generator: RunningGenerator) -> None:
    """The first message is the options."""
    with pytest.raises(AioRpcError) as caught:
        await read(generator.stub.Generate([pb.GenerateRequest()]))
    assert reasons.REASON_STREAM_ORDER == from_rpc_error(caught.value).reason


async def test_info_says_what_may_be_asked(generator: RunningGenerator) -> None:
    """Names, limits, the recogniser, and how the networks run."""
    info = await generator.stub.GetInfo(pb.GetInfoRequest())
    assert [BASE, SECOND_BASE] == [model.name for model in info.menu.base_models]
    assert ["single", "anchor-style-rescue", "rescue", "anchor-style"] == [plan.name for plan in info.menu.plans]
    assert set(POSES) == {pose.name for pose in info.menu.poses}
    assert (RECOGNISER, 512) == (info.recogniser.id, info.recogniser.dimensions)
    assert (64, 896, 1152) == (
        info.option_limits.size_multiple,
        info.option_limits.default_size.width,
        info.option_limits.default_size.height,
    )
    assert 6 == len(info.menu.schedulers)


async def test_metrics_tell_what_was_done(generator: RunningGenerator) -> None:
    """Pictures by outcome, and the engine's own counters through a collector."""
    generator.metrics.watch(lambda: generator.studio.counters)
    await generator.generate(options(pictures=[opt.PictureOptions(seed=n) for n in range(2)]))
    value = generator.metrics.registry.get_sample_value
    assert 2 == value("likeness_pictures_total", {"outcome": "rendered"})
    assert 4 == value("likeness_forwards_total", {"network": "unet"})
    assert 4 == value("likeness_step_seconds_count")
