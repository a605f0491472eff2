"""What the generator's benches run: a random model of some ten million parameters on a CPU, and the same in diffusers.

The size is fixed so that numbers of different days can be compared.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from bench.generator.reference import Case
from services.common.models import LicencePolicy, ModelStore
from services.generator import keypoints, tiny
from services.generator.backends import Backend, Eager
from services.generator.call import Call, Event, Picture, Prompt, Request, Strength
from services.generator.counters import Counters
from services.generator.engine import DiffusionEngine
from services.generator.finishing import Finisher
from services.generator.loading import Loader, Models, Names
from services.generator.plans import Pass, Scheduler
from services.generator.poses import Pose, placed

SHAPE = tiny.Shape(
    channels=(32, 64, 96),
    depth=(1, 1, 3),
    heads=(1, 2, 3),
    groups=16,
    text=128,
    text_layers=4,
    vae=(16, 32, 32, 32),
    condition=(16, 32, 96, 256),
    resampler=128,
)
SIZE = (192, 256)
USUAL = Strength(0.8)
NAMES = Names((tiny.BASE,), tiny.IDENTITY_NET, tiny.ADAPTER)


@contextmanager
def models_dir() -> Iterator[Path]:
    """Forgotten at the end."""
    with TemporaryDirectory() as folder:
        tiny.make_tiny(Path(folder), shape=SHAPE)
        yield Path(folder)


def engine_models(directory: Path) -> Models:
    # diffusers' schedulers put torch tensors into np.array, which NumPy 2 deprecates, once a picture.
    warnings.filterwarnings("ignore", message="__array__ implementation")
    store = ModelStore(directory, LicencePolicy.COMMERCIAL)
    return Loader(store, torch.device("cpu"), torch.float32).load(NAMES)


def parameters(models: Models) -> int:
    """Of the networks that run at every step."""
    nets = (models.bases[tiny.BASE].denoiser.unet, models.identity_net.model)
    return sum(parameter.numel() for net in nets for parameter in net.parameters())


def person(seed: int) -> NDArray[np.float32]:
    values: NDArray[np.float32] = torch.randn(512, generator=torch.Generator().manual_seed(seed)).numpy()
    return values


def request(
    seeds: Sequence[int] = (1,),
    *,
    prompts: Sequence[Prompt] = (Prompt("a portrait", "ugly"),),
    who: int = 1,
    steps: int = 8,
    cfg: float = 5.0,
    scheduler: Scheduler = Scheduler.EULER,
    size: tuple[int, int] = SIZE,
    adapter: Strength = USUAL,
    identity_net: Strength = USUAL,
) -> Request:
    return Request(
        prompts=tuple(prompts),
        pictures=tuple(Picture(seed, index % len(prompts)) for index, seed in enumerate(seeds)),
        passes=(Pass(tiny.BASE, steps=steps, cfg=cfg, scheduler=scheduler),),
        width=size[0],
        height=size[1],
        key_points=placed(Pose(), *size),
        identity=person(who),
        adapter=adapter,
        identity_net=identity_net,
    )


def case(wanted: Request) -> Case:
    """The same request in the reference's words."""
    (pass_,) = wanted.passes
    prompts = [wanted.prompts[picture.prompt] for picture in wanted.pictures]
    assert wanted.identity is not None
    return Case(
        embedding=torch.from_numpy(wanted.identity),
        key_points=Image.fromarray(keypoints.draw(wanted.key_points, wanted.width, wanted.height)),
        prompt=[prompt.text for prompt in prompts],
        negative=[prompt.negative or "" for prompt in prompts],
        seeds=tuple(picture.seed for picture in wanted.pictures),
        steps=pass_.steps,
        cfg=pass_.cfg,
        scheduler=pass_.scheduler.value,
        adapter=wanted.adapter.value,
        identitynet=wanted.identity_net.value,
        window=(wanted.identity_net.start, wanted.identity_net.end),
    )


class Rig:
    """An engine of its own over shared models."""

    def __init__(self, models: Models, *, rows: int = 16, backend: Backend | None = None) -> None:
        self.counters = Counters()
        self.finisher = Finisher(models.device, self.counters)
        self.engine = DiffusionEngine(models, backend or Eager(), self.finisher, self.counters, rows=rows)

    def start(self, wanted: Request, *, urgent: bool = False) -> tuple[Call, list[Event]]:
        """The call and what is going to be said about it. Whoever listens reads at once."""
        events: list[Event] = []

        def heard(event: Event) -> None:
            call.undelivered = 0
            events.append(event)

        call = Call(wanted, heard, urgent=urgent)
        self.engine.admit(call)
        return call, events

    def run(self) -> None:
        """Until nothing is left to do, decoding included."""
        while self.engine.tick():
            pass
        self.engine.drain()

    def render(self, wanted: Sequence[Request]) -> None:
        for each in wanted:
            self.start(each)
        self.run()


@contextmanager
def rig(models: Models, *, rows: int = 16, backend: Backend | None = None) -> Iterator[Rig]:
    made = Rig(models, rows=rows, backend=backend)
    try:
        yield made
    finally:
        made.engine.close()
