"""Plans and passes of GenerateOptions, with everything filled in that they leave open."""

from likeness.common.v1 import render_pb2
from likeness.generator.v1 import options_pb2 as pb

from services.generator.call import Strength
from services.generator.fields import at_most, known, refuse, within
from services.generator.menu import Menu
from services.generator.plans import (
    DEFAULT_CFG,
    DEFAULT_STEPS,
    DENOISE_FROM_LATENTS,
    DENOISE_FROM_PICTURE,
    Pass,
    Plan,
    Scheduler,
    Sketch,
    resolved,
)

_MOST_PASSES = _MOST_LATENTS = 4
_MOST_STEPS = 150
_MOST_CFG = 20
_MOST_STRENGTH = 2

SCHEDULERS = {
    render_pb2.SCHEDULER_EULER: Scheduler.EULER,
    render_pb2.SCHEDULER_DPMPP_2M_KARRAS: Scheduler.DPMPP_2M_KARRAS,
    render_pb2.SCHEDULER_DPMPP_2M_SDE: Scheduler.DPMPP_2M_SDE,
    render_pb2.SCHEDULER_UNIPC: Scheduler.UNIPC,
    render_pb2.SCHEDULER_LCM: Scheduler.LCM,
    render_pb2.SCHEDULER_DDIM: Scheduler.DDIM,
}


def passes_of(options: pb.GenerateOptions, menu: Menu) -> tuple[Pass, ...]:
    """What is going to be run, nothing left open. Empty for engines that do not denoise."""
    if not menu.plans:
        return ()
    plan = _plan(options, menu)
    request = Pass(
        base_model=known("base_model", options.base_model, menu.bases) if options.base_model else menu.bases[0],
        cfg=within("cfg", options.cfg, 0, _MOST_CFG) if options.HasField("cfg") else DEFAULT_CFG,
        steps=within("steps", options.steps, 1, _MOST_STEPS) if options.HasField("steps") else DEFAULT_STEPS,
        scheduler=_scheduler("scheduler", options.scheduler) if options.HasField("scheduler") else Scheduler.EULER,
        denoise=_denoise(options, plan),
    )
    if request.denoise is None and plan.sketches[0].denoise is not None:
        refuse("plan.passes.denoise", "a first pass that starts from noise has none")
    passes = resolved(plan.sketches, request, menu.second_base)
    if not all(each.run_steps for each in passes):
        refuse("start.denoise", "so much that at least one step is run")
    return passes


def strength_of(name: str, strength: render_pb2.Strength) -> Strength:
    """A strength with its window; without one, all steps."""
    value = within(f"{name}.value", strength.value, 0, _MOST_STRENGTH)
    if not strength.HasField("window"):
        return Strength(value)
    end = within(f"{name}.window.end", strength.window.end, 0, 1)
    return Strength(value, within(f"{name}.window.start", strength.window.start, 0, end), end)


def _plan(options: pb.GenerateOptions, menu: Menu) -> Plan:
    if not options.plan.passes:
        plan = menu.plans[known("plan.name", options.plan.name or "single", menu.plans)]
        if plan.latent_shares and not options.start.HasField("latents"):
            refuse("start", "latents: this plan goes on from those of an earlier call")
        return plan
    at_most("plan.passes", options.plan.passes, _MOST_PASSES)
    return Plan(tuple(_sketch(each, menu) for each in options.plan.passes))


def _sketch(given: render_pb2.Pass, menu: Menu) -> Sketch:
    def number(name: str, low: float, high: float) -> float | None:
        return within(f"plan.passes.{name}", getattr(given, name), low, high) if given.HasField(name) else None

    steps = number("steps", 1, _MOST_STEPS)
    return Sketch(
        name=given.name,
        base_model=known("plan.passes.base_model", given.base_model, menu.bases) if given.base_model else "",
        alpha=number("alpha", 0, _MOST_STRENGTH),
        cfg=number("cfg", 0, _MOST_CFG),
        scheduler=_scheduler("plan.passes.scheduler", given.scheduler) if given.HasField("scheduler") else None,
        steps=None if steps is None else int(steps),
        denoise=_share("plan.passes.denoise", given.denoise) if given.HasField("denoise") else None,
    )


def _denoise(options: pb.GenerateOptions, plan: Plan) -> float | None:
    """Of a first pass. None: it starts from noise."""
    if not options.HasField("start"):
        return None
    source = options.start.WhichOneof("source")
    if source is None:
        refuse("start", "a picture or latents")
    if source == "latents":
        _check_shares(options.start.latents)
    if options.start.HasField("denoise"):
        return _share("start.denoise", options.start.denoise)
    return DENOISE_FROM_PICTURE if source == "picture" else DENOISE_FROM_LATENTS


def _check_shares(latents: pb.InitLatents) -> None:
    at_most("start.latents.shares", latents.shares, _MOST_LATENTS, least=1)
    if not abs(sum(latents.shares) - 1) <= 0.001:
        refuse("start.latents.shares", "adding up to 1")


def _share(name: str, value: float) -> float:
    if not 0 < value <= 1:
        refuse(name, "above 0 to 1")
    return value


def _scheduler(name: str, given: render_pb2.Scheduler) -> Scheduler:
    if given not in SCHEDULERS:
        refuse(name, "one of the schedulers on the menu")
    return SCHEDULERS[given]
