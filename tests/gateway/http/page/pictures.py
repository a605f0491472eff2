"""The pictures of the page in docs/pictures, taken anew from a server that runs.

likeness up
python -m tests.gateway.http.page.pictures 7480
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from likeness_client.demo.photo import demo_photo
from tests.gateway.http.page.browser import Visitor, visiting

FOLDER = Path(__file__).parents[4] / "docs" / "pictures"
STYLES = ("Outdoor", "Black & White", "Editorial")
DESK: Any = {"viewport": {"width": 1240, "height": 900}}
PHONE: Any = {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark", "device_scale_factor": 1.5}


async def take(port: int) -> None:
    async with visiting(port, **DESK) as visitor:
        await order(visitor)
        await wish(visitor)
        await shoot(visitor, "page-order", whole=True)
        await seek(visitor)
        await make(visitor)
        await shoot(visitor, "page-pictures", whole=True)
        await visitor.delete()
        await shoot(visitor, "page-receipt", whole=True)
    async with visiting(port, **PHONE) as visitor:
        await order(visitor)
        await make(visitor)
        await visitor.button("Compare Corporate 1").last.click()
        await expect(visitor.page.locator("#compare-sides img")).to_have_count(2)
        await shoot(visitor, "page-phone", whole=False)
        await visitor.page.keyboard.press("Escape")
        await visitor.delete()


async def order(visitor: Visitor) -> None:
    await visitor.check(demo_photo())
    await visitor.agree()
    for style in STYLES:
        await visitor.button(f"More of {style}").click()


async def wish(visitor: Visitor) -> None:
    await visitor.page.locator(".wishes:visible summary").first.click()
    wishes = visitor.page.get_by_role("group", name="Wishes for Corporate")
    await wishes.get_by_label("Pose").select_option("left")
    await wishes.get_by_label("A few words").fill("in a red scarf")


async def seek(visitor: Visitor) -> None:
    """The nearest of all seeds is taken."""
    await visitor.button("Find a good seed for Corporate").click()
    await expect(visitor.page.locator("#seeds-words")).to_contain_text("Choose one", timeout=600_000)
    await shoot(visitor, "page-seeds", whole=False)
    await visitor.page.locator("#seeds-found button").first.click()


async def make(visitor: Visitor) -> None:
    await visitor.page.locator("#make").click()
    await expect(visitor.page.locator(".card.kept")).to_have_count(1 + len(STYLES), timeout=600_000)
    await expect(visitor.page.locator("#stop")).to_be_hidden()


async def shoot(visitor: Visitor, name: str, *, whole: bool) -> None:
    await visitor.page.evaluate("document.fonts.ready")
    path = FOLDER / f"{name}.jpg"
    await visitor.page.screenshot(path=path, type="jpeg", quality=82, full_page=whole, animations="disabled")


if __name__ == "__main__":
    asyncio.run(take(int(sys.argv[1])))
