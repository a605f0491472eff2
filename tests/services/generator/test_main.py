"""The generator as users start it, and as they mis-start it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from likeness.common.v1.chunk_pb2 import Role
from likeness.generator.v1 import generator_pb2 as pb
from likeness.generator.v1 import options_pb2 as opt
from likeness.generator.v1.generator_pb2_grpc import GeneratorServiceStub

from likeness_wire.channels import connect
from services.common.startup import StartupError
from services.generator import tiny
from services.generator.checker import checker_from
from services.generator.device import chosen_device
from services.generator.diffusion import open_diffusion
from services.generator.servicer import NAME
from services.generator.settings import GeneratorSettings
from services.generator.warmup import sizes
from tests.running import ROOT, running_process
from tests.services.generator.serving_here import RECOGNISER, Answered, options, read, requests

TINY: dict[str, Any] = {
    "device": "cpu",
    "compute_threads": 1,
    "base_models": (tiny.BASE, tiny.SECOND_BASE),
    "identity_net": tiny.IDENTITY_NET,
    "identity_adapter": tiny.ADAPTER,
    "recogniser_id": RECOGNISER,
    "min_side": 64,
}


def variables(models_dir: Path) -> dict[str, object]:
    bases = f'["{tiny.BASE}", "{tiny.SECOND_BASE}"]'
    return TINY | {"models_dir": models_dir, "base_models": bases}


def test_the_process_renders_and_drains(models_dir: Path, tmp_path: Path) -> None:
    """Started by variables, asked over gRPC; SIGTERM lets a call finish, then the process ends with status 0."""
    with running_process(tmp_path / "log", "services.generator", **variables(models_dir)) as running:

        async def ask() -> None:
            async with connect(f"127.0.0.1:{running.grpc_port}", NAME, default_timeout_s=60) as channel:
                answer = await read(GeneratorServiceStub(channel).Generate(requests(options())))

            assert 1 == len(answer.pictures)
            assert 4 == running.metric("likeness_forwards_total", network="unet")
            assert 1 == running.metric("likeness_pictures_total", outcome="rendered")

        async def end() -> Answered:
            """SIGTERM in the middle of a pack."""
            async with connect(f"127.0.0.1:{running.grpc_port}", NAME, default_timeout_s=60) as channel:
                wanted = options(pictures=[opt.PictureOptions(seed=n) for n in range(5)], steps=8)
                call = GeneratorServiceStub(channel).Generate(requests(wanted))

                async def watched() -> AsyncIterator[pb.GenerateResponse]:
                    async for answer in call:
                        if answer.WhichOneof("part") == "step" and answer.step.step == 2:
                            running.process.terminate()
                        yield answer

                return await read(watched())

        asyncio.run(ask())
        assert 5 == len(asyncio.run(end()).of(Role.ROLE_PICTURE))
        assert 0 == running.process.wait(30)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"recogniser_id": ""}, "LIKENESS_RECOGNISER_ID"),
        ({"identity_net": "nothing"}, "nothing"),
        ({"device": "cuda"}, "LIKENESS_DEVICE"),
        ({"device": "tpu"}, "LIKENESS_DEVICE|tpu"),
        ({"output_checker": "no.such:thing"}, "LIKENESS_OUTPUT_CHECKER"),
        ({"backend": "tensorrt"}, "torch-tensorrt"),
        ({"license_policy": "commercial", "identity_net": "instantid-identitynet"}, "LICENSE_POLICY"),
    ],
)
def test_what_was_asked_for_and_is_not_there_stops_it(changes: dict[str, Any], said: str, models_dir: Path) -> None:
    """One line, never another device, model or backend instead."""
    settings = GeneratorSettings(**TINY | {"models_dir": models_dir} | changes)
    with pytest.raises((StartupError, RuntimeError), match=said):
        open_diffusion(settings)


def test_opening_loads_and_introduces_itself(models_dir: Path) -> None:
    """Engine, menu and who it says it is, from the same settings."""
    opened = open_diffusion(GeneratorSettings(**TINY | {"models_dir": models_dir}))
    try:
        assert (tiny.BASE, tiny.SECOND_BASE) == opened.menu.bases
        assert 512 == opened.menu.identity_width
        assert ("diffusion", "cpu") == (opened.maker.engine, opened.maker.device)
        assert {tiny.IDENTITY_NET, tiny.ADAPTER} == set(opened.maker.always)
    finally:
        opened.engine.close()


def test_sizes_are_read_or_refused() -> None:
    """896x1152, and nothing that only looks like it."""
    assert [(896, 1152), (64, 64)] == sizes(("896x1152", "64x64"))
    with pytest.raises(StartupError, match="WARM_SIZES"):
        sizes(("896",))


def test_no_checker_is_none() -> None:
    """Unset is off; set is on or a refusal to start."""
    assert checker_from(None) is None


def test_a_cpu_is_a_cpu() -> None:
    """Chosen, not fallen back to."""
    assert "cpu" == chosen_device("cpu", tf32=False, threads=1).type


def test_the_service_without_diffusion_does_not_import_torch() -> None:
    """Everything but the opening of an engine is free of it: the preview engine has to be."""
    code = "import sys, services.generator.__main__ as m; sys.exit('torch' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode
