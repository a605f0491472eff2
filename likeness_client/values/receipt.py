"""The proof that something has been forgotten, after it was checked."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from google.protobuf.json_format import MessageToDict
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt

from likeness_client.values.words import Cause


@dataclass(frozen=True, slots=True)
class DeletedObjects:
    """Objects of one kind: "photo", "identity", "result", …; bytes are those of the ciphertext."""

    kind: str
    count: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was deleted, and when. All of it stands in the part that was signed."""

    name: str
    # Name of the upload or job that is gone.
    subject: str
    cause: Cause
    objects: tuple[DeletedObjects, ...]
    # First photo byte; by when it had to be gone; nobody could read it any more; removed; looked for and not found.
    create_time: datetime
    hard_expire_time: datetime
    key_destroy_time: datetime
    remove_time: datetime
    verify_absent_time: datetime
    # From then on no memory held it.
    calls_end_time: datetime
    sequence: int
    key_id: str
    # It proves that the deadline was missed.
    late: bool
    message: DeletionReceipt = field(repr=False)

    def json(self) -> str:
        """To be kept: `likeness receipts verify` and any other program can check it without a server."""
        return json.dumps(MessageToDict(self.message), indent=2)
