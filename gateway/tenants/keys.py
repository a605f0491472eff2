"""API keys: `likeness_{id}_{secret}`. The id finds the row, the secret proves; only its digest is kept.

A tenant has at most two live keys, so that it can go over from one to the next without a gap. Every call looks at the
row: a key that was revoked, by whichever process, opens nothing from that moment on.
"""

import hashlib
import hmac
import math
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import Connection, RowMapping, bindparam, func, select, update

from gateway.retention.database import Database, insert_if_absent
from gateway.tenants.caller import TENANT
from gateway.tenants.tables import API_KEYS, TENANTS
from likeness_wire.errors import BadRequest, NotFound, WrongState

PREFIX = "likeness_"
LIVE_KEYS = 2

_ID_BYTES = 6
_SECRET_BYTES = 32
_FORM = re.compile(rf"{PREFIX}([0-9a-f]{{{2 * _ID_BYTES}}})_[0-9a-f]{{{2 * _SECRET_BYTES}}}\Z")
_NOTED_EVERY_S = 600.0
# Asked with every call, so it is put together once.
_AGREED = (
    select(API_KEYS.c.tenant, API_KEYS.c.digest, API_KEYS.c.revoke_time, TENANTS.c.calls_per_minute)
    .join(TENANTS)
    .where(API_KEYS.c.id == bindparam("key"))
)
_LIVE = select(API_KEYS.c.digest).where(API_KEYS.c.revoke_time.is_(None))
# What an unknown key is compared with, so that it costs as much as a known one.
_NOBODYS = bytes(32)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key, without what opens anything. Times are milliseconds since 1970."""

    id: str
    tenant: str
    create_time: int
    revoke_time: int | None
    used_time: int | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key on the one occasion that it can be seen."""

    id: str
    tenant: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Agreed:
    """Whose key it is, and what was agreed with them. None: what the settings say."""

    key_id: str
    tenant: str
    calls_per_minute: int | None


class ApiKeys:
    """The keys of all tenants. Every method is one transaction."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._noted: dict[str, float] = {}

    def create(self, tenant: str) -> NewKey:
        """Raises WrongState where the tenant has two already."""
        key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_hex(_SECRET_BYTES)
        key = f"{PREFIX}{key_id}_{secret}"
        with self._database.transaction() as tx:
            now = self._database.clock(tx)
            hold_tenant(tx, tenant, now)
            if self._live(tx, tenant) >= LIVE_KEYS:
                raise WrongState(reasons.REASON_WRONG_STATE, f"{tenant} has {LIVE_KEYS} live keys: revoke one first")
            tx.execute(
                API_KEYS.insert(), {"id": key_id, "tenant": tenant, "digest": digest_of(key), "create_time": now}
            )
        return NewKey(key_id, tenant, key)

    def list(self, tenant: str | None = None) -> list[KeyFacts]:
        """Live and revoked ones, oldest first."""
        query = select(API_KEYS).order_by(API_KEYS.c.create_time, API_KEYS.c.id)
        if tenant is not None:
            query = query.where(API_KEYS.c.tenant == tenant)
        with self._database.reading() as tx:
            return [_facts(row) for row in tx.execute(query).mappings()]

    def revoke(self, key_id: str) -> KeyFacts:
        """At once, for good. Again is no error. Raises NotFound."""
        mine = API_KEYS.c.id == key_id
        with self._database.transaction() as tx:
            now = self._database.clock(tx)
            tx.execute(update(API_KEYS).where(mine, API_KEYS.c.revoke_time.is_(None)).values(revoke_time=now))
            row = tx.execute(select(API_KEYS).where(mine)).mappings().one_or_none()
        if row is None:
            raise NotFound(reasons.REASON_NOT_FOUND, "there is no such key")
        return _facts(row)

    def live(self) -> set[bytes]:
        """Digests of those that open something now."""
        with self._database.reading() as tx:
            return {bytes(digest) for digest in tx.execute(_LIVE).scalars()}

    def agreed(self, key: str) -> Agreed | None:
        """Whose key it is. None: nobody's, whatever the reason."""
        form = _FORM.match(key)
        if form is None:
            return None
        with self._database.reading() as tx:
            row = tx.execute(_AGREED, {"key": form[1]}).one_or_none()
        same = hmac.compare_digest(_NOBODYS if row is None else bytes(row.digest), digest_of(key))
        if row is None or not same or row.revoke_time is not None:
            return None
        self._note_use(form[1])
        return Agreed(form[1], row.tenant, row.calls_per_minute)

    def _note_use(self, key_id: str) -> None:
        now = self._monotonic()
        if now - self._noted.get(key_id, -math.inf) < _NOTED_EVERY_S:
            return
        self._noted[key_id] = now
        with self._database.transaction() as tx:
            values = {"used_time": self._database.clock(tx)}
            tx.execute(update(API_KEYS).where(API_KEYS.c.id == key_id).values(values))

    def _live(self, tx: Connection, tenant: str) -> int:
        live = select(func.count()).where(API_KEYS.c.tenant == tenant, API_KEYS.c.revoke_time.is_(None))
        return int(tx.execute(live).scalar_one())


def is_key(shown: str) -> bool:
    """Of the form of ours, whether or not there is such a one."""
    return _FORM.match(shown) is not None


def id_of(shown: str) -> str:
    """Of a key, or of its id: both are what somebody has at hand who wants to revoke it."""
    return shown.removeprefix(PREFIX).partition("_")[0]


def hold_tenant(tx: Connection, tenant: str, now: int) -> RowMapping:
    """What was agreed with a tenant, made known if it was not; whoever else wants to count its things has to wait."""
    if not TENANT.match(tenant):
        raise BadRequest(reasons.REASON_INVALID_FIELD, "a tenant is a word of a-z, 0-9 and -, up to 63, first a letter")
    insert_if_absent(tx, TENANTS, {"id": tenant, "create_time": now})
    return tx.execute(select(TENANTS).where(TENANTS.c.id == tenant).with_for_update()).mappings().one()


def digest_of(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _facts(row: RowMapping) -> KeyFacts:
    return KeyFacts(row["id"], row["tenant"], row["create_time"], row["revoke_time"], row["used_time"])
