"""A new master key comes in and an old one goes, and no gateway ever lacks one that it needs."""

import itertools
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.keys.master import MasterKeys, Wrapped
from gateway.rotation.course import LONGEST_LIFE, Note, Ring, random_key
from gateway.storage.sealing import KEY_BYTES, DataKey

LEARN = timedelta(minutes=15)
START = datetime(2026, 11, 21, 12, tzinfo=UTC)
STEP = timedelta(minutes=15)
DAYS = 6


def _keys() -> Iterator[str]:
    return (f"key{number}" for number in itertools.count(1))


def _steps(ring: Ring, until: timedelta) -> Iterator[tuple[timedelta, list[str]]]:
    """Everything that happens to a ring that is looked at every quarter of an hour."""
    made = _keys()
    for number in range(int(until / STEP) + 1):
        if (changed := ring.stepped(START + number * STEP, LEARN, lambda: next(made))) is not None:
            ring = changed
            yield number * STEP, ring.file.split()


def test_a_key_is_learnt_then_wraps_and_the_old_one_goes_a_day_later() -> None:
    """What was there before the first run is given a whole day, whoever put it there."""
    day = LONGEST_LIFE + LEARN

    assert list(_steps(Ring("old\n"), until=2 * day + 2 * LEARN)) == [
        (timedelta(0), ["old"]),
        (day, ["old", "key1"]),
        (day + LEARN, ["key1", "old"]),
        (2 * day + LEARN, ["key1", "key2"]),
        (2 * day + 2 * LEARN, ["key2", "key1"]),
    ]


def test_a_run_that_comes_late_or_twice_takes_one_step() -> None:
    """What counts is the time since the last step, not when the next one was meant to be."""
    ring = Ring("old\n").stepped(START, LEARN, random_key)
    assert ring is not None
    late = ring.stepped(START + timedelta(days=9), LEARN, lambda: "new")
    assert late is not None

    assert late.file == "old\nnew\n"
    assert late.stepped(START + timedelta(days=9), LEARN, random_key) is None


def test_a_clock_that_went_back_does_nothing() -> None:
    """It would have to be sure that a day has gone by."""
    ring = Ring("old\n").stepped(START, LEARN, random_key)
    assert ring is not None

    assert ring.stepped(START - timedelta(days=3), LEARN, random_key) is None


def test_keys_that_somebody_else_put_there_are_kept_for_a_day() -> None:
    """In the order that they were put, from the moment they were seen."""
    ring = Ring("one\ntwo\n", Note("leaving", START - timedelta(days=5), "of other keys"))
    seen = ring.stepped(START, LEARN, random_key)
    assert seen is not None

    assert seen.file == ring.file
    assert seen.stepped(START + LONGEST_LIFE, LEARN, random_key) is None


def test_a_note_is_what_was_noted() -> None:
    """And what is none is none."""
    note = Note("learning", START, "abc")

    assert Note.read(str(note)) == note
    assert Note.read("") is None
    assert Note.read("forgotten 2026-11-21T12:00:00+00:00 abc") is None


def test_no_gateway_ever_lacks_a_key_that_it_needs(tmp_path: Path) -> None:
    """Six days of wrapping and opening by three real ones, of which two read the file late. And keys do go."""
    gateways = [_Gateway(tmp_path / str(lag), lag * timedelta(minutes=1)) for lag in (0, 7, 15)]
    ring = Ring(f"{random_key()}\n")
    history = [(START, ring.file)]
    alive: list[tuple[datetime, Wrapped]] = []
    masters: set[str] = set()
    for now in (START + minutes * timedelta(minutes=5) for minutes in range(DAYS * 24 * 12)):
        if (changed := ring.stepped(now, LEARN, random_key)) is not None:
            ring = changed
            history.append((now, ring.file))
        alive = [(deadline, wrapped) for deadline, wrapped in alive if deadline > now]
        for gateway in gateways:
            gateway.look(history, now)
            alive.append((now + LONGEST_LIFE, gateway.wrap()))
        masters |= {wrapped.master for _, wrapped in alive}
        # One of each master key stands for all.
        for wrapped in {wrapped.master: wrapped for _, wrapped in alive}.values():
            assert [gateway.opens(wrapped) for gateway in gateways] == [True, True, True]

    assert len(ring.file.split()) == 2
    assert len(masters) == DAYS


class _Gateway:
    """Its file is changed as late as a slow kubelet would."""

    def __init__(self, folder: Path, lag: timedelta) -> None:
        folder.mkdir()
        self._file = folder / "master"
        self._lag = lag
        self._shows: str | None = None
        self._keys: MasterKeys | None = None
        self._writes = itertools.count(1)

    def look(self, history: list[tuple[datetime, str]], now: datetime) -> None:
        seen = [file for since, file in history if since + self._lag <= now] or [history[0][1]]
        if seen[-1] != self._shows:
            self._shows = seen[-1]
            self._file.write_text(self._shows)
            os.utime(self._file, ns=(0, next(self._writes)))
        self._keys = self._keys or MasterKeys(self._file)

    def wrap(self) -> Wrapped:
        assert self._keys is not None
        return self._keys.wrap(DataKey(bytes(KEY_BYTES)), "holding", 1)

    def opens(self, wrapped: Wrapped) -> bool:
        assert self._keys is not None
        return self._keys.unwrap(wrapped, "holding", 1).secret == bytes(KEY_BYTES)
