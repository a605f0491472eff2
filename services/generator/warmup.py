"""Steps before the first call, through the engine itself: what has to be chosen, compiled or allocated is done then."""

import re
from collections.abc import Sequence

import numpy as np

from services.common.startup import StartupError
from services.generator.call import Call, Ended, Event, Picture, Prompt, Request, Strength
from services.generator.engine import DiffusionEngine
from services.generator.menu import Menu
from services.generator.plans import Pass
from services.generator.poses import Pose, placed

_SIZE = re.compile(r"(\d+)x(\d+)")
# With IdentityNet in the first of two steps only, both forms of the UNet's forward are met.
_STEPS = 2
_FIRST_STEP = Strength(0.8, 0.0, 0.5)


def sizes(texts: Sequence[str]) -> list[tuple[int, int]]:
    """From "896x1152"."""
    found = [_SIZE.fullmatch(text) for text in texts]
    if not all(found):
        raise StartupError("LIKENESS_WARM_SIZES: sizes are written as 896x1152")
    return [(int(each[1]), int(each[2])) for each in found if each]


def warm_up(engine: DiffusionEngine, menu: Menu, size: tuple[int, int], rows: Sequence[int]) -> None:
    """Renders as many pictures at once as fill each number of rows, with every base. Raises what they failed of."""
    for base in menu.bases:
        for count in rows:
            _render(engine, _request(menu, base, size, max(1, count // 2)))


def _request(menu: Menu, base: str, size: tuple[int, int], pictures: int) -> Request:
    return Request(
        prompts=(Prompt(""),),
        pictures=tuple(Picture(seed) for seed in range(pictures)),
        passes=(Pass(base, steps=_STEPS),),
        width=size[0],
        height=size[1],
        key_points=placed(Pose(), *size),
        identity=np.ones(menu.identity_width, np.float32),
        identity_net=_FIRST_STEP,
    )


def _render(engine: DiffusionEngine, request: Request) -> None:
    events: list[Event] = []
    engine.admit(Call(request, events.append, urgent=True))
    while engine.tick():
        pass
    engine.drain()
    for event in events:
        if isinstance(event, Ended) and event.error is not None:
            raise event.error
