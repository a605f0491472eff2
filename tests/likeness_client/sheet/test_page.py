"""The contact sheet: everything is on it, nothing is fetched by it, and no word of a server runs in it."""

import base64
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from likeness_client.output import human_time
from likeness_client.sheet.page import page
from likeness_client.values.basics import MadeBy
from tests.likeness_client.script import Script
from tests.likeness_client.sheet.rolls import roll

# What may stand without an end.
VOID = {"meta", "img"}


class Read(HTMLParser):
    """Elements with their attributes, the text that is seen, and whether everything that was opened was closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += f" {data}"

    def all(self, tag: str, name: str) -> list[str]:
        return [str(attrs[name]) for each, attrs in self.tags if each == tag and name in attrs]


def test_it_is_well_formed() -> None:
    """Every element that is opened is closed, in order."""
    assert [] == Read(page(roll())).open


def test_kept_pictures_are_shown_with_their_numbers() -> None:
    """Drift, tier, seed, tries, engine, and the file behind a click."""
    read = Read(page(roll()))

    assert ["01-corporate.jpg", "02-corporate.jpg", "03-outdoor.jpg"] == [
        href for href in read.all("a", "href") if href.endswith(".jpg")
    ]
    for words in ("Corporate 1", "locked", "0.12", "101", "preview", "896 × 1152", "of 4 kept"):
        assert words in read.text


def test_rejected_ones_are_shown_with_the_reason() -> None:
    """In words and as its name; a word of the server that looks like a tag is a word."""
    read = Read(page(roll()))

    assert "Corporate 2, try 1" in read.text
    assert 3 == read.text.count("Drift 0.44 <is above> strong")
    assert "DRIFTED" in read.text


def test_thumbnails_are_in_the_page() -> None:
    """As data: three kept, three rejected, and a place for one that is missing."""
    whole = roll()
    data = base64.b64encode(whole.thumbnails[whole.job.results[0].name]).decode()

    sources = Read(page(whole)).all("img", "src")
    assert 6 == len(sources)
    assert f"data:image/jpeg;base64,{data}" == sources[0]
    assert "no thumbnail" in Read(page(roll(thumbnails={}))).text


def test_nothing_is_fetched() -> None:
    """No address of anybody is in it, nor anything that could run; and a policy forbids both."""
    html = page(roll())
    read = Read(html)
    addresses = [*read.all("a", "href"), *read.all("img", "src"), *read.all("link", "href")]

    assert "://" not in html
    assert "url(" not in html
    assert "@import" not in html
    assert not {"script", "link", "iframe", "object", "form"} & {tag for tag, _ in read.tags}
    assert all(each.startswith("data:image/jpeg;base64,") or "/" not in each for each in addresses)
    assert any("default-src 'none'" in policy for policy in read.all("meta", "content"))


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'</style><b>"])
def test_no_word_from_elsewhere_becomes_markup(evil: str) -> None:
    """Styles, titles, consent, reasons, engines: all are text."""
    script = Script(style_names=(evil, evil))
    whole = roll(script, titles={evil: evil}, consent=evil)
    read, plain = Read(page(whole)), Read(page(roll()))

    assert sorted({tag for tag, _ in plain.tags}) == sorted({tag for tag, _ in read.tags})
    assert {name for _, attrs in plain.tags for name in attrs} == {name for _, attrs in read.tags for name in attrs}
    assert evil in read.text


def test_what_the_server_still_has_is_said() -> None:
    """Nothing, with the receipt; or everything, with the time of its end."""
    kept = roll(receipt=None)

    assert "Nothing. Everything was made unreadable" in Read(page(roll())).text
    assert "receipt.json" in Read(page(roll())).all("a", "href")
    assert human_time(kept.job.expire_time) in Read(page(kept)).text
    assert "Nothing." not in Read(page(kept)).text


def test_the_preview_engine_is_never_passed_off_as_a_model() -> None:
    """It is said before the first picture."""
    html = page(roll())

    assert html.index("no model synthesised anything") < html.index("<img")
    job, diffusion = roll().job, (MadeBy("generator", "diffusion", "cuda", (), "1"),)
    synthesised = replace(job, results=tuple(replace(each, made_by=diffusion) for each in job.results))
    assert "no model synthesised" not in page(roll(tries=(), job=synthesised))


def test_it_is_light_and_dark() -> None:
    """As the reader's machine is."""
    assert "prefers-color-scheme: dark" in page(roll())
    assert "light dark" in Read(page(roll())).all("meta", "content")


def test_drift_without_a_scale_is_a_number() -> None:
    """Thresholds of another recogniser are not used."""
    whole = roll()
    assert whole.server.recogniser is not None
    other = replace(whole.server, recogniser=replace(whole.server.recogniser, id="other-512"))
    html = page(roll(server=other))

    assert "<svg" not in html
    assert 'class="scale"' not in html
    assert "0.12" in Read(html).text
