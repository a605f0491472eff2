"""Wires the echo service together."""

from likeness.echo.v1.echo_pb2_grpc import add_EchoServiceServicer_to_server

from services.common.admission import Stop
from services.common.launch import launch
from services.common.serving import serving
from services.echo.metrics import EchoMetrics
from services.echo.model import EchoModel, Saying
from services.echo.servicer import NAME, EchoServicer, everything
from services.echo.settings import EchoSettings


async def serve(settings: EchoSettings) -> None:
    """Runs until SIGTERM."""
    metrics = EchoMetrics()
    async with serving(settings, metrics, name="echo") as shell:
        worker = shell.worker("echo")
        async with shell.loading("model"):
            model = await worker.run(EchoModel)
            await worker.run(model.echo, [Saying("warm-up", 0.0)], Stop())
        lane = shell.lane(model.echo, worker, max_items=settings.batch_items, delay_s=settings.batch_delay_s)
        accept = everything(settings.blob_max_bytes, settings.blobs_max, settings.stream_idle_s)
        await shell.offer(EchoServicer(lane, metrics, accept), add_EchoServiceServicer_to_server, NAME)
        await shell.until_stopped()


if __name__ == "__main__":
    launch(EchoSettings, serve)
