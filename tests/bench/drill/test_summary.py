"""From visits to the table: who met a fault, what it cost them, and what fails a drill."""

from bench.drill.summary import failures, rows, without_a_fault
from likeness_client.values.words import State
from tests.bench.drill.visits import drill, strike, visit


def test_a_fault_is_told_by_the_jobs_before_it_during_it_and_after_it() -> None:
    """Its calls are those of the visits that ended from its beginning on."""
    quiet, hit, after = visit(0, 5), visit(8, 14), visit(30, 6)
    (row,) = rows(drill(quiet, hit, after, strikes=(strike(began=10, ended=20),)))

    assert ("5.0 / 5.0", "14.0 / 14.0", "6.0 / 6.0") == (str(row.before), str(row.during), str(row.after))
    assert 18 == row.calls
    assert 12 == row.normal_s
    assert 2 == without_a_fault(drill(quiet, hit, after, strikes=(strike(),))).count


def test_a_slow_job_after_a_fault_means_that_it_is_not_over() -> None:
    """Twice the usual is slow."""
    usual = [visit(first, 5) for first in (0, 1, 2)]
    (row,) = rows(drill(*usual, visit(30, 20), strikes=(strike(began=10, ended=20),)))

    assert 40 == row.normal_s


def test_every_loss_belongs_to_one_fault() -> None:
    """The last that had begun when the visit ended."""
    gone = visit(12, 30, state=State.FAILED)
    first, second = rows(drill(gone, strikes=(strike(began=10, ended=20), strike("next", began=40, ended=45))))

    assert (0, 1) == (len(first.lost), len(second.lost))


def test_a_visit_that_never_ended_is_lost() -> None:
    """With the last fault."""
    open_ended = visit(12, 1, ended=None, job_ended=None, state=None, receipt=None)
    (row,) = rows(drill(open_ended, strikes=(strike(),)))

    assert 2 == len(row.lost)


def test_a_drill_passes_where_nothing_is_missing_and_every_fault_has_bitten() -> None:
    """And not otherwise."""
    assert [] == failures(drill(visit(0), visit(30), strikes=(strike(),)))
    assert ["SIGKILL it: did not bite: it lives on"] == failures(drill(visit(0), strikes=(strike(bit=""),)))
    left = drill(visit(0), strikes=(strike(),), faults=("2 keys are left",))
    assert ["in the end: 2 keys are left"] == failures(left)
    early = drill(visit(0, state=State.FAILED), strikes=(strike(),))
    assert any("before any fault: " in line for line in failures(early))
