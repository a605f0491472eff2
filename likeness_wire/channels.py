"""Channels to our own services: every replica used, sick ones avoided, restarts survived."""

import json
from collections.abc import Sequence
from functools import partial

import grpc
import grpc.aio
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor

from likeness_wire.certificates import CertificateFiles
from likeness_wire.hop import HopChannel
from likeness_wire.renewal import RenewingChannel

MESSAGE_LIMIT_BYTES = 4 * 1024 * 1024

# Servers permit a ping every 30 s; 60 s leaves room for clocks that drift.
_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 0),
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5_000),
)


def connect(
    target: str,
    service: str,
    *,
    default_timeout_s: float,
    credentials: grpc.ChannelCredentials | None = None,
    identity: CertificateFiles | None = None,
    options: Sequence[tuple[str, int | str]] = (),
) -> HopChannel:
    """A channel for one service. `target` is any gRPC name: `dns:///generator:7420`, `ipv4:127.0.0.1:1,127.0.0.1:2`.

    `service` is the full name, `likeness.echo.v1.EchoService`, and its stub module has to be imported. `identity`: the
    files that say who we are and whom we believe; they may be renewed. `credentials`: fixed ones, as towards a public
    server. Neither: no TLS. Close it, or use it as an async context manager.
    """
    settings: list[tuple[str, int | str]] = [*_OPTIONS, ("grpc.service_config", service_config(service)), *options]
    channel: grpc.aio.Channel
    if identity is not None:
        channel = RenewingChannel(partial(_secure, target, settings), identity)
    elif credentials is not None:
        channel = _secure(target, settings, credentials)
    else:
        channel = grpc.aio.insecure_channel(target, options=settings)
    return HopChannel(channel, default_timeout_s=default_timeout_s)


def _secure(
    target: str, settings: Sequence[tuple[str, int | str]], credentials: grpc.ChannelCredentials
) -> grpc.aio.Channel:
    return grpc.aio.secure_channel(target, credentials, options=settings)


def service_config(service: str) -> str:
    """Balancing, health checking and retries as gRPC reads them.

    Only plain calls are retried by gRPC itself. Its retry buffer holds 256 KiB, so streams are re-sent by `resend`.
    """
    descriptor: ServiceDescriptor = descriptor_pool.Default().FindServiceByName(service)
    plain = [m.name for m in descriptor.methods if not (m.client_streaming or m.server_streaming)]
    config: dict[str, object] = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": service},
    }
    if plain:
        config["methodConfig"] = [
            {
                "name": [{"service": service, "method": name} for name in plain],
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    return json.dumps(config)
