"""kill -9 of the generator in mid-picture: the real engine with small models, and a gateway in this process."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.pipeline.events import Moved
from gateway.pipeline.seeds import MOST_TRIES, seed_of
from gateway.retention.holdings import Kind
from services.generator import tiny
from tests.gateway.house import TENANT
from tests.gateway.servers import free_ports
from tests.gateway.survival.scene import Scene, check_job
from tests.gateway.survival.works import SEED, Works, spec
from tests.running import RunningProcess, running_process
from tests.stand_ins import Sight, standing
from tests.stand_ins.service import DIMENSIONS, RECOGNISER_ID

pytestmark = pytest.mark.kill

ROUNDS = int(os.environ.get("LIKENESS_SOAK_ROUNDS", "1"))
STYLES = Path(__file__).parents[1] / "pipeline" / "styles.toml"
PICTURES = 4


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models")
    tiny.make_tiny(directory, id_dim=DIMENSIONS)
    return directory


@contextlib.contextmanager
def generator(log: Path, models_dir: Path, port: int) -> Iterator[RunningProcess]:
    """As `likeness up --profile tiny` starts it; a row at a time, so that pictures are in all stages at once."""
    variables = {
        "grpc_port": port,
        "models_dir": models_dir,
        "device": "cpu",
        "compute_threads": 1,
        "base_models": f'["{tiny.BASE}", "{tiny.SECOND_BASE}"]',
        "identity_net": tiny.IDENTITY_NET,
        "identity_adapter": tiny.ADAPTER,
        "recogniser_id": RECOGNISER_ID,
        "rows": 2,
    }
    with running_process(log, "services.generator", **variables) as running:
        yield running


@pytest.fixture
async def scene(quick_path: Path) -> AsyncIterator[Scene]:
    """The second picture that is measured drifts."""
    async with standing() as services:

        def drift(sight: Sight) -> float:
            return 0.45 if len(services.verifier.sights) == 2 else 0.1

        services.verifier.drift = drift
        yield Scene(quick_path, services)


async def in_mid_picture(works: Works, job: str) -> None:
    """One picture is stored, and another has made a step since."""
    stored = False
    async for event in works.jobs.watch(TENANT, job):
        match event.body:
            case {"kind": "result"}:
                stored = True
            case Moved(step=1) if stored:
                return


def recorded_renders(scene: Scene) -> int:
    """At least so many have come to something. A picture that was kept gets the record of its try a moment later."""
    stored = scene.stored()
    with_tries = {index // MOST_TRIES for index in stored[Kind.TRY]}
    return len(stored[Kind.TRY]) + len(stored[Kind.RESULT] - with_tries)


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_the_generator_is_killed_in_mid_picture(
    scene: Scene, models_dir: Path, tmp_path: Path, turn: int
) -> None:
    """What was recorded before is not rendered again; the rest is, from the same seeds, by the one that comes."""
    (port,) = free_ports(1)
    addresses = scene.services.addresses | {"generator": f"127.0.0.1:{port}"}
    with generator(tmp_path / "first", models_dir, port) as first:
        async with scene.here(addresses=addresses, styles_file=STYLES) as works:
            job = await works.begin(spec(PICTURES, style="plain", long_side=None))
            await in_mid_picture(works, job.id)
            first.process.kill()
            first.process.wait()
            recorded = recorded_renders(scene)
            with generator(tmp_path / "second", models_dir, port) as second:
                found = await check_job(works, job.id, PICTURES)
                rendered = second.metric("likeness_pictures_total", outcome="rendered")

    assert recorded >= 1
    assert rendered <= PICTURES + 1 - recorded
    assert {each.seed for each in found.results} <= {
        seed_of(SEED, picture, attempt) for picture in range(PICTURES) for attempt in (1, 2)
    }
    assert 1 == sum(each.tries == 2 for each in found.results)
