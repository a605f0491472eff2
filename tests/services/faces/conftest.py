"""The dlib engine with its real models, once for all tests that look at real faces."""

import pytest

from services.common.models import LicencePolicy, ModelStore
from services.faces.dlib_engine import DlibFiles, in_process
from services.faces.engine import LocalEngine
from services.faces.opening import dlib_files


@pytest.fixture(scope="session")
def files() -> DlibFiles:
    return dlib_files(ModelStore(None, LicencePolicy.RESEARCH))[0]


@pytest.fixture(scope="session")
def dlib(files: DlibFiles) -> LocalEngine:
    """In this process, so that failures show where they happened."""
    return in_process(files)
