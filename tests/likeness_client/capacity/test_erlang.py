"""Formulas, against published numbers and one another."""

import pytest

from likeness_client.capacity.erlang import (
    erlang_c,
    mean_wait_s,
    pollaczek_khinchine_s,
    servers_for,
    wait_exceeds,
)

# Packs a minute: GPUs and how busy they are in percent, for packs of 60, 75 and 300 s, where no more than 5 % wait
# longer than 30 s. Worked out by others from the same formula.
TABLE = {
    0.2: ((2, 10), (2, 12), (4, 25)),
    0.5: ((2, 25), (3, 21), (6, 42)),
    1: ((3, 33), (4, 31), (10, 50)),
    2: ((5, 40), (5, 50), (16, 62)),
    5: ((8, 62), (10, 62), (33, 76)),
    10: ((14, 71), (17, 74), (60, 83)),
    20: ((24, 83), (30, 83), (113, 88)),
}
CELLS = [
    (rate, seconds, *cell)
    for rate, row in TABLE.items()
    for seconds, cell in zip((60.0, 75.0, 300.0), row, strict=True)
]


@pytest.mark.parametrize(("rate", "seconds", "gpus", "busy"), CELLS)
def test_as_many_servers_as_the_table_has(rate: float, seconds: float, gpus: int, busy: int) -> None:
    """Every cell, and how busy they are to the percent."""
    load = rate * seconds / 60
    found = servers_for(load, seconds, wait_s=30, share=0.05)

    assert gpus == found
    assert busy == pytest.approx(100 * load / found, abs=0.51)


@pytest.mark.parametrize(("servers", "load", "waits"), [(1, 0.6, 0.6), (2, 1.0, 1 / 3), (5, 4.0, 0.5541)])
def test_who_has_to_wait(servers: int, load: float, waits: float) -> None:
    """One server: as often as it is busy. Two: by hand. Five: the textbooks' example."""
    assert waits == pytest.approx(erlang_c(servers, load), abs=1e-4)


def test_where_too_much_comes_everybody_waits() -> None:
    """For ever, so that there is no mean to speak of."""
    assert 1.0 == erlang_c(2, 2.0) == wait_exceeds(2, 2.5, 1.0, 1000.0)


def test_one_server_is_a_case_of_both_formulas() -> None:
    """M/M/1 is M/M/c with one server, and M/G/1 with a variation of 1; without variation waits are half as long."""
    assert mean_wait_s(1, 0.7, 2.0) == pytest.approx(pollaczek_khinchine_s(0.7, 2.0, 1.0))
    assert pollaczek_khinchine_s(0.7, 2.0, 0.0) == pytest.approx(mean_wait_s(1, 0.7, 2.0) / 2)
