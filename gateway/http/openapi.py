"""OpenAPI 3.1 of the HTTP face, from the contracts and the table of routes.

python -m gateway.http.openapi > docs/openapi.json
"""

import importlib.metadata
import json
import sys
from collections.abc import Iterable
from typing import Any, cast

from google.protobuf.descriptor import Descriptor

from gateway.http.calls import TIMEOUT
from gateway.http.comments import read_comments
from gateway.http.kinds import MEDIA_TYPES
from gateway.http.messages import field_named
from gateway.http.methods import METHODS, SERVICE
from gateway.http.paths import variables
from gateway.http.routes import ROUTES, Gives, Route, Takes
from gateway.http.schemas import Schema, Schemas

_JSON = "application/json"
_STATUS = {"$ref": "#/components/schemas/google.rpc.Status"}
_ONE = {"tenants": "tenant", "uploads": "upload", "jobs": "job", "results": "result", "tries": "try"}
_ONE |= {"receipts": "receipt"}
_BYTES: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}


def document() -> dict[str, Any]:
    comments = read_comments()
    schemas = Schemas(comments)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        for template in route.paths:
            described = comments[f"{SERVICE.full_name}.{route.rpc}"]
            paths.setdefault(_spelled(template), {})[route.verb.lower()] = _operation(
                route, template, described, schemas
            )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Likeness",
            "version": importlib.metadata.version("likeness"),
            "description": "The API over HTTP: the messages of likeness.gateway.v1 in protobuf's JSON mapping.",
        },
        "paths": paths,
        "security": [{}, {"bearer": []}],
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "A key or a token."}},
            "responses": {"Failure": {"description": "What went wrong.", "content": {_JSON: {"schema": _STATUS}}}},
            "schemas": dict(sorted(schemas.known.items())),
        },
    }


def written() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _operation(route: Route, template: str, described: str, schemas: Schemas) -> dict[str, Any]:
    method = METHODS[route.rpc]
    operation: dict[str, Any] = {
        "operationId": route.rpc + _variant(route, template),
        "description": described,
        "parameters": [*_in_path(template), *_in_query(route, template, schemas), *_in_headers(route)],
        "responses": {**_answers(route, schemas), "default": {"$ref": "#/components/responses/Failure"}},
    }
    if route.takes is Takes.JSON:
        schema = _without(schemas, method.asked, variables(template))
        operation["requestBody"] = {"content": {_JSON: {"schema": schema}}}
    if route.takes is Takes.PHOTOS:
        operation["requestBody"] = _photos(schemas, method.asked)
    return operation


def _variant(route: Route, template: str) -> str:
    """The second path of a call has a name of its own."""
    index = route.paths.index(template)
    return "" if not index else f"_{index + 1}"


def _spelled(template: str) -> str:
    """`/v1/tenants/{tenants}/jobs/{jobs}:watch`: OpenAPI knows no names with slashes."""
    for name, pattern in variables(template).items():
        template = template.replace(f"{{{name}={pattern}}}", _parts(pattern))
    return template


def _parts(pattern: str) -> str:
    """`tenants/*` as `tenants/{tenant}`."""
    words = pattern.split("/")
    return "/".join(f"{{{_ONE[words[index - 1]]}}}" if word == "*" else word for index, word in enumerate(words))


def _in_path(template: str) -> Iterable[Schema]:
    for pattern in variables(template).values():
        words = pattern.split("/")
        for name in (_ONE[words[index - 1]] for index, word in enumerate(words) if word == "*"):
            schema = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"}
            yield {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(route: Route, template: str, schemas: Schemas) -> Iterable[Schema]:
    """Plain fields of the request that the path has not."""
    if route.takes is Takes.JSON:
        return
    for name in _plain(METHODS[route.rpc].asked):
        if name not in variables(template) and not (route.ranges and name in ("offset", "length")):
            field = field_named(METHODS[route.rpc].asked, name)
            if field is not None:
                yield {"name": name, "in": "query", "schema": schemas.field(field)}


def _plain(kind: Descriptor, before: str = "") -> Iterable[str]:
    for field in kind.fields:
        name = f"{before}{field.json_name}"
        if field_named(kind, field.name):
            yield name
        elif not before and not field.is_repeated and field.name == "spec":
            yield from (f"{name}.{inner}" for inner in _plain(cast(Descriptor, field.message_type)))


def _in_headers(route: Route) -> Iterable[Schema]:
    seconds = {"type": "string", "pattern": r"^[0-9]{1,7}(\.[0-9]{1,9})?s?$"}
    usual = f"{route.timeout_s:g}" if route.timeout_s else "as long as it takes"
    yield _header(TIMEOUT, f"Seconds that the call may take. Unset: {usual}.", seconds)
    if route.resumed_by:
        yield _header("Last-Event-ID", "Goes on behind this event.", {"type": "string", "pattern": "^[0-9]{1,18}$"})
    if route.ranges:
        yield _header("Range", "One range of bytes.", {"type": "string"})
        yield _header("If-Range", "The ETag that the range is of.", {"type": "string"})


def _header(name: str, described: str, schema: Schema) -> Schema:
    return {"name": name, "in": "header", "description": described, "schema": schema}


def _answers(route: Route, schemas: Schemas) -> dict[str, Any]:
    answered = METHODS[route.rpc].answered
    if route.gives is Gives.JSON:
        return {"200": {"description": "It is done.", "content": {_JSON: {"schema": schemas.of(answered)}}}}
    if route.gives is Gives.EVENTS:
        schemas.of(answered)
        told = f"Every event is a {answered.full_name} in JSON; the last one, of type `status`, a google.rpc.Status."
        return {
            "200": {"description": told, "content": {"text/event-stream": {"schema": {"type": "string"}}}},
            "204": {"description": "There is nothing more to come."},
        }
    content = {media_type: {"schema": _BYTES} for media_type in MEDIA_TYPES.values()}
    answers: dict[str, Any] = {"200": {"description": "The picture.", "content": content}}
    if route.ranges:
        answers["206"] = {"description": "A range of it.", "content": content}
    return answers


def _photos(schemas: Schemas, asked: Descriptor) -> Schema:
    spec = schemas.of(cast(Descriptor, asked.fields_by_name["spec"].message_type))
    form = {
        "type": "object",
        "properties": {"spec": spec, "photo": {"type": "array", "minItems": 1, "maxItems": 3, "items": _BYTES}},
        "required": ["photo"],
        "description": "`spec` before the photos.",
    }
    content: Schema = {media_type: {"schema": _BYTES} for media_type in MEDIA_TYPES.values()}
    return {"required": True, "content": {**content, "multipart/form-data": {"schema": form}}}


def _without(schemas: Schemas, kind: Descriptor, told: Iterable[str]) -> Schema:
    """The request, less what the path has."""
    properties = {field.json_name: schemas.field(field) for field in kind.fields if field.name not in set(told)}
    return {"type": "object", "properties": properties, "additionalProperties": False}


if __name__ == "__main__":
    sys.stdout.write(written())
