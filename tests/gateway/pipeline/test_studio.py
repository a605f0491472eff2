"""Whole jobs: every picture kept, some, none; photos that cannot be used; services that come and go."""

import io
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_PNG, KIND_WEBP
from likeness.common.v1.identity_pb2 import TIER_FAIL, TIER_LOCKED, TIER_STRONG, TIER_UNSPECIFIED
from likeness.common.v1.work_pb2 import PRIORITY_INTERACTIVE
from likeness.gateway.v1 import job_pb2
from likeness.gateway.v1.job_pb2 import JobSpec, StyleOrder
from likeness.gateway.v1.result_pb2 import (
    OUTCOME_KEPT,
    OUTCOME_REJECTED,
    OUTCOME_REJECTED_AFTER_UPSCALE,
    SOURCE_COMPOSITE,
    SOURCE_TRAINED_ALGORITHMIC,
)
from likeness.verifier.v1.verifier_pb2 import STATUS_NO_FACE
from PIL import Image

from gateway.pipeline.seeds import seed_of
from likeness_wire.errors import BadPhoto, BadRequest, Exhausted
from services.common.images import sniff
from tests.gateway.house import TENANT
from tests.gateway.jobs.toy import until
from tests.gateway.pipeline.shop import SEED, Gate, Shop, id_of, open_shop, spec
from tests.stand_ins import NoDrift, Sight, StandIns, Trouble, always, by_try, lost
from tests.stand_ins.drifts import Verdict
from tests.stand_ins.generator import PREVIEW


async def test_every_picture_that_was_asked_for_is_made(shop: Shop) -> None:
    """Of each order; each of them can be downloaded, and says what it is."""
    job = await shop.made(spec(2, 1))

    assert job.state == job_pb2.STATE_SUCCEEDED
    assert sorted((result.style_index, result.picture) for result in job.results) == [(0, 0), (0, 1), (1, 0)]
    assert [id_of(result.name) for result in job.results] == ["1", "2", "3"]
    for number, result in enumerate(job.results, 1):
        picture = await shop.download(id_of(job.name), number)
        assert len(picture) == result.size_bytes
        assert Image.open(io.BytesIO(picture)).size == (result.size.width, result.size.height) == (256, 320)
        assert (result.tries, result.drift.tier) == (1, TIER_LOCKED)
        assert not result.HasField("drift_before_upscale")
        assert result.provenance.source == SOURCE_TRAINED_ALGORITHMIC
    assert not job.HasField("problem")
    assert (job.metrics.tries_per_kept, job.metrics.lock_rate) == (1, 1)


async def test_what_drifted_is_made_again_from_other_noise(shop: Shop) -> None:
    """Each try has the seed that is its own in every job, and leaves a record that says why it was not kept."""
    shop.services.verifier.drift = by_try(SEED, {(0, 1): 0.5, (0, 2): 0.31, (0, 3): 0.29})
    job = await shop.made()
    tries = await shop.album.tries(TENANT, id_of(job.name))

    assert [render.seed for render in shop.services.generator.renders] == [seed_of(SEED, 0, each) for each in (1, 2, 3)]
    assert [each.outcome for each in tries] == [OUTCOME_REJECTED, OUTCOME_REJECTED, OUTCOME_KEPT]
    assert [each.problem.reason for each in tries[:2]] == [reasons.REASON_DRIFTED] * 2
    assert not tries[2].HasField("problem")
    assert [each.attempt for each in tries] == [1, 2, 3]
    assert tries[2].result == job.results[0].name
    assert (job.results[0].tries, job.results[0].drift.tier) == (3, TIER_STRONG)
    assert job.results[0].seed == seed_of(SEED, 0, 3)


async def test_a_third_try_holds_the_face_closer(shop: Shop) -> None:
    """And a fourth closer still, where the plan leaves nothing to rescue."""
    shop.services.verifier.drift = always(0.5)
    await shop.made()
    strengths = [render.options.adapter.value for render in shop.services.generator.renders]

    assert strengths == pytest.approx([0.8, 0.8, 1.0, 1.25])
    assert not any(render.options.send_latents for render in shop.services.generator.renders)


async def test_a_fourth_try_rescues_the_nearest_of_those_before(shop: Shop) -> None:
    """It starts from the latents of that one's style and anchor, in the shares that the generator wants."""
    shop.services.verifier.drift = by_try(SEED, {(0, 1): 0.5, (0, 2): 0.4, (0, 3): 0.45, (0, 4): 0.1})
    job = await shop.made(spec(1, style="rescued"))
    *renders, rescue = shop.services.generator.renders

    assert [render.options.plan.name for render in renders] == ["anchor-style-rescue"] * 3
    assert rescue.options.plan.name == "rescue"
    assert list(rescue.options.start.latents.shares) == pytest.approx([0.7, 0.3])
    assert rescue.options.adapter.value == pytest.approx(0.8)  # as the second try had it
    assert rescue.latents == (renders[1].number, -renders[1].number)
    assert job.state == job_pb2.STATE_SUCCEEDED
    assert job.results[0].tries == 4


async def test_latents_travel_only_where_a_try_may_follow(shop: Shop) -> None:
    """Not from the last one, nor from a rescue, nor where the plan has no rescue."""
    shop.services.verifier.drift = always(0.5)
    await shop.made(spec(1, style="rescued", max_tries=3))
    await shop.made(spec(1, style="plain", max_tries=3))

    assert [render.options.send_latents for render in shop.services.generator.renders] == [True, True] + [False] * 4


async def test_calls_carry_the_key_of_their_step(shop: Shop) -> None:
    """So that a second execution of it ends the calls of the first."""
    job = id_of((await shop.made(spec(2, long_side=640))).name)
    keys = {render.step_id for render in shop.services.generator.renders}

    assert len(keys) == 2
    assert all(key.startswith(job) for key in keys)
    assert {options.step_id for options in shop.services.upscaler.options} == keys


async def test_a_picture_that_failed_for_want_of_memory_is_no_try(shop: Shop) -> None:
    """Only what the output checker refuses is held against a seed."""
    full = [Exhausted(reasons.REASON_OUT_OF_MEMORY, "not now")]
    shop.services.generator.refuse = lambda render: full.pop() if full else None
    job = await shop.made()

    assert len(shop.services.generator.renders) == 2
    assert (job.state, job.progress.tries) == (job_pb2.STATE_SUCCEEDED, 1)


async def test_a_job_that_cannot_reach_its_count_says_what_it_has(shop: Shop) -> None:
    """Partial is a result: what came is there, and why the rest did not, and how near it came."""
    never = {(1, attempt): 0.5 - attempt / 100 for attempt in range(1, 5)}
    shop.services.verifier.drift = by_try(SEED, never)
    job = await shop.made(spec(3))
    (given_up,) = [each.given_up for each in await shop.events(id_of(job.name)) if each.HasField("given_up")]

    assert job.state == job_pb2.STATE_PARTIAL
    assert sorted(result.picture for result in job.results) == [0, 2]
    assert (job.problem.reason, job.problem.metadata["kept"]) == (reasons.REASON_DRIFTED, "2")
    assert (given_up.picture.picture, given_up.picture.attempt) == (1, 4)
    assert given_up.best.value == pytest.approx(0.46)
    assert (job.progress.kept, job.progress.given_up, job.progress.tries) == (2, 1, 6)
    assert job.progress.styles[0].best.value == pytest.approx(0.1)


async def test_a_job_without_a_picture_has_failed(shop: Shop) -> None:
    """After as many tries as it may make, and no more."""
    shop.services.verifier.drift = always(NoDrift(STATUS_NO_FACE))
    job = await shop.made(spec(1, max_tries=2))

    assert (job.state, job.problem.reason) == (job_pb2.STATE_FAILED, reasons.REASON_NO_FACE)
    assert len(shop.services.generator.renders) == 2
    assert (job.metrics.unmeasured, job.metrics.tries_per_kept) == (2, 0)


async def test_photos_that_cannot_be_used_fail_the_job_before_anything_is_rendered(shop: Shop) -> None:
    """With their reason and which one it is; and the photos' last hour runs."""
    shop.services.embedder.refusal = reasons.REASON_NO_FACE
    job = await shop.made()

    assert (job.state, job.problem.reason) == (job_pb2.STATE_FAILED, reasons.REASON_NO_FACE)
    assert job.problem.metadata["photo"] == "0"
    assert "no face" in job.problem.message
    assert shop.services.generator.calls == 0
    assert job.photos_expire_time.seconds - job.end_time.seconds == pytest.approx(3600, abs=2)


async def test_only_what_is_kept_is_enlarged_and_what_suffers_from_it_is_made_again(shop: Shop) -> None:
    """Three renders: drifted, drifted when enlarged, kept. Two are enlarged, the second one with a softer face."""

    def drift(sight: Sight) -> float:
        assert sight.render is not None
        attempt = shop.services.generator.renders.index(sight.render) + 1
        return 0.4 if attempt == 1 or (attempt == 2 and sight.enlarged) else 0.2 if sight.enlarged else 0.1

    shop.services.verifier.drift = drift
    job = await shop.made(spec(1, long_side=640))
    tries = await shop.album.tries(TENANT, id_of(job.name))
    _, second, third = shop.services.generator.renders

    assert [each.outcome for each in tries] == [OUTCOME_REJECTED, OUTCOME_REJECTED_AFTER_UPSCALE, OUTCOME_KEPT]
    assert shop.services.upscaler.enlarged == [second, third]
    assert [len(options.faces) for options in shop.services.upscaler.options] == [0, 1]
    assert (job.results[0].size.width, job.results[0].size.height) == (512, 640)
    assert job.results[0].drift.value == pytest.approx(0.2)
    assert job.results[0].drift_before_upscale.value == pytest.approx(0.1)
    assert {(maker.service, maker.engine) for maker in job.results[0].made_by} == {
        ("embedder", "insightface"),
        ("generator", "diffusion"),
        ("verifier", "insightface"),
        ("upscaler", "esrgan"),
    }


async def test_a_picture_that_lost_its_face_when_enlarged_has_no_drift_left(shop: Shop) -> None:
    """The last measurement is the one that counts, also where it finds nothing."""

    def drift(sight: Sight) -> Verdict:
        first = sight.render is shop.services.generator.renders[0]
        return NoDrift(STATUS_NO_FACE) if first and sight.enlarged else 0.1

    shop.services.verifier.drift = drift
    job = await shop.made(spec(1, long_side=640))
    first, _ = await shop.album.tries(TENANT, id_of(job.name))

    assert (first.outcome, first.problem.reason) == (OUTCOME_REJECTED_AFTER_UPSCALE, reasons.REASON_NO_FACE)
    assert not first.HasField("drift")
    assert job.metrics.unmeasured == 1


async def test_nothing_that_was_rejected_is_enlarged(shop: Shop) -> None:
    """However many drift."""
    shop.services.verifier.drift = always(0.5)
    await shop.made(spec(3, long_side=640))

    assert len(shop.services.generator.renders) == 12
    assert shop.services.upscaler.calls == 0


async def test_what_the_output_checker_refuses_is_made_again(shop: Shop) -> None:
    """Its record has no picture to look at."""
    refused = BadPhoto(reasons.REASON_OUTPUT_REFUSED, "not this one")
    shop.services.generator.refuse = lambda render: refused if render.seed == SEED else None
    job = await shop.made()
    first, second = await shop.album.tries(TENANT, id_of(job.name))

    assert (first.problem.reason, first.has_thumbnail) == (reasons.REASON_OUTPUT_REFUSED, False)
    assert first.rendering.seed == SEED
    assert first.prompt
    assert (second.outcome, second.has_thumbnail) == (OUTCOME_KEPT, True)


async def test_photos_go_to_the_embedder_and_to_nobody_who_does_not_need_them(shop: Shop) -> None:
    """The generator gets the identity, the verifier embeddings."""
    await shop.made()
    (render,) = shop.services.generator.renders

    assert [len(photos) for photos in shop.services.embedder.photos] == [2]
    assert not render.roles
    assert render.options.identity.values
    assert not render.options.HasField("reference")
    assert shop.services.verifier.photos == [0]


async def test_the_preview_engine_gets_the_photo_and_its_results_say_what_they_are(shop: Shop) -> None:
    """Restaged, not synthesised; and no identity travels to an engine that does not look at it."""
    shop.services.generator.menu = PREVIEW
    job = await shop.made(spec(1, style="rescued"))
    (render,) = shop.services.generator.renders

    assert len(render.roles) == 1
    assert render.options.reference.face.HasField("key_points")
    assert not render.options.HasField("identity")
    assert job.results[0].provenance.source == SOURCE_COMPOSITE
    assert "preview" in [maker.engine for maker in job.results[0].made_by]


async def test_a_service_that_is_lost_in_mid_picture_costs_a_pause(shop: Shop) -> None:
    """Whichever it is."""
    for service in shop.services.all:
        service.trouble.append(lost)
    job = await shop.made(spec(1, long_side=640))

    assert job.state == job_pb2.STATE_SUCCEEDED
    assert job.progress.tries == 1
    assert not any(service.trouble for service in shop.services.all)


async def test_a_job_waits_for_a_service_that_goes_away(shop: Shop) -> None:
    """Longer than its calls are sent again; meanwhile nothing is rendered that nobody could measure."""
    gate = Gate()
    shop.services.generator.pause = gate.render
    job = await shop.begin()
    await gate.reached.wait()
    await shop.services.verifier.leave()
    gate.go.set()
    labels = {"service": "verifier", "reason": "peer_unavailable"}
    await until(lambda: (shop.metrics.registry.get_sample_value("likeness_dispatch_retries_total", labels) or 0) >= 3)
    await shop.services.verifier.come()

    assert (await shop.ended(job)).state == job_pb2.STATE_SUCCEEDED
    assert len(shop.services.generator.renders) <= 2
    assert len(await shop.album.tries(TENANT, job)) == 1


async def test_services_that_are_away_before_anything_begins_are_missed(shop: Shop) -> None:
    """All of them at once, so that whoever scales from zero wakes all of them; nothing is called meanwhile."""
    names = ("generator", "verifier", "upscaler")
    for name in names:
        await getattr(shop.services, name).leave()
    job = await shop.begin(spec(1, long_side=640))

    def missed(service: str) -> float:
        labels = {"service": service, "reason": "peer_unavailable"}
        return shop.metrics.registry.get_sample_value("likeness_dispatch_retries_total", labels) or 0

    await until(lambda: all(missed(name) >= 2 for name in names))
    for name in names:
        await getattr(shop.services, name).come()

    assert (await shop.ended(job)).state == job_pb2.STATE_SUCCEEDED


async def test_a_job_may_keep_whatever_comes_out_where_the_server_allows_it(
    quick_path: Path, services: StandIns
) -> None:
    """Even a picture without a face: it has no drift."""
    services.verifier.drift = always(NoDrift(STATUS_NO_FACE))
    async with open_shop(quick_path / "all", services, may_keep_everything=True) as shop:
        job = await shop.made(spec(1, accept_tier=TIER_FAIL))

    assert job.state == job_pb2.STATE_SUCCEEDED
    assert not job.results[0].HasField("drift")
    assert job.results[0].drift.tier == TIER_UNSPECIFIED
    assert (job.metrics.unmeasured, job.metrics.lock_rate) == (1, 0)


@pytest.mark.parametrize("kind", [KIND_PNG, KIND_WEBP])
async def test_results_are_encoded_as_asked(shop: Shop, kind: int) -> None:
    """PNG and WebP; JPEG is what the other tests get."""
    job = await shop.made(spec(1, kind=kind))

    assert sniff(await shop.download(id_of(job.name))) == kind == job.results[0].kind


async def test_whoever_waits_goes_first_everywhere(shop: Shop) -> None:
    """The priority travels to every service; photos, pictures and enlargements alike."""
    await shop.made(spec(1, long_side=640, priority=PRIORITY_INTERACTIVE))

    assert [render.options.priority for render in shop.services.generator.renders] == [PRIORITY_INTERACTIVE]
    assert [options.priority for options in shop.services.upscaler.options] == [PRIORITY_INTERACTIVE]


async def test_a_cancelled_job_keeps_what_it_has_and_forgets_the_photos(shop: Shop) -> None:
    """At once; and its renders are stopped."""
    shop.services.generator.pause = Gate(passes=SEED).render
    job = await shop.begin(spec(2))
    async for response in shop.album.watch(TENANT, job):
        if response.event.HasField("result"):
            break
    await shop.desk.cancel(TENANT, job)
    seen = await shop.album.job(TENANT, job)

    assert seen.state == job_pb2.STATE_CANCELLED
    assert len(seen.results) == 1
    assert await shop.download(job)
    assert seen.photos_expire_time.ToMilliseconds() <= seen.end_time.ToMilliseconds() + 1000
    await until(lambda: shop.services.generator.given_up)
    await shop.house.sweep()
    assert len(shop.house.key_ids()) == 1  # the job's; the upload's is destroyed


async def test_a_job_whose_photos_go_first_ends_with_what_it_has(shop: Shop) -> None:
    """EXPIRED: nothing works with a face whose time is up."""
    shop.services.generator.pause = Gate(passes=SEED).render
    job = await shop.begin(spec(2))
    async for response in shop.album.watch(TENANT, job):
        if response.event.HasField("result"):
            break
    upload = (await shop.album.job(TENANT, job)).spec.upload
    await shop.forget_photos(id_of(upload))
    ended = await shop.ended(job)

    assert (ended.state, ended.problem.reason) == (job_pb2.STATE_PARTIAL, reasons.REASON_EXPIRED)
    assert len(ended.results) == 1


async def test_a_verifier_with_a_second_opinion_gets_the_photos(shop: Shop) -> None:
    """It has to look at them itself; those whose embeddings say it all stay where they are."""
    shop.services.verifier.second = True
    job = await shop.made()

    assert shop.services.verifier.photos == [2]
    assert job.state == job_pb2.STATE_SUCCEEDED


async def test_a_picture_that_fails_takes_no_other_with_it(shop: Shop) -> None:
    """The job goes on, and says what was wrong with that one; no try was made of it."""
    unknown = BadRequest(reasons.REASON_UNKNOWN_NAME, "no such pose here")
    shop.services.generator.trouble.append(Trouble(error=unknown))
    job = await shop.made(spec(3))
    (given_up,) = [each.given_up for each in await shop.events(id_of(job.name)) if each.HasField("given_up")]

    assert (job.state, job.problem.reason) == (job_pb2.STATE_PARTIAL, reasons.REASON_UNKNOWN_NAME)
    assert len(job.results) == 2
    assert (given_up.picture.attempt, given_up.picture.seed) == (1, SEED)
    assert not given_up.HasField("best")
    assert (job.progress.given_up, job.progress.tries) == (1, 2)


async def test_packs_are_bounded_and_nobody_who_waits_waits_for_them(quick_path: Path, services: StandIns) -> None:
    """One picture of a pack at a time, and one of those that somebody waits for beside it."""
    gate = Gate(passes=SEED + 7)
    services.generator.pause = gate.render
    async with open_shop(quick_path / "one", services, pictures_at_once=1) as shop:
        pack = await shop.begin(spec(3))
        await gate.reached.wait()
        urgent = JobSpec(styles=[StyleOrder(style="plain", count=1, seed=SEED + 7)], priority=PRIORITY_INTERACTIVE)
        single = await shop.made(urgent)

        assert single.state == job_pb2.STATE_SUCCEEDED
        assert len(services.generator.renders) == 2
        gate.go.set()
        assert (await shop.ended(pack)).state == job_pb2.STATE_SUCCEEDED
