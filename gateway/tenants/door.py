"""The door of the public port: who calls, how often they may, and what the audit log says of it.

    async with open_door(settings, database, threads, metrics) as door:
        async with serving(settings, metrics, name="gateway", entrance=peers.public(files, door.admit)) as shell:

The tables have to be there before the first call comes in.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.database import Database
from gateway.tenants.audit import Audit
from gateway.tenants.caller import Visit, visiting
from gateway.tenants.credentials import Credentials, Known, OnlyLocal, Presented
from gateway.tenants.keys import ApiKeys
from gateway.tenants.origin import origin_of
from gateway.tenants.quotas import Quota, Quotas
from gateway.tenants.rates import Rates
from gateway.tenants.settings import TenantSettings, require_sense
from gateway.tenants.tokens import KeyFile, TokenRules, Tokens
from likeness_wire.errors import LikenessError
from services.common.interceptor import Context

_log = logging.getLogger(__name__)

_FLUSH_EVERY_S = 1.0
_TIDY_EVERY_S = 3600.0
# Where requests name what they are about.
_NAMING = ("name", "upload", "parent")


@asynccontextmanager
async def open_door(
    settings: TenantSettings, database: Database, threads: Threads, metrics: GatewayMetrics
) -> AsyncIterator["Door"]:
    """As the settings say. StartupError where they would let anybody in."""
    require_sense(settings)
    local = settings.auth == "local"
    rates = Rates(settings.calls_per_minute, settings.calls_burst, settings.calls_at_once, metrics)
    credentials = OnlyLocal() if local else _presented(settings, database, threads, metrics)
    door = Door(credentials, None if local else rates, Audit(database, threads, metrics))
    quotas = Quotas(database, Quota.usual(settings), metrics)
    tidying = asyncio.create_task(_tidy_for_ever(door.audit, quotas, threads, settings.audit_days))
    flushing = asyncio.create_task(_flush_for_ever(door.audit))
    try:
        yield door
    finally:
        for task in (tidying, flushing):
            task.cancel()
        await asyncio.gather(tidying, flushing, return_exceptions=True)
        await door.audit.flush()


class Door:
    """What stands around every call of the public port. Made by `open_door`."""

    def __init__(self, credentials: Credentials, rates: Rates | None, audit: Audit) -> None:
        self.audit = audit
        self._credentials = credentials
        self._rates = rates

    @asynccontextmanager
    async def admit(self, method: str, request: Any, context: Context) -> AsyncIterator[None]:
        """Raises Unauthenticated or Exhausted. Inside, `caller()` says whose call it is."""
        metadata = context.invocation_metadata() or ()
        async with self.visit(method.rpartition("/")[2], request, metadata, origin_of(context.peer(), metadata)):
            yield

    @asynccontextmanager
    async def visit(self, rpc: str, request: Any, metadata: Any, address: str) -> AsyncIterator[None]:
        """The same for calls that come in another way than by gRPC; keys of metadata are in lower case."""
        known = await self._credentials.known(metadata, address)
        visit = Visit(known.caller, rpc)
        for field in _NAMING:
            visit.concerns(getattr(request, field, None))
        with visiting(visit):
            async with self.audit.watching(visit):
                with self._limited(known):
                    yield

    def _limited(self, known: Known) -> contextlib.AbstractContextManager[None]:
        if self._rates is None:
            return contextlib.nullcontext()
        return self._rates.call(known.caller.tenant, known.calls_per_minute)


def _presented(settings: TenantSettings, database: Database, threads: Threads, metrics: GatewayMetrics) -> Presented:
    tokens = None
    if settings.jwt_keys is not None:
        rules = TokenRules(
            settings.jwt_issuer,
            settings.jwt_audience,
            settings.jwt_algorithms,
            settings.jwt_tenant_claim,
            settings.jwt_leeway_s,
        )
        tokens = Tokens(KeyFile(settings.jwt_keys, settings.jwt_algorithms, metrics), rules)
    return Presented(ApiKeys(database), tokens, database, threads, metrics)


async def _flush_for_ever(audit: Audit) -> None:
    while True:
        await asyncio.sleep(_FLUSH_EVERY_S)
        await audit.flush()


async def _tidy_for_ever(audit: Audit, quotas: Quotas, threads: Threads, audit_days: int) -> None:
    while True:
        try:
            await threads(audit.forget_before, audit_days)
            await threads(quotas.forget)
        except LikenessError as error:
            _log.warning("old entries could not be removed", exc_info=error)
        await asyncio.sleep(_TIDY_EVERY_S)
