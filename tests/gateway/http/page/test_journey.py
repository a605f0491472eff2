"""The whole journey in a browser, at a real gateway: photos, pictures, and nothing left at the end."""

import asyncio
import base64
import io
import re
import zipfile
from typing import Any

import pytest
from likeness.common.v1.reason_pb2 import REASON_BLURRED
from playwright.async_api import Request, Route, expect

from tests.gateway.http.conftest import Opened
from tests.gateway.http.page.browser import Visitor, in_chromium, visiting
from tests.stand_ins.drifts import Sight

pytestmark = in_chromium

PHONE: Any = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "reduced_motion": "reduce"}


def first_one_drifts(sight: Sight) -> float:
    return 0.7 if sight.render is not None and sight.render.number == 1 else 0.1


def first_six_drift(sight: Sight) -> float:
    return 0.7 if sight.render is not None and sight.render.number <= 6 else 0.2


@pytest.mark.parametrize("context", [{}, PHONE], ids=["desk", "phone"])
async def test_the_journey(front_with: Opened, context: Any) -> None:
    """Somebody comes with a photo, sees what is wrong and what is right, takes their pictures and leaves nothing."""
    async with front_with(auth="local") as web, visiting(web.port, **context) as visitor:
        page = visitor.page
        web.front.services.verifier.drift = first_one_drifts
        await visitor.check()
        await expect(page.locator(".face.meant")).to_have_count(1)
        await expect(page.locator("#chosen")).to_contain_text("90 %")
        assert not await visitor.too_wide()

        await page.locator("#make").click(force=True)
        await expect(page.locator("#missing")).to_have_text("Say who is shown.")
        await visitor.agree()
        await visitor.button("More of Plain").click()
        await page.locator("#make").click()
        await expect(page.locator(".card.kept")).to_have_count(2)
        await expect(page.locator("#kept .number")).to_have_text(["0.10", "0.10"])
        await expect(page.locator("#kept .chip")).to_have_text(["locked", "locked"])
        await expect(page.locator("#rejected .card")).to_contain_text("DRIFTED")
        await expect(page.locator("#rejected .number")).to_have_text("0.70")
        await expect(page.locator("#stop")).to_be_hidden()
        await expect(page.locator("#job-fate .clock")).to_have_text([re.compile("22:59:.."), re.compile("00:59:..")])
        assert not await visitor.too_wide()

        await visitor.button("Compare Plain 1").click()
        await expect(page.locator("#compare-sides img")).to_have_count(2)
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#compare-title")).to_have_text("Plain 2")
        await page.keyboard.press("Escape")
        await expect(page.locator("#compare")).to_be_hidden()

        job = f"tenants/local/jobs/{page.url.rpartition('/')[2]}"
        pictures = [(await web.http.get(f"/v1/{job}/results/{number}:download")).content for number in (1, 2)]
        assert sorted(pictures) == sorted(await zipped(visitor))
        assert await downloaded(visitor, "Download Plain 1") in pictures

        await visitor.delete()
        await expect(page.locator("#receipt")).to_contain_text("it holds")
        await expect(page.locator("#receipt")).to_contain_text("result × 2")
        assert (await web.http.get(f"/v1/{job}")).status_code == 404
        assert not await visitor.too_wide()
        assert not visitor.foreign()
        assert not visitor.complaints


async def test_many_renders_that_drift(front_with: Opened) -> None:
    """Each stands there once, even if the first ones are still being fetched when the job has ended."""
    ended = asyncio.Event()

    async def hold(route: Route) -> None:
        await ended.wait()
        await route.continue_()

    def look(request: Request) -> None:
        if re.fullmatch(r".*/jobs/[0-9a-f]+", request.url):
            ended.set()

    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        web.front.services.verifier.drift = first_six_drift
        await visitor.page.route("**/tries/*:thumbnail", hold)
        visitor.page.on("request", look)
        await visitor.order(3)
        await expect(visitor.page.locator("#spoken")).to_have_text("All pictures are here.")
        await expect(visitor.page.locator("#rejected-count")).to_have_text("6")
        shown = await visitor.page.locator("#rejected h3").all_text_contents()
        assert len(set(shown)) == 6


async def test_photos_are_dropped(front_with: Opened) -> None:
    """As many as are taken, and only what is a photo; of the rest the page says why not."""
    drop = """async names => {
        const dropped = new DataTransfer();
        for (const name of names) dropped.items.add(new File(["bytes"], name));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true }));
    }"""
    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        page = visitor.page
        await expect(page.locator("#photos-part")).to_be_visible()
        await page.evaluate(drop, ["1.jpg", "notes.txt", "2.heic", "3.webp", "4.png"])
        await expect(page.locator("#chosen > li")).to_have_count(3)
        await expect(page.locator("#photo-trouble")).to_contain_text("notes.txt is no photo")
        await expect(page.locator("#photo-trouble")).to_contain_text("3 photos are enough")
        await expect(page.locator("#drop")).to_be_hidden()
        await expect(page.locator("#chosen .none")).to_have_count(3)
        await visitor.button("Send and check").click()
        await expect(page.locator("#photos-part .trouble")).to_be_visible()
        await expect(page.locator("#order-part")).to_be_hidden()


async def test_by_keyboard_alone(front_with: Opened) -> None:
    """Whoever has no mouse comes as far: what is next has the focus, and everything on the way is reached by Tab."""
    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        page = visitor.page
        await visitor.choose()
        await tab_to(visitor, "#check")
        await page.keyboard.press("Enter")
        await expect(page.locator("#order-part h2")).to_be_focused()
        await tab_to(visitor, "input[name=subject]")
        await page.keyboard.press("Space")
        await tab_to(visitor, "#agreed")
        await page.keyboard.press("Space")
        await tab_to(visitor, "#make")
        await page.keyboard.press("Enter")
        await expect(page.locator("#pictures-part h2")).to_be_focused()
        await expect(page.locator("#spoken")).to_have_text("All pictures are here.")
        await tab_to(visitor, "#delete")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.locator("#gone-part h2")).to_be_focused()


async def test_a_photo_that_cannot_be_used(front_with: Opened) -> None:
    """What is wrong stands beside the photo, with what to do; nothing can be ordered, and another one is taken."""
    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        web.front.services.embedder.refusal = REASON_BLURRED
        await visitor.check()
        await expect(visitor.page.locator("#chosen .finding")).to_have_text("send another BLURRED")
        await expect(visitor.page.locator("#order-part")).to_be_hidden()

        web.front.services.embedder.refusal = None
        await visitor.button("Remove photo 1").click()
        await visitor.check()
        await expect(visitor.page.locator("#order-part")).to_be_visible()
        assert not visitor.complaints


async def test_a_receipt_that_was_touched(front_with: Opened) -> None:
    """A statement that its signature does not belong to is no proof, and the page says so."""

    async def touch(route: Route) -> None:
        if route.request.method != "DELETE":
            await route.continue_()
            return
        answer = await route.fetch()
        body = await answer.json()
        signed = base64.b64decode(body["receipt"]["signedStatement"]).replace(b"tenants/", b"Tenants/", 1)
        body["receipt"]["signedStatement"] = base64.b64encode(signed).decode()
        await route.fulfill(response=answer, json=body)

    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        await visitor.check()
        await visitor.page.route("**/v1/tenants/**", touch)
        await visitor.button("Forget them now").click()
        await expect(visitor.page.locator("#receipt")).to_contain_text("Its signature does not belong to it")


async def test_a_server_that_wants_a_key(front_with: Opened) -> None:
    """The page asks until the key is right, and keeps it nowhere but in its own memory."""
    async with front_with() as web, visiting(web.port) as visitor:
        page = visitor.page
        key = web.http.headers["authorization"].removeprefix("Bearer ")
        await page.get_by_label("API key").fill("wrong")
        await visitor.button("Go on").click()
        await expect(page.locator("#key-words")).to_contain_text("not valid")
        await page.get_by_label("API key").fill(key)
        await visitor.button("Go on").click()
        await visitor.order()
        await expect(page.locator(".card.kept")).to_have_count(1)
        kept = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert kept == '[{},{},""]'
        assert key not in page.url
        assert key not in await page.content()


async def tab_to(visitor: Visitor, selector: str) -> None:
    """As often as it takes, and no more than there can be stops."""
    for _ in range(60):
        await visitor.page.keyboard.press("Tab")
        if await visitor.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")


async def zipped(visitor: Visitor) -> list[bytes]:
    packed = zipfile.ZipFile(io.BytesIO(await downloaded(visitor, "Download all")))
    assert packed.testzip() is None
    return [packed.read(name) for name in packed.namelist()]


async def downloaded(visitor: Visitor, name: str) -> bytes:
    async with visitor.page.expect_download() as coming:
        await visitor.button(name).click()
    path = await (await coming.value).path()
    return path.read_bytes()
