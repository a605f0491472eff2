"""The dashboards over the real thing: the embedded stack under load, scraped by a real Prometheus."""

import math
import signal
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from likeness_client import Consent, Likeness, Order
from likeness_client.demo.photo import demo_photo
from tests.deploy.prometheus_server import ask, prometheus, twice
from tests.deploy.test_monitoring import PANELS
from tests.likeness_client.stack.test_up import stands, up
from tests.running import wait_until

pytestmark = pytest.mark.server

# What an embedded stack on one machine has none of, by the first words of the panel.
ABSENT = {
    "likeness-service: Certificates": "no TLS",
    "likeness-generator: Rows in a forward": "the preview engine has no network",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a Prometheus that has watched two jobs, one enlarged, being made and forgotten."""
    folder = tmp_path_factory.mktemp("stack")
    with up(folder / "data", "--profile", "embedded") as process:
        told = stands(folder / "data", process)
        with prometheus(folder, told["metrics"]) as address:
            wait_until(lambda: twice(address), timeout_s=60)
            with Likeness(told["grpc"]["gateway"]) as likeness:
                _use(likeness)
            wait_until(lambda: _seen(address), timeout_s=60)
            yield address
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _use(likeness: Likeness) -> None:
    consent = Consent.self(reference="r", purpose="tests", policy_version="1", given=datetime.now(UTC))
    for _ in range(2):
        upload = likeness.upload(demo_photo())
        job = likeness.wait(likeness.create_job(upload, [Order("corporate", 2)], consent=consent))
        assert job.results, job.problem
        likeness.delete(job)


def _seen(address: str) -> bool:
    """Whether the last that happens to a job has been scraped."""
    found = ask(address, "query", query="sum(increase(likeness_receipts_issued_total[1h]))")["result"]
    return bool(found) and float(found[0]["value"][1]) > 0


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_shows_something_of_a_real_stack(address: str, panel: str) -> None:
    """But for what such a stack has none of, which then is not there either."""
    found = ask(address, "query", query=PANELS[panel])["result"]
    shown = [sample for sample in found if not math.isnan(float(sample["value"][1]))]

    assert bool(shown) is not any(panel.startswith(absent) for absent in ABSENT)


def test_a_stack_that_is_well_wakes_nobody(address: str) -> None:
    """Slowness apart: this machine may well be slow."""
    alerts = ask(address, "alerts")["alerts"]
    firing = {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    assert firing <= {"FirstPictureSlow", "PackSlow"}
