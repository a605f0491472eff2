"""A page that watches over a bad line, or goes away and comes back."""

import asyncio

from playwright.async_api import expect

from tests.gateway.http.conftest import Opened
from tests.gateway.http.page.browser import in_chromium, visiting
from tests.gateway.proxies import bad_line
from tests.stand_ins.renders import Render

pytestmark = in_chromium


async def test_a_connection_that_drops_in_the_middle(front_with: Opened) -> None:
    """The page says so, comes back by itself from the last event it saw, and shows every picture once."""
    go_on = asyncio.Event()

    async def hold(render: Render) -> None:
        if render.number > 1:
            await go_on.wait()

    async with front_with(auth="local") as web:
        web.front.services.generator.pause = hold
        with bad_line(web.port) as line:
            async with visiting(line.port) as visitor:
                page = visitor.page
                await visitor.order(3)
                await expect(page.locator(".card.kept")).to_have_count(1)
                line.silent = True  # whoever comes back now hears nothing
                line.break_all()
                await expect(page.locator("#connection")).to_contain_text("comes back by itself")
                line.silent = False
                line.break_all()
                await expect(page.locator("#connection")).to_be_hidden()
                go_on.set()
                await expect(page.locator(".card.kept")).to_have_count(3)
                await expect(page.locator("#kept > li")).to_have_count(3)
                await expect(page.locator("#stop")).to_be_hidden()
                first, *others = visitor.watches()
                assert first is None
                assert others
                assert all(int(seen or 0) > 0 for seen in others)


async def test_whoever_comes_back_finds_their_pictures(front_with: Opened) -> None:
    """The address is the job's: after a reload it goes on, and after the deletion there is its receipt."""
    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        page = visitor.page
        await visitor.order()
        await expect(page.locator(".card.kept")).to_have_count(1)
        address = page.url
        await page.reload()
        await expect(page.locator(".card.kept")).to_have_count(1)
        await web.http.delete(f"/v1/{address.partition('#')[2]}")
        await page.reload()
        await expect(page.locator("#receipt")).to_contain_text("it holds")


async def test_an_address_that_nobody_knows(front_with: Opened) -> None:
    """The page says that there is nothing, and begins again where it is asked to."""
    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        page = visitor.page
        await page.goto(f"{visitor.origin}/#tenants/local/jobs/{'0' * 32}")
        await page.reload()
        await expect(page.locator("#gone-words")).to_contain_text("no receipt of it either")
        await visitor.button("Begin again").click()
        await expect(page.locator("#photos-part")).to_be_visible()


async def test_stopping(front_with: Opened) -> None:
    """What is stopped keeps what it has, and says of the rest that it was not made."""
    never = asyncio.Event()

    async def hold(render: Render) -> None:
        if render.number > 1:
            await never.wait()

    async with front_with(auth="local") as web, visiting(web.port) as visitor:
        web.front.services.generator.pause = hold
        await visitor.order(2)
        await expect(visitor.page.locator(".card.kept")).to_have_count(1)
        await visitor.button("Stop, and keep these").click()
        await expect(visitor.page.locator("#kept .given-up")).to_contain_text("Not made.")
        await expect(visitor.page.locator(".card.kept")).to_have_count(1)
