"""Objects in an S3 bucket: AWS, SeaweedFS, Ceph RGW and whatever else speaks it."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error

from gateway.storage.bucket import check_bucket
from gateway.storage.s3_put import Put
from gateway.storage.store import Found, Missing, unavailable
from likeness_wire.hosts import is_loopback
from services.common.startup import StartupError

_ABSENT = ("NoSuchKey", "NoSuchVersion", "NoSuchUpload")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where it is and how to get in."""

    endpoint: str  # with its scheme: https://s3.example.org
    name: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str = "us-east-1"
    ca_file: str | None = None
    timeout_s: float = 30.0
    connections: int = 16


class S3Store:
    """One bucket that nothing else uses. Objects are written by single PUTs, so that an incomplete one never exists."""

    def __init__(self, bucket: Bucket) -> None:
        url = urlsplit(bucket.endpoint)
        self._secure = url.scheme == "https"
        if not self._secure and not is_loopback(url.hostname or ""):
            raise StartupError("LIKENESS_S3_ENDPOINT: must begin with https:// unless it is on this machine")
        self._bucket = bucket
        self._http = _http(bucket)
        self._client = Minio(
            url.netloc,
            access_key=bucket.access_key,
            secret_key=bucket.secret_key,
            secure=self._secure,
            region=bucket.region,
            http_client=self._http,
        )

    def create(self, name: str, size_bytes: int) -> Put:
        with _answering():
            url = self._client.get_presigned_url("PUT", self._bucket.name, name, expires=timedelta(hours=1))
            return Put(url, size_bytes, ca_file=self._bucket.ca_file, timeout_s=self._bucket.timeout_s)

    def open(self, name: str, start: int = 0, length: int | None = None) -> "_Body":
        with _answering():
            return _Body(self._client.get_object(self._bucket.name, name, offset=start, length=length or 0))

    def list(self, holding: str | None = None) -> Iterator[Found]:
        prefix = None if holding is None else f"{holding}/"
        with _answering():
            for item in self._client.list_objects(self._bucket.name, prefix, recursive=True, include_version=True):
                yield Found(
                    item.object_name or "", item.size or 0, _millis(item.last_modified), part=item.version_id or None
                )
            yield from self._unfinished(prefix)

    def remove(self, found: Iterable[Found]) -> None:
        with _answering():
            objects = []
            for item in found:
                if item.complete:
                    objects.append(DeleteObject(item.name, item.part))
                else:
                    self._abort(item)
            for error in self._client.remove_objects(self._bucket.name, objects):
                if error.code not in _ABSENT:
                    raise unavailable()

    def check(self) -> None:
        with _answering():
            check_bucket(self._client, self._bucket.name)

    def close(self) -> None:
        self._http.clear()

    def _unfinished(self, prefix: str | None) -> Iterator[Found]:
        """Multipart uploads. We never begin one, so these are somebody's accident or somebody else's program."""
        key, upload = None, None
        while True:
            page = self._client._list_multipart_uploads(
                self._bucket.name, prefix=prefix, key_marker=key, upload_id_marker=upload
            )
            for item in page.uploads:
                name = unquote(item.object_name)
                yield Found(name, 0, _millis(item.initiated_time), complete=False, part=item.upload_id)
            if not page.is_truncated:
                return
            key, upload = page.next_key_marker, page.next_upload_id_marker

    def _abort(self, item: Found) -> None:
        try:
            self._client._abort_multipart_upload(self._bucket.name, item.name, item.part or "")
        except S3Error as error:
            if error.code not in _ABSENT:
                raise


class _Body:
    """A response that is being read."""

    def __init__(self, response: Any) -> None:
        self._response = response

    def read(self, size: int = -1, /) -> bytes:
        with _answering():
            piece: bytes = self._response.read(None if size < 0 else size)
            return piece

    def close(self) -> None:
        self._response.close()
        self._response.release_conn()


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except S3Error as error:
        if error.code in _ABSENT:
            raise Missing from None
        raise unavailable() from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise unavailable() from error


def _http(bucket: Bucket) -> urllib3.PoolManager:
    return urllib3.PoolManager(
        maxsize=bucket.connections,
        timeout=urllib3.Timeout(connect=5, read=bucket.timeout_s),
        cert_reqs="CERT_REQUIRED",
        ca_certs=bucket.ca_file,
        # Everything that goes through here may be repeated: PUTs do not.
        retries=urllib3.Retry(total=2, backoff_factor=0.1, status_forcelist=[500, 502, 503, 504], allowed_methods=None),
    )


def _millis(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.timestamp() * 1000)
