"""What can be checked once nothing runs any more: the receipts, and that the folder of the data holds nobody."""

from pathlib import Path

from likeness_client.demo.show import KEYS, LARGE
from likeness_client.failure import CommandFailed
from likeness_client.receipts import Verdict, read_keys, read_receipts, verify
from likeness_client.shooting import RECEIPT


def receipts(out: Path) -> list[Verdict]:
    """Both, from their files, by the key noted while the gateway ran. CommandFailed where one does not hold."""
    keys = read_keys((out / KEYS).read_text())
    found = [receipt for folder in (out, out / LARGE) for receipt in read_receipts((folder / RECEIPT).read_text())]
    verdicts = verify(found, keys)
    if faults := [fault for verdict in verdicts for fault in verdict.faults]:
        raise CommandFailed(f"a receipt does not hold: {'; '.join(faults)}")
    return verdicts


def ciphertexts(data: Path) -> int:
    """Files that are left where ciphertext lies."""
    return sum(path.is_file() for path in (data / "objects").rglob("*"))
