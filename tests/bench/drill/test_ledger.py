"""What is missing and what is there twice is found, whatever callers were told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bench.drill.ledger import duplicated, lost, refused_receipts
from likeness_client.values.words import State
from tests.bench.drill.visits import JOB, THEN, a_try, receipt, result, visit


def test_nothing_is_found_where_all_went_well() -> None:
    """Also where the one request was sent twice and every picture was fetched twice."""
    assert ([], []) == (lost(visit()), duplicated(visit()))


def test_an_upload_that_was_deleted_without_a_job_is_no_loss() -> None:
    """It has its receipt."""
    alone = visit(wanted=0, jobs=[], state=None, results=(), announced=[], digests={}, tries=[], tries_seen=[])

    assert ([], []) == (lost(alone), duplicated(replace(alone, receipt=receipt(photo=1))))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": State.FAILED}, "was accepted and is failed"),
        ({"state": None, "job_ended": None}, "was accepted and is not ended"),
        ({"results": (result(1),)}, "made 1 pictures of 2"),
        ({"results": (result(1), result(3))}, "results/2 was announced and is gone"),
        ({"announced": [result(1)]}, "results/2 was never announced"),
        ({"digests": {f"{JOB}/results/1": ["a", "a"], f"{JOB}/results/2": ["a"]}}, "results/2 was not fetched twice"),
        ({"receipt": None}, "there is no receipt of its end"),
        ({"broken": ["download: NOT_FOUND, there is none"]}, "download: NOT_FOUND"),
    ],
)
def test_what_was_promised_and_is_missing_is_lost(changes: dict[str, Any], words: str) -> None:
    """Said with enough of the name to find it in the log."""
    assert any(words in line for line in lost(visit(**changes)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"jobs": [JOB, f"{JOB}2"]}, "one request made 2 jobs"),
        ({"results": (result(1), result(2, style_index=0))}, "picture 0 of order 0 is there 2 times"),
        ({"announced": [result(1), result(2, seed=9), result(2)]}, "results/2 was 2 different pictures"),
        ({"digests": {f"{JOB}/results/1": ["a", "b"], f"{JOB}/results/2": ["a", "a"]}}, "results/1 had 2 contents"),
        ({"receipt": receipt(photo=1, result=3)}, "3 objects of kind result, where 2 belong"),
        ({"receipt": receipt(photo=2, result=2)}, "2 objects of kind photo, where 1 belong"),
        ({"tries": [a_try(1), a_try(2), a_try(2, name="another")]}, "try 1 of corporate 2 has 2 records"),
        (
            {"tries": [a_try(1), a_try(2, create_time=THEN + timedelta(seconds=9))]},
            "tries/2 was rendered again after it was recorded",
        ),
    ],
)
def test_what_is_there_twice_is_duplicated(changes: dict[str, Any], words: str) -> None:
    """Two different contents of one name as well."""
    assert any(words in line for line in duplicated(visit(**changes)))


def test_a_receipt_that_the_gateways_do_not_keep_is_gone() -> None:
    """Whoever was handed it has the only one."""
    assert [] == refused_receipts([visit()], ["tenants/local/receipts/jobs/1"])
    assert 1 == len(refused_receipts([visit()], []))


def test_the_first_look_at_a_record_counts() -> None:
    """A second one, of a render made again, changes nothing of it."""
    seen = visit(tries_seen=[])
    seen.saw([a_try(1)])
    seen.saw([a_try(1, create_time=THEN + timedelta(seconds=1))])

    assert [a_try(1)] == seen.tries_seen
