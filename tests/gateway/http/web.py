"""The HTTP face of a real gateway, and callers of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from google.protobuf import json_format

from gateway.http.face import open_face
from gateway.settings import GatewaySettings
from tests.gateway.api.front import ACME, Front, consent, photo


@dataclass(slots=True)
class Event:
    """One of a text/event-stream."""

    data: Any
    kind: str = "message"
    id: str = ""


@dataclass(slots=True)
class Web:
    """One tenant's browser, so to speak."""

    front: Front
    port: int
    http: httpx2.AsyncClient
    tenant: str
    failures: list[object] = field(default_factory=list)

    async def upload(self, *photos: bytes) -> Any:
        """Through a form."""
        files = [("photo", (f"{index}.png", each, "image/png")) for index, each in enumerate(photos or (photo(),))]
        answer = await self.http.post("/v1/uploads", files=files)
        assert 200 == answer.status_code, answer.text
        return answer.json()["upload"]

    def calls_in_flight(self) -> float:
        return self.front.shell.metrics.registry.get_sample_value("likeness_calls_in_flight") or 0

    async def raw(self, head: bytes, body: bytes = b"") -> bytes:
        """All that is answered to these bytes, until the connection is closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            key = self.http.headers.get("authorization", "").encode()
            writer.write(head + b"authorization: " + key + b"\r\n\r\n" + body)
            return await reader.read()
        finally:
            writer.close()

    async def order(self, upload: Any | None = None, count: int = 1, **changes: Any) -> Any:
        spec = {"upload": (upload or await self.upload())["name"], "consent": consent_json()}
        spec |= {"styles": [{"style": "plain", "count": count, "seed": 1000}], **changes}
        answer = await self.http.post("/v1/jobs", json={"spec": spec})
        assert 200 == answer.status_code, answer.text
        return answer.json()["job"]

    async def watched(self, job: Any, **headers: str) -> list[Event]:
        """To the end."""
        async with self.http.stream("GET", f"/v1/{job['name']}:watch", headers=headers) as answer:
            assert 200 == answer.status_code, await answer.aread()
            return [event async for event in events(answer)]

    async def made(self, **changes: Any) -> Any:
        """A job that has ended."""
        job = await self.order(**changes)
        await self.watched(job)
        return (await self.http.get(f"/v1/{job['name']}")).json()["job"]


async def events(answer: httpx2.Response) -> AsyncIterator[Event]:
    event = Event(None)
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if not line and event.data is not None:
            yield event
            event = Event(None)
        elif name == "data":
            event.data = json.loads(value)
        elif name == "event":
            event.kind = value
        elif name == "id":
            event.id = value


def consent_json() -> Any:
    return json_format.MessageToDict(consent())


def reason(answer: httpx2.Response) -> str:
    """Of a google.rpc.Status in JSON."""
    details = answer.json()["details"]
    return next(each["reason"] for each in details if each["@type"].endswith("ErrorInfo"))  # type: ignore[no-any-return]


@asynccontextmanager
async def open_web(front: Front, tenant: str = ACME, **settings: Any) -> AsyncIterator[Web]:
    """At a free port, as `gateway.__main__` opens it."""
    told = {"http_port": 0, "auth": "required", "data_dir": front.folder, **settings}
    failures: list[object] = []
    async with open_face(GatewaySettings(**told), front.shell.grpc_port, failures.append) as face:
        key = front.caller(tenant).key if told["auth"] == "required" else None
        headers = {"authorization": f"Bearer {key}"} if key else {}
        address = f"http://127.0.0.1:{face.port}"
        async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=30) as http:
            yield Web(front, face.port, http, tenant if key else "local", failures)
    assert not failures
