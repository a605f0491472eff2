"""The services of a server that may still be loading. A server takes none once it has started, so it asks here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import grpc
import grpc.aio
from grpc_reflection.v1alpha import reflection

T = TypeVar("T")


class Offers(grpc.GenericRpcHandler):
    """Stands in for the server where generated code registers a servicer, and answers the server's look-ups."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._handlers: list[grpc.GenericRpcHandler] = []

    def add(self, servicer: T, add_to_server: Callable[[T, Any], None], name: str) -> None:
        add_to_server(servicer, self)
        self.names.append(name)

    def reflect(self) -> None:
        """Describes the services offered so far to grpcurl and friends."""
        reflection.enable_server_reflection([*self.names, reflection.SERVICE_NAME], self)  # type: ignore[arg-type]

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        found = (handler.service(handler_call_details) for handler in self._handlers)
        return next((handler for handler in found if handler is not None), None)

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        # Newest first: a renewed reflection replaces the one before.
        self._handlers[:0] = handlers

    def add_registered_method_handlers(self, service: str, handlers: object) -> None:
        """The same methods again in another form, which the asyncio server does not use."""
