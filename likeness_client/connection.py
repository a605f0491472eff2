"""One channel to a gateway: its calls with credentials, deadlines and retries."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceStub

from likeness_client.access import Access
from likeness_wire import resend
from likeness_wire.channels import connect
from likeness_wire.hop import HopChannel, bound
from likeness_wire.resend import Patience

if TYPE_CHECKING:
    from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceAsyncStub  # exists in the stubs alone

T = TypeVar("T")

SERVICE = "likeness.gateway.v1.GatewayService"

# Retries are counted here alone, and a proxy between us and the gateway need not pass its health on.
_OPTIONS = (("grpc.enable_retries", 0), ("grpc.inhibit_health_checking", 1))

PATIENCE = Patience()

# No call is without an end; streams that live longer are taken up again where they were.
LONGEST_STREAM_S = 3600.0


class Connection:
    """Made when first used, in the event loop that uses it. `timeout_s`: of a plain call with all its retries."""

    def __init__(self, access: Access, timeout_s: float, patience: Patience) -> None:
        self.timeout_s = timeout_s
        self.patience = patience
        self._access = access

    @cached_property
    def stub(self) -> "GatewayServiceAsyncStub":
        return GatewayServiceStub(self._channel)

    def headers(self) -> tuple[tuple[str, str], ...]:
        return self._access.headers()

    async def call(
        self, rpc: Callable[..., Awaitable[T]], request: Callable[[], Any], timeout_s: float | None = None
    ) -> T:
        """One answer. `request` is called for each attempt: it makes a message, or a fresh iterator of them."""
        with bound(self.timeout_s if timeout_s is None else timeout_s):
            return await resend.answer(lambda: rpc(request(), metadata=self.headers()), self.patience)

    async def ask(self, rpc: Any, request: Any, timeout_s: float | None = None) -> Any:
        """One answer to one message."""
        return await self.call(rpc, lambda: request, timeout_s)

    async def pages(self, rpc: Any, request: Any, field: str) -> AsyncIterator[Any]:
        """What is listed in this field, over all pages."""
        while True:
            page = await self.ask(rpc, request)
            for each in getattr(page, field):
                yield each
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def stream(self, rpc: Callable[..., Any], request: Any, timeout_s: float) -> AsyncIterator[Any]:
        """Answers, as they come, of one attempt. Who stops reading ends the call."""
        call = rpc(request, metadata=self.headers(), timeout=timeout_s)
        try:
            async for message in call:
                yield message
        finally:
            call.cancel()

    async def close(self) -> None:
        """Calls that still run end."""
        if "_channel" in self.__dict__:
            await self._channel.close()

    @cached_property
    def _channel(self) -> HopChannel:
        return connect(
            self._access.address,
            SERVICE,
            default_timeout_s=self.timeout_s,
            credentials=self._access.credentials(),
            identity=self._access.identity,
            options=_OPTIONS,
        )


def ended(stream: AsyncIterator[T]) -> "aclosing[Any]":
    """Around a stream that may be left before its end: `async with ended(stream) as messages`."""
    return aclosing(stream)
