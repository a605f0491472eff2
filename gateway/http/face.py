"""The HTTP port: opened, served in the loop of the gateway, and closed once all calls have ended.

    async with open_face(settings, shell.inside_port, failed=shell.stop) as face:
        print(face.port)

It is opened after the shell is bound and has to outlive its draining: requests in flight end with their calls.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.api.uploads import MOST_PHOTOS
from gateway.http.calls import TIMEOUT, Calls, inside_channel
from gateway.http.guards import Headed, OnlyLocal
from gateway.http.page import read_page
from gateway.http.photos import Limits
from gateway.http.transcoder import Transcoder
from gateway.settings import GatewaySettings
from services.common.peers import https_context
from services.common.startup import StartupError

log = logging.getLogger(__name__)

# Forms: headers of parts, and what is said beside the photos.
_FORM_BYTES = 256 * 1024
_HEADERS_BYTES = 32 * 1024
# The API itself cuts off who is silent; this is for the moments at which it does not wait for a photo.
_LATER_S = 5.0
_KEEP_ALIVE_S = 30
# From the connection to its first request.
_FIRST_REQUEST_S = 20.0
# For bytes that are still on their way when all calls have ended.
_LAST_BYTES_S = 5
_BACKLOG = 512
_CORS_AGE_S = 600
_CORS_HEADERS = ("authorization", "content-type", "last-event-id", "range", TIMEOUT)
_CORS_SHOWN = ("content-range", "etag", "retry-after")


@dataclass(frozen=True, slots=True)
class Face:
    """A port that answers."""

    port: int


@asynccontextmanager
async def open_face(
    settings: GatewaySettings, inside_port: int, failed: Callable[[Exception | None], None]
) -> AsyncIterator[Face]:
    """`inside_port`: where this process takes calls without TLS. `failed`: told when the port stops by itself."""
    listening = _bound(settings.host, settings.http_port)
    port = listening.getsockname()[1]
    async with inside_channel(inside_port) as channel:
        server = _Server(_config(settings, application(settings, Calls(channel))))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        serving.add_done_callback(lambda task: None if server.should_exit else failed(_failure(task)))
        log.info("http", extra={"http_port": port})
        try:
            yield Face(port)
        finally:
            server.should_exit = True
            await serving


def application(settings: GatewaySettings, calls: Calls) -> ASGIApp:
    """Without a port."""
    limits = Limits(MOST_PHOTOS * settings.photo_max_bytes + _FORM_BYTES, settings.stream_idle_s + _LATER_S)
    local = OnlyLocal(settings.host, settings.http_origins) if settings.auth == "local" else None
    app: ASGIApp = Transcoder(calls, read_page(), limits, local)
    if settings.http_origins:
        app = CORSMiddleware(
            app,
            allow_origins=settings.http_origins,
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=_CORS_HEADERS,
            expose_headers=_CORS_SHOWN,
            max_age=_CORS_AGE_S,
        )
    return Headed(app)


class _Server(uvicorn.Server):
    """Signals are the shell's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Protocol(H11Protocol):
    """Connections on which nobody asks for anything are closed."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.loop.call_later(_FIRST_REQUEST_S, self._close_if_unused)

    def _close_if_unused(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()


def _config(settings: GatewaySettings, app: ASGIApp) -> uvicorn.Config:
    files = settings.public_certificate()
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=settings.http_connections,
        h11_max_incomplete_event_size=_HEADERS_BYTES,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_LAST_BYTES_S,
        ssl_context_factory=None if files is None else lambda *_: https_context(files),
    )


def _bound(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError:
        raise StartupError(f"LIKENESS_HTTP_PORT: port {port} is taken or may not be bound on {host}") from None


def _failure(task: "asyncio.Task[None]") -> Exception | None:
    error = None if task.cancelled() else task.exception()
    return error if isinstance(error, Exception) else RuntimeError("the HTTP port has closed")
