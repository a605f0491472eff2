"""Pages of lists, and the tokens that lead from one to the next.

A token is where the next page begins, bound to the query it belongs to. It carries no authority: what a page shows is
decided by who asks, every time anew.
"""

import base64
import binascii
import hmac

from likeness.common.v1 import reason_pb2 as reasons

from gateway.api.binding import Binding
from likeness_wire.errors import BadRequest

_MAC_BYTES = 16


class PageTokens:
    """Made here, and read here. `query`: everything that has to be unchanged from page to page, sizes excepted."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def token(self, cursor: str | None, *query: str) -> str:
        """Empty after the last page."""
        if cursor is None:
            return ""
        return base64.urlsafe_b64encode(self._mac(cursor, query) + cursor.encode()).decode().rstrip("=")

    def cursor(self, token: str, *query: str) -> str | None:
        """None: from the start. INVALID_PAGE_TOKEN for one that was made up, or belongs to another query."""
        if not token:
            return None
        mac, cursor = _opened(token)
        if not hmac.compare_digest(mac, self._mac(cursor, query)):
            raise _invalid()
        return cursor

    def _mac(self, cursor: str, query: tuple[str, ...]) -> bytes:
        return self._binding.digest("page", cursor, *query)[:_MAC_BYTES]


def page_size(asked: int, usual: int, most: int) -> int:
    """0 is the usual; more than the most is cut to it."""
    return min(asked or usual, most)


def _opened(token: str) -> tuple[bytes, str]:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        return raw[:_MAC_BYTES], raw[_MAC_BYTES:].decode()
    except (binascii.Error, ValueError):
        raise _invalid() from None


def _invalid() -> BadRequest:
    return BadRequest(
        reasons.REASON_INVALID_PAGE_TOKEN,
        "page_token: start again without one",
        fields={"page_token": "not of this list"},
    )
