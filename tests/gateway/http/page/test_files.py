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


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    """No address of another server; the only ones that are left name the language of drawings."""
    text = path.read_text()
    assert set(re.findall(r"https?://[\w./]+", text)) <= {"http://www.w3.org/2000/svg"}


def test_the_page_has_no_code_in_it() -> None:
    """What the policy would refuse is not there: neither scripts nor styles within the page."""
    text = (FOLDER / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)
