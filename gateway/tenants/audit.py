"""Who did what to which resource, and how it ended. Never what was in it.

Every call leaves a line in the process's log. In the table, which takes additions only, is every call that creates,
changes, hands out or erases, and every one that was refused: before its answer is complete, so that what was done is
known to have been done. Looking at states and lists leaves the line alone, and so do calls beyond the agreed rate.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc
import grpc.aio
from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import delete

from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.database import Database
from gateway.tenants.caller import Visit
from gateway.tenants.tables import AUDIT, DAY_MS
from likeness_wire.errors import LikenessError, name_of
from likeness_wire.status import from_rpc_error

_log = logging.getLogger(__name__)

_LOOKING = frozenset(
    {
        "GetUpload",
        "GetJob",
        "ListJobs",
        "ListTries",
        "ListStyles",
        "GetDeletionReceipt",
        "ListDeletionReceipts",
        "GetServerInfo",
    }
)
_OK = grpc.StatusCode.OK.name
_RATE_LIMITED = name_of(reasons.REASON_RATE_LIMITED)
# Entries that may wait for a database that does not answer; some minutes of a busy gateway.
_PLACES = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One call that has ended."""

    visit: Visit
    code: str
    reason: str
    ended: float


class Audit:
    """The audit log. For the loop's thread; writes happen on others."""

    def __init__(
        self,
        database: Database,
        threads: Threads,
        metrics: GatewayMetrics,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        places: int = _PLACES,
    ) -> None:
        self._database = database
        self._threads = threads
        self._metrics = metrics
        self._monotonic = monotonic
        self._places = places
        self._waiting: list[Entry] = []
        self._writing = asyncio.Lock()
        self._flushes: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def watching(self, visit: Visit) -> AsyncIterator[None]:
        """Around a call; enters how it ended."""
        code, reason = _OK, ""
        try:
            yield
        except BaseException as error:
            code, reason = _outcome(error)
            raise
        finally:
            await self._enter(Entry(visit, code, reason, self._monotonic()))

    async def flush(self) -> None:
        """Writes what waits, all of it in one transaction. What cannot be written now waits on."""
        async with self._writing:
            entries, self._waiting = self._waiting, []
            if not entries:
                return
            try:
                await self._threads(self._insert, entries)
            except LikenessError as error:
                self._metrics.audit_failures.inc(len(entries))
                _log.error("the audit log takes no entries", exc_info=error)
                self._keep(entries)

    def forget_before(self, days: int) -> None:
        """Removes what is older. The table itself refuses to lose what is young."""
        with self._database.transaction() as tx:
            tx.execute(delete(AUDIT).where(AUDIT.c.time < self._database.clock(tx) - days * DAY_MS))

    async def _enter(self, entry: Entry) -> None:
        _log.info("audit", extra=_line(entry))
        looking = entry.code == _OK and entry.visit.rpc in _LOOKING
        if looking or entry.reason == _RATE_LIMITED:
            return
        self._waiting.append(entry)
        # A task of its own: a caller that goes away meanwhile takes no entry with it.
        flush = asyncio.create_task(self.flush())
        self._flushes.add(flush)
        flush.add_done_callback(self._flushes.discard)
        await asyncio.shield(flush)

    def _keep(self, entries: list[Entry]) -> None:
        waiting = entries + self._waiting
        self._waiting = waiting[-self._places :]
        self._metrics.audit_lost.inc(len(waiting) - len(self._waiting))

    def _insert(self, entries: list[Entry]) -> None:
        with self._database.transaction() as tx:
            now = self._database.clock(tx)
            tx.execute(AUDIT.insert(), [self._row(entry, now) for entry in entries])

    def _row(self, entry: Entry, now: int) -> dict[str, object]:
        """By the database's clock, though it is written later."""
        visit, age_ms = entry.visit, round((self._monotonic() - entry.ended) * 1000)
        return {
            "time": now - max(0, age_ms),
            "tenant": visit.caller.tenant,
            "credential": visit.caller.credential,
            "rpc": visit.rpc,
            "resource": visit.resource,
            "code": entry.code,
            "reason": entry.reason,
        }


def _outcome(error: BaseException) -> tuple[str, str]:
    if isinstance(error, grpc.aio.AioRpcError):
        error = from_rpc_error(error)
    if isinstance(error, LikenessError):
        return error.code.name, error.reason_name
    if isinstance(error, Exception):
        return grpc.StatusCode.INTERNAL.name, name_of(reasons.REASON_INTERNAL)
    return grpc.StatusCode.CANCELLED.name, name_of(reasons.REASON_CANCELLED)


def _line(entry: Entry) -> dict[str, str]:
    """With colons, since the log takes no paths."""
    visit = entry.visit
    return {
        "tenant": visit.caller.tenant,
        "credential": visit.caller.credential,
        "rpc": visit.rpc,
        "resource": visit.resource.replace("/", ":"),
        "code": entry.code,
        "reason": entry.reason,
    }
