"""GetInfo: the menu as a message."""

from likeness.common.v1 import render_pb2
from likeness.common.v1.chunk_pb2 import Kind
from likeness.common.v1.face_pb2 import Size
from likeness.common.v1.identity_pb2 import Recogniser
from likeness.common.v1.work_pb2 import Limits
from likeness.generator.v1 import generator_pb2 as pb
from likeness.generator.v1 import info_pb2

from likeness_wire.chunks import Accept
from likeness_wire.times import span
from services.generator.answers import Maker, key_points, number_of
from services.generator.menu import Menu
from services.generator.plans import Plan, Sketch
from services.generator.poses import placed


def info(menu: Menu, maker: Maker, limits: Limits) -> pb.GetInfoResponse:
    """What serves here, what it can be asked for and what it takes."""
    answer = pb.GetInfoResponse(
        served_by=maker.made_by(),
        menu=_menu(menu, maker),
        option_limits=_option_limits(menu),
        limits=limits,
        backend=info_pb2.Backend(name=menu.backend, precision=menu.precision, rows=menu.rows),
        output_checked=menu.output_checked,
    )
    if menu.recogniser_id:
        answer.recogniser.CopyFrom(Recogniser(id=menu.recogniser_id, dimensions=menu.identity_width))
    return answer


def _menu(menu: Menu, maker: Maker) -> info_pb2.Menu:
    canvas = menu.canvas
    return info_pb2.Menu(
        base_models=[maker.refs[name] for name in menu.bases],
        loras=[maker.refs[name] for name in menu.loras],
        controls=[maker.refs[name] for name in menu.controls],
        schedulers=[number_of(scheduler) for scheduler in menu.schedulers],
        plans=[_plan(name, plan, menu) for name, plan in menu.plans.items()],
        poses=[
            info_pb2.PoseInfo(name=name, key_points=key_points(placed(pose, canvas.width, canvas.height)))
            for name, pose in menu.poses.items()
        ],
    )


def _plan(name: str, plan: Plan, menu: Menu) -> info_pb2.PlanInfo:
    passes = [_sketch(each, menu) for each in plan.sketches]
    return info_pb2.PlanInfo(name=name, passes=passes, latent_shares=plan.latent_shares)


def _sketch(given: Sketch, menu: Menu) -> render_pb2.Pass:
    """What the plan itself says; the rest is the request's."""
    pass_ = render_pb2.Pass(name=given.name, base_model=menu.second_base if given.second_base else given.base_model)
    for name in ("alpha", "cfg", "steps", "denoise"):
        if (value := getattr(given, name)) is not None:
            setattr(pass_, name, value)
    if given.scheduler is not None:
        pass_.scheduler = number_of(given.scheduler)
    return pass_


def _option_limits(menu: Menu) -> info_pb2.OptionLimits:
    canvas = menu.canvas
    return info_pb2.OptionLimits(
        size_multiple=canvas.multiple,
        min_side=canvas.min_side,
        max_side=canvas.max_side,
        max_canvas_pixels=canvas.max_pixels,
        default_size=Size(width=canvas.width, height=canvas.height),
        max_pictures=menu.max_pictures,
        max_prompts=menu.max_prompts,
    )


def limits_of(accept: Accept, max_pixels: int, *, photos: bool = False) -> Limits:
    """What a call takes in blobs; engines that look at photos take those of any kind."""
    of_photos = [Kind.KIND_JPEG, Kind.KIND_WEBP, Kind.KIND_HEIC] if photos else [Kind.KIND_F32]
    return Limits(
        kinds=[Kind.KIND_PNG, Kind.KIND_RGB8, *of_photos],
        max_blob_bytes=accept.max_bytes,
        max_pixels=max_pixels,
        max_images=accept.max_blobs,
        max_idle=span(accept.idle_s),
    )
