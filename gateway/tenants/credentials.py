"""From what a call carries to whose call it is."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import bindparam, select

from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.database import Database
from gateway.tenants.caller import LOCAL, Caller
from gateway.tenants.keys import PREFIX, ApiKeys, is_key
from gateway.tenants.listing import Listing
from gateway.tenants.strangers import Strangers, Turned
from gateway.tenants.tables import TENANTS
from gateway.tenants.tokens import Tokens
from likeness_wire.errors import Unauthenticated

HEADER = "authorization"
_AGREED = select(TENANTS.c.calls_per_minute).where(TENANTS.c.id == bindparam("tenant"))

Metadata = Iterable[tuple[str, str | bytes]]


@dataclass(frozen=True, slots=True)
class Known:
    """A caller, and how often it may call. None: as everybody."""

    caller: Caller
    calls_per_minute: int | None = None


class Credentials(Protocol):
    """Finds out who calls, or raises Unauthenticated: always the same one, whatever was wrong. Exhausted where callers
    whom nobody knows have asked too often.
    """

    async def known(self, metadata: Metadata, address: str) -> Known: ...


class OnlyLocal:
    """Whoever reaches the loopback interface is the one tenant."""

    async def known(self, metadata: Metadata, address: str) -> Known:
        return Known(Caller(LOCAL, LOCAL))


class Presented:
    """`authorization: Bearer` with an API key or, where an issuer is known, a token."""

    def __init__(
        self,
        keys: ApiKeys,
        tokens: Tokens | None,
        database: Database,
        threads: Threads,
        metrics: GatewayMetrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._tokens = tokens
        self._database = database
        self._threads = threads
        self._metrics = metrics
        turned = Turned(metrics)
        self._listing = Listing(keys.live, threads, turned, monotonic)
        self._strangers = Strangers(turned, monotonic)

    async def known(self, metadata: Metadata, address: str) -> Known:
        shown = [value for key, value in metadata if key == HEADER]
        secret = _bearer(shown[0]) if len(shown) == 1 else None
        if secret is None:
            raise self._nobody("none" if not shown else "malformed")
        if secret.startswith(PREFIX):
            return await self._by_key(secret)
        return await self._by_token(secret, address)

    async def _by_key(self, key: str) -> Known:
        if not is_key(key) or not await self._listing.has(key):
            raise self._nobody("key")
        agreed = await self._threads(self._keys.agreed, key)
        if agreed is None:
            self._listing.drop(key)
            raise self._nobody("key")
        return Known(Caller(agreed.tenant, f"key:{agreed.key_id}"), agreed.calls_per_minute)

    async def _by_token(self, token: str, address: str) -> Known:
        if self._tokens is None:
            raise self._nobody("token")
        with self._strangers.trying(token, address) as trial:
            known = await self._threads(self._borne, self._tokens, token)
            trial.holds = known is not None
        if known is None:
            raise self._nobody("token")
        return known

    def _borne(self, tokens: Tokens, token: str) -> Known | None:
        bearer = tokens.bearer(token)
        if bearer is None:
            return None
        with self._database.reading() as tx:
            agreed = tx.execute(_AGREED, {"tenant": bearer.tenant}).scalar()
        return Known(Caller(bearer.tenant, f"token:{bearer.subject}"), agreed)

    def _nobody(self, shown: str) -> Unauthenticated:
        self._metrics.refused_credentials.labels(shown).inc()
        return Unauthenticated(reasons.REASON_UNAUTHENTICATED, "no valid credentials")


def _bearer(value: str | bytes) -> str | None:
    scheme, _, secret = value.partition(" ") if isinstance(value, str) else ("", "", "")
    return secret if scheme.lower() == "bearer" and secret and secret.isascii() else None
