"""Who cannot see, or use a mouse, finds everything labelled, in order and readable: axe-core looks at every part."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.gateway.http.conftest import Opened
from tests.gateway.http.page.browser import Visitor, in_chromium, visiting
from tests.stand_ins.drifts import Sight

pytestmark = in_chromium

DESK: Any = {}
PHONE: Any = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}


def first_one_drifts(sight: Sight) -> float:
    return 0.7 if sight.render is not None and sight.render.number == 4 else 0.1


@pytest.mark.parametrize("context", [DESK, PHONE], ids=["light", "dark"])
async def test_nothing_keeps_anybody_out(front_with: Opened, context: Any) -> None:
    """From the first photo to the receipt, dialogs included."""
    async with (
        front_with(auth="local", max_candidates=3) as web,
        visiting(web.port, reduced_motion="reduce", **context) as visitor,
    ):
        page = visitor.page
        web.front.services.verifier.drift = first_one_drifts
        await visitor.check()
        await visitor.agree()
        await page.locator(".wishes:visible summary").click()
        await looked_at(visitor, "#order-part")
        await visitor.button("Find a good seed for Plain").click()
        await expect(page.locator("#seeds-words")).to_contain_text("Choose one")
        await looked_at(visitor, "#seeds")
        await visitor.button("Close").click()
        await page.locator("#make").click()
        await expect(page.locator("#rejected .card")).to_have_count(1)
        await expect(page.locator("#stop")).to_be_hidden()
        await looked_at(visitor, "#kept .card")
        await visitor.button("Compare Plain 1").last.click()
        await looked_at(visitor, "#compare")
        await page.keyboard.press("Escape")
        await visitor.delete()
        await looked_at(visitor, "#receipt")


async def looked_at(visitor: Visitor, shown: str) -> None:
    """All of the page, with this in it."""
    await expect(visitor.page.locator(shown).first).to_be_visible()
    await visitor.page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
    found = await Axe().run(visitor.page)

    assert [] == [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]], shown
