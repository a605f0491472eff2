"""The documents point at things that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").rglob("*.md")])

_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
_MAKE = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)
_MODULE = re.compile(r"python -m ([a-z_.]+)")


def _ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=_ids)
def test_every_link_leads_somewhere(document: Path) -> None:
    """Links within the repository resolve."""
    links = _LINK.findall(document.read_text())

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_ids)
def test_every_command_exists(document: Path) -> None:
    """A make target or module that a document names can be run."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = document.read_text()
    modules = [ROOT / name.replace(".", "/") for name in _MODULE.findall(text) if "<" not in name]

    assert set(_MAKE.findall(text)) <= targets
    assert [str(m) for m in modules if not (m.is_dir() or m.with_suffix(".py").exists() or m.name == "venv")] == []


def test_every_make_target_is_in_the_help() -> None:
    """`make help` hides nothing a person would type."""
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())

    assert phony == set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
