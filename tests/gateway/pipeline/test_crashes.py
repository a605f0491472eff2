"""Steps that are cut off at any effect and run again, elsewhere: each picture once, each record once, nothing lost."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.identity_pb2 import TIER_LOCKED
from likeness.gateway.v1.job_pb2 import JobSpec
from likeness.gateway.v1.result_pb2 import OUTCOME_KEPT, OUTCOME_REJECTED

from gateway import names
from gateway.jobs.port import Json
from gateway.pipeline import events
from gateway.pipeline.records import Records, try_index
from gateway.pipeline.settings import PipelineSettings
from gateway.pipeline.studio import Studio
from gateway.retention.database import database_clock
from gateway.retention.holdings import Holding, Kind
from gateway.styles import read_styles
from likeness_wire.errors import Internal
from tests.gateway.house import TENANT, House, open_house
from tests.gateway.pipeline.cut import Death, Fate, HandStep, MortalVault
from tests.gateway.pipeline.shop import PHOTO, SEED, STYLES, orders, spec
from tests.stand_ins import StandIns, by_try

# More than any of the steps has.
_MOST_EFFECTS = 40


@dataclass(slots=True)
class Bench:
    """A job whose steps are run by hand."""

    house: House
    services: StandIns
    job: Holding
    upload: Holding
    kept: dict[str, Mapping[str, Json]] = field(default_factory=dict)

    async def run(self, name: str, *args: Json, at: int = -1) -> Json:
        """In a process of its own, so to speak. Raises Death."""
        fate = Fate(at)
        async with self.services.peers() as peers:
            vault = MortalVault(self.house.vault, fate)
            studio = Studio(vault, peers, read_styles(STYLES), self.house.metrics, PipelineSettings())  # type: ignore[arg-type]
            try:
                step = HandStep(self.job.id, TENANT, self.kept, fate)
                came: Json = await getattr(studio, name)(step, *args)
                return came
            finally:
                studio.close()

    async def stored(self, kind: Kind) -> list[int]:
        return [each.index for each in await self.house.vault.stored(TENANT, self.job.id) if each.kind is kind]


@pytest.fixture
async def house(quick_path: Path) -> AsyncIterator[House]:
    async with open_house(quick_path / "house", database_clock=database_clock) as house:
        yield house


async def _bench(house: House, services: StandIns, asked: JobSpec) -> Bench:
    async with house.vault.receiving(TENANT) as upload:
        await house.vault.put(upload, Kind.PHOTO, 0, PHOTO)
    job = await house.vault.adopt(TENANT, upload.id)
    complete = orders().completed(asked)
    complete.upload = names.upload(TENANT, upload.id)
    await Records(house.vault, job).put_spec(complete)
    return Bench(house, services, job, upload)


async def _every_death(
    house: House, services: StandIns, asked: JobSpec, step: str, *args: Json
) -> AsyncIterator[Bench]:
    """A job for each moment at which its step can die; died, and run again."""
    for at in range(2 * _MOST_EFFECTS):
        bench = await _bench(house, services, asked)
        if step != "identity":
            await bench.run("identity")
            bench.kept.clear()
        services.generator.renders.clear()
        try:
            await bench.run(step, *args, at=at)
        except Death:
            await bench.run(step, *args)
            yield bench
        else:
            assert at > 2
            return
    raise AssertionError("the step never came to its end")


async def test_an_identity_is_made_once_wherever_its_step_dies(house: House, services: StandIns) -> None:
    """The first one stays, with the photos."""
    count = 0
    async for bench in _every_death(house, services, spec(2), "identity"):
        count += 1
        there = [each.kind for each in await house.vault.stored(TENANT, bench.upload.id)]
        assert there.count(Kind.IDENTITY) == 1
        assert list(bench.kept) == ["stage-1", "stage-2"]
    assert count == 6  # one object and two events, before and after each


async def test_a_picture_is_stored_once_wherever_its_step_dies(house: House, services: StandIns) -> None:
    """A rejected try and a kept one: what has a record is not rendered again, and every event is told."""
    services.verifier.drift = by_try(SEED, {(0, 1): 0.5})
    deaths = 0
    async for bench in _every_death(house, services, spec(1, long_side=640), "picture", 0):
        deaths += 1
        records = Records(house.vault, bench.job)
        first, second = await records.tries(0)
        kept = await records.kept(0)
        assert kept is not None
        assert (first.outcome, second.outcome) == (OUTCOME_REJECTED, OUTCOME_KEPT)
        assert await bench.stored(Kind.RESULT) == [0]
        assert await bench.stored(Kind.TRY) == await bench.stored(Kind.THUMBNAIL) == [try_index(0, 1), try_index(0, 2)]
        assert kept.record == second
        assert list(bench.kept) == ["try-0-1", "try-0-2", "result-0"]
        seeds = [render.seed for render in services.generator.renders]
        assert len(seeds) <= 3  # the try that was cut off, and no other, is made again
        assert await bench.run("picture", 0) == {"kept": True, "tier": TIER_LOCKED}
        assert len(services.generator.renders) == len(seeds)
    # Two thumbnails, two records, one result, three events; before and after each.
    assert deaths == 16


async def test_a_picture_that_is_given_up_is_given_up_once(house: House, services: StandIns) -> None:
    """Wherever its step dies: no try more than it may make has a record."""
    services.verifier.drift = by_try(SEED, {(0, 1): 0.5, (0, 2): 0.5})
    async for bench in _every_death(house, services, spec(1, max_tries=2), "picture", 0):
        assert await bench.stored(Kind.RESULT) == []
        assert len(await bench.stored(Kind.TRY)) == 2
        assert list(bench.kept) == ["try-0-1", "try-0-2", "given-up-0"]
        assert len(services.generator.renders) <= 3


async def test_a_rescue_elsewhere_renders_what_it_starts_from_once_more(house: House, services: StandIns) -> None:
    """Latents die with their process. That is no try of its own, and the rescue is the one that would have been."""
    services.verifier.drift = by_try(SEED, {(0, 1): 0.5, (0, 2): 0.4, (0, 3): 0.45})
    bench = await _bench(house, services, spec(1, style="rescued"))
    await bench.run("identity")
    with pytest.raises(Death):
        await bench.run("picture", 0, at=2 * 3 * 3 - 1)  # three tries with three effects each
    before = len(services.generator.renders)
    await bench.run("picture", 0)
    *_, again, rescue = services.generator.renders

    assert (before, len(services.generator.renders)) == (3, 5)
    assert again.seed == services.generator.renders[1].seed
    assert rescue.latents == (again.number, -again.number)
    assert len(await bench.stored(Kind.TRY)) == 4


async def test_what_cannot_be_rendered_again_is_not_rescued(house: House, services: StandIns) -> None:
    """The try is made all the same, as close as one of its number is held, and counts."""
    services.verifier.drift = by_try(SEED, {(0, 1): 0.5, (0, 2): 0.4, (0, 3): 0.45})
    bench = await _bench(house, services, spec(1, style="rescued"))
    await bench.run("identity")
    with pytest.raises(Death):
        await bench.run("picture", 0, at=2 * 3 * 3 - 1)  # three tries with three effects each
    refused = Internal(reasons.REASON_INTERNAL, "")
    services.generator.refuse = lambda render: refused if render.number == 4 else None
    await bench.run("picture", 0)
    *_, last = services.generator.renders

    assert 5 == len(services.generator.renders)
    assert "anchor-style-rescue" == last.options.plan.name
    assert 0.8 * 1.25**2 == pytest.approx(last.options.adapter.value)
    assert 4 == len(await bench.stored(Kind.TRY))


async def test_two_processes_at_one_picture_keep_one(house: House, services: StandIns) -> None:
    """One of them has lost the job and does not know: records and events are all of whoever was first."""
    services.verifier.drift = by_try(SEED, {(0, 1): 0.5})
    bench = await _bench(house, services, spec(1))
    await bench.run("identity")
    one = bench.run("picture", 0)

    async def other_first(render: object) -> None:
        services.generator.pause = None
        services.generator._steps.clear()  # not of one step, as far as the generator can tell
        await bench.run("picture", 0)

    services.generator.pause = other_first
    await one
    records = Records(house.vault, bench.job)
    kept, (first, second) = await records.kept(0), await records.tries(0)

    assert kept is not None
    assert kept.record == second
    assert await bench.stored(Kind.RESULT) == [0]
    for record in (first, second):
        assert bench.kept[f"try-0-{record.attempt}"] == events.judged(0, record).body
    # Both made the first try; the second one was there when the slower came to it, or was made by both as well.
    assert 3 <= len(services.generator.renders) <= 4
