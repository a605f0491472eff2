"""The generator as it is started for evaluation: `LIKENESS_ENGINE=preview`, a process without torch."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from grpc.aio import AioRpcError
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.face_pb2 import Box, Face
from likeness.generator.v1 import generator_pb2 as pb
from likeness.generator.v1 import options_pb2 as opt
from likeness.generator.v1 import staging_pb2
from likeness.generator.v1.generator_pb2_grpc import GeneratorServiceStub

from likeness_wire.channels import connect
from likeness_wire.chunks import Blob
from services.common.images import decode_trusted, encode_jpeg, encode_png
from services.generator.answers import key_points
from services.generator.servicer import NAME
from tests.running import ROOT, running_process
from tests.services.generator.preview.sitting import ASTRONAUT, ASTRONAUT_BOX, astronaut
from tests.services.generator.serving_here import read, requests

FACE = Face(
    box=Box(**dict(zip(("left", "top", "right", "bottom"), ASTRONAUT_BOX, strict=True))),
    score=1,
    key_points=key_points(ASTRONAUT),
)
IMPORTS = """
import sys
sys.path[:0] = ["protos"]
import services.generator.__main__, services.generator.preview.opening
print([name for name in ("torch", "diffusers", "transformers") if name in sys.modules])
"""


def options(**changes: Any) -> opt.GenerateOptions:
    given: dict[str, Any] = {
        "prompts": [opt.Prompt(text="a portrait")],
        "pictures": [opt.PictureOptions(seed=3)],
        "pose": opt.Pose(template=opt.PoseTemplate(name="front")),
        "size": {"width": 256, "height": 320},
        "reference": opt.Reference(face=FACE),
        "staging": staging_pb2.Staging(depth=0.5, variation=0.5),
        "preview_every_steps": 3,
    }
    return opt.GenerateOptions(**(given | changes))


def photo(kind: Kind) -> Blob:
    """The astronaut, in any of three kinds."""
    pixels = astronaut()
    data = {
        Kind.KIND_PNG: lambda: encode_png(pixels),
        Kind.KIND_JPEG: lambda: encode_jpeg(pixels),
        Kind.KIND_RGB8: pixels.tobytes,
    }[kind]()
    return Blob(Role.ROLE_PHOTO, kind, data, 0, 340, 400)


def mapped(pid: int) -> str:
    """Every file that a process has in its memory."""
    return Path(f"/proc/{pid}/maps").read_text()


def test_torch_is_not_imported() -> None:
    """Neither by the program nor by the engine."""
    done = subprocess.run([sys.executable, "-c", IMPORTS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


async def test_it_serves(tmp_path: Path) -> None:
    """Photos of every kind become pictures labelled `preview`; wrong ones are refused; no torch is loaded for it."""
    with running_process(tmp_path / "log", "services.generator", engine="preview") as running:
        async with connect(f"127.0.0.1:{running.grpc_port}", NAME, default_timeout_s=60) as channel:
            stub = GeneratorServiceStub(channel)
            info = await stub.GetInfo(pb.GetInfoRequest())
            assert "preview" == info.served_by.engine
            assert not info.HasField("recogniser")
            assert list(info.menu.base_models) == []

            pictures = []
            for kind in (Kind.KIND_PNG, Kind.KIND_RGB8, Kind.KIND_JPEG):
                answer = await read(stub.Generate(requests(options(), [photo(kind)])))
                expected = ["accepted", *["step"] * 3, "preview", "blob", *["step"] * 3, "picture", "blob", "done"]
                assert expected == answer.parts
                (made,) = answer.pictures
                assert ("generator", "preview") == (made.made_by.service, made.made_by.engine)
                assert (3, []) == (made.rendering.seed, list(made.rendering.passes))
                assert not made.rendering.HasField("adapter")
                (blob,) = answer.of(Role.ROLE_PICTURE)
                pictures.append(decode_trusted(blob))
            assert pictures[0].shape == (320, 256, 3)
            np.testing.assert_array_equal(pictures[0], pictures[1])

            wrong = staging_pb2.Staging(depth=1.5)
            for refused, blobs in [
                (options(reference=None), []),
                (options(), []),
                (options(staging=wrong), [photo(Kind.KIND_PNG)]),
                (options(send_latents=True), [photo(Kind.KIND_PNG)]),
            ]:
                with pytest.raises(AioRpcError) as caught:
                    await read(stub.Generate(requests(refused, blobs)))
                assert grpc.StatusCode.INVALID_ARGUMENT == caught.value.code()
        assert "torch" not in mapped(running.process.pid)
