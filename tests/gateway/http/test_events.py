"""Watching by text/event-stream."""

import asyncio
import base64

from tests.gateway.api.test_jobs import Gate
from tests.gateway.http.conftest import Opened
from tests.gateway.http.web import Event, Web, events, reason
from tests.running import until


def _kept(seen: list[Event]) -> list[str]:
    kept = ("state", "judged", "result", "givenUp")
    return [each.id for each in seen if each.kind == "message" and set(kept) & set(each.data["event"])]


async def test_a_watch_goes_on_behind_the_last_event(web: Web) -> None:
    """An EventSource says by itself which that was; nothing is missed, nothing comes twice."""
    job = await web.order()
    whole = _kept(await web.watched(job))
    middle = whole[len(whole) // 2]

    rest = _kept(await web.watched(job, **{"last-event-id": middle}))

    assert [str(number + 1) for number in range(len(whole))] == whole
    assert [number for number in whole if int(number) > int(middle)] == rest


async def test_the_header_wins_over_the_address(web: Web) -> None:
    """An EventSource comes back by the address that it came by first."""
    job = await web.made()

    async with web.http.stream("GET", f"/v1/{job['name']}:watch?offset=0", headers={"last-event-id": "2"}) as answer:
        first = await anext(events(answer))

    assert "3" == first.id


async def test_previews_come_where_they_are_asked_for(front_with: Opened) -> None:
    """Their chunks as messages of their own, in base64, without an id."""
    async with front_with(looks_every_steps=1) as web:
        gate = Gate(web.front)
        job = await web.order(count=2)
        async with web.http.stream("GET", f"/v1/{job['name']}:watch?previews=true") as answer:
            await gate.reached.wait()
            gate.open.set()
            seen = [event async for event in events(answer)]

    chunks = [event for event in seen if "chunk" in event.data]
    data = next(event.data["chunk"]["data"] for event in chunks if "data" in event.data["chunk"])
    assert base64.b64decode(data).startswith(b"\xff\xd8")
    assert {""} == {event.id for event in chunks}


async def test_an_event_source_is_told_not_to_come_again(web: Web) -> None:
    """204 where there is nothing more to say."""
    job = await web.order()
    last = _kept(await web.watched(job))[-1]

    answer = await web.http.get(f"/v1/{job['name']}:watch", headers={"last-event-id": last})

    assert 204 == answer.status_code


async def test_what_fails_at_once_has_its_code(web: Web) -> None:
    """Not a stream that begins well and then says otherwise."""
    absent = await web.http.get("/v1/tenants/acme/jobs/0123456789abcdef:watch")
    beyond = await web.http.get(f"/v1/{(await web.made())['name']}:watch?offset=999")

    assert (404, "NOT_FOUND") == (absent.status_code, reason(absent))
    assert (400, "INVALID_FIELD") == (beyond.status_code, reason(beyond))


async def test_a_gateway_that_stops_sends_watchers_elsewhere(web: Web) -> None:
    """With a status as the last event, and how soon to come back."""
    held = _held(web)
    job = await web.order()

    async with web.http.stream("GET", f"/v1/{job['name']}:watch") as answer:
        coming = events(answer)
        await anext(coming)
        web.front.gateway.parts.watching.close()
        last = [event async for event in coming][-1]
    held.set()

    assert ("status", 14) == (last.kind, last.data["code"])


async def test_a_watcher_that_goes_away_ends_its_call(web: Web) -> None:
    """Nothing is held for it any more."""
    held = _held(web)
    job = await web.order()

    async with web.http.stream("GET", f"/v1/{job['name']}:watch") as answer:
        await anext(events(answer))
        await until(lambda: web.calls_in_flight() == 1)
    await until(lambda: web.calls_in_flight() == 0)
    held.set()


def _held(web: Web) -> asyncio.Event:
    """Pictures wait for it."""
    held = asyncio.Event()

    async def pause(_: object) -> None:
        await held.wait()

    web.front.services.generator.pause = pause
    return held
