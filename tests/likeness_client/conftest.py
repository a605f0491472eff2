"""A gateway to talk to, and a client of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from likeness_client import AsyncLikeness, Consent
from likeness_wire.resend import Patience
from tests.likeness_client.fake_gateway import FakeGateway, running
from tests.likeness_client.script import Script


class Waits:
    """Instead of sleeping: how long it would have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway(Script())


@pytest.fixture
async def port(gateway: FakeGateway) -> AsyncIterator[int]:
    async with running(gateway) as port:
        yield port


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
async def likeness(port: int, waits: Waits) -> AsyncIterator[AsyncLikeness]:
    async with AsyncLikeness(f"127.0.0.1:{port}", patience=Patience(sleep=waits)) as likeness:
        yield likeness


@pytest.fixture
def consent() -> Consent:
    return Consent.self(
        reference="agreement-1", purpose="profile pictures", policy_version="2026-01", given=datetime.now(UTC)
    )
