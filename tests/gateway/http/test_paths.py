"""The table of routes, and how it is read."""

import pytest

from gateway.http.messages import field_named
from gateway.http.methods import METHODS
from gateway.http.paths import Paths, variables
from gateway.http.routes import ROUTES, Gives, Route, Takes

PATHS = Paths(ROUTES)


def test_every_rpc_has_a_route() -> None:
    """What gRPC can do, curl can."""
    assert set(METHODS) == {route.rpc for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.rpc)
def test_a_route_fits_its_contract(route: Route) -> None:
    """Fields of paths exist; what streams is a stream; what is resumed is resumed by a field."""
    method = METHODS[route.rpc]
    fields = {name for path in route.paths for name in variables(path)} | ({route.resumed_by} - {""})

    assert all(field_named(method.asked, name) for name in fields)
    assert method.client_streaming == (route.takes is Takes.PHOTOS)
    assert method.server_streaming == (route.gives is not Gives.JSON)
    assert not route.ranges or {"offset", "length"} <= set(method.asked.fields_by_name)


@pytest.mark.parametrize(
    ("verb", "path", "rpc", "fields"),
    [
        ("GET", "/v1/tenants/a/jobs/b", "GetJob", {"name": "tenants/a/jobs/b"}),
        ("GET", "/v1/tenants/a/jobs/b:watch", "WatchJob", {"name": "tenants/a/jobs/b"}),
        ("POST", "/v1/tenants/a/uploads", "CreateUpload", {"spec.parent": "tenants/a"}),
        ("POST", "/v1/uploads", "CreateUpload", {}),
        ("GET", "/v1/tenants/a/jobs/b/tries", "ListTries", {"parent": "tenants/a/jobs/b"}),
        ("GET", "/v1/tenants/a/jobs/b/tries/3:thumbnail", "DownloadThumbnail", {"name": "tenants/a/jobs/b/tries/3"}),
    ],
)
def test_a_path_says_what_is_called_and_with_what(verb: str, path: str, rpc: str, fields: dict[str, str]) -> None:
    """Short paths set nothing."""
    found = PATHS.find(verb, path)

    assert found is not None
    assert (rpc, fields) == (found.route.rpc, dict(found.fields))


@pytest.mark.parametrize(
    "path", ["/v1/tenants/a/jobs/b/", "/v1/tenants/a/b/jobs/c", "/v1/tenants//jobs/b", "/v2/server"]
)
def test_other_paths_are_nothing(path: str) -> None:
    """Not even nearly."""
    assert not PATHS.verbs(path)
    assert PATHS.find("GET", path) is None
