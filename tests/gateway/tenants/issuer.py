"""An issuer of tokens, with a file of public keys that it rotates."""

import base64
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from jwt.algorithms import get_default_algorithms

ISSUER = "https://issuer.test"
AUDIENCE = "likeness"


@dataclass
class Issuer:
    """Keys by kid, each with its algorithm."""

    path: Path
    keys: dict[str, tuple[PrivateKeyTypes, str]] = field(default_factory=dict)

    def add(self, kid: str, algorithm: str = "ES256") -> None:
        self.keys[kid] = (_private(algorithm), algorithm)

    def public(self, kid: str) -> dict[str, Any]:
        key, algorithm = self.keys[kid]
        entry = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)  # type: ignore[attr-defined]
        return {**entry, "kid": kid, "alg": algorithm, "use": "sig"}

    def publish(self, *entries: dict[str, Any]) -> None:
        """Written beside and moved over, as secrets are mounted: never half a file. Without entries: all keys."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"keys": list(entries) or [self.public(kid) for kid in self.keys]}))
        fresh.replace(self.path)

    def token(self, kid: str, *, header: dict[str, Any] | None = None, **claims: object) -> str:
        """One that holds, but for the claims given; None takes a claim out."""
        return self.signed(kid, {"typ": "JWT", "alg": self.keys[kid][1], "kid": kid, **(header or {})}, claims)

    def signed(self, kid: str, header: dict[str, Any], claims: dict[str, object]) -> str:
        """Under any header, by the key's own algorithm, whatever the header says."""
        key, algorithm = self.keys[kid]
        now = int(time.time())
        usual = {"iss": ISSUER, "aud": AUDIENCE, "exp": now + 300, "nbf": now, "sub": "somebody", "tenant": "acme"}
        said = {name: value for name, value in (usual | claims).items() if value is not None}
        head = f"{part(header)}.{part(said)}"
        return f"{head}.{base64url(get_default_algorithms()[algorithm].sign(head.encode(), key))}"


def _private(algorithm: str) -> PrivateKeyTypes:
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm.startswith("ES"):
        return ec.generate_private_key({"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1()}[algorithm])
    return rsa.generate_private_key(65537, 2048)


def part(value: object) -> str:
    return base64url(json.dumps(value).encode())


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
