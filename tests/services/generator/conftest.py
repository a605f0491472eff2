"""One small model set for the whole session, and what is loaded from it."""

from pathlib import Path

import pytest
import torch

from bench.generator.reference import Reference
from services.common.models import LicencePolicy, ModelStore
from services.generator import tiny
from services.generator.loading import Loader, Models, Names

NAMES = Names(
    bases=(tiny.BASE, tiny.SECOND_BASE),
    identity_net=tiny.IDENTITY_NET,
    adapter=tiny.ADAPTER,
    controls=(tiny.CONTROLNET,),
    loras=(tiny.LORA,),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """diffusers' schedulers put torch tensors into np.array, which NumPy 2 means to deprecate. Not ours to mend."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"))


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Small tensors lose more to threads than they gain."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models")
    tiny.make_tiny(directory)
    return directory


@pytest.fixture(scope="session")
def models(models_dir: Path) -> Models:
    store = ModelStore(models_dir, LicencePolicy.COMMERCIAL)
    return Loader(store, torch.device("cpu"), torch.float32).load(NAMES)


@pytest.fixture(scope="session")
def reference(models_dir: Path) -> Reference:
    return Reference(models_dir)
