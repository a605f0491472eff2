"""Requests that are made once, however often they are sent: which id made which job.

An id is bound to its tenant and to the request it came with, until the job is forgotten. The row is written in the
transaction that makes the job: there is never a job without its row, nor a row without its job.
"""

import re
from dataclasses import dataclass

from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.gateway_pb2 import CreateJobRequest
from sqlalchemy import ColumnElement, Connection, delete, select

from gateway.api.binding import Binding
from gateway.api.refusals import invalid
from gateway.api.tables import JOB_REQUESTS
from gateway.retention.database import Database, insert_if_absent
from gateway.retention.tables import HOLDINGS
from likeness_wire.errors import Conflict

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Once:
    """A request that has an id."""

    tenant: str
    id: str
    digest: bytes


class Requests:
    """Ids that were used, and what for."""

    def __init__(self, database: Database, binding: Binding) -> None:
        self._database = database
        self._binding = binding

    def once(self, tenant: str, request: CreateJobRequest) -> Once | None:
        """None where the caller gave no id. INVALID_FIELD for one that is no UUID."""
        if not request.request_id:
            return None
        request_id = request.request_id.lower()
        if not _UUID.fullmatch(request_id):
            raise invalid("request_id", "has to be a UUID, as in AIP-155")
        spec = request.spec.SerializeToString(deterministic=True)
        return Once(tenant, request_id, self._binding.digest("request", tenant, request_id, spec))

    def job_of(self, once: Once) -> str | None:
        """The job that the request has made before. REQUEST_ID_REUSED where another request has used its id."""
        with self._database.reading() as tx:
            return self._look(tx, once)

    def bind(self, tx: Connection, once: Once, job: str) -> None:
        """Within the transaction that makes the job. REQUEST_ID_REUSED, and nothing is made, where the id is taken."""
        self._drop_outlived(tx, once)
        row = {"tenant": once.tenant, "request_id": once.id, "digest": once.digest, "job": job}
        insert_if_absent(tx, JOB_REQUESTS, row)
        if self._look(tx, once) != job:
            raise _reused()

    def _look(self, tx: Connection, once: Once) -> str | None:
        query = select(JOB_REQUESTS.c.digest, JOB_REQUESTS.c.job).join(HOLDINGS, HOLDINGS.c.id == JOB_REQUESTS.c.job)
        row = tx.execute(query.where(*_mine(once), *self._alive(tx))).one_or_none()
        if row is None:
            return None
        if bytes(row.digest) != once.digest:
            raise _reused()
        return str(row.job)

    def _drop_outlived(self, tx: Connection, once: Once) -> None:
        """A job that is over, and not yet swept, has let go of its id."""
        over = select(HOLDINGS.c.id).where(HOLDINGS.c.id == JOB_REQUESTS.c.job, *self._alive(tx))
        tx.execute(delete(JOB_REQUESTS).where(*_mine(once), ~over.exists()))

    def _alive(self, tx: Connection) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return HOLDINGS.c.ended_time.is_(None), HOLDINGS.c.expire_time > self._database.clock(tx)


def _mine(once: Once) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return JOB_REQUESTS.c.tenant == once.tenant, JOB_REQUESTS.c.request_id == once.id


def _reused() -> Conflict:
    message = "this request_id came with another request before; take a new one"
    return Conflict(reasons.REASON_REQUEST_ID_REUSED, message)
