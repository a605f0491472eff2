"""A Ceph of one monitor, one disk in memory and one S3 gateway, all on this machine and gone with the test run.

Debian's packages bring it: radosgw, ceph-mon, ceph-osd. Beside SeaweedFS it is the second S3 that the store is held
against, and the one whose lifecycle can be hurried and whose parts can be killed one by one.
"""

import contextlib
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from tests.gateway.servers import S3Server, answering, free_ports, running, scratch_folder

PROGRAMS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "monmaptool", "ceph", "rados")
_COMMAND_S = 60

# No authentication inside, on a machine of our own; a gateway insists on encryption unless told otherwise. Everything
# exists once, in one placement group a pool. Lifecycle rules run when a test says so.
_SETTINGS = """
[global]
fsid = {cluster}
mon host = [v2:127.0.0.1:{port}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
admin socket =
log file =
log to stderr = true
mon data = {folder}/mon
osd data = {folder}/osd
osd uuid = {disk}
osd objectstore = memstore
memstore device bytes = 1073741824
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd client watch timeout = 3
mon allow pool size one = true
mon data avail crit = 1
paxos propose interval = 0.05
rgw enable lc threads = false
rgw gc obj min wait = 1
"""


@dataclass(frozen=True, slots=True)
class Ceph(S3Server):
    """An S3 service whose parts can be stopped."""

    disk: "subprocess.Popen[bytes]" = field(repr=False)
    _gateway: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False)

    def start_gateway(self) -> None:
        """Returns when it answers."""
        address = self.endpoint.removeprefix("http://")
        front = f"--rgw-frontends=beast endpoint={address} tcp_nodelay=1"
        command = ["radosgw", "-f", "-c", str(self.folder / "ceph.conf"), "-n", "client.rgw", front]
        self._gateway.enter_context(running(command, self.folder))
        client = self.client()
        with answering(lambda: client.list_buckets(), urllib3.exceptions.HTTPError):
            pass

    def kill_gateway(self) -> None:
        """At once, whatever it is doing."""
        self._gateway.close()

    @contextlib.contextmanager
    def disk_stands_still(self) -> Iterator[None]:
        """The gateway takes requests and can finish none."""
        self.disk.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.disk.send_signal(signal.SIGCONT)

    def apply_lifecycle(self, day_s: int) -> None:
        """Once, for every bucket, as if a day had so many seconds."""
        run(self.folder, "radosgw-admin", "lc", "process", f"--rgw-lc-debug-interval={day_s}")

    def collect_garbage(self) -> None:
        """What was deleted a second ago or earlier leaves the disk."""
        run(self.folder, "radosgw-admin", "gc", "process")

    def pieces(self) -> set[str]:
        """What lies on the disk of all objects, whether a listing shows them or not. There has to have been one."""
        return set(run(self.folder, "rados", "-p", "default.rgw.buckets.data", "ls").splitlines())


def missing_programs() -> list[str]:
    return [name for name in PROGRAMS if shutil.which(name) is None]


@contextlib.contextmanager
def ceph_cluster() -> Iterator[Ceph]:
    with scratch_folder("ceph") as folder, _monitor(folder), _disk(folder) as disk:
        _allow_replication(folder)
        credentials = ("likeness", "a secret of tests")
        run(folder, "radosgw-admin", "user", "create", "--uid=tests", "--display-name=tests",
            f"--access-key={credentials[0]}", f"--secret={credentials[1]}")  # fmt: skip
        server = Ceph(f"http://127.0.0.1:{free_ports(1)[0]}", *credentials, folder, disk)
        server.start_gateway()
        try:
            yield server
        finally:
            server.kill_gateway()


def run(folder: Path, program: str, *arguments: str) -> str:
    """What it prints. Its warnings go nowhere."""
    command = [program, "-c", str(folder / "ceph.conf"), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=_COMMAND_S)
    return done.stdout


@contextlib.contextmanager
def _monitor(folder: Path) -> Iterator[None]:
    cluster, port = str(uuid.uuid4()), free_ports(1)[0]
    settings = folder / "ceph.conf"
    settings.write_text(_SETTINGS.format(cluster=cluster, disk=uuid.uuid4(), port=port, folder=folder))
    map_file = str(folder / "monmap")
    address = f"[v2:127.0.0.1:{port}]"
    run(folder, "monmaptool", "--create", "--fsid", cluster, "--addv", "a", address, map_file)
    (folder / "mon").mkdir()
    run(folder, "ceph-mon", "--mkfs", "-i", "a", "--monmap", map_file)
    with running(["ceph-mon", "-f", "-c", str(settings), "-i", "a"], folder):
        yield


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Empty, in memory. It finds its place in the cluster by itself when it starts."""
    known = (folder / "ceph.conf").read_text().partition("osd uuid = ")[2].split()[0]
    run(folder, "ceph", "osd", "new", known)
    (folder / "osd").mkdir()
    run(folder, "ceph-osd", "-i", "0", "--mkfs")
    with running(["ceph-osd", "-f", "-c", str(folder / "ceph.conf"), "-i", "0"], folder) as disk:
        yield disk


def _allow_replication(folder: Path) -> None:
    """Otherwise a gateway takes no replication rules. Before it starts: later it would have to be told."""
    run(folder, "radosgw-admin", "sync", "group", "create", "--group-id=tests", "--status=allowed")
    run(folder, "radosgw-admin", "sync", "group", "flow", "create", "--group-id=tests", "--flow-id=tests",
        "--flow-type=symmetrical", "--zones=default")  # fmt: skip
