"""All of it at once, as `likeness up` stands it up on one machine."""

import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from likeness_client import Consent, Likeness, Order
from likeness_client.demo.photo import demo_photo
from likeness_client.demo.proof import ciphertexts
from likeness_client.stack.memory import held_bytes
from likeness_client.values.words import State
from tests.likeness_client.stack.test_up import family, log_of, none_lives, stands, up

GIGABYTES = 1_000_000_000


@pytest.mark.server
def test_the_embedded_stack_is_small_serves_and_forgets(tmp_path: Path) -> None:
    """Under 1.5 GB when idle; a job that nobody deletes is gone when Ctrl-C ends it, and so is every process."""
    data = tmp_path / "data"
    with up(data) as process:
        told = stands(data, process)
        idle = held_bytes([process.pid])
        with Likeness(told["grpc"]["gateway"]) as likeness:
            consent = Consent.authorised(
                reference="public-domain", purpose="tests", policy_version="none", given=datetime.now(UTC)
            )
            job = likeness.create_job(likeness.upload(demo_photo()), [Order("corporate")], consent=consent)
            job = likeness.wait(job)
            services = {each.service: each.ready for each in likeness.server().services}
        left, children = ciphertexts(data), family(process)
        process.send_signal(signal.SIGINT)
        ended = process.wait(90)

    assert idle is not None
    assert idle < 1.5 * GIGABYTES
    assert {"embedder", "generator", "upscaler", "verifier"} == {name for name, ready in services.items() if ready}
    assert State.SUCCEEDED is job.state
    assert left > 0
    assert (0, 0) == (ended, ciphertexts(data)), log_of(data)
    assert none_lives(children)
