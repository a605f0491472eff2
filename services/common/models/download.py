"""One file over HTTP: resumed where it broke off, never larger than it may be, in its place only when it is right."""

import http.client
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.common.models.digests import sha256_of
from services.common.models.errors import FetchError
from services.common.models.part import Part, claimed

_PIECE = 1 << 20
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})

# A source without a known size may not fill the disk: no file of the lock comes near this.
MAX_UNKNOWN_BYTES = 32 << 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file, where it is, where it goes, and what it must be as far as that is known."""

    url: str
    target: Path
    sha256: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a bad line is borne: so many attempts in a row that bring nothing, each wait twice the last."""

    attempts: int = 6
    timeout_s: float = 30
    first_wait_s: float = 1
    sleep: Callable[[float], None] = time.sleep


Progress = Callable[[int, int | None], None]
"""Called with the bytes that have arrived and the bytes expected, if known."""

PATIENT = Patience()


def silent(_done: int, _total: int | None) -> None:
    """No progress shown."""


def download(wanted: Wanted, progress: Progress = silent, patience: Patience = PATIENT) -> str:
    """Brings the file to its place and returns its digest; FetchError in one line if it cannot be had as it must be."""
    wanted.target.parent.mkdir(parents=True, exist_ok=True)
    with claimed(wanted.target) as part:
        resumed = part.length > 0
        _complete(wanted, part, progress, patience)
        digest = sha256_of(part.path)
        if wanted.sha256 not in (None, digest) and resumed:
            # The rest may have been fetched from another version of the file than its beginning.
            part.restart()
            _complete(wanted, part, progress, patience)
            digest = sha256_of(part.path)
        if wanted.sha256 not in (None, digest):
            part.discard()
            name, expected = wanted.target.name, wanted.sha256
            raise FetchError(f"{name} from {wanted.url} has sha256 {digest} where the lock says {expected}")
        part.finish(wanted.target)
    return digest


def _complete(wanted: Wanted, part: Part, progress: Progress, patience: Patience) -> None:
    fruitless, wait = 0, patience.first_wait_s
    while True:
        before = part.length
        try:
            if _receive(wanted, part, progress, patience.timeout_s):
                return
            reason = "the connection broke off"
        except _Retry as retry:
            reason = str(retry)
        except (OSError, http.client.HTTPException) as error:
            reason = f"{error or type(error).__name__}"
        if part.length > before:
            fruitless, wait = 0, patience.first_wait_s
            continue
        fruitless += 1
        if fruitless >= patience.attempts:
            raise FetchError(f"{wanted.target.name} from {wanted.url}: {reason}; run the command again to go on")
        patience.sleep(wait)
        wait *= 2


class _Retry(Exception):
    """The server may answer better later."""


def _receive(wanted: Wanted, part: Part, progress: Progress, timeout_s: float) -> bool:
    """One request; true when the file is complete."""
    if wanted.size is not None and part.length == wanted.size:
        return True
    if wanted.sha256 is None and part.version is None:
        part.restart()
    with _requested(wanted, part, timeout_s) as response:
        total = _begin(wanted, part, response)
        _check_room(wanted, part, total)
        while piece := response.read1(_PIECE):
            part.append(piece)
            progress(part.length, total)
            if part.length > (total or MAX_UNKNOWN_BYTES):
                part.discard()
                raise FetchError(
                    f"{wanted.target.name} from {wanted.url} is larger than it may be: {part.length} bytes"
                )
    return total is None or part.length == total


@contextmanager
def _requested(wanted: Wanted, part: Part, timeout_s: float) -> Iterator[http.client.HTTPResponse]:
    request = urllib.request.Request(wanted.url, headers={"Accept-Encoding": "identity"})  # noqa: S310, http(s) only: see _opener
    if part.length:
        request.add_header("Range", f"bytes={part.length}-")
        if part.version:
            request.add_header("If-Range", part.version)
    try:
        with _opener().open(request, timeout=timeout_s) as response:
            yield response
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.restart()
            raise _Retry("the server has less than was already there") from None
        if error.code in _TRANSIENT:
            raise _Retry(f"the server says {error.code}") from None
        raise FetchError(f"{wanted.target.name}: {wanted.url} answers {error.code} {error.reason}") from None


def _begin(wanted: Wanted, part: Part, response: http.client.HTTPResponse) -> int | None:
    """Where the answer goes on, and the length of the whole; FetchError where it is not the file of the lock."""
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise FetchError(f"{wanted.target.name}: the server sends it as {encoding} although it was asked not to")
    length = response.headers.get("Content-Length")
    total = int(length) if length and length.isdigit() else wanted.size
    if total is None and wanted.sha256 is None and not response.chunked:
        raise FetchError(f"{wanted.target.name}: the server does not say how long it is, so its end could be missed")
    if response.status == http.HTTPStatus.PARTIAL_CONTENT:
        sent = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if not sent or int(sent[1]) != part.length:
            part.restart()
            raise _Retry("the server sent another part than the one asked for")
        total = int(sent[2])
    else:
        part.restart(_version(response))
    if wanted.size is not None and total != wanted.size:
        part.discard()
        raise FetchError(f"{wanted.target.name} from {wanted.url} has {total} bytes where the lock says {wanted.size}")
    return total


def _version(response: http.client.HTTPResponse) -> str | None:
    """A strong mark of the version, fit for If-Range."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else None


def _check_room(wanted: Wanted, part: Part, total: int | None) -> None:
    missing, free = (total or 0) - part.length, shutil.disk_usage(part.path.parent).free
    if missing > free:
        raise FetchError(f"{wanted.target.name} needs {missing} more bytes and the disk has {free}")


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows redirects, as model hubs send them, but not from https to anything less."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            fp.close()
            raise FetchError(f"{req.full_url} leads away from https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS through the proxies of the environment; no file:, ftp: or data: addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _NoDowngrade(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", "likeness")]
    return opener
