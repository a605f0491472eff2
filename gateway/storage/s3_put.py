"""A PUT whose body is pushed piece by piece.

The S3 client reads whole parts of at least 5 MiB into memory, and a library that pulls the body keeps a thread per
upload for as long as its sender takes. Here a piece is one short `send`, and an upload that breaks off leaves nothing:
a store keeps no body that is shorter than announced.
"""

import contextlib
import http.client
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from gateway.storage.store import unavailable


class Put:
    """One object on its way to a pre-signed address."""

    def __init__(self, url: str, size_bytes: int, *, ca_file: str | None, timeout_s: float) -> None:
        target = urlsplit(url)
        self._missing = size_bytes
        self._connection = _connect(target.scheme, target.netloc, ca_file, timeout_s)
        with self._answering():
            self._connection.putrequest("PUT", f"{target.path}?{target.query}", skip_accept_encoding=True)
            self._connection.putheader("Content-Length", str(size_bytes))
            self._connection.endheaders()

    def write(self, piece: bytes | memoryview) -> None:
        self._missing -= len(piece)
        if self._missing < 0:
            raise ValueError("more bytes than the object has")
        with self._answering():
            self._connection.send(piece)

    def commit(self) -> None:
        if self._missing:
            raise ValueError(f"{self._missing} bytes of the object are missing")
        with self._answering():
            response = self._connection.getresponse()
            response.read()
            if response.status != http.HTTPStatus.OK:
                raise unavailable()
        self._connection.close()

    def abort(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise unavailable() from error


def _connect(scheme: str, address: str, ca_file: str | None, timeout_s: float) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(address, timeout=timeout_s)
    return http.client.HTTPSConnection(address, timeout=timeout_s, context=ssl.create_default_context(cafile=ca_file))
