"""Page tokens lead on, and nowhere else."""

import base64

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from gateway.api.binding import Binding
from gateway.api.pages import PageTokens, page_size
from likeness_wire.errors import BadRequest

TOKENS = PageTokens(Binding(bytes(32)))


def test_a_token_says_where_to_go_on() -> None:
    """To whoever asks the same."""
    token = TOKENS.token("1800000000000.abc", "jobs", "acme", "queued")

    assert TOKENS.cursor(token, "jobs", "acme", "queued") == "1800000000000.abc"


def test_the_last_page_has_none_and_the_first_needs_none() -> None:
    """Both are empty."""
    assert "" == TOKENS.token(None, "jobs", "acme")
    assert TOKENS.cursor("", "jobs", "acme") is None


@pytest.mark.parametrize("query", [("jobs", "other"), ("receipts", "acme"), ("jobs", "acme", "queued"), ("jobs",)])
def test_a_token_of_another_query_is_refused(query: tuple[str, ...]) -> None:
    """Another tenant's, another list's, another filter's."""
    with pytest.raises(BadRequest) as raised:
        TOKENS.cursor(TOKENS.token("1.a", "jobs", "acme"), *query)
    assert raised.value.reason == reasons.REASON_INVALID_PAGE_TOKEN


def test_a_token_that_was_made_up_is_refused() -> None:
    """In whatever way."""
    true = TOKENS.token("1.a", "jobs", "acme")
    mac = base64.urlsafe_b64decode(true + "==")[:16]
    others = PageTokens(Binding(bytes(31) + b"x"))
    for token in (
        "x",
        "é",
        "%%%",
        true[:-1],
        true + "A",
        base64.urlsafe_b64encode(mac + b"2.b").decode(),
        base64.urlsafe_b64encode(mac + b"\xff").decode(),
        others.token("1.a", "jobs", "acme"),
    ):
        with pytest.raises(BadRequest):
            TOKENS.cursor(token, "jobs", "acme")


def test_page_sizes_have_a_usual_and_a_most() -> None:
    """More is cut, none is the usual."""
    assert (50, 7, 100) == (page_size(0, 50, 100), page_size(7, 50, 100), page_size(4_000_000_000, 50, 100))
