"""The RPCs of the API as their descriptors have them: names, message classes, whether they stream."""

from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from likeness.gateway.v1 import gateway_pb2

SERVICE: ServiceDescriptor = gateway_pb2.DESCRIPTOR.services_by_name["GatewayService"]


@dataclass(frozen=True, slots=True)
class Method:
    """One RPC."""

    path: str
    asked: Descriptor
    answered: Descriptor
    request: type[Message]
    response: type[Message]
    client_streaming: bool
    server_streaming: bool

    def on(self, channel: Any) -> Any:
        """What calls it on a channel."""
        kinds = ("unary", "stream")
        kind = f"{kinds[self.client_streaming]}_{kinds[self.server_streaming]}"
        return getattr(channel, kind)(
            self.path,
            request_serializer=self.request.SerializeToString,
            response_deserializer=self.response.FromString,
        )


def _method(descriptor: MethodDescriptor) -> Method:
    return Method(
        f"/{SERVICE.full_name}/{descriptor.name}",
        descriptor.input_type,
        descriptor.output_type,
        GetMessageClass(descriptor.input_type),
        GetMessageClass(descriptor.output_type),
        descriptor.client_streaming,
        descriptor.server_streaming,
    )


METHODS = {name: _method(descriptor) for name, descriptor in SERVICE.methods_by_name.items()}
