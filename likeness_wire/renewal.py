"""A channel that outlives its certificates: made anew when they are renewed, before the one before is let go.

gRPC reads a client's certificates once, so that a renewal takes another channel. It takes over when it is connected;
calls that run on the one before end there. No call notices. Connected means found healthy, as the channels of `connect`
have it: in TLS 1.3 a client has finished its handshake before the server has looked at its certificate.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

import grpc
import grpc.aio

from likeness_wire.certificates import CertificateFiles, Certificates, Renewed

log = logging.getLogger(__name__)

Open = Callable[[grpc.ChannelCredentials], grpc.aio.Channel]

_LOOK_EVERY_S = 1.0
# Longer than any call may take.
_DRAINED_WITHIN_S = 900.0
# A call may have ended with messages that nobody has read yet.
_READ_WITHIN_S = 5.0


class RenewingChannel(grpc.aio.Channel):
    """Looks at the files when it is called, at most once a second. Stubs take it like any other channel."""

    def __init__(
        self,
        open_channel: Open,
        files: CertificateFiles,
        *,
        connected_within_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open = open_channel
        self._renewed = Renewed(files)
        self._connected_within_s = connected_within_s
        self._clock = clock
        self._look_at = clock() + _LOOK_EVERY_S
        self._now = self._opened()
        self._connecting = False
        self._tasks: set[asyncio.Task[None]] = set()

    def unary_unary(self, *args: Any, **kwargs: Any) -> Any:
        return self._latest("unary_unary", args, kwargs)

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:
        return self._latest("unary_stream", args, kwargs)

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        return self._latest("stream_unary", args, kwargs)

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        return self._latest("stream_stream", args, kwargs)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        return self._now.channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        await self._now.channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        await self._now.channel.channel_ready()

    async def close(self, grace: float | None = None) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._now.channel.close(grace)

    async def __aenter__(self) -> "RenewingChannel":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _latest(self, kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any]:
        made: tuple[_Generation, Callable[..., Any]] | None = None

        def call(*request: Any, **options: Any) -> Any:
            nonlocal made
            self._look()
            if made is None or made[0] is not self._now:
                made = self._now, getattr(self._now.channel, kind)(*args, **kwargs)
            return made[0].counted(made[1](*request, **options))

        return call

    def _look(self) -> None:
        if self._clock() < self._look_at:
            return
        self._look_at = self._clock() + _LOOK_EVERY_S
        self._renewed.look()
        if self._renewed.current is self._now.certificates or self._connecting:
            return
        if self._now.channel.get_state() is grpc.ChannelConnectivity.READY:
            self._connecting = True
            self._begin(self._connect(self._opened()))
        else:
            self._take_over(self._opened())  # there is no connection to lose; calls wait for the new one

    async def _connect(self, following: "_Generation") -> None:
        try:
            async with asyncio.timeout(self._connected_within_s):
                await following.channel.channel_ready()
        except TimeoutError:
            log.warning("no connection with renewed certificates; that with those before stays")
            await following.channel.close()
        else:
            self._take_over(following)
        finally:
            self._connecting = False

    def _take_over(self, following: "_Generation") -> None:
        log.info("certificates renewed")
        before, self._now = self._now, following
        self._begin(before.drain())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _opened(self) -> "_Generation":
        certificates = self._renewed.current
        credentials = grpc.ssl_channel_credentials(certificates.authorities, certificates.key, certificates.chain)
        return _Generation(self._open(credentials), certificates)


class _Generation:
    """One channel, its certificates, and how many calls are on it."""

    def __init__(self, channel: grpc.aio.Channel, certificates: Certificates) -> None:
        self.channel = channel
        self.certificates = certificates
        self._calls = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def counted(self, call: Any) -> Any:
        self._calls += 1
        self._idle.clear()
        call.add_done_callback(self._ended)
        return call

    async def drain(self) -> None:
        """Closes the channel when its calls have ended; grpc's own grace finds only those that wait at that moment."""
        try:
            async with asyncio.timeout(_DRAINED_WITHIN_S):
                await self._idle.wait()
                await asyncio.sleep(_READ_WITHIN_S)
        except TimeoutError:
            log.warning("calls cut off: they ran too long on certificates that are gone")
        finally:
            await self.channel.close()

    def _ended(self, _: Any) -> None:
        self._calls -= 1
        if not self._calls:
            self._idle.set()
