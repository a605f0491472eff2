"""What tests ask of the services."""

from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.identity_pb2 import Embedding
from likeness.generator.v1 import options_pb2
from likeness.generator.v1.options_pb2 import GenerateOptions, PictureOptions
from likeness.verifier.v1 import verifier_pb2

from likeness_wire.chunks import Blob
from services.common.images import encode_png
from tests.stand_ins.renders import stamped
from tests.stand_ins.service import DIMENSIONS, RECOGNISER_ID

PHOTO = Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, b"photo bytes " * 40_000)
IDENTITY = Embedding(recogniser_id=RECOGNISER_ID, values=[1.0] * DIMENSIONS)
AGAINST = verifier_pb2.VerifyOptions(identities=[IDENTITY])


def order(*seeds: int, **fields: object) -> GenerateOptions:
    """Small pictures of somebody, one for each seed."""
    options = GenerateOptions(
        prompts=[options_pb2.Prompt(text="a person")],
        pictures=[PictureOptions(seed=seed) for seed in seeds],
        identity=IDENTITY,
        pose=options_pb2.Pose(template=options_pb2.PoseTemplate(name="front")),
        **fields,  # type: ignore[arg-type]
    )
    if not options.HasField("size"):
        options.size.width, options.size.height = 128, 192
    return options


def picture(number: int = 0, kind: Kind = Kind.KIND_PNG) -> Blob:
    pixels = stamped(number, 128, 192)
    data = encode_png(pixels) if kind == Kind.KIND_PNG else pixels.tobytes()
    return Blob(Role.ROLE_PICTURE, kind, data, width=128, height=192)
