"""How the calls of the API look over HTTP: one table, which the transcoder runs by and OpenAPI is written from.

Paths are templates as in AIP-127: `{field=pattern}` goes into that field of the request, `*` is one part of a name.
What neither path nor body holds comes from the query: `?page_size=10&states=STATE_RUNNING`. A path without a tenant is
the caller's own. Answers are the response message in protobuf's JSON mapping, fields without presence always there.
"""

from dataclasses import dataclass
from enum import Enum

# Below what proxies and people wait for.
_USUAL_S = 60.0
# Erasing waits for the store; photos come over bad lines, and what is inspected waits for its turn.
_LONG_S = 300.0


class Takes(Enum):
    """What the body of a request is."""

    NOTHING = "none; everything is in path and query"
    JSON = "the request message, less what the path has"
    PHOTOS = "a photo as it is, or multipart/form-data with one to three of them, and a part `spec` in JSON before"


class Gives(Enum):
    """What the body of an answer is."""

    JSON = "the response message"
    EVENTS = "text/event-stream: a message each, then `event: status` with how it ended"
    PICTURE = "the bytes of a picture"


@dataclass(frozen=True, slots=True)
class Route:
    """One RPC under one verb."""

    rpc: str
    verb: str
    # The first one is the resource's own; the others are short for it.
    paths: tuple[str, ...]
    takes: Takes = Takes.NOTHING
    gives: Gives = Gives.JSON
    # Unless x-likeness-timeout says otherwise. None: as long as it takes.
    timeout_s: float | None = _USUAL_S
    # Of the request: where `Last-Event-ID` goes. Of the response: where an event's id comes from.
    resumed_by: str = ""
    event_id: str = ""
    # Whether `Range` goes into offset and length.
    ranges: bool = False


ROUTES = (
    Route("GetServerInfo", "GET", ("/v1/server",)),
    Route("ListStyles", "GET", ("/v1/styles",)),
    Route(
        "CreateUpload",
        "POST",
        ("/v1/{spec.parent=tenants/*}/uploads", "/v1/uploads"),
        takes=Takes.PHOTOS,
        timeout_s=_LONG_S,
    ),
    Route("GetUpload", "GET", ("/v1/{name=tenants/*/uploads/*}",)),
    Route("DeleteUpload", "DELETE", ("/v1/{name=tenants/*/uploads/*}",), timeout_s=_LONG_S),
    Route("InspectUpload", "POST", ("/v1/{name=tenants/*/uploads/*}:inspect",), takes=Takes.JSON, timeout_s=_LONG_S),
    Route(
        "FindSeed",
        "POST",
        ("/v1/{upload=tenants/*/uploads/*}:findSeed",),
        takes=Takes.JSON,
        gives=Gives.EVENTS,
        timeout_s=None,
    ),
    Route("CreateJob", "POST", ("/v1/{parent=tenants/*}/jobs", "/v1/jobs"), takes=Takes.JSON),
    Route("ListJobs", "GET", ("/v1/{parent=tenants/*}/jobs", "/v1/jobs")),
    Route("GetJob", "GET", ("/v1/{name=tenants/*/jobs/*}",)),
    Route(
        "WatchJob",
        "GET",
        ("/v1/{name=tenants/*/jobs/*}:watch",),
        gives=Gives.EVENTS,
        timeout_s=None,
        resumed_by="offset",
        event_id="event.offset",
    ),
    Route("CancelJob", "POST", ("/v1/{name=tenants/*/jobs/*}:cancel",), takes=Takes.JSON),
    Route("DeleteJob", "DELETE", ("/v1/{name=tenants/*/jobs/*}",), timeout_s=_LONG_S),
    Route("ListTries", "GET", ("/v1/{parent=tenants/*/jobs/*}/tries",)),
    Route(
        "DownloadResult",
        "GET",
        ("/v1/{name=tenants/*/jobs/*/results/*}:download",),
        gives=Gives.PICTURE,
        timeout_s=_LONG_S,
        ranges=True,
    ),
    Route(
        "DownloadThumbnail",
        "GET",
        ("/v1/{name=tenants/*/jobs/*/results/*}:thumbnail", "/v1/{name=tenants/*/jobs/*/tries/*}:thumbnail"),
        gives=Gives.PICTURE,
    ),
    Route("ListDeletionReceipts", "GET", ("/v1/{parent=tenants/*}/receipts", "/v1/receipts")),
    Route("GetDeletionReceipt", "GET", ("/v1/{name=tenants/*/receipts/*}",)),
)
