"""Styles as they are listed."""

import pytest
from likeness.gateway.v1 import gateway_pb2 as pb

from gateway.api.binding import Binding
from gateway.api.pages import PageTokens
from gateway.api.styles import styles_page
from gateway.styles import read_styles
from likeness_wire.errors import BadRequest

STYLES = read_styles()
TOKENS = PageTokens(Binding(bytes(32)))


def test_all_of_them_come_on_one_page() -> None:
    """There are not many."""
    page = styles_page(STYLES, TOKENS, pb.ListStylesRequest())

    assert STYLES.messages() == list(page.styles)
    assert "" == page.next_page_token


def test_pages_lead_on_to_the_end() -> None:
    """Each style once, in the order of the file."""
    found: list[str] = []
    token = ""
    while True:
        page = styles_page(STYLES, TOKENS, pb.ListStylesRequest(page_size=2, page_token=token))
        found += [style.id for style in page.styles]
        if not (token := page.next_page_token):
            break

    assert [style.id for style in STYLES.messages()] == found


def test_a_token_that_was_made_up_leads_nowhere() -> None:
    """As in every list."""
    with pytest.raises(BadRequest):
        styles_page(STYLES, TOKENS, pb.ListStylesRequest(page_token="Mg"))
