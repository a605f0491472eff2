"""What a drill leaves in the docs."""

import xml.etree.ElementTree as ET

from bench.drill.plot import timeline
from bench.drill.report import BEGIN, END, page
from likeness_client.values.words import State
from tests.bench.drill.visits import drill, strike, visit

SVG = "{http://www.w3.org/2000/svg}"


def test_the_measured_part_of_a_page_is_replaced_and_the_rest_stays() -> None:
    """However often."""
    done = drill(visit(0), visit(30), strikes=(strike(),))
    once = page(f"# Drill\n\n{BEGIN}\nmeasured long ago\n{END}\n\nwhat is not covered\n", done)

    assert once.startswith(f"# Drill\n\n{BEGIN}\n")
    assert once.endswith(f"{END}\n\nwhat is not covered\n")
    assert "measured long ago" not in once
    assert 1 == page(once, done).count("| fault |")
    assert "| SIGKILL it | 10 |" in once
    assert "**Lost: 0. Duplicated: 0.**" in once


def test_a_page_that_is_not_there_yet_is_the_measured_part() -> None:
    """As for a folder of one's own."""
    assert page("", drill(visit(0), strikes=(strike(),))).startswith(BEGIN)


def test_a_loss_stands_in_the_table_and_below_it() -> None:
    """As does a fault that did nothing."""
    text = page("", drill(visit(12, state=State.FAILED), strikes=(strike(bit=""),)))

    assert "**Lost: 1. Duplicated: 0.**" in text
    assert "SIGKILL it **(did not bite)**" in text
    assert "- SIGKILL it: lost: job jobs/01234567 was accepted and is failed" in text


def test_the_plot_has_a_dot_for_every_job_and_a_band_for_every_fault() -> None:
    """Losses have a colour of their own; uploads alone have no dot."""
    visits = visit(0), visit(12, 9), visit(30, state=State.FAILED), visit(40, wanted=0)
    svg = ET.fromstring(timeline(drill(*visits, strikes=(strike(), strike("next", 40, 41)))))
    legend = 3
    dots = [each.get("fill") for each in svg.iter(f"{SVG}circle")][legend:]

    assert ["var(--quiet)", "var(--met)", "var(--bad)"] == dots
    assert 2 == sum("fill-opacity" in each.attrib for each in svg.iter(f"{SVG}g"))
    assert {"SIGKILL it", "next"} <= {each.text for each in svg.iter(f"{SVG}text")}
