"""What the fleet stands on: a Postgres for jobs and keys, an S3 store on a small disk, a line to it that can fail."""

import base64
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.drill.disk import Disk, small_disk
from bench.drill.lines import StoreLine, standing_line
from gateway.retention.settings import RetentionSettings
from tests.gateway.servers import Postgres, Seaweed, postgres, scratch_folder, seaweedfs

# Shorter than by default, so that a drill is short: the gateways' patience with the store.
_STORE_S = 10


@dataclass(frozen=True, slots=True)
class Ground:
    """Servers, and the settings by which gateways find them. `store` is the line to `server`."""

    server: Seaweed
    store: StoreLine
    disk: Disk
    database: Postgres
    secrets: Path
    settings: RetentionSettings

    @property
    def bucket(self) -> str:
        return self.settings.s3_bucket

    @property
    def binding_key(self) -> Path:
        return self.secrets / "binding.key"

    @property
    def keys_address(self) -> str:
        """Of the database of the keys, as psycopg takes it."""
        url = self.settings.key_database_url
        return "" if url is None else url.get_secret_value().replace("+psycopg", "", 1)

    def variables(self) -> dict[str, str]:
        """The settings as a gateway reads them."""
        plain: dict[str, object] = self.settings.model_dump(include=set(self.settings.model_fields_set))
        return {name.upper(): _shown(value) for name, value in plain.items() if value is not None}


@asynccontextmanager
async def standing_ground() -> AsyncIterator[Ground]:
    """Empty: a bucket, two databases, keys of its own."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(seaweedfs(small_disk))
        database = stack.enter_context(postgres())
        secrets = stack.enter_context(scratch_folder("drill"))
        where = urlsplit(server.endpoint)
        store = StoreLine(str(where.hostname), int(where.port or 0))
        endpoint = f"http://127.0.0.1:{await stack.enter_async_context(standing_line(store))}"
        _make_keys(secrets)
        settings = _settings(endpoint, server, database, secrets)
        yield Ground(server, store, Disk(server.folder), database, secrets, settings)


def _make_keys(secrets: Path) -> None:
    for name in ("master.key", "binding.key"):
        (secrets / name).write_bytes(base64.b64encode(os.urandom(32)) + b"\n")
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (secrets / "receipts.pem").write_bytes(key)


def _settings(endpoint: str, server: Seaweed, database: Postgres, secrets: Path) -> RetentionSettings:
    return RetentionSettings(
        data_dir=secrets,
        store="s3",
        s3_endpoint=endpoint,
        s3_bucket=server.new_bucket(),
        s3_access_key=server.access_key,
        s3_secret_key=server.secret_key,
        store_timeout_s=_STORE_S,
        database_url=database.new_database(),
        key_store="postgres",
        key_database_url=database.new_database(),
        master_key_file=secrets / "master.key",
        receipt_key_file=secrets / "receipts.pem",
    )


def _shown(value: object) -> str:
    reveal: Callable[[], str] | None = getattr(value, "get_secret_value", None)
    return str(value) if reveal is None else reveal()
