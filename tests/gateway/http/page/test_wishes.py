"""What somebody wishes for beyond a style: a pose, an expression, words, and the seed that comes nearest."""

import asyncio
import json
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Request, expect

from tests.gateway.http.conftest import Opened
from tests.gateway.http.page.browser import Visitor, in_chromium, visiting
from tests.running import until
from tests.stand_ins.drifts import Sight
from tests.stand_ins.renders import Render

pytestmark = in_chromium

PHONE: Any = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "reduced_motion": "reduce"}


def by_number(sight: Sight) -> float:
    """Later ones are nearer, but for one that is the nearest."""
    number = sight.render.number if sight.render else 0
    return 0.01 if number == 3 else 0.5 - number / 100


def near(_: Sight) -> float:
    return 0.1


async def opened(visitor: Visitor) -> Locator:
    """What can be wished for of the first style."""
    await visitor.page.locator(".wishes:visible summary").click()
    return visitor.page.get_by_role("group", name="Wishes for Plain")


def ordered(requests: list[Request]) -> list[Any]:
    """Styles of the jobs that were asked for."""
    bodies = [json.loads(each.post_data or "{}") for each in requests if each.url.endswith("/v1/jobs")]
    return [body["spec"]["styles"] for body in bodies]


@pytest.mark.parametrize("context", [{}, PHONE], ids=["desk", "phone"])
async def test_what_is_wished_for_is_what_is_made(front_with: Opened, context: Any) -> None:
    """The order says it, the page repeats it, and what is left alone is the style's own."""
    async with front_with(auth="local") as web, visiting(web.port, **context) as visitor:
        page = visitor.page
        await visitor.check()
        await visitor.agree()
        wishes = await opened(visitor)
        await wishes.get_by_label("Pose").select_option("left")
        await wishes.get_by_label("Expression").select_option("serious")
        await wishes.get_by_label("A few words of your own").fill("in a red scarf ")
        await wishes.get_by_label("Seed of the first picture").fill("41")
        await expect(page.locator(".wishes:visible small")).to_have_text("left, serious, “in a red scarf”, seed 41")
        assert not await visitor.too_wide()
        await page.locator("#make").click()
        await expect(page.locator(".card.kept")).to_have_count(1)
        await expect(page.locator(".card.kept")).to_contain_text("seed41")

    wished = {"pose": "left", "expression": "serious", "freeText": "in a red scarf", "seed": 41}
    assert [[{"style": "plain", "count": 1, **wished}]] == ordered(visitor.requests)
    assert not visitor.complaints


async def test_words_that_are_refused_are_said_to_be(front_with: Opened) -> None:
    """Beside the button that was pressed; without them it goes on."""
    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        page = visitor.page
        await visitor.check()
        await visitor.agree()
        wishes = await opened(visitor)
        await wishes.get_by_label("A few words of your own").fill("naked")
        await page.locator("#make").click()
        await expect(page.locator("#order-part .trouble")).to_contain_text(
            "Plain: the words ask for what is not made here"
        )
        await wishes.get_by_label("A few words of your own").fill("")
        await page.locator("#make").click()
        await expect(page.locator(".card.kept")).to_have_count(1)


async def test_a_seed_that_is_none(front_with: Opened) -> None:
    """Nothing is sent, and what is wrong is said."""
    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        page = visitor.page
        await visitor.check()
        await visitor.agree()
        wishes = await opened(visitor)
        await wishes.get_by_label("Seed of the first picture").fill("4294967296")
        await expect(page.locator("#missing")).to_contain_text("The seed of Plain is a whole number")
        await page.locator("#make").click(force=True)
        await wishes.get_by_label("Seed of the first picture").fill("4294967295")
        await expect(page.locator("#missing")).to_have_text("")

    assert [] == ordered(visitor.requests)


@pytest.mark.parametrize("context", [{}, PHONE], ids=["desk", "phone"])
async def test_a_good_seed_is_found(front_with: Opened, context: Any) -> None:
    """Nobody is rendered who has not agreed; the nearest stands first, and the one chosen begins the picture."""
    async with front_with(auth="local", max_candidates=5) as web, visiting(web.port, **context) as visitor:
        page = visitor.page
        web.front.services.verifier.drift = by_number
        await visitor.check()
        wishes = await opened(visitor)
        await visitor.button("Find a good seed for Plain").click()
        await expect(page.locator(".wishes:visible .why")).to_have_text("Say who is shown.")
        assert [] == web.front.services.generator.renders

        await visitor.agree()
        await wishes.get_by_label("Pose").select_option("left")
        await visitor.button("Find a good seed for Plain").click()
        found = page.locator("#seeds-found > li")
        await expect(found).to_have_count(5)
        await expect(found.locator("img")).to_have_count(5)
        await expect(found.locator(".number")).to_have_text(["0.01", "0.45", "0.46", "0.48", "0.49"])
        await expect(found.first.get_by_role("button")).to_have_accessible_name(
            re.compile(r"Take seed \d+, drift 0\.01, locked")
        )
        assert not await visitor.too_wide()
        seed = await found.first.locator("b").first.text_content()
        await found.first.get_by_role("button").click()
        await expect(page.locator("#seeds")).to_be_hidden()
        await expect(wishes.get_by_label("Seed of the first picture")).to_have_value(seed or "")
        await expect(found).to_have_count(0)
        await expect(visitor.button("Find a good seed for Plain")).to_be_focused()

        web.front.services.verifier.drift = near
        await page.locator("#make").click()
        await expect(page.locator(".card.kept")).to_contain_text(f"seed{seed}")

    assert {"left"} == {each.options.pose.template.name for each in web.front.services.generator.renders}
    assert not visitor.complaints


async def test_who_closes_the_search_ends_it(front_with: Opened) -> None:
    """Escape is enough: the server renders no further, and nothing of the looks stays in the page."""
    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        page, generator = visitor.page, web.front.services.generator
        await visitor.check()
        await visitor.agree()
        await opened(visitor)
        never = asyncio.Event()

        async def wait(_: Render) -> None:
            await never.wait()

        generator.pause = wait
        await visitor.button("Find a good seed for Plain").click()
        await until(lambda: bool(generator.renders))
        await page.keyboard.press("Escape")
        await expect(page.locator("#seeds")).to_be_hidden()
        await until(lambda: web.calls_in_flight() == 0)
        assert not visitor.complaints


async def test_a_search_that_fails_says_why(front_with: Opened) -> None:
    """And leaves everything as it was."""
    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        page = visitor.page
        await visitor.check()
        await visitor.agree()
        wishes = await opened(visitor)
        await wishes.get_by_label("A few words of your own").fill("naked")
        await visitor.button("Find a good seed for Plain").click()
        await expect(page.locator("#seeds-trouble")).to_contain_text("the words ask for what is not made here")
        await visitor.button("Close").click()
        await expect(page.locator("#order-part")).to_be_visible()
