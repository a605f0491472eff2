"""The page for people: the files beside this module, as they are when the process starts."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).with_name("page")

# What the page may do: nothing but what comes from here. Pictures arrive as blobs, since they need credentials.
POLICY = (
    "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# Others in the folder are not served.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file of the page."""

    media_type: str
    tag: str
    content: bytes = field(repr=False)


Files = Mapping[str, File]


def read_page(folder: Path = FOLDER) -> Files:
    """By path. Empty where this build has no page."""
    found = {
        f"/{path.relative_to(folder).as_posix()}": _file(path, media_type)
        for path in sorted(folder.rglob("*"))
        if (media_type := _TYPES.get(path.suffix)) and path.is_file()
    }
    if "/index.html" in found:
        found["/"] = found["/index.html"]
    return found


def page_answer(request: Request, file: File) -> Response:
    """Asked for anew every time, and sent where it has changed."""
    headers = {"ETag": file.tag, "Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
    shown = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if file.tag in shown:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers={**headers, "Content-Type": file.media_type})


def _file(path: Path, media_type: str) -> File:
    content = path.read_bytes()
    return File(media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"', content)
