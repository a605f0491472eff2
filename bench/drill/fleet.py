"""Two of everything: gateways and services in processes of their own, with mTLS, behind names that mean both; a
Postgres, an S3 store on a small disk, and lines between them that can fail.

    async with standing_fleet(folder, chronicle) as fleet:
        async with fleet.caller() as likeness: ...
"""

import base64
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.drill.credentials import CALLER, Credentials
from bench.drill.disk import Disk, small_disk
from bench.drill.events import Chronicle
from bench.drill.lines import Line, StoreLine, standing_line
from bench.drill.names import naming
from gateway.retention.settings import RetentionSettings
from likeness_client import AsyncLikeness
from likeness_client.stack.attendant import Policy
from likeness_client.stack.environment import environment
from likeness_client.stack.profiles import GATEWAY, Part, Place, Profile, parts_of, replicated
from likeness_client.stack.readiness import Pulse
from likeness_client.stack.stack import Stack, standing
from likeness_wire.resend import Patience
from tests.gateway.servers import Postgres, S3Server, free_ports, postgres, scratch_folder, seaweedfs

SERVICES = ("embedder", "generator", "upscaler", "verifier")
KINDS = (*SERVICES, GATEWAY)
REPLICAS = 2

# Shorter than by default, so that a drill is short: a gateway's lease, and its patience with one call.
LEASE_S = 10
CALL_S = 20
# As a cluster would: whoever has not answered for so long is ended. Longer than the patience with a call.
PULSE = Pulse(every_s=3.0, misses=6)
# Nobody is given up during a drill, however often it is killed.
_POLICY = Policy(waits_s=(0.5,) * 99, pulse=PULSE)


@dataclass(frozen=True, slots=True)
class Fleet:
    """All that stands, and the handles by which it is made to fail. `lines` lead to services, by the name of a part."""

    stack: Stack
    parts: Sequence[Part]
    chronicle: Chronicle
    lines: Mapping[str, Line]
    store: StoreLine
    server: S3Server
    bucket: str
    disk: Disk
    database: Postgres
    credentials: Credentials
    settings: RetentionSettings
    address: str

    def caller(self, patience: Patience) -> AsyncLikeness:
        """Balances between the gateways by itself, as any client does."""
        return AsyncLikeness(self.address, tls=self.credentials.files(CALLER), patience=patience)

    @property
    def keys_address(self) -> str:
        """Of the database of the keys, as psycopg takes it."""
        url = self.settings.key_database_url
        return "" if url is None else url.get_secret_value().replace("+psycopg", "", 1)

    def of_kind(self, kind: str) -> list[str]:
        return [part.name for part in self.parts if part.kind == kind]

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)


@asynccontextmanager
async def standing_fleet(folder: Path, chronicle: Chronicle) -> AsyncIterator[Fleet]:
    """Ready."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(seaweedfs(small_disk))
        database = stack.enter_context(postgres())
        where = urlsplit(server.endpoint)
        store = StoreLine(str(where.hostname), int(where.port or 0))
        endpoint = f"http://127.0.0.1:{await stack.enter_async_context(standing_line(store))}"
        secrets = stack.enter_context(scratch_folder("drill"))
        bucket = server.new_bucket()
        settings = _settings(endpoint, server, bucket, database, secrets)
        parts = _parts(folder)
        credentials = Credentials.begun(secrets / "tls", {part.name: part.kind for part in parts} | {CALLER: CALLER})
        addresses = {part.kind: [_in_front(each) for each in parts if each.kind == part.kind] for part in parts}
        names = await stack.enter_async_context(naming(addresses))
        lines = {}
        for part in parts:
            lines[part.name] = Line(part.host, part.grpc_port)
            await stack.enter_async_context(standing_line(lines[part.name], _in_front(part), part.grpc_port))
        told = [_told(part, parts, credentials, settings, names) for part in parts]
        surroundings = partial(environment, threads=1)
        address = _target(names, GATEWAY, parts)
        up = await stack.enter_async_context(standing(told, surroundings, chronicle, _POLICY))
        disk = Disk(server.folder)
        yield Fleet(up, told, chronicle, lines, store, server, bucket, disk, database, credentials, settings, address)


def _settings(endpoint: str, server: S3Server, bucket: str, database: Postgres, secrets: Path) -> RetentionSettings:
    """Where the gateways keep what they keep, with keys of the drill's own."""
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files = {name: secrets / name for name in ("master.key", "receipts.pem")}
    files["master.key"].write_bytes(base64.b64encode(os.urandom(32)) + b"\n")
    files["receipts.pem"].write_bytes(key)
    (secrets / "binding.key").write_bytes(base64.b64encode(os.urandom(32)) + b"\n")
    return RetentionSettings(
        data_dir=secrets,
        store="s3",
        s3_endpoint=endpoint,
        s3_bucket=bucket,
        s3_access_key=server.access_key,
        s3_secret_key=server.secret_key,
        store_timeout_s=10,
        database_url=database.new_database(),
        key_store="postgres",
        key_database_url=database.new_database(),
        master_key_file=files["master.key"],
        receipt_key_file=files["receipts.pem"],
    )


def _parts(folder: Path) -> list[Part]:
    """Each replica on an address of its own, all of one kind on one port: what a name of DNS can say."""
    place = Place(folder, folder, threads=1, free_ports=True)
    parts = replicated(parts_of(Profile.EMBEDDED, place), [f"{kind}={REPLICAS}" for kind in KINDS])
    ports = dict(zip(KINDS, free_ports(len(KINDS)), strict=True))
    return [_placed(part, ports[part.kind]) for part in parts]


def _placed(part: Part, port: int) -> Part:
    metrics, health, http = free_ports(3)
    return replace(
        part,
        host=f"127.0.1.{_number(part)}",
        grpc_port=port,
        metrics_port=metrics,
        health_port=health,
        http_port=None if part.http_port is None else http,
        peers=(),
    )


def _told(part: Part, parts: Sequence[Part], credentials: Credentials, settings: RetentionSettings, names: str) -> Part:
    variables = {**part.variables, **credentials.variables(part.name, [GATEWAY])}
    if part.kind == GATEWAY:
        files = credentials.files(part.name)
        variables |= _kept(settings)
        variables |= {kind.upper(): _target(names, kind, parts) for kind in SERVICES}
        variables |= {f"{kind.upper()}_TIMEOUT_S": str(CALL_S) for kind in SERVICES}
        variables |= {"PUBLIC_TLS_CHAIN": str(files.chain), "PUBLIC_TLS_KEY": str(files.key)}
        variables |= {"JOB_LEASE_S": str(LEASE_S), "BINDING_KEY_FILE": str(settings.data_dir / "binding.key")}
    return replace(part, variables=variables)


def _kept(settings: RetentionSettings) -> dict[str, str]:
    """The same settings as variables."""
    plain: dict[str, object] = settings.model_dump(include=set(settings.model_fields_set))
    return {name.upper(): _shown(value) for name, value in plain.items() if value is not None}


def _shown(value: object) -> str:
    reveal: Callable[[], str] | None = getattr(value, "get_secret_value", None)
    return str(value) if reveal is None else reveal()


def _target(names: str, kind: str, parts: Sequence[Part]) -> str:
    port = next(part.grpc_port for part in parts if part.kind == kind)
    return f"dns://{names}/{kind}:{port}"


def _in_front(part: Part) -> str:
    """Where its line takes connections."""
    return part.host.replace("127.0.1.", "127.0.2.")


def _number(part: Part) -> int:
    return int(part.name.partition("-")[2] or 1)
