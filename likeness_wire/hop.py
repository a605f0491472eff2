"""What a call hands on to the calls it makes. grpc.aio forwards nothing by itself, so every hop does it here.

A server binds the deadline (and trace headers) of the call it is in; a `HopChannel` gives every call made meanwhile the
smaller of its own timeout and what is left. Without a bound deadline the channel's default applies: no call waits for
ever.
"""

import contextvars
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import grpc
import grpc.aio

from likeness_wire.early_status import with_true_status

Headers = tuple[tuple[str, str], ...]


class _Carried(NamedTuple):
    deadline: float | None = None
    headers: Headers = ()


_NOTHING = _Carried()
_carried: contextvars.ContextVar[_Carried] = contextvars.ContextVar("carried", default=_NOTHING)


class bound:  # noqa: N801 - a context manager, used like a function
    """Everything called inside has at most this long, and carries these headers on."""

    __slots__ = ("_before", "_headers", "_timeout_s")

    def __init__(self, timeout_s: float | None, headers: Headers = ()) -> None:
        self._timeout_s = timeout_s
        self._headers = headers
        self._before = _NOTHING

    def __enter__(self) -> None:
        self._before = before = _carried.get()
        deadline = before.deadline
        if self._timeout_s is not None:
            deadline = min(time.monotonic() + self._timeout_s, math.inf if deadline is None else deadline)
        _carried.set(_Carried(deadline, self._headers or before.headers))

    def __exit__(self, *_: object) -> None:
        # Not a token's reset: a generator may be closed from another context than it was started in.
        _carried.set(self._before)


def remaining_s() -> float | None:
    """Seconds left of the call this code runs in. None: no deadline is bound. Never negative."""
    deadline = _carried.get().deadline
    return None if deadline is None else max(0.0, deadline - time.monotonic())


class HopChannel(grpc.aio.Channel):
    """A grpc.aio channel whose calls inherit deadline and headers. Stubs take it like any other channel."""

    def __init__(self, channel: grpc.aio.Channel, *, default_timeout_s: float) -> None:
        self._channel = channel
        self._default_timeout_s = default_timeout_s

    def unary_unary(self, *args: Any, **kwargs: Any) -> Any:
        return self._inheriting(self._channel.unary_unary(*args, **kwargs))

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:
        return self._inheriting(self._channel.unary_stream(*args, **kwargs))

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        return _kept_true(self._inheriting(self._channel.stream_unary(*args, **kwargs)))

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        return _kept_true(self._inheriting(self._channel.stream_stream(*args, **kwargs)))

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        return self._channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        await self._channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        await self._channel.channel_ready()

    async def close(self, grace: float | None = None) -> None:
        await self._channel.close(grace)

    async def __aenter__(self) -> "HopChannel":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _inheriting(self, multicallable: Callable[..., Any]) -> Callable[..., Any]:
        def call(request: Any = None, *, timeout: float | None = None, metadata: Headers = (), **rest: Any) -> Any:
            given = self._default_timeout_s if timeout is None else timeout
            left = remaining_s()
            timeout = given if left is None else min(given, left)
            return multicallable(request, timeout=timeout, metadata=(*metadata, *_carried.get().headers), **rest)

        return call


def _kept_true(multicallable: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: with_true_status(multicallable(*args, **kwargs))
