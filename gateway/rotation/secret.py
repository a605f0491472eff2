"""One Secret of this pod's namespace, by the API of Kubernetes."""

import base64
import binascii
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from gateway.rotation.course import Note, Ring
from gateway.storage.sealing import KEY_BYTES
from services.common.startup import StartupError

_NOTE = "likeness.example.com/rotation"
_KEY = "master"
_TIMEOUT_S = 20


class ChangedMeanwhile(Exception):
    """Somebody else wrote between our reading and our writing."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the Secret says, which version of it that is, and the API's own time."""

    ring: Ring
    version: str
    time: datetime


class MasterSecret:
    """Reads it, and writes it where nobody else has meanwhile."""

    def __init__(self, host: str, port: int, account: Path, name: str) -> None:
        self._address = (host, port)
        self._account = account
        self._path = f"/api/v1/namespaces/{self._read('namespace')}/secrets/{name}"

    def held(self) -> Held:
        answer, time = self._ask("GET")
        try:
            file = base64.b64decode(answer["data"][_KEY], validate=True).decode("ascii")
            keys = [base64.b64decode(line, validate=True) for line in file.split()]
        except (KeyError, TypeError, binascii.Error, UnicodeDecodeError):
            keys = []
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise StartupError(f"the Secret has no keys in {_KEY}: one a line, base64 of 32 random bytes")
        about = answer["metadata"]
        note = Note.read(about.get("annotations", {}).get(_NOTE, ""))
        return Held(Ring(file, note), about["resourceVersion"], time)

    def write(self, ring: Ring, version: str) -> None:
        """Raises ChangedMeanwhile where `version` is not the newest any more."""
        self._ask(
            "PATCH",
            {
                "metadata": {"resourceVersion": version, "annotations": {_NOTE: str(ring.note)}},
                "data": {_KEY: base64.b64encode(ring.file.encode()).decode()},
            },
        )

    def _ask(self, method: str, body: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], datetime]:
        headers = {"Authorization": f"Bearer {self._read('token')}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json"
        context = ssl.create_default_context(cafile=str(self._account / "ca.crt"))
        connection = http.client.HTTPSConnection(*self._address, timeout=_TIMEOUT_S, context=context)
        try:
            connection.request(method, self._path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise StartupError(f"the API of Kubernetes does not answer: {type(error).__name__}") from None
        finally:
            connection.close()
        if answer.status == http.client.CONFLICT:
            raise ChangedMeanwhile
        if answer.status != http.client.OK:
            # Its words are left out: they could quote what it was sent.
            raise StartupError(f"{method} {self._path}: the API of Kubernetes answers {answer.status} {answer.reason}")
        return json.loads(content), parsedate_to_datetime(answer.headers["Date"])

    def _read(self, file: str) -> str:
        try:
            return (self._account / file).read_text().strip()
        except OSError:
            raise StartupError(f"LIKENESS_ACCOUNT_DIR: {file} cannot be read; is this a pod?") from None
