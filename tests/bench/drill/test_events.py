"""What the processes of a fleet say, counted."""

import json
from pathlib import Path

from bench.drill.events import Chronicle
from likeness_client.stack.lines import Line


def call(code: str, reason: str = "") -> Line:
    return Line("INFO", "call", "12:00:00", {"rpc": "CreateJob", "code": code, "reason": reason})


def test_only_what_a_gateway_turned_away_was_refused(tmp_path: Path) -> None:
    """With a reason: a call that lost its connection has none, and a service's refusals are the gateway's business."""
    chronicle = Chronicle(tmp_path / "log")
    chronicle.heard("gateway-2", call("UNAVAILABLE", "DRAINING"))
    chronicle.heard("gateway", call("RESOURCE_EXHAUSTED", "QUEUE_FULL"))
    chronicle.heard("gateway", call("OK"))
    chronicle.heard("gateway", call("UNAVAILABLE"))
    chronicle.heard("embedder", call("UNAVAILABLE", "DRAINING"))
    chronicle.close()

    assert 2 == chronicle.refused


def test_every_line_is_kept_and_can_be_counted(tmp_path: Path) -> None:
    """What the stack says of a part by its first word."""
    chronicle = Chronicle(tmp_path / "log")
    chronicle.heard("embedder", Line("INFO", "stopped", "12:00:00", {}))
    chronicle.said("does not answer any more, and is ended", part="embedder")
    chronicle.close()

    assert (1, 1) == (chronicle.heard_of["embedder", "stopped"], chronicle.heard_of["embedder", "does"])
    assert 2 == len([json.loads(line) for line in (tmp_path / "log").read_text().splitlines()])
