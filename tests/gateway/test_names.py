"""Names are made and read in one place."""

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from gateway import names
from likeness_wire.errors import BadRequest, NotFound

ID = "0123456789abcdef0123456789abcdef"


def test_what_is_made_is_read_again() -> None:
    """By the tenant it was made for."""
    assert names.upload_id(names.upload("acme", ID), "acme") == ID
    assert names.job_id(names.job("acme", ID), "acme") == ID
    assert names.receipt_id(names.receipt("acme", ID), "acme") == ID
    assert names.result_of(names.result("acme", ID, 3), "acme") == (ID, 3)
    assert names.attempt_of(names.attempt("acme", ID, 12), "acme") == (ID, 12)


def test_results_and_tries_are_told_apart() -> None:
    """Where either may be named."""
    assert names.is_attempt(names.attempt("acme", ID, 1))
    assert not names.is_attempt(names.result("acme", ID, 1))


def test_another_tenants_name_does_not_exist() -> None:
    """Whatever it names."""
    for read, name in (
        (names.upload_id, names.upload("acme", ID)),
        (names.job_id, names.job("acme", ID)),
        (names.receipt_id, names.receipt("acme", ID)),
        (names.result_of, names.result("acme", ID, 1)),
        (names.attempt_of, names.attempt("acme", ID, 1)),
        (names.check_parent, names.tenant("acme")),
    ):
        with pytest.raises(NotFound) as raised:
            read(name, "other")  # type: ignore[operator]
        assert raised.value.reason == reasons.REASON_NOT_FOUND


def test_no_parent_is_the_callers_own() -> None:
    """And so is its name."""
    names.check_parent("", "acme")
    names.check_parent(names.tenant("acme"), "acme")


@pytest.mark.parametrize(
    "name",
    [
        "",
        ID,
        f"tenants/acme/jobs/{ID}/",
        f"tenants/acme/uploads/{ID}",
        f"/tenants/acme/jobs/{ID}",
        f"tenants//jobs/{ID}",
        "tenants/acme/jobs/..",
        f"tenants/acme/jobs/{ID}\n",
        "tenants/acme/jobs/" + "x" * 65,
        "tenants/acme/jobs/é",
    ],
)
def test_a_misshapen_name_is_told_its_shape(name: str) -> None:
    """The field is named, and what would be right."""
    with pytest.raises(BadRequest, match=r"tenants/\{tenant\}/jobs/\{job\}") as raised:
        names.job_id(name, "acme")
    assert raised.value.reason == reasons.REASON_INVALID_FIELD
    assert raised.value.fields.keys() == {"name"}


@pytest.mark.parametrize("number", ["0", "-1", "01", "1.0", "x", "9999999999", "²"])
def test_ordinals_count_from_one(number: str) -> None:
    """In plain digits."""
    with pytest.raises(BadRequest):
        names.result_of(f"tenants/acme/jobs/{ID}/results/{number}", "acme")
