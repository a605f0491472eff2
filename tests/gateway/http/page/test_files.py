"""The page's files: one look with the contact sheet, and nothing inline or from elsewhere."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from gateway.http.page import FOLDER
from likeness_client import sheet

FILES = sorted(path for path in FOLDER.iterdir() if path.suffix in (".html", ".js", ".css", ".svg"))


def test_the_page_and_the_contact_sheet_have_one_look() -> None:
    """The client cannot import the gateway, nor the page the client; so there are two files, and they are the same."""
    assert (FOLDER / "look.css").read_bytes() == files(sheet).joinpath("sheet.css").read_bytes()


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "soft", "locked", "strong", "match", "fail", "unmeasured"])
def test_words_can_be_read(text: str, scheme: int) -> None:
    """WCAG's AA: 4.5 to 1, for whatever stands as words on the page or on a card."""
    colours = dict(re.findall(r"--(\w+): (#\w{6})", (FOLDER / "look.css").read_text().split(":root")[1 + scheme]))

    assert min(contrast(colours[text], colours[behind]) for behind in ("ground", "card")) >= 4.5


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    """No address of another server; the only ones that are left name the language of drawings."""
    text = path.read_text()
    assert set(re.findall(r"https?://[\w./]+", text)) <= {"http://www.w3.org/2000/svg"}


def test_the_page_has_no_code_in_it() -> None:
    """What the policy would refuse is not there: neither scripts nor styles within the page."""
    text = (FOLDER / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
