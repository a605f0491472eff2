"""GenerateOptions into a request, checked against the menu before a pixel has come."""

from dataclasses import dataclass, field

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.face_pb2 import KeyPoints
from likeness.common.v1.identity_pb2 import Embedding
from likeness.common.v1.work_pb2 import PRIORITY_BATCH, PRIORITY_INTERACTIVE
from likeness.generator.v1 import options_pb2 as pb
from numpy.typing import NDArray

from likeness_wire.errors import BadRequest
from services.common.admission import Priority
from services.generator.call import Lora, Picture, Prompt, Request, Strength
from services.generator.fields import at_most, known, refuse, short, unique, within
from services.generator.menu import Canvas, Menu
from services.generator.plan_options import passes_of, strength_of
from services.generator.poses import placed
from services.generator.staging_options import staging_of

_LONGEST_PROMPT = 2000
_LONGEST_STEP_ID = 64
_MOST_CONTROLS = _MOST_LORAS = 4
_IDENTITY = Strength(0.8)
_PRIORITIES = {PRIORITY_INTERACTIVE: Priority.INTERACTIVE, PRIORITY_BATCH: Priority.BATCH}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that lacks its pixels still, and how it should be treated and answered."""

    request: Request
    controls: tuple[tuple[str, Strength], ...]
    latent_shares: tuple[float, ...]
    starts_from_picture: bool
    reference: pb.Reference | None = field(repr=False)
    kind: Kind
    priority: Priority
    step_id: str

    @property
    def blobs(self) -> dict[Role, int]:
        """How many blobs of which role have to follow."""
        return {
            Role.ROLE_CONTROL: len(self.controls),
            Role.ROLE_INIT: int(self.starts_from_picture),
            Role.ROLE_LATENTS: len(self.latent_shares),
            Role.ROLE_PHOTO: int(self.reference is not None),
        }


def wanted(options: pb.GenerateOptions, menu: Menu) -> Wanted:
    """BadRequest names the first field that is wrong."""
    width, height = _size(options, menu.canvas)
    passes = passes_of(options, menu)
    shares = tuple(options.start.latents.shares)
    _check_menu(options, menu)
    request = Request(
        prompts=_prompts(options, menu),
        pictures=_pictures(options, menu),
        passes=passes,
        plan=options.plan.name or ("" if options.plan.passes else "single"),
        width=width,
        height=height,
        key_points=_pose(options, menu, width, height),
        identity=_identity(options.identity, menu) if menu.recogniser_id else None,
        adapter=_strength("adapter", options, _IDENTITY),
        identity_net=_strength("identity_net", options, _IDENTITY),
        loras=_loras(options, menu),
        preview_every_steps=options.preview_every_steps,
        send_latents=options.send_latents,
        staging=staging_of(options.staging) if menu.needs_photo else None,
    )
    return Wanted(
        request=request,
        controls=_controls(options, menu),
        latent_shares=shares,
        starts_from_picture=options.start.HasField("picture"),
        reference=options.reference if options.HasField("reference") else None,
        kind=_kind(options),
        priority=_priority(options),
        step_id=short("step_id", options.step_id, _LONGEST_STEP_ID),
    )


def _check_menu(options: pb.GenerateOptions, menu: Menu) -> None:
    if options.send_latents and not menu.has_latents:
        refuse("send_latents", "this engine has no latents")
    if menu.needs_photo and not options.reference.face.HasField("key_points"):
        refuse("reference", "this engine needs the photo, and the face in it with key points")


def _size(options: pb.GenerateOptions, canvas: Canvas) -> tuple[int, int]:
    if not options.HasField("size"):
        return canvas.width, canvas.height
    size = options.size.width, options.size.height
    for name, side in zip(("size.width", "size.height"), size, strict=True):
        within(name, side, canvas.min_side, canvas.max_side)
        if side % canvas.multiple:
            refuse(name, f"a multiple of {canvas.multiple}")
    if size[0] * size[1] > canvas.max_pixels:
        refuse("size", f"at most {canvas.max_pixels:,} pixels")
    return size


def _prompts(options: pb.GenerateOptions, menu: Menu) -> tuple[Prompt, ...]:
    at_most("prompts", options.prompts, menu.max_prompts, least=1)
    return tuple(
        Prompt(
            text=short("prompts.text", each.text, _LONGEST_PROMPT),
            negative=short("prompts.negative", each.negative, _LONGEST_PROMPT) if each.HasField("negative") else None,
            text_is_template=each.text_is_template,
            negative_is_template=each.negative_is_template,
        )
        for each in options.prompts
    )


def _pictures(options: pb.GenerateOptions, menu: Menu) -> tuple[Picture, ...]:
    at_most("pictures", options.pictures, menu.max_pictures, least=1)
    last = len(options.prompts) - 1
    return tuple(Picture(each.seed, within("pictures.prompt", each.prompt, 0, last)) for each in options.pictures)


def _identity(embedding: Embedding, menu: Menu) -> NDArray[np.float32]:
    """The raw numbers, if they are of the recogniser that the adapter was trained with."""
    if not embedding.recogniser_id:
        refuse("identity", "needed, with its recogniser_id")
    if embedding.recogniser_id != menu.recogniser_id:
        message = f"this generator is conditioned by {menu.recogniser_id}, not by {embedding.recogniser_id[:100]}"
        raise BadRequest(reasons.REASON_RECOGNISER_MISMATCH, message, expected=menu.recogniser_id)
    values = np.array(embedding.values, np.float32)
    if len(values) != menu.identity_width or not np.isfinite(values).all() or not values.any():
        message = f"an embedding here is {menu.identity_width} finite numbers that are not all zero"
        raise BadRequest(reasons.REASON_INVALID_EMBEDDING, message)
    return values


def _pose(options: pb.GenerateOptions, menu: Menu, width: int, height: int) -> NDArray[np.float32]:
    if options.pose.HasField("template"):
        template = options.pose.template
        name = known("pose.template.name", template.name, menu.poses)
        subject = points_of("pose.template.subject", template.subject) if template.HasField("subject") else None
        return placed(menu.poses[name], width, height, subject)
    if not options.pose.HasField("key_points"):
        refuse("pose", "key points or a template")
    points = points_of("pose.key_points", options.pose.key_points)
    if not ((points >= 0) & (points < (width, height))).all():
        refuse("pose.key_points", "on the canvas")
    return points


def points_of(name: str, points: KeyPoints) -> NDArray[np.float32]:
    """(5, 2). All of them are needed."""
    each = (points.left_eye, points.right_eye, points.nose, points.left_mouth, points.right_mouth)
    found = np.array([(point.x, point.y) for point in each], np.float32)
    if not np.isfinite(found).all() or len(np.unique(found, axis=0)) < len(found):
        refuse(name, "five different points")
    return found


def _strength(name: str, options: pb.GenerateOptions, unset: Strength) -> Strength:
    return strength_of(name, getattr(options, name)) if options.HasField(name) else unset


def _controls(options: pb.GenerateOptions, menu: Menu) -> tuple[tuple[str, Strength], ...]:
    at_most("controls", options.controls, _MOST_CONTROLS)
    unique("controls", [each.name for each in options.controls])
    return tuple(
        (
            known("controls.name", each.name, menu.controls),
            strength_of("controls.strength", each.strength) if each.HasField("strength") else Strength(1.0),
        )
        for each in options.controls
    )


def _loras(options: pb.GenerateOptions, menu: Menu) -> tuple[Lora, ...]:
    at_most("loras", options.loras, _MOST_LORAS)
    unique("loras", [each.name for each in options.loras])
    return tuple(
        Lora(known("loras.name", each.name, menu.loras), within("loras.weight", each.weight, -2, 2))
        for each in options.loras
    )


def _kind(options: pb.GenerateOptions) -> Kind:
    if not options.HasField("kind"):
        return Kind.KIND_PNG
    if options.kind not in (Kind.KIND_PNG, Kind.KIND_RGB8):
        refuse("kind", "KIND_PNG or KIND_RGB8")
    return options.kind


def _priority(options: pb.GenerateOptions) -> Priority:
    if not options.HasField("priority"):
        return Priority.BATCH
    if options.priority not in _PRIORITIES:
        refuse("priority", "interactive or batch")
    return _PRIORITIES[options.priority]
