"""The styles that can be asked for, page by page."""

from likeness.gateway.v1 import gateway_pb2 as pb

from gateway.api.pages import PageTokens, page_size
from gateway.styles import Styles

_MOST = 100
_LIST = "styles"


def styles_page(styles: Styles, tokens: PageTokens, request: pb.ListStylesRequest) -> pb.ListStylesResponse:
    """They are everybody's; a page begins at a place in the file."""
    begin = int(tokens.cursor(request.page_token, _LIST) or 0)
    end = begin + page_size(request.page_size, _MOST, _MOST)
    found = styles.messages()
    after = str(end) if end < len(found) else None
    return pb.ListStylesResponse(styles=found[begin:end], next_page_token=tokens.token(after, _LIST))
