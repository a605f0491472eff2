"""`likeness receipts verify`, as people and scripts call it."""

import json
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict
from typer.testing import CliRunner, Result

from likeness_client.main import app
from tests.likeness_client.test_receipts import DAY_S, RAW, chain, signed, statement


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "server.key"
    path.write_text(RAW.hex())
    return path


@pytest.fixture
def receipts(tmp_path: Path) -> Path:
    path = tmp_path / "receipts.json"
    path.write_text(json.dumps([MessageToDict(receipt) for receipt in chain(3)]))
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["receipts", "verify", *map(str, words)])


def test_good_receipts_are_told_so(receipts: Path, key: Path) -> None:
    """A line each, exit status 0."""
    done = run(receipts, "--key", key)

    assert done.exit_code == 0
    assert done.output.count("holds, 23 h 59 min before its deadline") == 3


def test_one_bad_receipt_is_enough(receipts: Path, key: Path) -> None:
    """Exit status 1, and the reason on its line."""
    documents = json.loads(receipts.read_text())
    documents[1]["signature"] = documents[0]["signature"]
    receipts.write_text(json.dumps(documents))

    done = run(receipts, "--key", key)
    assert done.exit_code == 1
    assert "the signature is not of this statement" in done.output
    assert done.output.count("holds") == 2


def test_a_late_one_is_not_passed_over(tmp_path: Path, key: Path) -> None:
    """It holds, and what it says is bad."""
    path = tmp_path / "late.json"
    path.write_text(json.dumps(MessageToDict(signed(statement(remove=DAY_S, verify_absent=DAY_S + 90)))))

    done = run(path, "--key", key)
    assert done.exit_code == 1
    assert "holds, but 1 min 30 s late" in done.output


def test_gaps_are_named(receipts: Path, key: Path) -> None:
    """They are no fault of what is there."""
    receipts.write_text(json.dumps(json.loads(receipts.read_text())[2:]))

    done = run(receipts, "--key", key)
    assert done.exit_code == 0
    assert "not here, so not checked: receipts of tenants/t: 1 to 2" in done.output


def test_programs_get_json(receipts: Path, key: Path) -> None:
    """Every verdict, and whether all is well."""
    document = json.loads(run(receipts, "--key", key, "--json").output)

    assert document["ok"] is True
    assert [receipt["holds"] for receipt in document["receipts"]] == [True] * 3
    assert document["missing"] == []


def test_no_receipts_prove_nothing(tmp_path: Path, key: Path) -> None:
    """An empty list is not a success."""
    path = tmp_path / "empty.json"
    path.write_text("[]")

    assert run(path, "--key", key).exit_code == 1


def test_files_that_cannot_be_used_are_named(receipts: Path, key: Path, tmp_path: Path) -> None:
    """One line each."""
    for words, line in (
        ((tmp_path / "nowhere", "--key", key), "nowhere: No such file"),
        ((key, "--key", key), "server.key: this is not the JSON of deletion receipts"),
        ((receipts, "--key", receipts), "receipts.json: a receipt key is PEM"),
    ):
        done = run(*words)
        assert done.exit_code == 1
        assert line in done.output
