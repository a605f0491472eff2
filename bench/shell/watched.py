"""The echo service as it is, with a watch on its event loop. Its own gauge looks once a second and would miss most."""

from bench.shell.stalls import answering
from services.common.launch import launch
from services.echo.__main__ import serve
from services.echo.settings import EchoSettings


async def serve_watched(settings: EchoSettings) -> None:
    async with answering():
        await serve(settings)


if __name__ == "__main__":
    launch(EchoSettings, serve_watched)
