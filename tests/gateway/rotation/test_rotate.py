"""The program that a CronJob runs, against an API server."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.rotation.course import random_key
from tests.authority import Authority
from tests.gateway.rotation.api_server import ApiServer, api_server

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST = random_key()


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ApiServer]:
    with api_server(tmp_path, START, {"master": _base64(FIRST + "\n"), "other": _base64("stays")}) as api:
        yield api


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _run(api: ApiServer, **variables: str) -> "subprocess.CompletedProcess[str]":
    pod = {
        "KUBERNETES_SERVICE_HOST": "127.0.0.1",
        "KUBERNETES_SERVICE_PORT": str(api.port),
        "LIKENESS_ACCOUNT_DIR": str(api.account),
    }
    told = {"PATH": os.environ["PATH"], **pod, **variables}
    return subprocess.run([sys.executable, "-m", "gateway.rotation"], env=told, capture_output=True, text=True)


def _master(api: ApiServer) -> list[str]:
    return base64.b64decode(api.secret["data"]["master"]).decode().split()


def test_a_key_comes_in_and_goes_first_and_the_old_one_goes(api: ApiServer) -> None:
    """Run after run, by the API server's clock, with nothing else in the Secret changed."""
    said, rings = [], []
    for wait in (timedelta(0), timedelta(hours=24, minutes=15), timedelta(minutes=15), timedelta(hours=24, minutes=15)):
        api.now += wait
        ran = _run(api)
        assert ran.returncode == 0, ran.stderr
        said.append(json.loads(ran.stdout)["rotation"].split()[0])
        rings.append(_master(api))

    new, newest = rings[1][1], rings[3][1]
    assert said == ["leaving", "learning", "leaving", "learning"]
    assert rings == [[FIRST], [FIRST, new], [new, FIRST], [new, newest]]
    assert len({FIRST, new, newest}) == 3
    assert api.secret["data"]["other"] == _base64("stays")


def test_what_is_not_due_is_not_done(api: ApiServer) -> None:
    """A second run a moment later writes nothing."""
    _run(api)
    ran = _run(api)

    assert json.loads(ran.stdout) == {"rotation": "nothing is due"}
    assert len(api.patches) == 1


def test_what_somebody_else_wrote_meanwhile_stays(api: ApiServer) -> None:
    """The API compares versions; the next run looks again."""
    theirs = random_key()
    api.meanwhile = {"master": _base64(f"{theirs}\n")}
    ran = _run(api)

    assert (ran.returncode, json.loads(ran.stdout)) == (0, {"rotation": "changed meanwhile"})
    assert _master(api) == [theirs]


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [("token", "401"), ("namespace", "403"), ("ca.crt", "does not answer: SSLCertVerificationError"), ("", "no keys")],
)
def test_what_cannot_be_done_is_said_in_one_line(api: ApiServer, spoilt: str, says: str) -> None:
    """Another's token or namespace, a server that is not the cluster's, a Secret without keys: nothing is written."""
    if spoilt == "ca.crt":
        (api.account / spoilt).write_bytes(Authority("another").pem)
    elif spoilt:
        (api.account / spoilt).write_text("another")
    else:
        api.secret["data"]["master"] = _base64("no key\n")
    ran = _run(api)

    assert ran.returncode == 2
    assert ran.stderr.startswith("cannot rotate: ")
    assert ran.stderr.count("\n") == 1
    assert says in ran.stderr
    assert api.patches == []


def test_no_word_of_a_key_is_written_anywhere_but_there(api: ApiServer) -> None:
    """What it prints is for logs that many may read."""
    _run(api)
    api.now += timedelta(days=2)
    ran = _run(api)

    assert len(_master(api)) == 2
    assert not any(key in ran.stdout + ran.stderr for key in _master(api))


def test_outside_of_a_pod_it_says_so(tmp_path: Path) -> None:
    """Whoever tries it by hand is told what is missing."""
    told = {"PATH": os.environ["PATH"], "LIKENESS_ACCOUNT_DIR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-m", "gateway.rotation"], env=told, capture_output=True, text=True)

    assert ran.returncode == 2
    assert "is this a pod?" in ran.stderr
