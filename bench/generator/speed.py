"""How long the same work takes: against diffusers' pipeline one call at a time, and against ideal batches."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from bench.abab import Pair, abab
from bench.generator.reference import Reference
from bench.generator.rig import case, request, rig
from bench.table import Row
from services.generator.call import Prompt, Request
from services.generator.loading import Models
from services.generator.plans import Scheduler

_WORDS = ("a portrait", "a portrait outdoors", "in a studio", "black and white", "in an office", "at dusk")


def mixed() -> list[Request]:
    """Eight callers who differ in everything that may share a forward."""
    return [
        request((1,), who=1, steps=8),
        request((2,), who=2, steps=10, prompts=[Prompt(_WORDS[1], "")]),
        request((3,), who=3, steps=6, prompts=[Prompt(_WORDS[2])], cfg=4.0),
        request((4,), who=4, steps=8, scheduler=Scheduler.DPMPP_2M_KARRAS),
        request((5,), who=5, steps=9, scheduler=Scheduler.UNIPC, prompts=[Prompt(_WORDS[3], "colour")]),
        request((6,), who=6, steps=8, scheduler=Scheduler.DDIM, prompts=[Prompt(_WORDS[4], "ugly")]),
        request((7,), who=7, steps=7, prompts=[Prompt(_WORDS[5], "ugly")], cfg=6.0),
        request((8,), who=8, steps=8, scheduler=Scheduler.DPMPP_2M_SDE),
    ]


async def mixed_load(models: Models, reference: Reference, rounds: int) -> Row:
    pair = await _against(models, reference, mixed(), rounds)
    return _row("8 mixed requests", pair, 1.2)


async def single(models: Models, reference: Reference, rounds: int) -> Row:
    pair = await _against(models, reference, mixed()[:1], rounds)
    return _row("1 request", pair, 1.0)


async def ideal(models: Models, rounds: int) -> Row:
    """Eight equal requests that come while others run, against eight that sit together from their first step."""
    wanted = [request((seed,), who=seed, steps=12) for seed in range(16)]
    pair = await abab(partial(_arriving, models, wanted), partial(_formed, models, wanted), rounds)
    return _row("16 arriving, against formed batches", pair, 0.95)


async def _against(models: Models, reference: Reference, wanted: Sequence[Request], rounds: int) -> Pair:
    runs = [reference.prepared(case(each), "pt") for each in wanted]
    return await abab(partial(_engine, models, wanted), partial(_one_by_one, runs), rounds)


async def _engine(models: Models, wanted: Sequence[Request]) -> float:
    with rig(models) as made:
        return _timed(lambda: made.render(wanted))


async def _one_by_one(runs: Sequence[Callable[[], object]]) -> float:
    return _timed(lambda: [run() for run in runs])


async def _arriving(models: Models, wanted: Sequence[Request]) -> float:
    """One more every other step, in an engine with places for eight."""

    def arrive() -> None:
        for each in wanted:
            made.start(each)
            made.engine.tick()
        made.run()

    with rig(models) as made:
        return _timed(arrive)


async def _formed(models: Models, wanted: Sequence[Request]) -> float:
    def batches() -> None:
        for first in range(0, len(wanted), 8):
            made.render(wanted[first : first + 8])

    with rig(models) as made:
        return _timed(batches)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _row(name: str, pair: Pair, goal: float) -> Row:
    """Speed, so that more is better: the reference's time by ours."""
    this, reference = (f"{seconds:.2f} s" for seconds in pair.medians)
    ratio = 1 / pair.ratio
    return Row(name, this, reference, f"{ratio:.2f} ×", f"≥ {goal:.2f}" + ("" if ratio >= goal else ", missed"))
