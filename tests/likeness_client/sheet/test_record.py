"""The record: what programs find out later."""

import json

from google.protobuf.json_format import ParseDict
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt

from likeness_client.receipts import verify
from likeness_client.sheet.record import record
from tests.likeness_client.sheet.rolls import roll
from tests.likeness_client.test_receipts import KEYS


def test_every_picture_can_be_traced() -> None:
    """From its file to the seed, the try and the drift that it was kept for."""
    found = json.loads(json.dumps(record(roll())))
    first = found["pictures"][0]

    assert ("01-corporate.jpg", 101) == (first["file"], first["seed"])
    assert "locked" == first["drift"]["tier"]
    assert ["kept", "rejected", "kept", "kept", "rejected", "rejected"] == [each["outcome"] for each in found["tries"]]
    assert "DRIFTED" == found["tries"][1]["problem"]["reason"]
    assert "head and shoulders portrait" == found["tries"][0]["prompt"]


def test_the_receipt_in_it_can_be_checked() -> None:
    """By anybody who has the key."""
    receipt = ParseDict(record(roll())["receipt"], DeletionReceipt())

    assert all(verdict.holds for verdict in verify([receipt], KEYS))
    assert record(roll(receipt=None))["receipt"] is None


def test_no_pixels_are_in_it() -> None:
    """Thumbnails are the page's."""
    assert 30_000 > len(json.dumps(record(roll())))
    assert "/9j/" not in json.dumps(record(roll()))
