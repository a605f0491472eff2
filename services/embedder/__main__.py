"""Wires the embedder together."""

from contextlib import AsyncExitStack

from likeness.common.v1.chunk_pb2 import Role
from likeness.embedder.v1.embedder_pb2_grpc import add_EmbedderServiceServicer_to_server

from likeness_wire.chunks import Accept
from services.common.launch import launch
from services.common.serving import serving
from services.embedder.answers import info
from services.embedder.metrics import EmbedderMetrics
from services.embedder.servicer import MOST_PHOTOS, NAME, EmbedderServicer
from services.embedder.settings import EmbedderSettings
from services.faces.serving.opened import face_server
from services.faces.serving.requests import KINDS, limits_of
from services.faces.serving.turnstile import Turnstile


async def serve(settings: EmbedderSettings) -> None:
    """Runs until SIGTERM."""
    metrics = EmbedderMetrics()
    # The engine outlives the shell: calls that drain still need it.
    async with AsyncExitStack() as stack, serving(settings, metrics, name="embedder") as shell:
        server = await stack.enter_async_context(face_server(shell, settings, "embedder"))
        turnstile = Turnstile(shell.admission("calls"), settings.calls)
        shell.spawn(turnstile.serve())
        accept = Accept({Role.ROLE_PHOTO: KINDS}, settings.photo_max_bytes, MOST_PHOTOS, settings.stream_idle_s)
        limits = limits_of(settings, MOST_PHOTOS)
        told = info(server.pipeline.recognitions[0], limits, server.made_by)
        servicer = EmbedderServicer(server, turnstile, accept, told, metrics)
        await shell.offer(servicer, add_EmbedderServiceServicer_to_server, NAME)
        await shell.until_stopped()


if __name__ == "__main__":
    launch(EmbedderSettings, serve)
