"""multipart/form-data, part by part as the bytes come: nothing of it is collected, in memory or on a disk."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.api.refusals import invalid
from likeness_wire.errors import LikenessError

_END = b""


@dataclass(frozen=True, slots=True)
class Part:
    """One field or file. It has to be read to its end before the next one is asked for."""

    name: str
    media_type: str
    pieces: AsyncIterator[bytes]


async def parts(boundary: bytes, body: AsyncIterator[bytes]) -> AsyncIterator[Part]:
    """INVALID_FIELD for what is no form, or ends too early."""
    events = _Form(boundary).events(body)
    async for event in events:
        if isinstance(event, bytes):
            raise RuntimeError("the part before was not read to its end")
        yield Part(_named(event), _media_type(event), _until_end(events))


async def _until_end(events: "AsyncIterator[bytes | dict[str, bytes]]") -> AsyncIterator[bytes]:
    async for event in events:
        if not isinstance(event, bytes) or event == _END:
            return
        yield event


class _Form:
    """Headers of a part, its bytes, an empty piece at its end; then the next one."""

    def __init__(self, boundary: bytes) -> None:
        self._waiting: deque[bytes | dict[str, bytes]] = deque()
        self._headers: dict[str, bytes] = {}
        self._field = self._value = b""
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begins,
                    "on_header_field": self._field_comes,
                    "on_header_value": self._value_comes,
                    "on_header_end": self._header_ends,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._data_comes,
                    "on_part_end": self._part_ends,
                    "on_end": self._form_ends,
                },
            )
        except FormParserError:
            raise _no_form() from None

    async def events(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes | dict[str, bytes]]:
        async for piece in body:
            try:
                self._parser.write(piece)
            except FormParserError:
                raise _no_form() from None
            while self._waiting:
                yield self._waiting.popleft()
        if not self._ended:
            raise _no_form()

    def _part_begins(self) -> None:
        self._headers = {}

    def _field_comes(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _value_comes(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value
        self._field = self._value = b""

    def _headers_end(self) -> None:
        self._waiting.append(self._headers)

    def _data_comes(self, data: bytes, start: int, end: int) -> None:
        if end > start:
            self._waiting.append(bytes(data[start:end]))

    def _part_ends(self) -> None:
        self._waiting.append(_END)

    def _form_ends(self) -> None:
        self._ended = True


def boundary_of(content_type: str) -> bytes:
    """INVALID_FIELD where there is none."""
    _, options = parse_options_header(content_type)
    if not options.get(b"boundary"):
        raise _no_form()
    return options[b"boundary"]


def media_type_of(content_type: str | bytes) -> str:
    return parse_options_header(content_type)[0].decode("latin-1").strip().lower()


def _named(headers: dict[str, bytes]) -> str:
    _, options = parse_options_header(headers.get("content-disposition", b""))
    return options.get(b"name", b"").decode("utf-8", "replace")


def _media_type(headers: dict[str, bytes]) -> str:
    return media_type_of(headers.get("content-type", b""))


def _no_form() -> LikenessError:
    return invalid("body", "multipart/form-data, whole and with the boundary that content-type names")
