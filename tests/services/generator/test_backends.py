"""Other ways to run the same networks: equal to eager, padded to buckets, compiled without a break."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from services.common.startup import StartupError
from services.generator.backends import Eager
from services.generator.backends.compiled import Artefacts, Compiled, inductor, tensorrt
from services.generator.call import Lora, Strength
from services.generator.loading import Models
from services.generator.menu import Canvas, diffusion_menu
from services.generator.tiny import BASE, LORA
from services.generator.warmup import warm_up
from tests.services.generator.conftest import NAMES
from tests.services.generator.rendering import Studio, apart, latents, request
from tests.services.generator.test_loading import ONE_BASE, load

MIXED = [
    request(seeds=(1, 2)),
    request(seeds=(3,), cfg=1.0),
    request(seeds=(4,), identity_net=Strength(0.8, 0.0, 0.5)),
    request(seeds=(5,), identity_net=Strength(0.0)),
    request(seeds=(6,), adapter=Strength(0.0)),
]


class Padding(Eager):
    """Eager, with the row numbers of a compiled backend."""

    def bucket(self, rows: int) -> int:
        return next(bucket for bucket in (4, 8, 16) if bucket >= rows)


def check(models: Models, backend: Eager, at_most: float = 1e-5) -> None:
    with Studio(models, backend=backend) as studio:
        together = studio.render(*MIXED)
        (lora,) = studio.render(request(loras=(Lora(LORA, 0.5),)))
    for wanted, call in zip(MIXED, together, strict=True):
        assert apart(call.latents, latents(models, wanted)) < at_most
    assert apart(lora.latents, latents(models, request(loras=(Lora(LORA, 0.5),)))) < at_most


def test_padding_changes_nothing(models: Models) -> None:
    """Rows that nobody asked for are computed and left out, in the UNet and in IdentityNet."""
    check(models, Padding())


def test_a_pinned_bucket_gives_the_same_bits(models: Models) -> None:
    """Whoever sits beside it, a picture has the same row and the same number of rows: equal to the last bit."""
    with Studio(models, backend=Padding()) as studio:
        (alone,) = studio.render(request(seeds=(1,)))
        beside = studio.render(request(seeds=(1,)), request(seeds=(2,)))[0]
    assert torch.equal(alone.latents, beside.latents)


@pytest.mark.parametrize("attention", ["math", "flash"])
def test_the_kernel_of_attention_is_a_choice(attention: str, models: Models) -> None:
    """Other kernels round differently, no more."""
    assert apart(latents(models, request(), backend=Eager(attention=attention)), latents(models, request())) < 1e-5


def test_memory_layout_is_a_choice(models_dir: Path, models: Models) -> None:
    """channels_last computes the same."""
    own = load(models_dir)
    backend = Eager(channels_last=True)
    backend.prepare(own)
    assert apart(latents(own, request(), backend=backend), latents(models, request())) < 1e-5


@pytest.fixture
def traced(models_dir: Path) -> Iterator[tuple[Models, Compiled]]:
    """Traced whole by torch.compile's front end, run by nothing faster: what inductor and TensorRT would be given."""
    torch.compiler.reset()
    own = load(models_dir, ONE_BASE)
    backend = Compiled("traced", {"backend": "eager"}, (4, 8))
    backend.prepare(own)
    yield own, backend
    torch.compiler.reset()


@pytest.mark.filterwarnings("ignore")
def test_networks_are_compiled_in_one_piece(traced: tuple[Models, Compiled], models: Models) -> None:
    """fullgraph: a break would raise. The same pictures, with rows to spare."""
    own, backend = traced
    assert apart(latents(own, request(), backend=backend), latents(models, request())) < 1e-5


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore")
def test_nothing_is_compiled_after_warm_up(traced: tuple[Models, Compiled]) -> None:
    """Every bucket, and steps with and without IdentityNet, have been met before the first call."""
    own, backend = traced
    menu = diffusion_menu(canvas=Canvas(), bases=(BASE,), identity_width=512)
    with Studio(own, backend=backend, rows=8) as studio:
        warm_up(studio.engine, menu, (64, 64), (4, 8))
        before = torch._dynamo.utils.counters["frames"]["total"]
        studio.render(*(each for each in MIXED if not each.loras))
        assert before == torch._dynamo.utils.counters["frames"]["total"]


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore")
def test_inductor_computes_the_same(models_dir: Path, models: Models, tmp_path: Path) -> None:
    """PyTorch's own compiler on this machine's processor; its artefacts are kept and found again."""
    torch.compiler.reset()
    own = load(models_dir, NAMES)
    backend = inductor("default", (4,), "auto")
    backend.prepare(own)
    assert apart(latents(own, request(), backend=backend, rows=4), latents(models, request())) < 1e-4
    kept = Artefacts(tmp_path, own)
    assert not kept.load()
    kept.save()
    assert kept.load()
    torch.compiler.reset()


def test_tensorrt_says_what_it_needs() -> None:
    """Where it is not installed, the process does not start and says why."""
    with pytest.raises(StartupError, match="torch-tensorrt"):
        tensorrt((2, 4), None, tf32=True)
