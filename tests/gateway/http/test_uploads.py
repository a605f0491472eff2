"""Photos on their way in: as they are, or in forms."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.api.front import photo
from tests.gateway.http.conftest import Opened
from tests.gateway.http.web import Web, reason
from tests.running import until

PNG = {"content-type": "image/png"}


async def pieces(data: bytes, size: int = 1_000) -> AsyncIterator[bytes]:
    """Without a length: sent as chunks."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def test_a_body_may_be_a_photo(web: Web) -> None:
    """With its type, or without where the bytes say it; with its length, or without."""
    bodies = [(photo(), PNG), (photo(), {}), (pieces(photo()), PNG), (pieces(photo(), 7), {})]

    answers = [await web.http.post("/v1/tenants/acme/uploads", content=body, headers=told) for body, told in bodies]

    assert {200} == {answer.status_code for answer in answers}
    assert {"KIND_PNG"} == {answer.json()["upload"]["photos"][0]["kind"] for answer in answers}


async def test_a_form_holds_several_photos_and_what_is_said_of_them(web: Web) -> None:
    """Whatever the photos are called; the spec comes first."""
    spec = ("spec", (None, json.dumps({"ttl": "600s"}), "application/json"))
    files = [spec, *[("any", (f"{n}", photo(n), "application/octet-stream")) for n in range(3)]]

    upload = (await web.http.post("/v1/uploads", files=files)).json()["upload"]

    assert 3 == len(upload["photos"])
    assert upload["expireTime"] < upload["hardExpireTime"]


async def test_the_query_says_what_a_form_would(web: Web) -> None:
    """For bodies that are a photo."""
    answer = await web.http.post("/v1/uploads?spec.ttl=600s", content=photo(), headers=PNG)

    assert answer.json()["upload"]["expireTime"] < answer.json()["upload"]["hardExpireTime"]


@pytest.mark.parametrize(
    ("body", "headers", "code", "why"),
    [
        (b"", PNG, 400, "CORRUPT"),
        (b"", {}, 400, "CORRUPT"),
        (b"GIF89a" + b"x" * 300, {}, 400, "UNSUPPORTED_FORMAT"),
        (b"GIF89a" + b"x" * 300, PNG, 400, "UNSUPPORTED_FORMAT"),
        (b"hello", {"content-type": "text/plain"}, 415, "INVALID_FIELD"),
        (b"hello", {"content-type": "multipart/form-data"}, 400, "INVALID_FIELD"),
        (b"hello", {"content-type": "multipart/form-data; boundary=x"}, 400, "INVALID_FIELD"),
        (b"--x\r\n", {"content-type": "multipart/form-data; boundary=x"}, 400, "INVALID_FIELD"),
        (b"--x--\r\n", {"content-type": "multipart/form-data; boundary=x"}, 400, "INVALID_FIELD"),
    ],
)
async def test_what_is_no_photo_is_refused(web: Web, body: bytes, headers: dict[str, str], code: int, why: str) -> None:
    """With what is wrong, and nothing is kept."""
    answer = await web.http.post("/v1/uploads", content=body, headers=headers)

    assert (code, why) == (answer.status_code, reason(answer)), answer.text


async def test_the_photo_that_is_none_is_named(web: Web) -> None:
    """Counted from 0, as everywhere."""
    files = [("photo", ("0.png", photo(), "image/png")), ("photo", ("1.txt", b"hello", "application/octet-stream"))]

    answer = await web.http.post("/v1/uploads", files=files)

    assert (400, "UNSUPPORTED_FORMAT") == (answer.status_code, reason(answer))
    assert "1" == answer.json()["details"][0]["metadata"]["photo"]


async def test_a_fourth_photo_is_one_too_many(web: Web) -> None:
    """And a form that breaks off is no form."""
    files = [("photo", (f"{n}.png", photo(n), "image/png")) for n in range(4)]

    answer = await web.http.post("/v1/uploads", files=files)

    assert (400, "INVALID_FIELD") == (answer.status_code, reason(answer))


async def test_what_is_too_large_is_refused_before_it_has_come(front_with: Opened) -> None:
    """By its length where it says one, otherwise as it comes; who still sends gets the answer all the same."""
    async with front_with(photo_max_bytes=50_000) as web:
        too_long = await web.http.post("/v1/uploads", content=photo() + bytes(500_000), headers=PNG)
        too_large = await web.http.post("/v1/uploads", content=photo() + bytes(100_000), headers=PNG)
        coming = await web.http.post("/v1/uploads", content=pieces(photo() + bytes(100_000)), headers=PNG)

    assert (413, "INVALID_FIELD") == (too_long.status_code, reason(too_long))
    assert {(400, "TOO_LARGE")} == {(each.status_code, reason(each)) for each in (too_large, coming)}


async def test_a_form_has_an_end(front_with: Opened) -> None:
    """Also one that never comes to its photos."""
    part = b'--x\r\ncontent-disposition: form-data; name="spec"\r\n\r\n{' + b" " * 60_000 + b"}\r\n"
    async with front_with(photo_max_bytes=50_000) as web:
        answer = await web.http.post(
            "/v1/uploads",
            content=pieces(part * 10, 10_000),
            headers={"content-type": "multipart/form-data; boundary=x"},
        )

    assert (413, "INVALID_FIELD") == (answer.status_code, reason(answer))


async def test_a_caller_without_a_key_is_told_so_whatever_it_sends(web: Web) -> None:
    """And how to do better."""
    answer = await web.http.post("/v1/uploads", content=photo(), headers={**PNG, "authorization": "Bearer no"})

    assert (401, "UNAUTHENTICATED") == (answer.status_code, reason(answer))
    assert "Bearer" == answer.headers["www-authenticate"]


FORM = b'--x\r\ncontent-disposition: form-data; name="photo"; filename="1.png"\r\n\r\n'


@pytest.mark.parametrize(
    ("head", "headers"), [(b"", PNG), (FORM, {"content-type": "multipart/form-data; boundary=x"})], ids=["raw", "form"]
)
async def test_photos_are_passed_on_as_they_come(web: Web, head: bytes, headers: dict[str, str]) -> None:
    """Long before their end, and past every disk; a sender that goes away leaves nothing."""
    places, before = web.front.gateway.parts.uploads.places, files_open()
    free, sent = places.free, asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield head + photo()[:300]
        for _ in range(20):
            yield bytes(100_000)
        sent.set()
        await asyncio.Event().wait()

    sending = asyncio.ensure_future(web.http.post("/v1/uploads", content=stalling(), headers=headers))
    await sent.wait()
    await until(lambda: places.free == free - 1)
    during = files_open()
    sending.cancel()
    await until(lambda: places.free == free)

    assert during <= before


def files_open() -> set[str]:
    """Of this process, those that are gone already included; the database's own aside."""
    links = [entry for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()]
    names = {str(link.readlink()) for link in links if link.is_symlink()}
    return {name for name in names if name.startswith("/") and ".sqlite" not in name}


async def test_a_silent_sender_is_cut_off(front_with: Opened) -> None:
    """By the rule that holds for gRPC."""
    async with front_with(stream_idle_s=0.2) as web, asyncio.timeout(20):
        answer = await web.raw(
            b"POST /v1/uploads HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: 9999\r\n",
            photo()[:300],
        )

    assert answer.startswith(b"HTTP/1.1 504 ")
    assert b"STREAM_STALLED" in answer
