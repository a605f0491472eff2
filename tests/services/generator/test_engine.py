"""What the engine does and how often: rows, turns, parking, leaving, failing. Counted, not timed."""

import numpy as np
import pytest
import torch

from likeness_wire.errors import Cancelled, DeviceLost, Exhausted, Internal, LikenessError
from services.generator import tiny
from services.generator.backends import Eager
from services.generator.call import Control, Pixels, Prompt, Start, Strength
from services.generator.loading import Models
from services.generator.networks import Denoiser, Inputs, Residuals
from services.generator.plans import Pass
from tests.services.generator.rendering import Still, Studio, apart, embedding, latents, noise_picture, request

NOISE = noise_picture(64, 64)


def ticks(studio: Studio, count: int) -> None:
    for _ in range(count):
        studio.engine.tick()


def test_fifty_pictures_cost_what_they_must(models: Models) -> None:
    """One face, three prompts, one pose, 16 rows, 30 steps: 210 forwards, and everything constant once."""
    words = [Prompt(text, "ugly") for text in ("a portrait", "blue sky", "a garden")]
    with Studio(models, rows=16, backend=Still()) as studio:
        (call,) = studio.render(request(seeds=range(50), prompts=words, steps=30, send_latents=False))

    assert 50 == len(call.rendered)
    assert 210 == studio.counters.unet_forwards == studio.counters.identity_forwards
    assert 210 * 16 - 30 * 12 == studio.counters.unet_rows
    assert 1 == studio.counters.key_point_embeddings
    assert 1 == studio.counters.identity_tokens
    assert 3 + 1 == studio.counters.prompt_encodings
    assert 50 == studio.counters.decodes


def test_identity_net_is_not_run_without_strength(models: Models) -> None:
    """Strength 0 costs no forward and no drawing."""
    with Studio(models) as studio:
        studio.render(request(identity_net=Strength(0.0)))
    assert (0, 0) == (studio.counters.identity_forwards, studio.counters.key_point_embeddings)


def test_identity_net_is_not_run_outside_of_its_window(models: Models) -> None:
    """Half a window, half the forwards; a closed one, none."""
    with Studio(models) as studio:
        studio.render(request(steps=8, identity_net=Strength(0.8, 0.0, 0.5)))
        half = studio.counters.identity_forwards
        studio.render(request(steps=8, identity_net=Strength(0.8, 0.0, 0.0)))
    assert (4, 4) == (half, studio.counters.identity_forwards)


def test_identity_net_runs_only_for_the_rows_that_want_it(models: Models) -> None:
    """Beside one without it, only the other's two rows go through."""
    with Studio(models) as studio:
        studio.render(request(), request(identity_net=Strength(0.0)))
    assert (4, 8) == (studio.counters.identity_forwards, studio.counters.identity_rows)


def test_a_closed_window_is_no_identity_net(models: Models) -> None:
    """The same latents as with strength 0, bit for bit."""
    closed = latents(models, request(identity_net=Strength(0.8, 0.0, 0.0)))
    assert torch.equal(latents(models, request(identity_net=Strength(0.0))), closed)


def test_no_guidance_takes_one_row(models: Models) -> None:
    """cfg up to 1 has no unconditional half and encodes no negative."""
    with Studio(models) as studio:
        studio.render(request(cfg=1.0, prompts=[Prompt("a portrait", "ugly")]))
    assert (4, 4, 1) == (
        studio.counters.unet_forwards,
        studio.counters.unet_rows,
        studio.counters.prompt_encodings,
    )


def test_different_callers_share_a_forward(models: Models) -> None:
    """Other person, prompt, steps and scheduler: as many forwards as the longest of them has steps."""
    with Studio(models) as studio:
        studio.render(
            request(steps=3), request(steps=5, identity=embedding(2), prompts=[Prompt("blue sky")]), request(steps=4)
        )
    assert 5 == studio.counters.unet_forwards


def test_other_sizes_and_bases_take_turns(models: Models) -> None:
    """Groups alternate, so both are half done at the same time."""
    with Studio(models) as studio:
        small, second = studio.start(request(), request(base=tiny.SECOND_BASE))
        ticks(studio, 4)
        assert (2, 2) == (len(small.steps), len(second.steps))
        studio.run()


@pytest.mark.parametrize("same_group", [True, False])
def test_a_single_picture_never_waits_for_packs(same_group: bool, models: Models) -> None:
    """Its first step is at most the second tick after it came, however many packs there are, whoever's turn it is."""
    size = (64, 64) if same_group else (128, 128)
    sizes = [(64, 64), (128, 64), (64, 128)]
    for before in range(4):
        with Studio(models, rows=4, backend=Still()) as studio:
            studio.start(*(request(seeds=range(8), size=each) for each in sizes))
            ticks(studio, 3 + before)
            (single,) = studio.start(request(size=size))
            ticks(studio, 2)
            assert single.steps


def test_parked_pictures_keep_their_steps(models: Models) -> None:
    """A pack that had to stand up makes the steps it still has, no more."""
    with Studio(models, rows=2) as studio:
        (pack,) = studio.start(request(seeds=(1, 2)))
        ticks(studio, 2)
        (single,) = studio.start(request())
        studio.run()
    assert 1 == studio.counters.parked
    assert 8 == len(pack.steps)
    assert 4 == len(single.steps)


def test_packs_share_rows_fairly(models: Models) -> None:
    """Of two packs in one group, pictures are begun in turn."""
    with Studio(models, rows=4) as studio:
        first, second = studio.start(request(seeds=range(4)), request(seeds=range(4)))
        studio.engine.tick()
    assert (1, 1) == (len(first.steps), len(second.steps))


def test_leaving_frees_rows_within_one_step(models: Models) -> None:
    """The tick after, whoever waited sits there instead."""
    with Studio(models, rows=2) as studio:
        leaving, waiting = studio.start(request(seeds=(1, 2)), request(seeds=(1, 2)))
        ticks(studio, 2)
        leaving.call.stop.set()
        studio.engine.tick()
        assert (2, 1) == (len(leaving.steps), len(waiting.steps))
        assert isinstance(leaving.ended.error, Cancelled)
        studio.run()
    assert not leaving.rendered


def test_plans_go_on_from_the_latents_before(models: Models) -> None:
    """Two passes are one request from noise, and one from its latents with the same generator: here at denoise 1."""
    anchor = Pass(tiny.BASE, name="anchor", steps=3, cfg=5.8)
    style = Pass(tiny.SECOND_BASE, name="style", steps=4, denoise=0.5)
    with Studio(models) as studio:
        (planned,) = studio.render(request(passes=(anchor, style)))
        (first,) = studio.render(request(passes=(anchor,)))

    (picture,) = planned.rendered
    assert np.array_equal(first.rendered[0].latents, picture.anchor_latents)
    assert [(0, 1), (0, 2), (0, 3), (1, 4), (1, 5)] == [(step.pass_index, step.step) for step in planned.steps]
    assert {5} == {step.steps for step in planned.steps}


def test_a_rescue_starts_from_what_was_sent_back(models: Models) -> None:
    """Blended latents lie between those that start from one alone, and nothing of the picture is encoded again."""
    with Studio(models) as studio:
        (before,) = studio.render(
            request(passes=(Pass(tiny.BASE, steps=3), Pass(tiny.BASE, steps=4, denoise=0.5, cfg=6.3)))
        )
        (picture,) = before.rendered
        assert picture.latents is not None
        assert picture.anchor_latents is not None

        def rescued(style: float, anchor: float) -> torch.Tensor:
            shares = ((picture.latents, style), (picture.anchor_latents, anchor))
            (call,) = studio.render(request(start=Start(latents=shares), denoise=0.5, cfg=6.8))
            return call.latents

        both, style, anchor = rescued(0.7, 0.3), rescued(1.0, 0.0), rescued(0.0, 1.0)
    assert 0 == studio.counters.picture_encodings
    assert 0 < apart(both, style) < apart(anchor, style)
    assert 0 < apart(both, anchor)


def test_an_init_picture_is_encoded_once(models: Models) -> None:
    """Every picture samples the same posterior, with its own seed."""
    with Studio(models) as studio:
        (call,) = studio.render(request(seeds=(1, 2, 3), start=Start(picture=NOISE), denoise=0.5))
    assert 1 == studio.counters.picture_encodings
    assert apart(call.latents[0], call.latents[1]) > 0.01


def test_maps_are_embedded_once(models: Models) -> None:
    """A further ControlNet runs at every step in its window, its map goes through the embedding once."""
    with Studio(models) as studio:
        studio.render(request(seeds=(1, 2), controls=(Control(tiny.CONTROLNET, NOISE, Strength(0.5, 0.0, 0.5)),)))
    assert (1, 2) == (studio.counters.map_embeddings, studio.counters.control_forwards)


def test_keys_and_values_are_projected_once(models: Models) -> None:
    """For the UNet and for IdentityNet, as long as nobody joins or leaves."""
    with Studio(models) as studio:
        studio.render(request(seeds=(1, 2), steps=10))
    assert 2 == studio.counters.projections


def test_only_templates_are_remembered(models: Models) -> None:
    """A second call encodes its own words again, and templates not."""
    words = Prompt("a template", "another", text_is_template=True, negative_is_template=True)
    private = Prompt("words of a person", "their negative")
    with Studio(models) as studio:
        studio.render(request(prompts=[words]), request(prompts=[private]))
        before = studio.counters.prompt_encodings
        studio.render(request(prompts=[words]))
        templates = studio.counters.prompt_encodings - before
        studio.render(request(prompts=[private]))
    assert (0, 2) == (templates, studio.counters.prompt_encodings - before)


def test_previews_come_every_so_many_steps(models: Models) -> None:
    """Small JPEGs, not of the last step: that is the picture."""
    with Studio(models) as studio:
        (call,) = studio.render(request(steps=6, preview_every_steps=2, size=(128, 64)))
    assert [2, 4] == [preview.step for preview in call.previews]
    assert all(preview.jpeg.startswith(b"\xff\xd8") and len(preview.jpeg) < 64 * 1024 for preview in call.previews)


def test_looking_changes_nothing(models: Models) -> None:
    """The same bits with previews and without."""
    assert torch.equal(latents(models, request()), latents(models, request(preview_every_steps=1)))


def test_pictures_differ_by_everything_that_is_asked(models: Models) -> None:
    """Person, pose, words, strengths and seed are each to be seen."""
    plain = request()
    moved = plain.key_points + np.array([8, 0], np.float32)
    others = {
        "seed": request(seeds=(2,)),
        "person": request(identity=embedding(2)),
        "pose": request(key_points=moved),
        "words": request(prompts=[Prompt("blue sky")]),
        "adapter": request(adapter=Strength(0.5)),
        "identity net": request(identity_net=Strength(0.3)),
    }
    with Studio(models) as studio:
        (reference,) = studio.render(plain)
        unseen = {}
        for name, other in others.items():
            (call,) = studio.render(other)
            difference = np.abs(call.rendered[0].pixels.astype(int) - reference.rendered[0].pixels.astype(int)).mean()
            if difference < 3:
                unseen[name] = difference
    assert {} == unseen


class Refusing:
    """An output checker with one opinion."""

    def refuses(self, pixels: Pixels) -> str | None:
        return "everything"


class Broken:
    """An output checker that does not work."""

    def refuses(self, pixels: Pixels) -> str | None:
        raise RuntimeError("out of order")


@pytest.mark.parametrize("checker", [Refusing(), Broken()])
def test_the_output_checker_fails_closed(checker: Refusing | Broken, models: Models) -> None:
    """What it refuses and what it cannot judge does not go out; the call goes on."""
    with Studio(models, checker=checker) as studio:
        (call,) = studio.render(request(seeds=(1, 2)))
    assert ["OUTPUT_REFUSED"] * 2 == [failed.error.reason_name for failed in call.failed]
    assert not call.rendered
    assert call.ended.error is None


class Failing(Eager):
    """A backend whose networks fail when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.most_rows = 1000

    def denoise(self, net: Denoiser, given: Inputs, added: Residuals | None) -> torch.Tensor:
        if self.error is not None:
            raise self.error
        if len(given.sample) > self.most_rows:
            raise torch.OutOfMemoryError("no")
        return super().denoise(net, given, added)


def test_too_many_rows_are_tried_again_as_fewer(models: Models) -> None:
    """Running out of memory costs a tick, not a picture; and it happens once."""
    backend = Failing()
    backend.most_rows = 4
    with Studio(models, backend=backend, rows=16) as studio:
        (call,) = studio.render(request(seeds=range(8)))
    assert 4 == studio.engine.rows
    assert apart(call.latents, latents(models, request(seeds=range(8)))) < 1e-5


def test_what_does_not_fit_alone_is_refused(models: Models) -> None:
    """One picture too large for the device fails its call, typed."""
    backend = Failing()
    backend.most_rows = 1
    with Studio(models, backend=backend) as studio:
        (call,) = studio.render(request())
    assert isinstance(call.ended.error, Exhausted)
    assert "OUT_OF_MEMORY" == call.ended.error.reason_name


def test_a_failed_forward_fails_those_who_sat_in_it(models: Models) -> None:
    """And nobody else: the next call is served."""
    backend = Failing()
    with Studio(models, backend=backend) as studio:
        backend.error = RuntimeError("shape mismatch")
        (first,) = studio.render(request())
        backend.error = None
        (second,) = studio.render(request())
    assert isinstance(first.ended.error, Internal)
    assert second.rendered


def test_a_lost_device_ends_the_engine(models: Models) -> None:
    """It is raised to whoever drives the engine, who ends the process."""
    backend = Failing()
    backend.error = torch.AcceleratorError("CUDA error: unspecified launch failure")
    with Studio(models, backend=backend) as studio:
        (call,) = studio.start(request())
        with pytest.raises(DeviceLost):
            studio.run()
        assert not call.rendered


def test_what_cannot_be_prepared_fails_its_own_call_only(models: Models) -> None:
    """An identity of the wrong length among others."""
    with Studio(models) as studio:
        bad, good = studio.render(request(identity=embedding(1, width=7)), request())
    assert isinstance(bad.ended.error, LikenessError)
    assert good.rendered


def test_a_picture_that_is_not_a_number_is_not_sent(models: Models) -> None:
    """Latents that overflowed are a failed picture, not a black one."""
    with Studio(models) as studio:
        (call,) = studio.render(request(adapter=Strength(float("inf"))))
    assert not call.rendered
    assert isinstance(call.failed[0].error, Internal)


def test_memory_does_not_grow_with_the_pack(models: Models) -> None:
    """Pictures that have not begun hold neither latents nor a scheduler."""
    with Studio(models, rows=4) as studio:
        studio.start(request(seeds=range(64)))
        ticks(studio, 2)
        begun = [image for image in studio.engine._groups.images if hasattr(image, "latents")]
    assert 2 == len(begun)


def test_an_estimate_shrinks_to_nothing(models: Models) -> None:
    """Seconds left, after the first measurement."""
    with Studio(models) as studio:
        (call,) = studio.render(request(steps=5))
    estimates = [step.remaining_s for step in call.steps]
    assert 0 == estimates[-1]
    assert all(estimate > 0 for estimate in estimates[1:-1])
