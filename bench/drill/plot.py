"""The plot of docs/drill.md: every job as a dot, every fault as a band."""

from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, log10

from bench.drill.ledger import Visit, duplicated, lost
from bench.drill.run import Drill, Strike
from bench.drill.summary import met
from bench.svg import Scale, axis, band, dot, line, picture, text

# Read on a light page and on a dark one: whichever the reader's is.
_STYLE = """
:root { --paper: #ffffff; --ink: #1f2933; --faint: #616e7c; --line: #dfe3e8; --fault: #e8590c; --quiet: #0b7285;
  --met: #d9480f; --bad: #d6007f }
@media (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3; --faint: #9aa5b1; --line: #2b323b;
  --fault: #ff922b; --quiet: #66d9e8; --met: #ffa94d; --bad: #ff4fb0 } }
"""
_INK, _FAINT, _LINE = "var(--ink)", "var(--faint)", "var(--line)"
_WIDTH, _LEFT, _RIGHT, _TOP, _DEEP = 1240, 60, 70, 190, 300
_TICKS_S = (1, 2, 5, 10, 20, 50, 100, 200)


def timeline(drill: Drill) -> str:
    """Where a dot is: when its job began, and how long it took."""
    jobs = [visit for visit in drill.visits if visit.seconds is not None]
    across = Scale(0, max(drill.seconds, 1), _LEFT, _WIDTH - _RIGHT)
    most = max((visit.seconds or 1 for visit in jobs), default=10)
    down = Scale(0, log10(most * 1.3), _TOP + _DEEP, _TOP)
    parts = [*_heading(), *_grid(down, most), *_bands(drill.strikes, across), *_dots(drill, jobs, across, down)]
    minutes = range(0, ceil(drill.seconds / 60) + 1, 1 if drill.seconds < 1200 else 2)
    ticks = [60.0 * minute for minute in minutes if 60 * minute <= drill.seconds]
    parts += axis(across, _TOP + _DEEP, ticks, lambda value: f"{value / 60:.0f}", colour=_FAINT)
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts += [text(middle, _TOP + _DEEP + 42, "minutes since the drill began", colour=_FAINT, anchor="middle")]
    return picture(
        _WIDTH, _TOP + _DEEP + 56, "Jobs of a drill, by how long they took", parts, paper="var(--paper)", style=_STYLE
    )


def _heading() -> list[str]:
    legend, parts = (("quiet", "met no fault"), ("met", "met a fault"), ("bad", "lost or duplicated")), []
    for place, (colour, words) in enumerate(legend):
        x = _WIDTH - 420 + 140 * place
        parts += [dot(x, 22, f"var(--{colour})", 4.5), text(x + 10, 26, words, size=12, colour=_FAINT)]
    return [
        text(_LEFT, 27, "Seconds that jobs took, and what was done to the fleet", size=15, colour=_INK, weight=600),
        *parts,
    ]


def _grid(down: Scale, most: float) -> Iterable[str]:
    for tick in _TICKS_S:
        if tick <= most * 1.3:
            y = down(log10(tick))
            yield line(_LEFT, y, _WIDTH - _RIGHT, y, colour=_LINE)
            yield text(_LEFT - 8, y + 4, f"{tick} s", size=12, colour=_FAINT, anchor="end")


def _bands(strikes: Sequence[Strike], across: Scale) -> Iterable[str]:
    """At least as wide as can be seen, with its name above it."""
    for strike in strikes:
        left, right = across(strike.began), max(across(strike.ended), across(strike.began) + 2)
        colour = "var(--fault)" if strike.bit else "var(--bad)"
        inside = f"{strike.fault.name}: {strike.bit or strike.why_not}, {strike.ended - strike.began:.0f} s"
        area = band(left, _TOP, right, _TOP + _DEEP, colour)
        yield f"<g fill-opacity='0.16'>{area}<title>{escape(inside)}</title></g>"
        x = (left + right) / 2
        name = text(x, _TOP - 8, strike.fault.name, size=12, colour=_INK)
        yield f"<g transform='rotate(-58 {x:.1f} {_TOP - 8})'>{name}</g>"


def _dots(drill: Drill, jobs: Sequence[Visit], across: Scale, down: Scale) -> Iterable[str]:
    for visit in jobs:
        hit = any(met(visit, strike) for strike in drill.strikes)
        colour = "bad" if lost(visit) or duplicated(visit) else "met" if hit else "quiet"
        size = 6.0 if colour == "bad" else 3.5
        yield dot(across(visit.job_began), down(log10(max(visit.seconds or 1, 1))), f"var(--{colour})", size)
