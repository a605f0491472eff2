"""Deletion receipts as they come from a server: believed only once checked."""

from collections.abc import Iterable, Sequence

from likeness.gateway.v1 import gateway_pb2, receipt_pb2

from likeness_client.connection import Connection
from likeness_client.errors import ReceiptRefused
from likeness_client.receipts import Keys, Verdict, announced, verify
from likeness_client.values.mirror import read
from likeness_client.values.receipt import Receipt


class Proofs:
    """Checks receipts with keys that were pinned, or else with those the server itself announces.

    Keys from the server prove that receipts belong together; that they are this operator's, only pinned ones prove.
    """

    def __init__(self, connection: Connection, pinned: Keys | None) -> None:
        self._connection = connection
        self._pinned = pinned
        self._announced: Keys = {}

    async def checked(self, message: receipt_pb2.DeletionReceipt, about: str = "") -> Receipt:
        """ReceiptRefused where it does not hold, or is not `about` this upload or job."""
        (receipt,) = await self.all_checked([message])
        tenant, _, rest = about.partition("/uploads/")
        # An upload goes with the job that had adopted it, and has that one's receipt.
        adopted = rest and receipt.subject.startswith(f"{tenant}/jobs/")
        if about and receipt.subject != about and not adopted:
            raise ReceiptRefused(receipt.name, [f"it is about {receipt.subject}"])
        return receipt

    async def all_checked(self, messages: Sequence[receipt_pb2.DeletionReceipt]) -> list[Receipt]:
        """In the order of their chain, which is checked as well. ReceiptRefused for the first that does not hold."""
        verdicts = verify(messages, await self._keys(messages))
        for verdict in verdicts:
            if not verdict.holds:
                raise ReceiptRefused(verdict.statement.name, verdict.faults)
        return [_receipt(verdict) for verdict in verdicts]

    async def _keys(self, messages: Iterable[receipt_pb2.DeletionReceipt]) -> Keys:
        if self._pinned is not None:
            return self._pinned
        if any(message.key_id not in self._announced for message in messages):
            stub = self._connection.stub
            answer = await self._connection.call(stub.GetServerInfo, gateway_pb2.GetServerInfoRequest)
            self._announced = announced(key.public_key for key in answer.server.receipt_keys)
        return self._announced


def _receipt(verdict: Verdict) -> Receipt:
    key_id = verdict.receipt.key_id
    return read(Receipt, verdict.statement, key_id=key_id, late=verdict.late, message=verdict.receipt)
