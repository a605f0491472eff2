"""A watch that outlives the gateway it began with: killed without a word, started again beside the same data."""

import asyncio
from pathlib import Path

import pytest

from likeness_client import AsyncLikeness, Consent, Order, PictureGivenUp, ResultStored, StateChanged, TryJudged
from tests.gateway.api.front import STYLES, photo
from tests.running import running_process
from tests.stand_ins import standing

KEPT = (StateChanged, TryJudged, ResultStored, PictureGivenUp)


@pytest.mark.kill
@pytest.mark.parametrize("after", [1, 3, 5])
async def test_a_gateway_that_is_killed_loses_no_event(consent: Consent, tmp_path: Path, after: int) -> None:
    """Whoever watches sees each event once, from before and from after, and gets the pictures."""
    async with standing() as services:
        facts = {"data_dir": tmp_path / "data", "styles_file": STYLES, "job_lease_s": 3}
        settings: dict[str, object] = {**facts, **services.addresses}
        with running_process(tmp_path / "first.log", "gateway", **settings) as first:
            async with AsyncLikeness(f"127.0.0.1:{first.grpc_port}") as likeness, asyncio.timeout(120):
                upload = await likeness.upload(photo())
                job = await likeness.create_job(upload, [Order("plain", 3)], consent=consent)
                events = likeness.watch(job)
                seen = [await anext(events) for _ in range(after)]
                first.process.kill()
                await asyncio.to_thread(first.process.wait)
                with running_process(
                    tmp_path / "second.log", "gateway", **settings, grpc_port=first.grpc_port
                ) as second:
                    assert first.grpc_port == second.grpc_port
                    seen += [event async for event in events]
                    replayed = [event async for event in likeness.watch(job)]
                    paths = [await likeness.download(each, tmp_path) for each in (await likeness.job(job)).results]

    kept = [event for event in seen if isinstance(event, KEPT)]
    assert [event for event in replayed if isinstance(event, KEPT)] == kept
    assert list(range(1, len(kept) + 1)) == [event.offset for event in kept]
    assert 3 == len(paths)
