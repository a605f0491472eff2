"""Scenarios as files, and as wishes on the command line."""

from dataclasses import fields
from pathlib import Path

import pytest

from likeness_client.capacity.origins import Origin, origin_of, told_fields
from likeness_client.capacity.scenario import Arrivals, Promise, Scenario
from likeness_client.capacity.scenario_file import as_toml, read_scenario, with_wishes
from likeness_client.failure import CommandFailed


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Defaults and changes alike; what is unset stays so."""
    wishes = ["generator.full_s=2", "slo.of=first-picture", "demand.arrivals=daily", "demand.enlarged=false"]
    changed = with_wishes(Scenario(), [*wishes, "gateway.gateways=3"])
    for number, scenario in enumerate((Scenario(), changed)):
        file = tmp_path / f"{number}.toml"
        file.write_text(as_toml(scenario))

        assert scenario == read_scenario(file)
    assert (2.0, Promise.FIRST, Arrivals.DAILY) == (changed.generator.full_s, changed.slo.of, changed.demand.arrivals)
    assert (False, 3) == (changed.demand.enlarged, changed.gateway.gateways)


def test_every_number_says_where_it_comes_from() -> None:
    """And becomes yours when you change it; nothing was measured on a GPU, and nothing says so."""
    scenario = with_wishes(Scenario(), ["generator.alone_s=1.5"])
    origins = {
        f"{part.name}.{entry.name}": origin_of(getattr(scenario, part.name), entry)
        for part in fields(scenario)
        for entry in told_fields(getattr(scenario, part.name))
    }

    assert sum(len(fields(getattr(scenario, part.name))) for part in fields(scenario)) == len(origins)
    assert Origin.YOURS is origins["generator.alone_s"]
    assert Origin.GOAL is origins["generator.full_s"]
    assert {"gateway.finish_s"} == {name for name, origin in origins.items() if origin is Origin.MEASURED}


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ("generator.full_s", "--set wants PART.NAME=VALUE"),
        ("generators.full_s=1", "a scenario has no part 'generators'"),
        ("generator.fulls=1", "generator has no 'fulls'"),
        ("generator.full_s=fast", "generator.full_s cannot be 'fast'"),
        ("demand.pictures=1.5", "demand.pictures cannot be 1.5"),
        ("demand.enlarged=1", "demand.enlarged cannot be 1"),
        ("slo.of=everything", "slo.of cannot be 'everything'"),
        ("demand.pictures=0", "demand.pictures is more than 0"),
        ("generator.full_s=-1", "generator.full_s is more than 0"),
        ("generator.full_s=inf", "generator.full_s is more than 0"),
        ("tries.accepted=1.1", "tries.accepted is a share"),
        ("demand.busiest=3", "demand.busiest is from 1 to 2"),
        ("generator.alone_s=99", "a full batch of 8 cannot be faster"),
    ],
)
def test_what_makes_no_sense_is_refused(wish: str, why: str) -> None:
    """In one line, by its name."""
    with pytest.raises(CommandFailed) as failure:
        with_wishes(Scenario(), [wish])

    assert why in str(failure.value)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("text", ["[demand", "packs = 3", "[nothing]\nx = 1"])
def test_a_file_that_is_no_scenario_is_refused(tmp_path: Path, text: str) -> None:
    """As is one that is not there."""
    file = tmp_path / "scenario.toml"
    file.write_text(text)

    with pytest.raises(CommandFailed):
        read_scenario(file)
    with pytest.raises(CommandFailed, match="cannot be read"):
        read_scenario(tmp_path / "none.toml")
