"""A web server as models come from, and as bad as the internet gets: set an attribute and it misbehaves that way."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Web:
    """Files by path, faults by name. Faults in a list hold for one request each, in order."""

    files: dict[str, bytes] = field(default_factory=dict)
    address: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    """Path and headers of every request so far."""

    cut_after: list[int] = field(default_factory=list)
    """The connection is cut after so many bytes of the body."""
    stall_after: list[int] = field(default_factory=list)
    """Nothing comes after so many bytes of the body until `stalled` is set."""
    stalled: threading.Event = field(default_factory=threading.Event)
    statuses: list[int] = field(default_factory=list)
    """Answered instead of the file."""
    etag: str | None = '"v1"'
    claimed_length: int | None = None
    claims_length: bool = True
    knows_ranges: bool = True
    sends_other_part: bool = False
    encoding: str | None = None
    redirects: dict[str, str] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"{self.address}{path}"


@contextmanager
def serving(web: Web, tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(web))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    web.address = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        web.stalled.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append({"path": self.path, **self.headers})
            if web.statuses:
                self._bare(web.statuses.pop(0))
            elif self.path in web.redirects:
                self._bare(302, web.redirects[self.path])
            elif self.path not in web.files:
                self._bare(404)
            else:
                self._file(web.files[self.path])

        def _bare(self, status: int, location: str | None = None) -> None:
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _file(self, content: bytes) -> None:
            start = self._start(len(content))
            if start is None:
                return self._bare(416)
            begin = start - 1 if start and web.sends_other_part else start
            body = content[begin:]
            self.send_response(206 if start else 200)
            if web.etag:
                self.send_header("ETag", web.etag)
            if web.encoding:
                self.send_header("Content-Encoding", web.encoding)
            if start:
                self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
            if web.claims_length:
                self.send_header("Content-Length", str(web.claimed_length or len(body)))
            self.end_headers()
            if web.stall_after:
                self.wfile.write(body[: web.stall_after.pop(0)])
                web.stalled.wait()
            else:
                self.wfile.write(body[: web.cut_after.pop(0)] if web.cut_after else body)
            self.close_connection = True
            return None

        def _start(self, length: int) -> int | None:
            """Where to begin; None for a range that is not there."""
            asked = self.headers.get("Range")
            if not asked or not web.knows_ranges or self.headers.get("If-Range", web.etag) != web.etag:
                return 0
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            return start if start < length else None

        def log_message(self, *args: object) -> None:
            """Nothing on the terminal."""

    return Handler
