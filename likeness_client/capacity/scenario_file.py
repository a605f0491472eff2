"""Scenarios as TOML: written with every number's meaning and origin, read back, changed by `PART.NAME=VALUE`."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints

from likeness_client.capacity.checks import checked
from likeness_client.capacity.origins import origin_of, told_fields, what_it_says
from likeness_client.capacity.scenario import Scenario
from likeness_client.failure import CommandFailed


def as_toml(scenario: Scenario) -> str:
    """What is unset is commented out."""
    return "\n".join(line for part in fields(scenario) for line in _section(part.name, getattr(scenario, part.name)))


def read_scenario(file: Path) -> Scenario:
    """Over the defaults. CommandFailed names what is not understood."""
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CommandFailed(f"{file} cannot be read as a scenario: {error}") from None
    scenario = Scenario()
    for part, values in found.items():
        if not isinstance(values, dict):
            raise CommandFailed(f"{file}: {part} stands outside of any [part]")
        for name, value in values.items():
            scenario = _changed(scenario, part, name, value)
    return checked(scenario)


def with_wishes(scenario: Scenario, wishes: Sequence[str]) -> Scenario:
    """Each is `PART.NAME=VALUE`, the value as in TOML; words need no quotes."""
    for wish in wishes:
        place, equals, text = wish.partition("=")
        part, dot, name = place.strip().partition(".")
        if not (dot and equals and text.strip()):
            raise CommandFailed(f"--set wants PART.NAME=VALUE, such as generator.full_s=2.1, not {wish!r}")
        scenario = _changed(scenario, part, name, _value(text.strip()))
    return checked(scenario)


def _section(part: str, holder: Any) -> Iterator[str]:
    yield f"[{part}]"
    for entry in told_fields(holder):
        value = getattr(holder, entry.name)
        line = f"# {entry.name} =" if value is None else f"{entry.name} = {_as_toml(value)}"
        yield f"{line:32} # {origin_of(holder, entry)}: {what_it_says(entry)}"
    yield ""


def _as_toml(value: Any) -> str:
    if isinstance(value, StrEnum):
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _changed(scenario: Scenario, part: str, name: str, value: Any) -> Scenario:
    parts = [each.name for each in fields(scenario)]
    if part not in parts:
        raise CommandFailed(f"a scenario has no part {part!r}; it has {', '.join(parts)}")
    holder = getattr(scenario, part)
    entries: Mapping[str, Field[Any]] = {entry.name: entry for entry in told_fields(holder)}
    if name not in entries:
        raise CommandFailed(f"{part} has no {name!r}; it has {', '.join(entries)}")
    fitting = _fitting(get_type_hints(type(holder))[name], value)
    if fitting is None:
        raise CommandFailed(f"{part}.{name} cannot be {value!r}; it is: {what_it_says(entries[name])}")
    return replace(scenario, **{part: replace(holder, **{name: fitting})})


def _fitting(wanted: Any, value: Any) -> Any:
    """The value as the field has it. None: it is of another kind."""
    if wanted is bool:
        return value if isinstance(value, bool) else None
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return wanted(value) if value in list(wanted) else None
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value if wanted is not float and isinstance(value, int) and not isinstance(value, bool) else None
