"""What a request asks for, checked field by field."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1 import work_pb2
from likeness.common.v1.chunk_pb2 import Kind
from likeness.upscaler.v1 import upscaler_pb2 as pb

from likeness_wire.errors import BadRequest
from services.common.admission import Priority
from services.upscaler.catalogue import Served
from services.upscaler.enlargement import Order
from services.upscaler.finishing import SoftFace
from services.upscaler.pictures import Picture
from services.upscaler.targets import ByFactor, ByLongSide, Exactly, Size, Target, check, framing

_LONGEST_STEP_ID = 64
_MOST_FACES = 64
_KINDS = frozenset({Kind.KIND_PNG, Kind.KIND_RGB8})
_PRIORITIES = {
    work_pb2.PRIORITY_INTERACTIVE: Priority.INTERACTIVE,
    work_pb2.PRIORITY_BATCH: Priority.BATCH,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """One request's options."""

    target: Target
    network: Served
    denoise: float | None
    alpha_by_network: bool
    faces: Mapping[int, tuple[SoftFace, ...]]
    kind: Kind
    priority: Priority
    step_id: str

    def order(self, index: int, picture: Picture, most_pixels: int) -> Order:
        """For one of its pictures. BadRequest or BadPhoto where that cannot be."""
        wanted = framing(picture.size, self.target)
        check(picture.size, wanted, self.network.factor, most_pixels)
        if self.kind == Kind.KIND_RGB8 and (picture.bits > 8 or picture.grey or picture.has_alpha):
            _refuse("kind", "KIND_PNG, as the picture is not plain colour of 8 bits")
        faces = self.faces.get(index, ())
        return Order(picture, wanted, self.network, self.denoise, self.alpha_by_network, faces)

    def check_faces(self, pictures: int) -> None:
        """Once it is known how many pictures there are."""
        if any(index >= pictures for index in self.faces):
            _refuse("faces.picture", f"below {pictures}, the number of pictures sent")


def wish(options: pb.UpscaleOptions, networks: Mapping[str, Served]) -> Wish:
    """The options, every default filled in."""
    network = _network(options.network, networks)
    return Wish(
        target=_target(options),
        network=network,
        denoise=_denoise(options, network),
        alpha_by_network=_alpha(options),
        faces=_faces(options),
        kind=_kind(options),
        priority=_priority(options),
        step_id=_step_id(options.step_id),
    )


def _network(name: str, networks: Mapping[str, Served]) -> Served:
    if not name:
        return next(iter(networks.values()))
    if name not in networks:
        raise BadRequest(
            reasons.REASON_UNKNOWN_NAME, "network: not served here; GetInfo lists those that are", field="network"
        )
    return networks[name]


def _target(options: pb.UpscaleOptions) -> Target:
    chosen = options.WhichOneof("target")
    if chosen == "factor":
        # How much is too much depends on the network, and is said later.
        if not (options.factor > 0 and math.isfinite(options.factor)):
            _refuse("factor", "above 0")
        return ByFactor(options.factor)
    if chosen == "long_side":
        return ByLongSide(options.long_side or _refuse("long_side", "at least 1"))
    if not (chosen and options.size.width and options.size.height):
        _refuse(chosen or "target", "factor, long_side or size, at least 1 × 1")
    return Exactly(Size(options.size.width, options.size.height))


def _denoise(options: pb.UpscaleOptions, network: Served) -> float | None:
    if not options.HasField("denoise"):
        return network.denoise(None)
    if not network.can_denoise:
        _refuse("denoise", f"unset, since {network.name} cannot")
    if not 0 <= options.denoise <= 1:
        _refuse("denoise", "0 to 1")
    return network.denoise(options.denoise)


def _alpha(options: pb.UpscaleOptions) -> bool:
    if not options.HasField("alpha"):
        return True
    if options.alpha not in (pb.ALPHA_NETWORK, pb.ALPHA_LANCZOS):
        _refuse("alpha", "by network or by Lanczos")
    return options.alpha == pb.ALPHA_NETWORK


def _faces(options: pb.UpscaleOptions) -> dict[int, tuple[SoftFace, ...]]:
    if len(options.faces) > _MOST_FACES:
        _refuse("faces", f"at most {_MOST_FACES}")
    faces: dict[int, tuple[SoftFace, ...]] = {}
    for face in options.faces:
        faces[face.picture] = (*faces.get(face.picture, ()), _face(face))
    return faces


def _face(face: pb.FaceBlend) -> SoftFace:
    box = face.box
    edges = (box.left, box.top, box.right, box.bottom)
    if not all(map(math.isfinite, edges)) or box.left >= box.right or box.top >= box.bottom:
        _refuse("faces.box", "finite, its left edge before its right one and its top above its bottom")
    if not 0 <= face.share <= 1:
        _refuse("faces.share", "0 to 1")
    return SoftFace(*edges, share=face.share)


def _kind(options: pb.UpscaleOptions) -> Kind:
    if not options.HasField("kind"):
        return Kind.KIND_PNG
    return options.kind if options.kind in _KINDS else _refuse("kind", "KIND_PNG or KIND_RGB8")


def _priority(options: pb.UpscaleOptions) -> Priority:
    if not options.HasField("priority"):
        return Priority.BATCH
    if options.priority not in _PRIORITIES:
        _refuse("priority", "interactive or batch")
    return _PRIORITIES[options.priority]


def _step_id(step_id: str) -> str:
    return step_id if len(step_id) <= _LONGEST_STEP_ID else _refuse("step_id", f"at most {_LONGEST_STEP_ID} characters")


def _refuse(field: str, right: str) -> NoReturn:
    raise BadRequest(reasons.REASON_INVALID_FIELD, f"{field}: {right}", fields={field: right})
