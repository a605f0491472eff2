"""Turns every HTTP request into the call it means, by the table of routes, and its answers back. Speaks ASGI."""

import logging
from typing import Any

from google.protobuf.message import Message
from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api.refusals import invalid
from gateway.http.bodies import Arriving, small
from gateway.http.calls import CallerGone, Calls, terms_of
from gateway.http.events import open_events, resumed_from
from gateway.http.failures import JSON, NO_STORE, known, refused
from gateway.http.forms import media_type_of
from gateway.http.guards import OnlyLocal
from gateway.http.messages import Tree, message_of, tree_of, tree_of_query, with_fields, written
from gateway.http.methods import METHODS
from gateway.http.page import Files, page_answer
from gateway.http.paths import Found, Paths
from gateway.http.photos import Limits, photo_messages
from gateway.http.pictures import Pictures
from gateway.http.refusals import Refusal, no_such_path, no_such_verb, not_this_type
from gateway.http.routes import ROUTES, Gives, Takes

log = logging.getLogger(__name__)


class Transcoder:
    """`local`: set where nobody needs a key."""

    def __init__(self, calls: Calls, page: Files, limits: Limits, local: OnlyLocal | None) -> None:
        self._calls = calls
        self._pictures = Pictures(calls)
        self._paths = Paths(ROUTES)
        self._page = page
        self._limits = limits
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        arriving = Arriving(receive, Headers(scope=scope))
        try:
            answer = await self._answer(Request(scope, arriving), arriving)
            await answer(scope, arriving, send)
        except (CallerGone, ClientDisconnect):
            return
        except Exception as error:
            # It has begun, so that nothing but its end can say so: shorter than announced, and the connection closed.
            log.warning("broke off", extra={"reason": known(error).reason_name})

    async def _answer(self, request: Request, arriving: Arriving) -> ASGIApp:
        """Whatever goes wrong before the answer begins has a code of its own."""
        try:
            return await self._found(request)
        except (CallerGone, ClientDisconnect):
            raise
        except Refusal as refusal:
            answer = refused(refusal.error, refusal.http_code, refusal.headers)
        except Exception as error:
            answer = refused(known(error))
        if not await arriving.wasted():
            answer.headers["Connection"] = "close"
        return answer

    async def _found(self, request: Request) -> ASGIApp:
        if self._local is not None:
            self._local.check(request.headers)
        verb, path = request.method, request.scope["path"]
        if verb in ("GET", "HEAD") and (file := self._page.get(path)):
            return page_answer(request, file)
        if found := self._paths.find(verb, path):
            return await self._called(request, found)
        if verbs := self._paths.verbs(path) or (["GET", "HEAD"] if path in self._page else []):
            raise no_such_verb(verbs)
        raise no_such_path()

    async def _called(self, request: Request, found: Found) -> ASGIApp:
        route, method = found.route, METHODS[found.route.rpc]
        terms = terms_of(request, route.timeout_s)
        if route.takes is Takes.PHOTOS:
            messages = photo_messages(request, _asked(request, found), method.request, self._limits)
            return await _json(await self._calls.answer_to(request, route.rpc, messages, terms))
        message = await _message(request, found)
        if route.gives is Gives.EVENTS:
            return await open_events(request, self._calls, route, message, terms)
        if route.gives is Gives.PICTURE:
            return await self._pictures.open(request, route, message, terms)
        return await _json(await self._calls.answer(request, route.rpc, message, terms))


async def _message(request: Request, found: Found) -> Any:
    """The request, of body, path and query."""
    kind = METHODS[found.route.rpc].request
    if found.route.takes is not Takes.JSON:
        return message_of(_asked(request, found), kind)
    if request.query_params:
        raise invalid("query", "this call has everything in its body")
    body = await small(request)
    if body and media_type_of(request.headers.get("content-type", "")) != JSON:
        raise not_this_type(JSON)
    return message_of(with_fields(tree_of(body), found.fields, METHODS[found.route.rpc].asked), kind)


def _asked(request: Request, found: Found) -> Tree:
    """What path and query say, and where a stream is to go on."""
    kind = METHODS[found.route.rpc].asked
    tree = with_fields(tree_of_query(_pairs(request.query_params), kind), found.fields, kind)
    seen = resumed_from(request)
    if found.route.resumed_by and seen is not None:
        tree[found.route.resumed_by] = seen  # it is newer than the address that an EventSource came by first
    return tree


def _pairs(query: QueryParams) -> list[tuple[str, str]]:
    return query.multi_items()


async def _json(message: Message) -> Response:
    return Response(await written(message), headers=NO_STORE, media_type=JSON)
