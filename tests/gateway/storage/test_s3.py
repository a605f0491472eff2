"""What only a bucket can do wrong."""

import io
import secrets
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest
from minio import Minio
from minio.versioningconfig import ENABLED, SUSPENDED, VersioningConfig

from gateway.storage.s3 import Bucket, S3Store
from likeness_wire.errors import Unavailable
from services.common.startup import StartupError
from tests.gateway.proxies import BadLine, bad_line
from tests.gateway.servers import Seaweed
from tests.gateway.storage.test_store import MEGABYTE, names, read, write


@pytest.fixture
def client(seaweed: Seaweed) -> Minio:
    return seaweed.client()


@pytest.fixture
def bucket(seaweed: Seaweed) -> Bucket:
    name = f"test-{secrets.token_hex(6)}"
    return Bucket(seaweed.endpoint, name, seaweed.access_key, seaweed.secret_key, timeout_s=1)


@pytest.fixture
def line(seaweed: Seaweed) -> Iterator[BadLine]:
    with bad_line(urlsplit(seaweed.endpoint).port or 0) as line:
        yield line


def test_plain_http_is_refused_beyond_this_machine(bucket: Bucket) -> None:
    """Ciphertext, but the credentials are not."""
    for endpoint in ("http://s3.example.org", "http://10.0.0.7:9000", "http://localhost.example.org"):
        with pytest.raises(StartupError, match="https"):
            S3Store(replace(bucket, endpoint=endpoint))
    for endpoint in ("https://s3.example.org", "http://localhost:9000", "http://[::1]:9000"):
        S3Store(replace(bucket, endpoint=endpoint)).close()


def test_a_missing_bucket_is_refused(bucket: Bucket) -> None:
    """It is never made on the way: whoever makes it decides where it is."""
    with pytest.raises(StartupError, match="no such bucket"):
        S3Store(bucket).check()


@pytest.mark.parametrize("state", [ENABLED, SUSPENDED])
def test_a_bucket_with_versions_is_refused(client: Minio, bucket: Bucket, state: str) -> None:
    """Also where it only had them once: old versions stay."""
    client.make_bucket(bucket.name)
    client.set_bucket_versioning(bucket.name, VersioningConfig(ENABLED))
    client.set_bucket_versioning(bucket.name, VersioningConfig(state))

    with pytest.raises(StartupError, match="versioning"):
        S3Store(bucket).check()


def test_a_bucket_made_with_object_lock_is_refused(client: Minio, bucket: Bucket) -> None:
    """On a real service it comes with versioning."""
    client.make_bucket(bucket.name, object_lock=True)
    with pytest.raises(StartupError, match="versioning"):
        S3Store(bucket).check()


def test_a_bucket_that_forbids_deletion_is_refused(bucket: Bucket) -> None:
    """Whatever the lock says."""
    fake = FakeBucket("object-lock", "<ObjectLockConfiguration/>")
    with fake as endpoint, pytest.raises(StartupError, match="object lock"):
        S3Store(replace(bucket, endpoint=endpoint)).check()


def test_a_replicated_bucket_is_refused(bucket: Bucket) -> None:
    """SeaweedFS has no replication of buckets, so a few lines of S3 stand in; test_ceph.py asks one that has."""
    fake = FakeBucket(
        "replication", "<ReplicationConfiguration><Rule>of another kind</Rule></ReplicationConfiguration>"
    )
    with fake as endpoint, pytest.raises(StartupError, match="replicated"):
        S3Store(replace(bucket, endpoint=endpoint)).check()


def test_credentials_that_may_not_look_are_refused(bucket: Bucket, client: Minio) -> None:
    """Nobody can say whether such a bucket forgets."""
    client.make_bucket(bucket.name)
    with pytest.raises(StartupError):
        S3Store(replace(bucket, secret_key="not the secret")).check()


def test_a_checked_bucket_has_the_back_stop(client: Minio, bucket: Bucket) -> None:
    """One day for objects and for unfinished uploads, set on every start."""
    client.make_bucket(bucket.name)

    S3Store(bucket).check()

    lifecycle = client.get_bucket_lifecycle(bucket.name)
    assert lifecycle is not None
    rule = lifecycle.rules[0]
    assert rule.expiration is not None
    assert rule.abort_incomplete_multipart_upload is not None
    assert (rule.expiration.days, rule.abort_incomplete_multipart_upload.days_after_initiation) == (1, 1)


def test_unfinished_uploads_are_found_and_removed(client: Minio, bucket: Bucket) -> None:
    """We never begin one; whatever did must not leave bytes behind."""
    client.make_bucket(bucket.name)
    upload = client._create_multipart_upload(bucket.name, "a/1", {})
    client._upload_part(bucket.name, "a/1", random_part(), {}, upload, 1)
    store = S3Store(bucket)

    assert [(found.name, found.complete) for found in store.list("a")] == [("a/1", False)]
    assert list(store.list("b")) == []
    store.remove(store.list())
    store.remove([])
    assert list(store.list()) == []


def test_every_version_goes_if_versions_came_after_the_check(client: Minio, bucket: Bucket) -> None:
    """Somebody switched versioning on while we ran: delete markers would hide what is still there."""
    client.make_bucket(bucket.name)
    store = S3Store(bucket)
    client.set_bucket_versioning(bucket.name, VersioningConfig(ENABLED))
    for content in (b"1", b"2"):
        client.put_object(bucket.name, "a/1", io.BytesIO(content), 1)
    client.remove_object(bucket.name, "a/1")
    assert names(store, "a") == ["a/1"] * 3

    store.remove(store.list("a"))

    assert list(client.list_objects(bucket.name, recursive=True, include_version=True)) == []


def test_a_body_that_breaks_off_leaves_no_object(client: Minio, bucket: Bucket) -> None:
    """The store keeps nothing shorter than announced."""
    client.make_bucket(bucket.name)
    store = S3Store(bucket)
    sink = store.create("a/1", MEGABYTE)
    sink.write(bytes(MEGABYTE // 2))
    sink.abort()

    assert list(store.list()) == []


def test_a_silent_store_is_unavailable_in_time(client: Minio, bucket: Bucket, line: BadLine) -> None:
    """Nobody waits longer than the timeout, and the message names no bucket and no host."""
    client.make_bucket(bucket.name)
    store = S3Store(replace(bucket, endpoint=f"http://127.0.0.1:{line.port}", timeout_s=0.2))
    line.silent = True
    sink = store.create("a/1", 5)
    sink.write(b"12345")

    with pytest.raises(Unavailable, match=r"^the object store does not answer$"):
        sink.commit()
    with pytest.raises(Unavailable, match=r"^the object store does not answer$"):
        store.open("a/1")


def test_a_bad_line_loses_nothing_that_was_committed(client: Minio, bucket: Bucket, line: BadLine) -> None:
    """Three connections in ten break in the middle: a write succeeds or says so, a read is right or says so."""
    client.make_bucket(bucket.name)
    store = S3Store(replace(bucket, endpoint=f"http://127.0.0.1:{line.port}"))
    line.cut = 0.3
    content = bytes(range(256)) * 40
    committed, refused = [], 0
    for number in range(60):
        try:
            write(store, f"a/{number}", content)
            committed.append(f"a/{number}")
        except Unavailable:
            refused += 1

    line.cut = 0.0
    assert refused > 0
    assert len(committed) > 20
    assert all(read(store, name) == content for name in committed)


def random_part() -> bytes:
    return secrets.token_bytes(1024) * (5 * 1024)


class FakeBucket:
    """An S3 service that knows one bucket, and answers one question about it."""

    def __init__(self, question: str, answer: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer(200, "")

            def do_GET(self) -> None:
                query = urlsplit(self.path).query
                if query.startswith(question):
                    self._answer(200, answer)
                elif query.startswith("versioning"):
                    self._answer(200, "<VersioningConfiguration/>")
                else:
                    code = "ObjectLockConfigurationNotFoundError"
                    self._answer(404, f"<Error><Code>{code}</Code><Message/><Resource/></Error>")

            def log_message(self, *_: object) -> None:
                pass

            def _answer(self, status: int, body: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
