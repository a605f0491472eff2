"""From variables to a vault: what is refused at the start, and with which line."""

import base64
import os
import secrets
from pathlib import Path

import pytest

from gateway.keeping import keeping
from gateway.metrics import GatewayMetrics
from gateway.retention.holdings import Kind, Terms
from gateway.retention.settings import RetentionSettings
from services.common.settings import described, load
from services.common.startup import StartupError
from tests.gateway.house import PHOTO, TENANT
from tests.gateway.servers import Postgres, Seaweed
from tests.gateway.test_races import on_servers

Environment = pytest.MonkeyPatch


def settings(environment: Environment, **variables: object) -> RetentionSettings:
    for name, value in variables.items():
        environment.setenv(f"LIKENESS_{name.upper()}", str(value))
    return load(RetentionSettings)


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"store": "s3"}, "LIKENESS_S3_ENDPOINT: .*has to be set where LIKENESS_STORE is s3"),
        ({"store": "s3", "s3_endpoint": "https://x"}, "LIKENESS_S3_BUCKET: .*has to be set"),
        ({"store": "ftp"}, "LIKENESS_STORE: "),
        ({"key_store": "postgres"}, "LIKENESS_KEY_DATABASE_URL: .*has to be set where LIKENESS_KEY_STORE is postgres"),
        (
            {"key_store": "postgres", "key_database_url": "postgresql+psycopg://h/keys"},
            "LIKENESS_MASTER_KEY_FILE: .*has to be set",
        ),
        (
            {
                "database_url": "postgresql+psycopg://a:b@h/jobs",
                "key_database_url": "postgresql+psycopg://c:d@h:5432/jobs",
            },
            "LIKENESS_KEY_DATABASE_URL: .*keys live apart",
        ),
        ({"keep_results_s": 86_401}, "LIKENESS_KEEP_RESULTS_S: "),
        ({"sweep_every_s": 0}, "LIKENESS_SWEEP_EVERY_S: "),
    ],
)
def test_settings_that_do_not_fit_name_the_variable(
    monkeypatch: Environment, variables: dict[str, object], line: str
) -> None:
    """One line; the value, which may be a secret, is not in it."""
    with pytest.raises(StartupError, match=line) as failure:
        settings(monkeypatch, **variables)
    assert "a:b" not in str(failure.value)


def test_secrets_are_masked(monkeypatch: Environment) -> None:
    """In --print-config."""
    shown = described(
        settings(
            monkeypatch,
            s3_secret_key="hush",
            database_url="postgresql+psycopg://u:hush@h/jobs",
            key_database_url="postgresql+psycopg://u:hush@h/keys",
        )
    )
    assert "hush" not in shown


def test_what_is_kept_how_long_follows_the_settings(monkeypatch: Environment) -> None:
    """Seconds outside, milliseconds inside; the cap is a day."""
    terms = settings(
        monkeypatch, keep_results_s=3600, keep_photos_s=60, keep_uploads_s=120, keep_unfinished_s=5
    ).terms()
    assert terms == Terms(
        cap_ms=86_400_000, results_ms=3_600_000, uploads_ms=120_000, photos_after_job_ms=60_000, filling_ms=5_000
    )
    with pytest.raises(ValueError, match="24 hours"):
        Terms(cap_ms=86_400_001)


async def test_the_embedded_profile_needs_nothing(monkeypatch: Environment, tmp_path: Path) -> None:
    """One folder that only its owner can enter; the next start finds what was there."""
    chosen = settings(monkeypatch, data_dir=tmp_path / "data")
    async with keeping(chosen, GatewayMetrics()) as vault, vault.receiving(TENANT) as photos:
        await vault.put(photos, Kind.PHOTO, 0, PHOTO)

    async with keeping(chosen, GatewayMetrics()) as vault, vault.reading(TENANT, photos.id, Kind.PHOTO, 0) as content:
        assert await content.whole() == PHOTO
    for path in (tmp_path / "data").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path.name
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


async def test_the_cluster_profile_keeps_and_forgets(
    monkeypatch: Environment, quick_path: Path, seaweed: Seaweed, database_server: Postgres
) -> None:
    """The same on S3 and two databases."""
    for name, value in on_servers(seaweed, database_server, quick_path).items():
        monkeypatch.setenv(name, value)
    async with keeping(load(RetentionSettings), GatewayMetrics()) as vault:
        async with vault.receiving(TENANT) as photos:
            await vault.put(photos, Kind.PHOTO, 0, PHOTO)
        job = await vault.adopt(TENANT, photos.id)
        assert await vault.put(job, Kind.RESULT, 0, b"result")
        async with vault.reading(TENANT, photos.id, Kind.PHOTO, 0, 80_000, 10_000) as content:
            assert await content.whole() == PHOTO[80_000:90_000]
        receipt = await vault.erase(TENANT, job.id)
        assert {pile.kind for pile in receipt.statement.objects} == {"photo", "result"}


async def test_a_store_that_keeps_what_is_deleted_stops_the_start(
    monkeypatch: Environment, quick_path: Path, seaweed: Seaweed
) -> None:
    """Before anything is taken in."""
    client, name = seaweed.client(), f"test-{secrets.token_hex(6)}"
    client.make_bucket(name, object_lock=True)
    chosen = settings(
        monkeypatch,
        data_dir=quick_path,
        store="s3",
        s3_endpoint=seaweed.endpoint,
        s3_bucket=name,
        s3_access_key=seaweed.access_key,
        s3_secret_key=seaweed.secret_key,
    )
    with pytest.raises(StartupError, match="versioning"):
        async with keeping(chosen, GatewayMetrics()):
            pytest.fail("it started")


@pytest.mark.parametrize("what", ["store", "database", "keys"])
async def test_something_that_does_not_answer_stops_the_start(
    monkeypatch: Environment, tmp_path: Path, what: str
) -> None:
    """With a line that says what, and nothing of where."""
    nowhere = "postgresql+psycopg://u:hush@127.0.0.1:1/x"
    master = tmp_path / "master"
    master.write_text(base64.b64encode(os.urandom(32)).decode())
    variables: dict[str, object] = {
        "store": {"store": "s3", "s3_endpoint": "http://127.0.0.1:1", "s3_bucket": "bucket"},
        "database": {"database_url": nowhere},
        "keys": {"key_store": "postgres", "key_database_url": nowhere, "master_key_file": master},
    }[what]
    chosen = settings(monkeypatch, data_dir=tmp_path / "data", **variables)
    with pytest.raises(StartupError, match=r"^the (object store|job database|key store) does not answer$"):
        async with keeping(chosen, GatewayMetrics()):
            pytest.fail("it started")
