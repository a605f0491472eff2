"""What stands around every answer: headers that tie browsers down, and, where nobody needs a key, who may ask at all.

A page of somebody else's, open in a browser on this machine, reaches loopback ports as well as its user does. It is
told apart by what browsers say of it: `Origin` where it calls, `Host` where it has a name of its own for this machine.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.refusals import from_elsewhere

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
# Two years, as the preload lists ask for.
_HSTS = "max-age=63072000"
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class Headed:
    """Every answer with the headers that it does not have itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", _HSTS)
            await send(message)

        await self._app(scope, receive, sending)


class OnlyLocal:
    """For a server that asks for no credentials. `origins`: pages that its operator has named."""

    def __init__(self, host: str, origins: Collection[str]) -> None:
        self._hosts = _HERE | {host}
        self._origins = frozenset(origins)

    def check(self, headers: Headers) -> None:
        """Raises Refusal, 403."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if urlsplit(f"//{host}").hostname not in self._hosts:
            raise from_elsewhere()
        if origin is not None and origin not in self._origins and urlsplit(origin).netloc != host:
            raise from_elsewhere()
