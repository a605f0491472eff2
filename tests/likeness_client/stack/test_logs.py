"""Many processes' lines as one log."""

import io
import json

from rich.console import Console

from likeness_client.stack.lines import parsed
from likeness_client.stack.logs import JsonLog, ShownLog

READY = (
    b'{"time":"2026-11-21T14:10:46.123+00:00","level":"INFO","logger":"services.common.serving","message":"ready"}\n'
)
LISTENING = b'{"time":"2026-11-21T14:10:45.000+00:00","level":"INFO","message":"listening","grpc_port":7410}\n'
FAILED = (
    b'{"time":"2026-11-21T14:10:47.000+00:00","level":"CRITICAL","message":"failed","exception":["OSError","  at x:1"]}'
)
FOREIGN = b'{"time":"2026-11-21T14:10:47.000+00:00","level":"WARNING","logger":"diffusers","place":"utils:12"}'
NOT_OURS = b'{"objects": 3}\n'
PLAIN = b"cannot start: LIKENESS_DEVICE: no GPU here\n"


def shown(*lines: bytes, verbose: bool = False) -> str:
    out = io.StringIO()
    log = ShownLog(["embedder"], Console(file=out, width=200), verbose=verbose)
    for line in lines:
        log.heard("embedder", parsed(line))
    return out.getvalue()


def test_a_line_of_a_log_is_taken_apart() -> None:
    """Message, time of day, and facts."""
    line = parsed(LISTENING)

    assert ("INFO", "listening", "14:10:45", {"grpc_port": 7410}) == (line.level, line.message, line.clock, line.facts)


def test_what_is_no_line_of_a_log_is_kept_as_it_is() -> None:
    """It is how a process says that it cannot start; other JSON is an answer, not a log."""
    assert [("PLAIN", "cannot start: LIKENESS_DEVICE: no GPU here"), ("PLAIN", '{"objects": 3}')] == [
        (line.level, line.message) for line in map(parsed, (PLAIN, NOT_OURS))
    ]


def test_people_see_trouble_and_plain_words_with_who_said_it() -> None:
    """And where it happened; daily business is hidden."""
    told = shown(READY, FAILED, FOREIGN, PLAIN)

    assert "ready" not in told
    assert "embedder  14:10:47 failed" in told
    assert all(words in told for words in ("OSError", "at x:1", "diffusers utils:12", "no GPU here"))


def test_people_see_everything_where_they_ask_for_it() -> None:
    """With its facts."""
    assert "embedder  14:10:45 listening grpc_port=7410" in shown(LISTENING, verbose=True)


def test_programs_get_every_line_with_the_process_it_is_from() -> None:
    """One document a line."""
    out = io.StringIO()
    log = JsonLog(out)
    log.heard("embedder", parsed(LISTENING))
    log.said("ready after 1 s", part="embedder")

    heard, said = map(json.loads, out.getvalue().splitlines())

    assert ("embedder", "listening", 7410) == (heard["process"], heard["message"], heard["grpc_port"])
    assert ("embedder", "INFO", "ready after 1 s") == (said["process"], said["level"], said["message"])
