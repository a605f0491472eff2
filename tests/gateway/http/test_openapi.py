"""docs/openapi.json: fresh, well-formed, and true of a running gateway, called rightly and wrongly."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance

from gateway.http import openapi
from tests.running import ROOT, running_process

FILE = ROOT / "docs" / "openapi.json"
SCHEMA = schemathesis.openapi.from_dict(json.loads(FILE.read_text("utf-8")))
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
# Schemas cannot say all that the API refuses; and a deadline may be as near as a caller likes, which is a 504.
UNFIT = [positive_data_acceptance, not_a_server_error]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A gateway with nothing behind it."""
    folder = tmp_path_factory.mktemp("gateway")
    quiet = {"calls_per_minute": 1_000_000, "calls_burst": 1_000_000, "job_grace_s": 0.1, "drain_grace_s": 1}
    with running_process(folder / "log", "gateway", data_dir=folder / "data", **quiet) as running:
        port = next(line["http_port"] for line in running.lines() if line.get("message") == "http")
        yield f"http://127.0.0.1:{port}"


def test_the_file_is_up_to_date() -> None:
    """It is written by a command, not by hand."""
    assert openapi.written() == FILE.read_text("utf-8"), "python -m gateway.http.openapi > docs/openapi.json"


def test_the_file_is_openapi() -> None:
    """By the schema that the standard has for itself."""
    SCHEMA.validate()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["rightly", "wrongly"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_call_answers_as_the_file_says(operation: Any, mode: GenerationMode, address: str) -> None:
    """Whatever is sent: no answer that is not in it, none of another form, and never a failure of ours."""

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers(case: Any) -> None:
        answer = case.call(base_url=address, timeout=20)
        case.validate_response(answer, excluded_checks=UNFIT)
        assert answer.status_code not in (500, 501)

    answers()
