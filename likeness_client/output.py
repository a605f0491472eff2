"""What commands print: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

_UNITS = ("B", "kB", "MB", "GB", "TB")

# In columns. So that grep and scripts that forgot --json see whole lines.
_UNSEEN_WIDTH = 240


def show_json(value: object) -> None:
    """One document on standard output."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """As wide as the terminal, or as the table where nobody looks. The first column is never broken, others are folded;
    a column whose name begins with > is aligned to the right.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        justify: Literal["left", "right"] = "right" if column.startswith(">") else "left"
        table.add_column(column.removeprefix(">"), justify=justify, no_wrap=place == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else _UNSEEN_WIDTH).print(table)


def human_size(size: int) -> str:
    """Decimal, as disks and download pages count: 6938078334 is 6.9 GB."""
    step = min(max(len(str(size)) - 1, 0) // 3, len(_UNITS) - 1)
    value = size / 1000**step
    return f"{value:.0f} {_UNITS[step]}" if value >= 100 or step == 0 else f"{value:.1f} {_UNITS[step]}"


def human_span(span: timedelta) -> str:
    """As people say it: 40 s, 2 min 05 s, 22 h 10 min."""
    minutes, seconds = divmod(max(round(span.total_seconds()), 0), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


def human_time(time: datetime) -> str:
    """By the clock of this machine: 21 Nov 2026, 14:05 CET."""
    return f"{time.astimezone():%-d %b %Y, %H:%M %Z}"


def human_count(count: int, one: str, many: str) -> str:
    """1 try, 2 tries."""
    return f"{count} {one if count == 1 else many}"
