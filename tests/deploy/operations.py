"""docs/operations.md as its reader sees it: commands to type, secrets to make, names of things."""

import itertools
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.deploy.rendering import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
_FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`", re.DOTALL)
# What stands between two calls, or before the first one.
_BETWEEN = {"|", ";", "(", ")", "{", "}", "&&", "--"}
_MADE = re.compile(r"--from-(?:file|literal)=([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Command:
    """One call of a program, as a shell would split it."""

    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def commands(program: str) -> list[Command]:
    """Every call of a program on the page, in blocks or within a line, also behind a pipe."""
    lines = [line for block in blocks("sh") for line in block]
    lines += [" ".join(said.split()) for said in _INLINE.findall(_FENCED.sub("", PAGE))]
    calls = [call for line in lines for call in _calls(_split(line))]
    # The program alone is a word of a sentence, not a call.
    return [Command(call) for call in calls if call[0] == program and len(call) > 1]


def blocks(language: str) -> list[list[str]]:
    """Lines, with those that go on in the next one put together."""
    return [_lines(block) for said, block in _FENCED.findall(PAGE) if said == language]


def secrets_made() -> dict[str, set[str]]:
    """By name: the keys that the page's commands put into each."""
    made: dict[str, set[str]] = {}
    for command in commands("kubectl"):
        match [word for word in command.words if not word.startswith("-")]:
            case ["kubectl", *_, "create", "secret", "generic", name]:
                made[name] = set(_MADE.findall(command.text))
            case ["kubectl", *_, "create", "secret", "tls", name]:
                made[name] = {"tls.crt", "tls.key"}
    return made


def config_maps_made() -> dict[str, set[str]]:
    made = {}
    for command in commands("kubectl"):
        words = [word for word in command.words if not word.startswith("-")]
        if "configmap" in words:
            made[words[words.index("configmap") + 1]] = set(_MADE.findall(command.text))
    return made


def _lines(block: str) -> list[str]:
    """A line goes on where it ends with a backslash, or within quotes."""
    found: list[str] = []
    for line in block.replace("\\\n", " ").splitlines():
        if found and found[-1].count("'") % 2:
            found[-1] += line
        elif line.strip() and not line.strip().startswith("#"):
            found.append(line)
    return found


def _split(line: str) -> list[str]:
    """As a shell's words; what a shell would not take (half a command within a sentence) by spaces."""
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|;()")
        lexer.whitespace_split = True
        return list(lexer)
    except ValueError:
        return line.split()


def _calls(words: list[str]) -> Iterator[tuple[str, ...]]:
    for separates, call in itertools.groupby(words, lambda word: word in _BETWEEN):
        if not separates:
            yield tuple(call)
