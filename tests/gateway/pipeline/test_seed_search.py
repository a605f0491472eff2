"""FindSeed: cheap renders of many seeds, over a real vault and stand-ins for the services."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.job_pb2 import StyleOrder
from likeness.gateway.v1.seed_pb2 import SeedRanking
from likeness.verifier.v1.verifier_pb2 import STATUS_NO_FACE

from gateway.peers import Turn
from gateway.pipeline.seed_search import Candidate, SeedSearch, cheap
from gateway.retention.holdings import Holding, Kind
from gateway.styles import read_styles
from likeness_wire.errors import BadPhoto, NotFound, Unavailable
from services.common.admission import Priority
from services.common.images import encode_jpeg
from tests.gateway.house import TENANT, House, open_house
from tests.running import until
from tests.stand_ins import NoDrift, Render, StandIns, by_seed, standing
from tests.stand_ins.generator import PREVIEW

TURN = Turn(TENANT, Priority.INTERACTIVE)
STYLES = read_styles()
PHOTO = encode_jpeg(np.full((100, 100, 3), 128, np.uint8))


@dataclass(slots=True)
class Seeking:
    """A search, and what stands behind it."""

    search: SeedSearch
    services: StandIns
    house: House
    photos: Holding

    async def all(self, **options: object) -> tuple[list[Candidate], SeedRanking]:
        *candidates, ranking = [found async for found in self.run(**options)]
        assert isinstance(ranking, SeedRanking)
        return [found for found in candidates if isinstance(found, Candidate)], ranking

    def run(self, **options: object) -> AsyncGenerator[Candidate | SeedRanking, None]:
        return self.search.run(self.photos, StyleOrder(style="corporate", seed=100), TURN, **options)  # type: ignore[arg-type]


@pytest.fixture
async def seeking(quick_path: Path) -> AsyncIterator[Seeking]:
    async with standing() as services, open_house(quick_path / "house") as house, services.peers() as peers:
        async with house.vault.receiving(TENANT) as photos:
            for place in range(2):
                await house.vault.put(photos, Kind.PHOTO, place, PHOTO)
        yield Seeking(SeedSearch(house.vault, peers, STYLES), services, house, photos)


async def test_seeds_are_ranked_by_drift(seeking: Seeking) -> None:
    """Nearest first; one without a face is told and not ranked. What serves is named once."""
    seeking.services.verifier.drift = by_seed({100: 0.4, 101: NoDrift(STATUS_NO_FACE), 102: 0.05, 103: 0.2})

    candidates, ranking = await seeking.all(candidates=4)

    assert {100, 101, 102, 103} == {found.message.seed for found in candidates}
    assert [102, 103, 100] == [candidate.seed for candidate in ranking.candidates]
    assert ["embedder", "generator", "verifier"] == [maker.service for maker in ranking.made_by]
    assert ["embed", "generate", "verify"] == [timing.stage for timing in ranking.timings]


async def test_a_candidate_comes_as_soon_as_it_is_measured(seeking: Seeking) -> None:
    """While others are still being rendered."""
    go = asyncio.Event()

    async def hold(render: Render) -> None:
        if render.seed != 101:
            await go.wait()

    seeking.services.generator.pause = hold
    async with contextlib.aclosing(seeking.run(candidates=3)) as found:
        first = await anext(found)
        assert isinstance(first, Candidate)
        assert first.message.seed == 101
        go.set()
        assert len([each async for each in found]) == 3


async def test_candidates_are_cheap_and_on_the_styles_own_canvas(seeking: Seeking) -> None:
    """Few steps and one pass; on another canvas the seed would be other noise."""
    await seeking.all(candidates=1)
    shot, (render,) = STYLES.shot("corporate"), seeking.services.generator.renders

    assert render.options.steps == shot.steps // 3
    assert render.options.plan.name == "single"
    assert (render.options.size.width, render.options.size.height) == shot.size
    assert render.options.priority == 1

    await seeking.all(candidates=1, premium=True)
    size = seeking.services.generator.renders[1].options.size
    assert (size.width, size.height) == STYLES.shot("corporate", premium=True).size


def test_a_style_with_few_steps_keeps_them() -> None:
    """Cheap is never dearer."""
    for style in STYLES.messages():
        shot = STYLES.shot(style.id)
        assert cheap(shot).steps <= shot.steps
        assert cheap(cheap(shot)).steps >= min(8, shot.steps)


async def test_looks_come_where_they_are_wanted(seeking: Seeking) -> None:
    """Small JPEGs."""
    (with_look,), _ = await seeking.all(candidates=1, looks=True)
    (without,), _ = await seeking.all(candidates=1)

    assert with_look.message.has_preview
    assert with_look.look is not None
    assert with_look.look.data[:3] == b"\xff\xd8\xff"
    assert len(with_look.look.data) < 64 * 1024
    assert without.look is None
    assert not without.message.has_preview


async def test_what_the_checker_refuses_has_no_drift(seeking: Seeking) -> None:
    """The other seeds are tried all the same."""
    seeking.services.generator.refuse = lambda render: (
        BadPhoto(reasons.REASON_OUTPUT_REFUSED, "not that") if render.seed == 100 else None
    )

    candidates, ranking = await seeking.all(candidates=2, looks=True)

    assert {100: False, 101: True} == {each.message.seed: each.message.HasField("drift") for each in candidates}
    assert [101] == [candidate.seed for candidate in ranking.candidates]


async def test_seeds_go_on_from_the_last_to_the_first(seeking: Seeking) -> None:
    """They are counted in 32 bits."""
    order = StyleOrder(style="corporate", seed=2**32 - 1)
    found = [each async for each in seeking.search.run(seeking.photos, order, TURN, candidates=2)]

    assert {2**32 - 1, 0} == {each.message.seed for each in found if isinstance(each, Candidate)}


async def test_photos_that_cannot_be_used_are_refused_by_name(seeking: Seeking) -> None:
    """Before anything is rendered."""
    seeking.services.embedder.refusal = reasons.REASON_NO_FACE

    with pytest.raises(BadPhoto):
        await seeking.all()
    assert seeking.services.generator.renders == []


async def test_nothing_is_tried_that_nobody_could_measure(seeking: Seeking) -> None:
    """Whoever asks learns who is away, and may come again."""
    await seeking.services.verifier.leave()

    with pytest.raises(Unavailable, match="verifier"):
        await seeking.all()
    assert seeking.services.generator.renders == []


async def test_the_preview_engine_gets_the_photo(seeking: Seeking) -> None:
    """It has nothing else to go by."""
    seeking.services.generator.menu = PREVIEW

    _, ranking = await seeking.all(candidates=2)

    assert len(ranking.candidates) == 2
    assert all(len(render.roles) == 1 for render in seeking.services.generator.renders)


async def test_whoever_leaves_ends_it(seeking: Seeking) -> None:
    """Renders that run are given up, and no others begin."""
    seeking.services.generator.pause = lambda render: asyncio.Event().wait()  # type: ignore[assignment,return-value]
    searching = asyncio.create_task(seeking.all(candidates=32))
    await until(lambda: seeking.services.generator.renders)
    searching.cancel()
    await asyncio.gather(searching, return_exceptions=True)
    begun = len(seeking.services.generator.renders)

    await until(lambda: seeking.services.generator.given_up >= begun)
    assert begun <= 16


async def test_erasing_the_upload_ends_it(seeking: Seeking) -> None:
    """Whoever has a face in its hands lets go of it."""
    seeking.services.generator.pause = lambda render: asyncio.Event().wait()  # type: ignore[assignment,return-value]
    searching = asyncio.create_task(seeking.all(candidates=2))
    await until(lambda: seeking.services.generator.renders)
    await seeking.house.vault.erase(TENANT, seeking.photos.id)

    with pytest.raises(NotFound):
        await searching
