"""The port itself: who may ask, what every answer carries, how it begins and ends."""

import asyncio
import ssl
from pathlib import Path

import httpx2
import pytest

from gateway.http.page import POLICY
from services.common.startup import StartupError
from tests.authority import Authority, write
from tests.gateway.api.conftest import Open
from tests.gateway.api.front import OTHER, STYLES, Front, photo
from tests.gateway.http.conftest import Opened
from tests.gateway.http.web import Web, consent_json, events, open_web, reason
from tests.gateway.tenants.issuer import AUDIENCE, ISSUER, Issuer
from tests.running import running_process, until


async def test_the_door_is_the_same(web: Web) -> None:
    """Names of other tenants do not exist, and the audit log knows who did what."""
    job = await web.made()
    async with open_web(web.front, OTHER) as other:
        foreign = await other.http.get(f"/v1/{job['name']}")
        theirs = (await other.http.get("/v1/jobs")).json()["jobs"]
    jobs = (await web.http.get("/v1/jobs?pageSize=1")).json()["jobs"]

    assert (404, "NOT_FOUND", []) == (foreign.status_code, reason(foreign), theirs)
    assert [job["name"]] == [each["name"] for each in jobs]


async def test_calls_beyond_the_agreed_are_told_when_to_come_back(front_with: Opened) -> None:
    """In whole seconds for HTTP, exactly in the body."""
    async with front_with(calls_per_minute=1, calls_burst=1) as web:
        await web.http.get("/v1/server")
        answer = await web.http.get("/v1/server")

    assert (429, "RATE_LIMITED") == (answer.status_code, reason(answer))
    assert 1 <= int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize("credentials", [[], ["Basic x"], ["Bearer x", "Bearer y"], ["Bearer \u00fc".encode()]])
async def test_who_does_not_say_who_it_is_stays_outside(front: Front, credentials: list[str]) -> None:
    """Whatever else it says."""
    async with open_web(front) as web, httpx2.AsyncClient(base_url=web.http.base_url) as nobody:
        answer = await nobody.get("/v1/server", headers=[("authorization", each) for each in credentials])

    assert (401, "UNAUTHENTICATED") == (answer.status_code, reason(answer))


async def test_guesses_count_by_the_address_they_came_from(front_with: Opened, tmp_path: Path) -> None:
    """Not by this process's own, from which the calls inside are made; nor by one that somebody claims."""
    issuer = Issuer(tmp_path / "keys.json")
    issuer.add("now")
    issuer.publish()
    said = {"jwt_keys": issuer.path, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    async with (
        front_with(**said) as web,
        from_address("127.0.0.2", web) as there,
        from_address("127.0.0.1", web) as here,
    ):
        claimed = {"authorization": "Bearer a.b.c", "x-likeness-from": "127.0.0.1"}
        statuses = [(await there.get("/v1/server", headers=claimed)).status_code for _ in range(70)]
        elsewhere = await here.get("/v1/server", headers=claimed)
        known = await there.get("/v1/server", headers={"authorization": web.http.headers["authorization"]})

    assert (401, 429) == (statuses[0], statuses[-1])
    assert (401, 200) == (elsewhere.status_code, known.status_code)


async def test_a_deadline_holds(web: Web) -> None:
    """Of the caller's own choosing; what is no number of seconds is refused."""
    soon = await web.http.get("/v1/server", headers={"x-likeness-timeout": "0.000000001s"})
    never = await web.http.get("/v1/server", headers={"x-likeness-timeout": "soon"})

    assert (504, "DEADLINE_EXCEEDED") == (soon.status_code, reason(soon))
    assert (400, "INVALID_FIELD") == (never.status_code, reason(never))


@pytest.mark.parametrize(
    ("verb", "path", "code"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/..%2fetc/passwd", 404),
        ("PUT", "/v1/jobs", 405),
        ("DELETE", "/v1/jobs", 405),
    ],
)
async def test_other_paths_and_verbs_are_refused(web: Web, verb: str, path: str, code: int) -> None:
    """With those that are there."""
    answer = await web.http.request(verb, path)

    assert code == answer.status_code
    assert code == 404 or "GET, POST" == answer.headers["allow"]


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{}", "text/plain", 415),
        (b"{", "application/json", 400),
        (b'{"spec": {}}', "application/json", 400),
        (b" " * 300_000, "application/json", 413),
    ],
)
async def test_bodies_are_json_and_of_limited_length(web: Web, body: bytes, content_type: str, code: int) -> None:
    """Refused with what is wrong."""
    answer = await web.http.post("/v1/jobs", content=body, headers={"content-type": content_type})

    assert code == answer.status_code, answer.text


async def test_every_answer_ties_browsers_down(web: Web) -> None:
    """Good or bad. HSTS is for TLS alone."""
    for path in ("/v1/server", "/v1/nothing"):
        headers = (await web.http.get(path)).headers

        assert ("nosniff", "no-referrer", "no-store") == (
            headers["x-content-type-options"],
            headers["referrer-policy"],
            headers["cache-control"],
        )
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert {"strict-transport-security", "server", "access-control-allow-origin"}.isdisjoint(headers)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example", "origin": "http://evil.example"}, 403),
        ({"host": "localhost:9", "origin": "http://localhost:9"}, 200),
    ],
)
async def test_pages_of_others_may_not_use_a_server_without_keys(
    front_with: Opened, headers: dict[str, str], code: int
) -> None:
    """Though the browser that shows them can reach it: neither directly nor under a name of their own."""
    async with front_with(auth="local") as web:
        answer = await web.http.get("/v1/server", headers=headers)

    assert code == answer.status_code


async def test_other_origins_are_allowed_by_name(front: Front) -> None:
    """None is by default."""
    asking = {"origin": "https://a.example", "access-control-request-method": "POST"}
    async with open_web(front, http_origins=("https://a.example",)) as web:
        allowed = await web.http.options("/v1/jobs", headers=asking)
        refused = await web.http.options("/v1/jobs", headers={**asking, "origin": "https://b.example"})
    async with open_web(front) as web:
        unknown = await web.http.options("/v1/jobs", headers=asking)

    assert (200, "https://a.example") == (allowed.status_code, allowed.headers["access-control-allow-origin"])
    assert "access-control-allow-origin" not in refused.headers
    assert (405, False) == (unknown.status_code, "access-control-allow-origin" in unknown.headers)


async def test_a_caller_that_goes_away_ends_its_call(web: Web) -> None:
    """Also where nothing streams."""
    reached, held = asyncio.Event(), asyncio.Event()
    upload = await web.upload()

    async def pause(*_: object) -> None:
        reached.set()
        await held.wait()

    web.front.services.embedder.pause = pause
    asking = asyncio.ensure_future(web.http.post(f"/v1/{upload['name']}:inspect"))
    await reached.wait()
    assert 1 == web.calls_in_flight()
    asking.cancel()
    await until(lambda: not web.calls_in_flight())
    held.set()


async def test_a_taken_port_is_a_line(web: Web) -> None:
    """That names the variable."""
    with pytest.raises(StartupError, match="LIKENESS_HTTP_PORT"):
        async with open_web(web.front, http_port=web.port):
            pass


async def test_while_starting_it_says_so(opening: Open) -> None:
    """503 and STARTING, from the first moment on."""
    async with opening() as front, open_web(front) as web:
        front.shell._ready = False
        answer = await web.http.get("/v1/server")
        front.shell._ready = True

    assert (503, "STARTING") == (answer.status_code, reason(answer))


async def test_the_page_is_served_with_tags_and_a_policy(web: Web) -> None:
    """The same file is not sent twice, and may use nothing from elsewhere."""
    page = await web.http.get("/")
    again = await web.http.get("/", headers={"if-none-match": page.headers["etag"]})
    script = await web.http.get("/api.js")

    assert (200, "text/html; charset=utf-8") == (page.status_code, page.headers["content-type"])
    assert POLICY == page.headers["content-security-policy"]
    assert (304, b"") == (again.status_code, again.content)
    assert "text/javascript; charset=utf-8" == script.headers["content-type"]


async def test_a_whole_gateway_with_tls_serves_and_drains(tmp_path: Path) -> None:
    """Under its public certificate, with HSTS; a watch ends with what it is to do next."""
    authority = Authority()
    files = write(tmp_path / "tls", authority.issue())
    context = ssl.create_default_context(cadata=authority.pem.decode())
    told = {"public_tls_chain": files.chain, "public_tls_key": files.key, "styles_file": STYLES, "job_grace_s": 1}
    with running_process(tmp_path / "log", "gateway", data_dir=tmp_path / "data", **told) as running:
        port = next(line["http_port"] for line in running.lines() if line.get("message") == "http")
        async with httpx2.AsyncClient(base_url=f"https://localhost:{port}", verify=context, timeout=30) as http:
            answer = await http.post("/v1/uploads", content=photo(), headers={"content-type": "image/png"})
            spec = {"upload": answer.json()["upload"]["name"], "styles": [{"style": "plain", "count": 1}]}
            ordered = await http.post("/v1/jobs", json={"spec": {**spec, "consent": consent_json()}})
            async with http.stream("GET", f"/v1/{ordered.json()['job']['name']}:watch") as watched:
                coming = events(watched)
                await anext(coming)
                running.process.terminate()
                last = [event async for event in coming][-1]
            await asyncio.to_thread(running.process.wait, 30)

    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert ("status", 14, "DRAINING") == (last.kind, last.data["code"], last.data["details"][0]["reason"])
    assert 0 == running.process.returncode


def from_address(address: str, web: Web) -> httpx2.AsyncClient:
    """All of 127.0.0.0/8 is this machine."""
    return httpx2.AsyncClient(
        transport=httpx2.AsyncHTTPTransport(local_address=address), base_url=web.http.base_url, timeout=30
    )
