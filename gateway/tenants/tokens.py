"""Tokens (JWT) of an issuer whose public keys lie in a file. Nothing is ever fetched: no key, no revocation list.

The file is a JWK set. It is looked at again when it may have changed, so an issuer rotates by adding the next key,
waiting, and taking the old one out. A file that cannot be used leaves the keys that were read before.
"""

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gateway.metrics import GatewayMetrics
from gateway.tenants.caller import TENANT
from services.common.settings import PREFIX
from services.common.startup import StartupError

_log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_LARGEST_FILE = 1 << 20
# Ours have a few hundred characters; whoever sends more wants to be parsed at length.
_LONGEST_TOKEN = 8192
_LEAST_RSA_BITS = 2048

_State = tuple[int, int, int]


class UnfitKeys(Exception):
    """The file cannot be used; the message says why, in a line."""


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token has to be."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    tenant_claim: str = "tenant"
    leeway_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a token that holds says."""

    tenant: str
    # Tells subjects apart without naming them: they may be addresses.
    subject: str


class KeyFile:
    """The issuer's keys by their ids. Raises StartupError where there are none at first."""

    def __init__(
        self,
        path: Path,
        algorithms: Collection[str],
        metrics: GatewayMetrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._algorithms = algorithms
        self._metrics = metrics
        self._monotonic = monotonic
        self._looked = monotonic()
        try:
            self._state = self._stat()
            self._keys = read_keys(path, algorithms)
        except UnfitKeys as misfit:
            raise StartupError(f"{PREFIX}JWT_KEYS: {misfit}") from None

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """As the file is now, or was a second ago."""
        now = self._monotonic()
        if now - self._looked >= _LOOK_EVERY_S:
            self._looked = now
            self._look()
        return self._keys.get(key_id)

    def _look(self) -> None:
        try:
            state = self._stat()
            if state == self._state:
                return
            self._keys = read_keys(self._path, self._algorithms)
            self._state = state
        except UnfitKeys:
            self._metrics.token_key_failures.inc()
            _log.error("the issuer's keys cannot be read again: those from before stay")
        else:
            _log.info("the issuer's keys were read again", extra={"keys": len(self._keys)})

    def _stat(self) -> _State:
        try:
            found = self._path.stat()
        except OSError as error:
            raise UnfitKeys(f"cannot be read: {error.strerror}") from None
        return found.st_ino, found.st_mtime_ns, found.st_size


class Tokens:
    """Believes a token or does not. Costs a signature's check, so it belongs on a thread."""

    def __init__(self, keys: KeyFile, rules: TokenRules) -> None:
        self._keys = keys
        self._rules = rules

    def bearer(self, token: str) -> Bearer | None:
        """None: it does not hold, whatever the reason."""
        if len(token) > _LONGEST_TOKEN:
            return None
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            key = self._keys.find(key_id) if isinstance(key_id, str) else None
            return None if key is None else self._read(token, key)
        except jwt.PyJWTError:
            return None

    def _read(self, token: str, key: jwt.PyJWK) -> Bearer | None:
        rules = self._rules
        claims = jwt.decode(
            token,
            key,  # checks with the key's own algorithm, whatever the token says
            algorithms=rules.algorithms,
            issuer=rules.issuer,
            audience=rules.audience,
            leeway=rules.leeway_s,
            options={"require": ["exp", "iss", "aud"]},
        )
        tenant = claims.get(rules.tenant_claim)
        if not isinstance(tenant, str) or not TENANT.match(tenant):
            return None
        subject = hashlib.sha256(f"{tenant}\0{claims.get('sub', '')}".encode()).hexdigest()
        return Bearer(tenant, subject[:16])


def read_keys(path: Path, algorithms: Collection[str]) -> Mapping[str, jwt.PyJWK]:
    """Those that sign with one of these algorithms, by id. Raises UnfitKeys."""
    entries = _entries(path)
    keys: dict[str, jwt.PyJWK] = {}
    for entry in entries:
        key = _key(entry, algorithms)
        if key is None:
            continue
        if key.key_id in keys:
            raise UnfitKeys("two keys have the same kid")
        keys[str(key.key_id)] = key
    if not keys:
        raise UnfitKeys("holds no public key with a kid for the algorithms that are allowed")
    return keys


def _entries(path: Path) -> list[Any]:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_FILE + 1)
        if len(text) > _LARGEST_FILE:
            raise UnfitKeys("is too large for a set of keys")
        found = json.loads(text)["keys"]
    except OSError as error:
        raise UnfitKeys(f"cannot be read: {os.strerror(error.errno or 0)}") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UnfitKeys("is not a JWK set") from None
    if not isinstance(found, list):
        raise UnfitKeys("is not a JWK set")
    return found


def _key(entry: Any, algorithms: Collection[str]) -> jwt.PyJWK | None:
    """None for what is not for us: other uses, other algorithms, no kid."""
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
        return None
    if entry.get("kty") == "oct" or "d" in entry:
        raise UnfitKeys("holds a key that can sign: public keys only")
    try:
        key = jwt.PyJWK(entry)
    except jwt.PyJWTError:
        return None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < _LEAST_RSA_BITS:
        raise UnfitKeys(f"holds an RSA key of fewer than {_LEAST_RSA_BITS} bits")
    return key if key.algorithm_name in algorithms else None
