"""One Secret behind the API of Kubernetes, as far as a rotation can see it: TLS, a token, merge patches, versions."""

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.authority import Authority, write

TOKEN = "token-of-the-pod"
PATH = "/api/v1/namespaces/likeness/secrets/likeness-master"


@dataclass
class ApiServer:
    """`now`: its clock. `meanwhile`: what somebody else writes just before a patch arrives."""

    port: int
    account: Path
    now: datetime
    secret: dict[str, Any]
    meanwhile: dict[str, str] = field(default_factory=dict)
    patches: list[dict[str, Any]] = field(default_factory=list)

    def put(self, data: dict[str, str]) -> None:
        """As anybody writes, this server's own pod or somebody else."""
        self.secret["data"] |= data
        self.secret["metadata"]["resourceVersion"] = str(int(self._version) + 1)

    def patch(self, patch: dict[str, Any]) -> int:
        """RFC 7396 for the only patch that may come: data and annotations, on top of one version."""
        if self.meanwhile:
            self.put(self.meanwhile)
        assert patch.keys() == {"metadata", "data"}
        assert patch["metadata"].keys() == {"resourceVersion", "annotations"}
        if patch["metadata"]["resourceVersion"] != self._version:
            return 409
        self.secret["metadata"].setdefault("annotations", {}).update(patch["metadata"]["annotations"])
        self.put(patch["data"])
        self.patches.append(patch)
        return 200

    @property
    def _version(self) -> str:
        return str(self.secret["metadata"]["resourceVersion"])


@contextlib.contextmanager
def api_server(folder: Path, now: datetime, data: dict[str, str]) -> Iterator[ApiServer]:
    """Serves until the block ends. The pod's service account is in `account`."""
    authority = Authority("cluster")
    files = write(folder / "tls", authority.issue(), authority)
    account = folder / "account"
    account.mkdir()
    for name, content in {"token": TOKEN, "ca.crt": authority.pem.decode(), "namespace": "likeness"}.items():
        (account / name).write_text(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    secret = {"metadata": {"name": "likeness-master", "resourceVersion": "1"}, "data": data}
    server.api = ApiServer(server.server_port, account, now, secret)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.api  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(self._refusal() or 200)

    def do_PATCH(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        wrong_kind = None if self.headers["Content-Type"] == "application/merge-patch+json" else 415
        self._answer(self._refusal() or wrong_kind or self._api.patch(body))

    @property
    def _api(self) -> ApiServer:
        return self.server.api  # type: ignore[attr-defined,no-any-return]

    def _refusal(self) -> int | None:
        """By the order of a real one: who, then what."""
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return 401
        return None if self.path == PATH else 403

    def _answer(self, status: int) -> None:
        body = json.dumps(self._api.secret if status == 200 else {"kind": "Status", "code": status}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self._api.now, usegmt=True)

    def log_message(self, *_: object) -> None:
        pass
