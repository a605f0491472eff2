"""Bodies and queries as messages."""

import json

import pytest
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.job_pb2 import STATE_QUEUED, STATE_RUNNING, Job
from likeness.gateway.v1.upload_pb2 import UploadSpec

from gateway.http.messages import message_of, tree_of, tree_of_query, with_fields, written
from likeness_wire.errors import BadRequest

LIST = pb.ListJobsRequest
UPLOAD = pb.CreateUploadRequest


def test_a_query_fills_fields_of_every_kind() -> None:
    """Numbers, names of enums, several of one; by either spelling."""
    tree = tree_of_query([("pageSize", "3"), ("states", "STATE_RUNNING"), ("states", "STATE_QUEUED")], LIST.DESCRIPTOR)
    watch = tree_of_query([("previews", "true"), ("offset", "7")], pb.WatchJobRequest.DESCRIPTOR)

    assert LIST(page_size=3, states=[STATE_RUNNING, STATE_QUEUED]) == message_of(tree, LIST)
    assert tree == tree_of_query([("page_size", "3"), *[("states", s) for s in tree["states"]]], LIST.DESCRIPTOR)
    assert pb.WatchJobRequest(offset=7, previews=True) == message_of(watch, pb.WatchJobRequest)


def test_dots_lead_inside() -> None:
    """Of paths and queries alike."""
    tree = with_fields(
        tree_of_query([("spec.ttl", "90s")], UPLOAD.DESCRIPTOR), {"spec.parent": "tenants/a"}, UPLOAD.DESCRIPTOR
    )
    spec = UploadSpec(parent="tenants/a")
    spec.ttl.FromSeconds(90)

    assert UPLOAD(spec=spec) == message_of(tree, UPLOAD)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"[]", "body"),
        (b"{", "body"),
        (b"\xff", "body"),
        (b'{"parent": "a", "parent": "b"}', "body"),
        (b"[" * 100_000, "body"),
        (b'{"spec": ' * 200 + b"1" + b"}" * 200, "spec.spec"),
        (b'{"spek": {}}', "spek"),
        (b'{"spec": {"styles": [{"count": "many"}]}}', "spec.styles.count"),
        (b'{"spec": {"consent": {"giveTime": "today"}}}', "spec.consent.giveTime"),
        (b'{"spec": 3}', "spec"),
    ],
)
def test_what_is_no_request_is_refused_by_field(body: bytes, field: str) -> None:
    """And nothing of its values is in the refusal."""
    with pytest.raises(BadRequest) as refused:
        message_of(tree_of(body), pb.CreateJobRequest)

    assert {field} == set(refused.value.fields)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"spec": 3}, "spec: has to be an object"),
        ({"requestId": 3}, "requestId: has to be text"),
        ({"validateOnly": "perhaps"}, "validateOnly: has to be true or false"),
        ({"spec": {"styles": [{"seed": -1}]}}, "spec.styles.seed: has to be a whole number from 0 to 4294967295"),
        ({"spec": {"ttl": "1h"}}, "spec.ttl: has to be seconds such as 3600s"),
        ({"spec": {"consent": {"giveTime": "today"}}}, "spec.consent.giveTime: has to be a time such as 2026-11-21T1"),
        ({"spec": {"consent": {"subject": "ME"}}}, "has to be one of SUBJECT_CALLER, SUBJECT_AUTHORISED"),
        ({"spec": {"styles": {}}}, "spec.styles: has to be a list; each is an object"),
    ],
)
def test_a_refusal_says_what_would_be_right(body: dict[str, object], told: str) -> None:
    """Without knowing the contract one can go on."""
    with pytest.raises(BadRequest) as refused:
        message_of(body, pb.CreateJobRequest)

    assert told in refused.value.message


@pytest.mark.parametrize("name", ["spek", "parent.name", "spec", "states.x", ""])
def test_a_parameter_that_does_not_exist_is_refused(name: str) -> None:
    """Rather than overlooked: it was meant to do something."""
    with pytest.raises(BadRequest):
        tree_of_query([(name, "x")], LIST.DESCRIPTOR)


@pytest.mark.parametrize("body", [{"parent": "tenants/b"}, {"parent": 3}])
def test_path_and_body_may_not_disagree(body: dict[str, object]) -> None:
    """Nobody can know which is meant."""
    with pytest.raises(BadRequest, match="twice"):
        with_fields(body, {"parent": "tenants/a"}, pb.CreateJobRequest.DESCRIPTOR)


async def test_answers_have_their_plain_fields_always() -> None:
    """Zeros and empty lists too, so that readers need no defaults; what has presence is there where it is set."""
    told = json.loads(await written(Job(name="a")))

    assert ("STATE_UNSPECIFIED", []) == (told["state"], told["results"])
    assert "problem" not in told


async def test_a_long_answer_is_the_same_from_its_thread() -> None:
    """Of several hundred kilobytes."""
    jobs = [Job(name=f"tenants/a/jobs/{number}") for number in range(2_000)]

    told = json.loads(await written(pb.ListJobsResponse(jobs=jobs)))

    assert [job.name for job in jobs] == [job["name"] for job in told["jobs"]]
