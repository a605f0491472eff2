"""`likeness keys` on a job database, as an operator calls it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from gateway.retention.database import Database, connect
from gateway.tenants.keys import ApiKeys
from likeness_client.main import app


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder that nothing has run in yet."""
    monkeypatch.setenv("LIKENESS_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def keys(*words: str) -> Result:
    return CliRunner().invoke(app, ["keys", *words])


def made(tenant: str = "acme") -> dict[str, str]:
    created: dict[str, str] = json.loads(keys("create", tenant, "--json").stdout)
    return created


def test_a_key_that_was_created_is_the_only_thing_printed() -> None:
    """So that it can go straight into a file; what to know about it is said beside."""
    done = keys("create", "acme")

    assert 0 == done.exit_code
    assert done.stdout.startswith("likeness_")
    assert 1 == len(done.stdout.split())
    assert "only its digest is stored" in done.stderr


def test_a_created_key_opens_the_gateway_of_that_folder(folder: Path) -> None:
    """And nothing once it is revoked."""
    created = made()
    database = Database(connect(f"sqlite:///{folder / 'jobs.sqlite'}"))
    gateway = ApiKeys(database)
    before = gateway.agreed(created["key"])
    revoked = keys("revoke", created["id"])

    assert before is not None
    assert "acme" == before.tenant
    assert (0, None) == (revoked.exit_code, gateway.agreed(created["key"]))
    database.engine.dispose()


def test_the_list_shows_no_key(folder: Path) -> None:
    """Only ids, tenants and times; of one tenant where one is named."""
    first, other = made(), made("other")
    keys("revoke", first["id"])
    shown, as_json = keys("list").stdout, json.loads(keys("list", "--json").stdout)["keys"]

    assert {first["id"], other["id"]} == {key["id"] for key in as_json}
    assert [True, False] == [key["revoked"] is not None for key in as_json]
    assert first["key"].rpartition("_")[2] not in shown + json.dumps(as_json)
    assert [other["id"]] == [key["id"] for key in json.loads(keys("list", "other", "--json").stdout)["keys"]]


def test_limits_are_agreed_one_by_one() -> None:
    """What is not named stays, and one word undoes all."""
    keys("limits", "acme", "--pictures-per-day", "10")
    both = json.loads(keys("limits", "acme", "--calls-per-minute", "0", "--json").stdout)
    usual = json.loads(keys("limits", "acme", "--as-usual", "--json").stdout)

    assert (10, 0, None) == (both["pictures_per_day"], both["calls_per_minute"], both["jobs_open"])
    assert {"acme"} == {value for value in usual.values() if value is not None}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["create", "Not A Name"], "a tenant is a word"),
        (["revoke", "000000000000"], "there is no such key"),
    ],
)
def test_what_cannot_be_done_is_one_line(words: list[str], line: str) -> None:
    """And exit status 1."""
    done = keys(*words)

    assert 1 == done.exit_code
    assert line in done.stderr
    assert 1 == len(done.stderr.splitlines())


def test_the_database_is_readable_by_its_owner_alone(folder: Path) -> None:
    """Also when this command was the first to make it."""
    made()

    assert 0o600 == (folder / "jobs.sqlite").stat().st_mode & 0o777
    database = connect(f"sqlite:///{folder / 'jobs.sqlite'}")
    with database.connect() as connection:
        assert 1 == connection.execute(text("SELECT count(*) FROM api_keys")).scalar()
    database.dispose()
