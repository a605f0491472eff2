"""What the generator is asked for: a shot, of somebody, from some noise, in the words of the engine that serves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_RGB8, Role
from likeness.generator.v1.generator_pb2 import GetInfoResponse
from likeness.generator.v1.options_pb2 import GenerateOptions, InitLatents, PictureOptions, Plan, Reference, Start

from gateway.pipeline.ladder import RESCUABLE, RESCUE
from gateway.pipeline.sitter import Sitter
from gateway.styles import Shot
from likeness_wire.chunks import Blob


@dataclass(frozen=True, slots=True)
class Engine:
    """What matters here of the generator that answers."""

    name: str
    takes_identity: bool
    takes_photo: bool
    # Of the latents that a rescue starts from; empty where it offers none.
    rescue_shares: tuple[float, ...]

    @classmethod
    def of(cls, info: GetInfoResponse) -> "Engine":
        shares = {plan.name: tuple(plan.latent_shares) for plan in info.menu.plans}
        return cls(
            name=info.served_by.engine,
            takes_identity=info.HasField("recogniser"),
            # Others take what they start from and nothing that comes from a camera.
            takes_photo=KIND_JPEG in info.limits.kinds,
            rescue_shares=shares.get(RESCUE, ()),
        )

    def can_rescue(self, shot: Shot) -> bool:
        return bool(self.rescue_shares) and shot.plan == RESCUABLE


@dataclass(frozen=True, slots=True)
class Request:
    """A call of the generator for one picture."""

    options: GenerateOptions
    blobs: Sequence[Blob]


def request(shot: Shot, seed: int, sitter: Sitter, engine: Engine) -> Request:
    """That shot of the sitter. The person's face gives the pose its proportions."""
    options = shot.options()
    options.pictures.append(PictureOptions(seed=seed))
    options.pose.template.subject.CopyFrom(sitter.best_face.key_points)
    options.kind = KIND_RGB8
    if engine.takes_identity:
        options.identity.CopyFrom(sitter.identity)
    if not engine.takes_photo:
        return Request(options, [])
    options.reference.CopyFrom(Reference(face=sitter.best_face))
    return Request(options, [sitter.photos[sitter.best_photo]])


def rescue(of: Request, latents: Sequence[Blob], engine: Engine) -> Request:
    """The same, from what an earlier render of it left: the latents of its style and of its anchor."""
    options = GenerateOptions()
    options.CopyFrom(of.options)
    options.plan.CopyFrom(Plan(name=RESCUE))
    options.start.CopyFrom(Start(latents=InitLatents(shares=engine.rescue_shares)))
    options.send_latents = False
    started = [replace(blob, role=Role.ROLE_LATENTS, index=0) for blob in latents]
    return Request(options, [*of.blobs, *started])
