"""What a text says however it is spelt: what it is folded to, and the ways in which it may have been meant.

Nothing here decides anything. A reading is lower-case words with single spaces between them.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_BREAK = "\n"
"""Between words that are not neighbours."""

# Sorts of characters that nobody sees: accents and other combining marks, control and format characters.
_UNSEEN = frozenset({"Mn", "Me", "Cf", "Cc", "Cn", "Co"})
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_WORD = re.compile(r"[^\W_]+")
_STRETCHED = re.compile(r"(.)\1{2,}")
_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_FLAG_A = 0x1F1E6
_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Readings:
    """One text, read in every way that somebody may have meant."""

    spaced: frozenset[str] = field(repr=False)
    """With words told apart: a rule has to be found as whole words."""
    spelt_out: frozenset[str] = field(repr=False)
    """Words put together from single letters: a rule may stand anywhere in them."""
    solid: str = field(repr=False)
    """Without anything between letters, for scripts without spaces."""


class Speller:
    """Folds texts, and reads them. The tables are data of the policy."""

    def __init__(self, lookalikes: Mapping[str, str], leet: Sequence[Mapping[str, str]]) -> None:
        self._letters = {ord(odd): plain for plain, odds in lookalikes.items() for odd in odds}
        self._letters |= {_FLAG_A + place: chr(ord("a") + place) for place in range(_LETTERS)}
        self._leet = [str.maketrans(dict(table)) for table in leet]

    def fold(self, text: str) -> str:
        """One spelling for all that look the same. Marks and spaces stay."""
        # Look-alikes first and again: Unicode takes some of them for letters that look otherwise.
        alike = unicodedata.normalize("NFKC", text.translate(self._letters)).casefold()
        plain = (_digit(letter) for letter in unicodedata.normalize("NFD", alike))
        seen = "".join(letter for letter in plain if letter.isspace() or unicodedata.category(letter) not in _UNSEEN)
        return unicodedata.normalize("NFC", seen.translate(self._letters)).casefold()

    def read(self, text: str) -> Readings:
        folded = _APOSTROPHES.sub("", self.fold(text))
        written = [folded, *(_deciphered(folded, table) for table in self._leet)]
        spaced, spelt_out = set[str](), set[str]()
        for version in written:
            words = _WORD.findall(version)
            spaced |= {" ".join(words), _without_marks(version), _BREAK.join(_rejoined(words))}
            spelt_out |= set(_spelt_out(words))
        return Readings(
            spaced=frozenset(filter(None, _all_lengths(spaced))),
            spelt_out=frozenset(_all_lengths(spelt_out)),
            solid="".join(_WORD.findall(folded)),
        )


def is_written_solid(text: str) -> bool:
    """Whether it is of a script that puts no spaces between words."""
    return _WITHOUT_SPACES.search(text) is not None


def _digit(letter: str) -> str:
    """Of whatever script, as 0 to 9."""
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter


def _deciphered(text: str, table: dict[int, str]) -> str:
    """With letters for digits and marks, but numbers stay numbers."""
    return " ".join(chunk if _is_number(chunk) else chunk.translate(table) for chunk in text.split())


def _is_number(chunk: str) -> bool:
    digits = "".join(_WORD.findall(chunk))
    return len(digits) > 1 and digits.isdecimal()


def _without_marks(text: str) -> str:
    """What stands without a space between is one word: n.u.d.e, nu-de."""
    return " ".join(filter(None, ("".join(_WORD.findall(chunk)) for chunk in text.split())))


def _rejoined(words: Sequence[str]) -> Iterator[str]:
    """A letter that was torn off its word: n ude, nud e."""
    for one, next_one in itertools.pairwise(words):
        if (len(one) == 1) != (len(next_one) == 1):
            yield one + next_one


def _spelt_out(words: Sequence[str]) -> Iterator[str]:
    """Runs of single letters."""
    run = ""
    for word in (*words, ""):
        if len(word) == 1:
            run += word
        else:
            if len(run) > 2:
                yield run
            run = ""


def _all_lengths(readings: set[str]) -> set[str]:
    """Nobody writes a letter three times; it may stand for one or for two."""
    return {
        version
        for reading in readings
        for version in (reading, _STRETCHED.sub(r"\1", reading), _STRETCHED.sub(r"\1\1", reading))
    }
