"""What words of a caller's own may not ask for: rules as data, looked for in every way the words may be spelt.

    policy = read_policy()
    policy.check(order.free_text)         BadRequest with PROMPT_REFUSED and the category, never the words

It stops what is plainly asked for. What comes out of the generator all the same is the output checker's to refuse.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from likeness.common.v1 import reason_pb2 as reasons
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.rule_files import read_rules
from gateway.spellings import Readings, Speller, is_written_solid
from likeness_wire.errors import BadRequest
from services.common.startup import StartupError

_SHIPPED = "policy.toml"
_LETTERS = r"[^\W_]*"
_NOTHING = re.compile(r"(?!)")
_ANY_NUMBER = r"\d{1,3}"
# Ages of people who are not grown up.
_UNDER_18 = r"0?\d|1[0-7]"
_GROUP = re.compile(r"<(\w+)>")
# So short a word may stand in any run of initials.
_SHORTEST_ANYWHERE = 4

Rule = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Rules = tuple[Rule, ...]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class _Category(_Table):
    words: Annotated[Rules, Field(min_length=1)]
    ages: Rules = ()
    passes: Rules = ()


class _Leet(_Table):
    first: dict[str, str]
    second: dict[str, str]


class _PolicyFile(_Table):
    version: Literal[1]
    categories: Annotated[dict[str, _Category], Field(min_length=1)]
    groups: dict[str, Rules]
    numbers: dict[str, int]
    lookalikes: dict[str, str]
    leet: _Leet


class Policy:
    """Compiled rules. One for the life of a process; any thread may ask it."""

    def __init__(self, file: _PolicyFile) -> None:
        first, second = file.leet.first, file.leet.second
        self._speller = Speller(file.lookalikes, (first, first | second))
        writer = _Writer(self._speller, file.groups, file.numbers)
        self._categories = {name: _Matcher(category, writer) for name, category in file.categories.items()}

    def check(self, text: str) -> None:
        """Raises BadRequest where the text asks for what is not made here."""
        category = self.category_of(text)
        if category is not None:
            told = "the words ask for what is not made here"
            raise BadRequest(reasons.REASON_PROMPT_REFUSED, told, fields={"free_text": told}, category=category)

    def category_of(self, text: str) -> str | None:
        """The first category that it falls in. None: none."""
        readings = self._speller.read(text)
        return next((name for name, matcher in self._categories.items() if matcher.finds(readings)), None)


def read_policy(path: Path | None = None) -> Policy:
    """The rules shipped, or an operator's own. StartupError where they cannot be used."""
    rules = read_rules(_PolicyFile, path, _SHIPPED)
    try:
        return Policy(rules)
    except KeyError as error:
        name = path.name if path else _SHIPPED
        raise StartupError(f"{name}: a rule names the group {error}, which there is not") from None


class _Writer:
    """Rules as regular expressions, folded as texts are."""

    def __init__(self, speller: Speller, groups: Mapping[str, Rules], numbers: Mapping[str, int]) -> None:
        self._speller = speller
        self._groups = groups
        self._any_number = "|".join((_ANY_NUMBER, *numbers))
        self._young = "|".join((_UNDER_18, *(word for word, number in numbers.items() if number < 18)))

    def expressions(self, rules: Iterable[str], *, young: bool = False) -> Iterator[str]:
        """One for each phrase that a rule stands for."""
        for rule in rules:
            for phrase in self._phrases(rule):
                yield self._expression(phrase, self._young if young else self._any_number)

    def plain_words(self, rules: Iterable[str]) -> Iterator[str]:
        """Those that are a single word, without their wildcards."""
        for rule in rules:
            word = self._speller.fold(rule.strip("*"))
            if word.isalpha() and len(word) >= _SHORTEST_ANYWHERE:
                yield word

    def _phrases(self, rule: str) -> Iterator[str]:
        parts = _GROUP.split(rule)
        choices = [(part,) if place % 2 == 0 else self._groups[part] for place, part in enumerate(parts)]
        return ("".join(chosen) for chosen in itertools.product(*choices))

    def _expression(self, phrase: str, number: str) -> str:
        parts = re.split(r"([*#])", phrase)
        wild: dict[str, str] = {"*": _LETTERS, "#": f"(?:{number})"}
        written = "".join(wild.get(part) or re.escape(self._speller.fold(part)) for part in parts)
        return written.replace(r"\ ", "" if is_written_solid(phrase) else " ")


class _Matcher:
    """The rules of one category."""

    def __init__(self, category: _Category, writer: _Writer) -> None:
        wanted = [*writer.expressions(category.words), *writer.expressions(category.ages, young=True)]
        passed = list(writer.expressions(category.passes))
        self._words, self._passed_words = _spaced(wanted), _spaced(passed)
        self._solid, self._passed_solid = _solid(wanted), _solid(passed)
        self._anywhere = _any_of(list(writer.plain_words(category.words)), "{}")

    def finds(self, readings: Readings) -> bool:
        return (
            any(self._words.search(self._passed_words.sub("\n", reading)) for reading in readings.spaced)
            or any(self._anywhere.search(letters) for letters in readings.spelt_out)
            or self._solid.search(self._passed_solid.sub("\n", readings.solid)) is not None
        )


def _spaced(expressions: list[str]) -> re.Pattern[str]:
    return _any_of([each for each in expressions if not is_written_solid(each)], r"\b(?:{})\b")


def _solid(expressions: list[str]) -> re.Pattern[str]:
    return _any_of([each for each in expressions if is_written_solid(each)], r"(?<!\d)(?:{})")


def _any_of(expressions: list[str], around: str) -> re.Pattern[Any]:
    return re.compile(around.format("|".join(expressions))) if expressions else _NOTHING
