"""Ports, opened or refused with a line that says which."""

from collections.abc import Callable

import grpc
import grpc.aio
from prometheus_client import CollectorRegistry, start_http_server

from services.common.startup import StartupError


def open_grpc(server: grpc.aio.Server, host: str, port: int, credentials: grpc.ServerCredentials | None) -> int:
    """The port that was bound; 0 asks for a free one."""
    address = f"{host}:{port}"
    try:
        if credentials is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, credentials)
    except RuntimeError:
        raise StartupError(f"port {port} is taken or may not be bound on {host}") from None


def open_metrics(registry: CollectorRegistry, host: str, port: int) -> tuple[int, Callable[[], None]]:
    """The port that Prometheus may scrape, and what closes it."""
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError:
        raise StartupError(f"LIKENESS_METRICS_PORT: port {port} is taken or may not be bound on {host}") from None

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return int(server.server_port), close
