"""Values are what the messages say, also when a message is newer than this build."""

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message
from likeness.common.v1 import identity_pb2, quality_pb2, render_pb2, work_pb2
from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1 import event_pb2, job_pb2, receipt_pb2, result_pb2, server_pb2, style_pb2, upload_pb2

from likeness_client.values import basics, events, job, receipt, result, server, upload
from likeness_client.values.mirror import plain, read
from likeness_client.values.words import State
from tests.likeness_client.script import Script, expiring

MIRRORED: list[tuple[type, type[Message], set[str]]] = [
    (basics.Drift, identity_pb2.Drift, set()),
    (basics.MadeBy, work_pb2.MadeBy, set()),
    (basics.Model, work_pb2.ModelRef, set()),
    (upload.Upload, upload_pb2.Upload, set()),
    (upload.Inspection, upload_pb2.Inspection, set()),
    (upload.PhotoReport, quality_pb2.PhotoReport, set()),
    (upload.Quality, quality_pb2.Quality, set()),
    (upload.Finding, quality_pb2.Finding, set()),
    (result.Result, result_pb2.Result, set()),
    (result.Try, result_pb2.Try, set()),
    (result.Rendering, render_pb2.Rendering, {"controls"}),
    (result.Pass, render_pb2.Pass, set()),
    (job.Job, job_pb2.Job, set()),
    (job.Ordered, job_pb2.StyleOrder, set()),
    (job.Spec, job_pb2.JobSpec, {"consent", "priority", "expire_time", "ttl"}),
    (job.Progress, job_pb2.Progress, set()),
    (job.PackMetrics, job_pb2.PackMetrics, set()),
    (events.PictureRef, event_pb2.PictureRef, set()),
    (server.Style, style_pb2.Style, set()),
    (server.ServerInfo, server_pb2.ServerInfo, set()),
    (server.Limits, server_pb2.ServerLimits, set()),
    (server.ProvenanceState, server_pb2.ProvenanceState, set()),
    (receipt.Receipt, receipt_pb2.DeletionStatement, {"previous_sha256"}),
]
OURS = {"key_id", "late", "message"}


@pytest.mark.parametrize(("kind", "message", "left_out"), MIRRORED, ids=lambda each: getattr(each, "__name__", ""))
def test_no_field_of_the_contract_is_forgotten(kind: Any, message: type[Message], left_out: set[str]) -> None:
    """A field that is added to a message needs one here, or a reason why not."""
    names = {each.name for each in fields(kind)} - OURS

    assert {each.name for each in message.DESCRIPTOR.fields} - left_out == names


@pytest.mark.parametrize(("kind", "message", "left_out"), MIRRORED, ids=lambda each: getattr(each, "__name__", ""))
def test_an_empty_message_can_be_read(kind: Any, message: type[Message], left_out: set[str]) -> None:
    """Nothing that a server leaves out is a crash."""
    further = {"key_id": "", "late": False, "message": None} if kind is receipt.Receipt else {}

    assert read(kind, message(), **further)


def test_times_spans_and_words() -> None:
    """In UTC, as timedelta, as StrEnum; unset is None."""
    message = expiring(job_pb2.Job(name="tenants/t/jobs/j", state=job_pb2.STATE_RUNNING))
    message.progress.estimate.FromMilliseconds(1500)
    value = read(job.Job, message)

    assert message.create_time.seconds == value.create_time.timestamp()
    assert UTC is value.create_time.tzinfo
    assert timedelta(seconds=1.5) == value.progress.estimate
    assert State.RUNNING is value.state
    assert (None, None, None, None) == (value.stage, value.spec, value.problem, value.start_time)
    assert ("j", ()) == (value.id, value.results)


def test_words_of_a_newer_server_are_unknown() -> None:
    """States and reasons: an older client goes on."""
    newer = job_pb2.Job()
    newer.MergeFromString(job_pb2.Job(name="tenants/t/jobs/j").SerializeToString() + b"\x18\x63")  # state = 99
    problem = read(basics.Problem, reasons.Problem.FromString(b"\x08\x8f\x4e\x12\x03new"))  # reason = 9999

    assert State.UNKNOWN is read(job.Job, newer).state
    assert not State.UNKNOWN.final
    assert ("UNKNOWN", "INTERNAL") == (problem.reason, problem.error().reason_name)


def test_values_become_json() -> None:
    """Times in ISO 8601, spans in seconds; what repr hides is left out."""
    script = Script()
    value = read(job.Job, script.job("tenants/t/jobs/j", job_pb2.JobSpec()))
    found = json.loads(json.dumps(plain(value)))
    (first, *_) = (read(result.Try, each) for each in script.tries(value.name))

    assert "partial" == found["state"]
    assert value.create_time == datetime.fromisoformat(found["create_time"])
    assert {"recogniser_id": "test-128", "tier": "locked"}.items() <= found["results"][0]["drift"].items()
    assert "prompt" not in plain(first)
    assert "portrait" not in repr(first)
