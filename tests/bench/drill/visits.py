"""Visits as callers would have written them down, without a fleet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from likeness.gateway.v1.receipt_pb2 import DeletionReceipt

from bench.drill.faults import Fault
from bench.drill.fleet import Fleet
from bench.drill.ledger import Visit
from bench.drill.run import Drill, End, Plan, Strike
from likeness_client.values.basics import Size
from likeness_client.values.receipt import DeletedObjects, Receipt
from likeness_client.values.result import Provenance, Rendering, Result, Try
from likeness_client.values.words import Cause, Kind, Outcome, Source, State

_UNREAD = DeletionReceipt()
THEN = datetime(2026, 1, 1, tzinfo=UTC)
JOB = "tenants/local/jobs/0123456789"


def result(number: int, **changes: Any) -> Result:
    whole = Result(
        name=f"{JOB}/results/{number}",
        style_index=number - 1,
        style="corporate",
        picture=0,
        tries=1,
        seed=number,
        kind=Kind.JPEG,
        size=Size(896, 1152),
        size_bytes=1000,
        drift=None,
        drift_before_upscale=None,
        second_opinions=(),
        copy=None,
        provenance=Provenance(Source.UNKNOWN, True, False, False),
        create_time=THEN,
        expire_time=THEN + timedelta(hours=1),
        timings=(),
        made_by=(),
    )
    return replace(whole, **changes)


def a_try(number: int, **changes: Any) -> Try:
    whole = Try(
        name=f"{JOB}/tries/{number}",
        style_index=number - 1,
        style="corporate",
        picture=number,
        attempt=1,
        rendering=Rendering(1, Size(1, 1), "single", (), None, None, ()),
        prompt="",
        negative=None,
        drift=None,
        second_opinions=(),
        copy=None,
        outcome=Outcome.KEPT,
        problem=None,
        result=None,
        has_thumbnail=False,
        create_time=THEN,
        timings=(),
        made_by=(),
    )
    return replace(whole, **changes)


def receipt(**objects: int) -> Receipt:
    piles = tuple(DeletedObjects(kind, count, 1) for kind, count in objects.items())
    name = "tenants/local/receipts/jobs/1"
    return Receipt(
        name, JOB, Cause.REQUESTED, piles, THEN, THEN, THEN, THEN, THEN, THEN, 1, "k", late=False, message=_UNREAD
    )


def visit(began: float = 0.0, seconds: float = 5.0, **changes: Any) -> Visit:
    """Of a job of two pictures that went well."""
    pictures, tries = [result(1), result(2)], [a_try(1), a_try(2)]
    whole = Visit(
        number=0,
        wanted=2,
        began=began,
        ended=began + seconds + 1,
        upload="tenants/local/uploads/1",
        jobs=[JOB, JOB],
        job_began=began,
        job_ended=began + seconds,
        state=State.SUCCEEDED,
        announced=list(pictures),
        results=tuple(pictures),
        digests={each.name: ["a", "a"] for each in pictures},
        tries_seen=list(tries),
        tries=list(tries),
        receipt=receipt(photo=1, identity=1, result=2),
        calls=9,
    )
    return replace(whole, **changes)


async def nothing(fleet: Fleet) -> str:
    raise AssertionError


def strike(name: str = "SIGKILL it", began: float = 10.0, ended: float = 20.0, bit: str = "it died") -> Strike:
    return Strike(Fault(name, "what it does", nothing), began, ended, bit, "" if bit else "it lives on")


def drill(*visits: Visit, strikes: tuple[Strike, ...] = (), faults: tuple[str, ...] = ()) -> Drill:
    return Drill(Plan([each.fault for each in strikes]), strikes, visits, End(list(faults), 3, 1), 60.0)
