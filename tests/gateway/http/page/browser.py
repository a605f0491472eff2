"""Debian's Chromium without a window, and the page in it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import ConsoleMessage, FilePayload, Locator, Page, Request, async_playwright, expect

from tests.gateway.api.front import photo

PROGRAM = shutil.which("chromium")
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)

in_chromium = [
    pytest.mark.server,
    pytest.mark.skipif(PROGRAM is None, reason="needs Debian's chromium: not here"),
]


@dataclass(slots=True)
class Visitor:
    """Somebody at the page. `requests` and `complaints` are what the browser asked for and did not like."""

    page: Page
    origin: str
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def choose(self, *photos: bytes) -> None:
        files: list[FilePayload] = [
            {"name": f"{index}.png", "mimeType": "image/png", "buffer": each}
            for index, each in enumerate(photos or (photo(),))
        ]
        await expect(self.page.locator("#photos-part")).to_be_visible()
        await self.page.set_input_files("#files", files)

    async def check(self, *photos: bytes) -> None:
        """Until the server has said what it thinks of them."""
        await self.choose(*photos)
        await self.button("Send and check").click()
        await expect(self.page.locator("#upload-fate")).to_be_visible()

    async def agree(self) -> None:
        await self.page.get_by_label("I am the person shown.").check()
        await self.page.get_by_label("The person shown agrees").check()

    async def order(self, count: int = 1) -> None:
        """So many of the first style, until the page shows their places."""
        await self.check()
        await self.agree()
        for _ in range(count - 1):
            await self.button("More of Plain").click()
        await self.page.locator("#make").click()
        await expect(self.page.locator("#pictures-part")).to_be_visible()

    async def delete(self) -> None:
        await self.button("Delete everything now").click()
        await self.button("Delete everything").click()
        await expect(self.page.locator("#gone-part")).to_be_visible()

    def watches(self) -> list[str | None]:
        """What each connection of a watch said it had seen last."""
        return [each.headers.get("last-event-id") for each in self.requests if ":watch" in each.url]

    def foreign(self) -> list[str]:
        """What was asked of anybody else."""
        own = urlsplit(self.origin).netloc
        asked = [urlsplit(each.url) for each in self.requests]
        return [each.geturl() for each in asked if each.scheme in ("http", "https", "ws") and each.netloc != own]

    async def too_wide(self) -> bool:
        """Whether anything has to be scrolled to sideways."""
        wide: bool = await self.page.evaluate("document.scrollingElement.scrollWidth > innerWidth")
        return wide


@asynccontextmanager
async def visiting(port: int, **context: Any) -> AsyncIterator[Visitor]:
    """At the page, once it has read what the server is."""
    origin = f"http://127.0.0.1:{port}"
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        page = await browser.new_page(**{"viewport": {"width": 1200, "height": 900}, **context})
        page.set_default_timeout(PATIENCE_MS)
        visitor = Visitor(page, origin)
        page.on("request", lambda request: visitor.requests.append(request))
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on("console", lambda message: _note(visitor, message))
        await page.goto(f"{origin}/")
        yield visitor
        await browser.close()


def _note(visitor: Visitor, message: ConsoleMessage) -> None:
    """Answers that refuse are complained about too; those are the tests' own matter."""
    if message.type == "error" and "Failed to load resource" not in message.text:
        visitor.complaints.append(message.text)
