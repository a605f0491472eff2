"""Nothing personal gets into a log, whoever logs it and however."""

import base64
import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from likeness.common.v1.chunk_pb2 import Chunk, Kind, Role
from likeness.common.v1.identity_pb2 import Embedding

from likeness_wire.chunks import Blob
from services.common import logs

PROMPT = "a portrait of Ada Lovelace in a red dress"
PIXELS = b"\xff\xd8\xff" + bytes(range(200))
ENCODED = base64.b64encode(PIXELS).decode()
VALUES = [0.123456789 + n for n in range(128)]
SECRETS = [PROMPT, "Lovelace", ENCODED, ENCODED[:40], repr(PIXELS)[2:40], PIXELS.hex(), "0.123456789", "[0.12"]

THINGS: dict[str, object] = {
    "prompt": PROMPT,
    "bytes": PIXELS,
    "bytearray": bytearray(PIXELS),
    "memoryview": memoryview(PIXELS),
    "base64": ENCODED,
    "hex": PIXELS.hex(),
    "list": VALUES,
    "dict": {"prompt": PROMPT},
    "array": np.array(VALUES),
    "message with bytes": Chunk(data=PIXELS),
    "message with values": Embedding(recogniser_id="x", values=VALUES),
    "blob": Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, PIXELS),
    "exception": ValueError(PROMPT),
    "path": "/home/ada/photos of Ada Lovelace.jpg",
}


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Sets the real logs up, and gives what they wrote."""
    root, sink = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook
    logs.set_up("DEBUG")
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(sink)
    yield lambda: sink.getvalue() + "".join(capsys.readouterr())
    root.handlers[:], root.level = before[:2]
    sys.excepthook, threading.excepthook, sys.unraisablehook = before[2:]
    logging.captureWarnings(False)
    logging.setLoggerClass(logging.Logger)


def _raise(thing: object) -> None:
    raise RuntimeError(thing)


WAYS: dict[str, Callable[[logging.Logger, object], None]] = {
    "argument": lambda log, thing: log.warning("got %s", thing),
    "repr": lambda log, thing: log.warning("got %r", thing),
    "named": lambda log, thing: log.warning("got %(thing)s", {"thing": thing}),
    "extra": lambda log, thing: log.warning("got", extra={"thing": thing}),
    "message": lambda log, thing: log.warning(thing),
    "misfit": lambda log, thing: log.warning("got %d and %d", thing),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("logger", ["services.generator", "likeness_wire.chunks", "diffusers.pipelines", "py.warnings"])
def test_no_argument_gets_through(written: Callable[[], str], logger: str, way: str) -> None:
    """Every kind of thing, in every way a logger can be given one."""
    for thing in THINGS.values():
        if way == "message" and isinstance(thing, str) and logger.startswith(("services", "likeness")):
            continue  # our messages are constants: a lint rule forbids anything else
        WAYS[way](logging.getLogger(logger), thing)

    text = written()
    assert text.count("\n") >= 1
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize("thing", THINGS.values(), ids=THINGS)
def test_no_exception_tells_what_it_was_about(written: Callable[[], str], thing: object) -> None:
    """Logged, chained, uncaught, or uncaught in a thread: types and places only."""
    try:
        try:
            _raise(thing)
        except RuntimeError as cause:
            raise KeyError(thing if isinstance(thing, str) else "x") from cause
    except KeyError as error:
        logging.getLogger("services.test").exception("failed")
        logging.getLogger("foreign").exception("failed with %s", thing)
        sys.excepthook(KeyError, error, error.__traceback__)
    thread = threading.Thread(target=_raise, args=(thing,))
    thread.start()
    thread.join()

    text = written()
    assert [secret for secret in SECRETS if secret in text] == []
    first = json.loads(text.splitlines()[0])["exception"]
    assert first[0] == "RuntimeError"
    assert first[1].startswith("  at tests.services.common.test_logs:")
    assert "KeyError" in first
    assert ".py" not in text


def test_what_an_operator_needs_is_there(written: Callable[[], str]) -> None:
    """Message, numbers, names and enums come through, as one JSON object a line."""
    logging.getLogger("services.test").info("call %s took %.2f", "Embed", 1.5, extra={"code": Kind.KIND_PNG, "n": 3})

    line = json.loads(written())
    assert line["message"] == "call Embed took 1.50"
    assert (line["level"], line["logger"], line["n"]) == ("INFO", "services.test", 3)


def test_other_libraries_keep_their_place(written: Callable[[], str]) -> None:
    """Their text is dropped, their level, name and line are not."""
    logging.getLogger("transformers.tokenization").warning("truncated: %s", PROMPT)

    line = json.loads(written())
    assert (line["level"], line["logger"]) == ("WARNING", "transformers.tokenization")
    assert line["place"].startswith("test_logs:")
    assert "message" not in line


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_library_that_brings_its_own_handler_is_not_heard_past_ours(written: Callable[[], str], when: str) -> None:
    """Some print what they are given themselves; imported before or after us, it makes no difference."""
    name = f"chatty.{when}"
    if when == "before":
        _give_a_handler(logging.getLogger(name))
        logs.set_up("DEBUG")
    else:
        _give_a_handler(logging.getLogger(name))
    logging.getLogger(name).warning("truncated: %s", PROMPT)

    assert PROMPT not in written()


def _give_a_handler(logger: logging.Logger) -> None:
    logger.addHandler(logging.StreamHandler())
    logger.propagate = False


@pytest.mark.parametrize("thing", [Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, PIXELS)])
def test_our_own_values_hide_their_bytes_in_repr(thing: object) -> None:
    """A repr in an assertion or a debugger shows facts, not pixels."""
    assert "xff" not in repr(thing)
