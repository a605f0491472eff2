"""A shoot that is over, as the page and the record get it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from likeness.gateway.v1 import job_pb2, server_pb2

from likeness_client.sheet.roll import Roll
from likeness_client.values.job import Job
from likeness_client.values.mirror import read
from likeness_client.values.receipt import Receipt
from likeness_client.values.result import Try
from likeness_client.values.server import ServerInfo
from tests.likeness_client.script import Script
from tests.likeness_client.test_receipts import KEY_ID, chain

JOB = "tenants/local/jobs/j1"


def roll(script: Script | None = None, **changes: Any) -> Roll:
    script = script or Script()
    spec = job_pb2.JobSpec(styles=[job_pb2.StyleOrder(style=name, count=2) for name in script.style_names])
    job = read(Job, script.job(JOB, spec))
    info = server_pb2.ServerInfo(version="1.0", profile="embedded")
    info.recogniser.id = "test-128"
    info.recogniser.thresholds.locked, info.recogniser.thresholds.strong = 0.18, 0.30
    info.recogniser.thresholds.match = 0.55
    (message,) = chain(1)
    whole = Roll(
        job=job,
        tries=tuple(read(Try, each) for each in script.tries(JOB)),
        server=read(ServerInfo, info),
        files={result.name: result.file_name for result in job.results},
        thumbnails=script.thumbnails,
        titles={"corporate": "Corporate"},
        receipt=read(Receipt, message.statement, key_id=KEY_ID, late=False, message=message),
        consent="given by the person shown",
        made=datetime(2026, 11, 21, 14, tzinfo=UTC),
    )
    return replace(whole, **changes)
