"""What every test gets: a clean environment, and the two ends of an in-process service."""

import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import hypothesis
import pytest

from services.common.metrics import ShellMetrics
from tests.running import RunningShell, running_shell

# No test fails because the machine is busy.
# Everybody sees the same examples; soak runs look for new ones.
hypothesis.settings.register_profile("plain", deadline=None, derandomize=True)
hypothesis.settings.register_profile("soak", deadline=None)
hypothesis.settings.load_profile("soak" if "LIKENESS_SOAK_ROUNDS" in os.environ else "plain")


@pytest.fixture(autouse=True)
def _clean_slate(monkeypatch: pytest.MonkeyPatch) -> None:
    """No LIKENESS_ variable of the person who runs the tests reaches a test; random is the same each time."""
    for name in os.environ:
        if name.startswith("LIKENESS_") and name != "LIKENESS_SOAK_ROUNDS":
            monkeypatch.delenv(name)
    random.seed(0)


@pytest.fixture
def metrics() -> ShellMetrics:
    return ShellMetrics()


@pytest.fixture
async def start_shell() -> AsyncIterator[Callable[..., Awaitable[RunningShell]]]:
    """Starts shells on free ports and drains them when the test ends."""
    async with AsyncExitStack() as stack:

        async def start(**options: object) -> RunningShell:
            return await stack.enter_async_context(running_shell(**options))  # type: ignore[arg-type]

        yield start
