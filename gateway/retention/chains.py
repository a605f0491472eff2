"""Receipts in the job database: one chain per tenant, and every key that signed."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from gateway.retention.database import Database, insert_if_absent
from gateway.retention.receipts import Forgotten, Link, Signed, Signer
from gateway.retention.tables import CHAINS, RECEIPT_KEYS, RECEIPTS


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """A public key, 32 bytes, that receipts were signed with."""

    id: str
    public_key: bytes
    first_used_time: int


class Receipts:
    """They outlive everything they are about."""

    def __init__(self, database: Database, signer: Signer) -> None:
        self._database = database
        self._signer = signer

    def announce_key(self) -> None:
        """Lists this process's key among those that sign."""
        with self._database.transaction() as tx:
            key = {"id": self._signer.key_id, "public_key": self._signer.public_key}
            insert_if_absent(tx, RECEIPT_KEYS, {**key, "first_used_time": self._database.clock(tx)})

    def keys(self) -> list[ReceiptKey]:
        """This process's first, then the others, latest first."""
        with self._database.reading() as tx:
            rows = tx.execute(select(RECEIPT_KEYS).order_by(RECEIPT_KEYS.c.first_used_time.desc())).all()
        keys = [ReceiptKey(row.id, bytes(row.public_key), row.first_used_time) for row in rows]
        return sorted(keys, key=lambda key: key.id != self._signer.key_id)

    def issue(self, tx: Connection, forgotten: Forgotten) -> None:
        """The next one of its tenant, within the transaction that concludes what it is about."""
        link = self._next_link(tx, forgotten.tenant)
        signed = self._signer.sign(forgotten, link)
        end = {"sequence": link.sequence, "digest": signed.digest}
        tx.execute(update(CHAINS).where(CHAINS.c.tenant == forgotten.tenant).values(end))
        row = {"holding": forgotten.id, "tenant": forgotten.tenant, "sequence": link.sequence}
        sealed = {"statement": signed.statement, "signature": signed.signature, "key_id": signed.key_id}
        tx.execute(RECEIPTS.insert(), row | sealed)

    def find(self, tenant: str, holding: str) -> Signed | None:
        """None while there is none yet."""
        query = select(RECEIPTS).where(RECEIPTS.c.holding == holding, RECEIPTS.c.tenant == tenant)
        with self._database.reading() as tx:
            row = tx.execute(query).one_or_none()
        return None if row is None else Signed(bytes(row.statement), bytes(row.signature), row.key_id)

    def after(self, tenant: str, sequence: int, limit: int) -> list[Signed]:
        """In the order of the chain."""
        query = select(RECEIPTS).where(RECEIPTS.c.tenant == tenant, RECEIPTS.c.sequence > sequence)
        with self._database.reading() as tx:
            rows = tx.execute(query.order_by(RECEIPTS.c.sequence).limit(limit)).all()
        return [Signed(bytes(row.statement), bytes(row.signature), row.key_id) for row in rows]

    def _next_link(self, tx: Connection, tenant: str) -> Link:
        """The chain stays locked, so that no two receipts follow the same one."""
        insert_if_absent(tx, CHAINS, {"tenant": tenant, "sequence": 0, "digest": b""})
        query = select(CHAINS.c.sequence, CHAINS.c.digest).where(CHAINS.c.tenant == tenant).with_for_update()
        sequence, digest = tx.execute(query).one()
        return Link(sequence + 1, bytes(digest))
