"""Wires the verifier together."""

from contextlib import AsyncExitStack

from likeness.common.v1.chunk_pb2 import Role
from likeness.verifier.v1.verifier_pb2_grpc import add_VerifierServiceServicer_to_server

from likeness_wire.chunks import Accept
from services.common.launch import launch
from services.common.serving import serving
from services.faces.serving.opened import face_server
from services.faces.serving.requests import KINDS, limits_of
from services.faces.serving.turnstile import Turnstile
from services.verifier.answers import info
from services.verifier.metrics import VerifierMetrics
from services.verifier.servicer import MOST_PICTURES, NAME, VerifierServicer
from services.verifier.settings import VerifierSettings
from services.verifier.wishes import MOST_REFERENCES


async def serve(settings: VerifierSettings) -> None:
    """Runs until SIGTERM."""
    metrics = VerifierMetrics()
    # The engine outlives the shell: calls that drain still need it.
    async with AsyncExitStack() as stack, serving(settings, metrics, name="verifier") as shell:
        server = await stack.enter_async_context(face_server(shell, settings, "verifier", settings.second()))
        turnstile = Turnstile(shell.admission("calls"), settings.calls)
        shell.spawn(turnstile.serve())
        accept = Accept(
            {Role.ROLE_PHOTO: KINDS, Role.ROLE_PICTURE: KINDS},
            settings.photo_max_bytes,
            MOST_REFERENCES + MOST_PICTURES,
            settings.stream_idle_s,
        )
        told = info(server.pipeline.recognitions, limits_of(settings, MOST_PICTURES), server.made_by)
        servicer = VerifierServicer(server, turnstile, accept, told, metrics, settings.pictures_at_once)
        await shell.offer(servicer, add_VerifierServiceServicer_to_server, NAME)
        await shell.until_stopped()


if __name__ == "__main__":
    launch(VerifierSettings, serve)
