"""Tokens: what is believed, and what never is."""

import hmac
import json
import logging
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from gateway.metrics import GatewayMetrics
from gateway.tenants.tokens import KeyFile, TokenRules, Tokens
from services.common.startup import StartupError
from tests.gateway.house import HandClock
from tests.gateway.tenants.issuer import AUDIENCE, ISSUER, Issuer, base64url, part

ALGORITHMS = ("ES256", "EdDSA", "RS256")
RULES = TokenRules(ISSUER, AUDIENCE, ALGORITHMS, leeway_s=30)


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    issuer = Issuer(tmp_path / "keys.json")
    issuer.add("now")
    issuer.publish()
    return issuer


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def metrics() -> GatewayMetrics:
    return GatewayMetrics()


@pytest.fixture
def tokens(issuer: Issuer, clock: HandClock, metrics: GatewayMetrics) -> Tokens:
    return Tokens(KeyFile(issuer.path, ALGORITHMS, metrics, clock.monotonic), RULES)


def tenant_of(tokens: Tokens, token: str) -> str | None:
    bearer = tokens.bearer(token)
    return None if bearer is None else bearer.tenant


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_the_issuer_names_its_tenant(issuer: Issuer, algorithm: str, metrics: GatewayMetrics) -> None:
    """By every kind of key that is allowed."""
    issuer.add("other", algorithm)
    issuer.publish()
    tokens = Tokens(KeyFile(issuer.path, ALGORITHMS, metrics), RULES)

    assert "acme" == tenant_of(tokens, issuer.token("other"))


def test_a_subject_is_told_apart_and_not_named(tokens: Tokens, issuer: Issuer) -> None:
    """It may be somebody's address."""
    one, again, two = (tokens.bearer(issuer.token("now", sub=sub)) for sub in ("a@b.c", "a@b.c", "d@e.f"))

    assert one == again != two
    assert "a@b.c" not in repr(one)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.test"},
        {"iss": None},
        {"aud": "another service"},
        {"aud": None},
        {"exp": 1},
        {"exp": int(time.time()) - 31},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": int(time.time()) + 3600},
        {"iat": int(time.time()) + 3600},
        {"tenant": None},
        {"tenant": "Not A Name"},
        {"tenant": ["acme"]},
        {"tenant": "acme/jobs/1"},
    ],
)
def test_a_claim_that_is_wrong_or_missing_is_enough(tokens: Tokens, issuer: Issuer, claims: dict[str, Any]) -> None:
    """To believe nothing."""
    assert tokens.bearer(issuer.token("now", **claims)) is None


def test_clocks_may_differ_by_the_leeway(tokens: Tokens, issuer: Issuer) -> None:
    """In both directions."""
    now = int(time.time())
    claims: list[dict[str, object]] = [{"exp": now - 20}, {"nbf": now + 20}, {"iat": now + 20}]

    assert ["acme"] * 3 == [tenant_of(tokens, issuer.token("now", **each)) for each in claims]


def test_a_token_without_signature_is_refused(tokens: Tokens, issuer: Issuer) -> None:
    """alg none, in any spelling, with the right kid and no signature or somebody's."""
    _, claims, signature = issuer.token("now").split(".")
    for name in ("none", "None", "NONE", ""):
        header = part({"alg": name, "kid": "now"})
        for ending in ("", signature):
            assert tokens.bearer(f"{header}.{claims}.{ending}") is None, name


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_public_key_is_no_password(issuer: Issuer, metrics: GatewayMetrics, algorithm: str) -> None:
    """The old confusion: a token signed with the public key as if it were a shared secret, in every form it is had."""
    issuer.add("rsa", "RS256")
    issuer.publish()
    tokens = Tokens(KeyFile(issuer.path, ALGORITHMS, metrics), RULES)
    public = issuer.keys["rsa"][0].public_key()  # type: ignore[union-attr]
    claims = issuer.token("rsa").split(".")[1]
    head = f"{part({'alg': algorithm, 'kid': 'rsa'})}.{claims}"
    secrets = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(issuer.public("rsa")).encode(),
        b"",
    ]
    for secret in secrets:
        signature = hmac.new(secret, head.encode(), algorithm.replace("HS", "sha")).digest()
        assert tokens.bearer(f"{head}.{base64url(signature)}") is None


def test_a_key_verifies_by_its_own_algorithm_only(issuer: Issuer, metrics: GatewayMetrics) -> None:
    """An RSA key for PS256 verifies no RS256, though both are allowed."""
    issuer.add("rsa", "PS256")
    issuer.publish()
    tokens = Tokens(KeyFile(issuer.path, ("RS256", "PS256"), metrics), TokenRules(ISSUER, AUDIENCE, ("RS256", "PS256")))
    key = issuer.keys["rsa"][0]
    claims = jwt.decode(issuer.token("rsa"), options={"verify_signature": False})
    other = jwt.encode(claims, key, "RS256", headers={"kid": "rsa"})  # type: ignore[arg-type]

    assert (None, "acme") == (tokens.bearer(other), tenant_of(tokens, issuer.token("rsa")))


def test_a_token_brings_no_key(tokens: Tokens, tmp_path: Path) -> None:
    """One of its own in jwk, or an address in jku and x5u, is not even looked at."""
    stranger = Issuer(tmp_path / "stranger.json")
    stranger.add("mine")
    own: dict[str, Any] = {"jwk": stranger.public("mine"), "jku": "https://x.test", "x5u": "https://x.test"}

    assert tokens.bearer(stranger.token("mine", header=own)) is None
    assert tokens.bearer(stranger.token("mine", header={**own, "kid": "now"})) is None


@pytest.mark.parametrize("kid", [None, "unknown", 7, ["now"], "../now"])
def test_a_token_has_to_name_a_key_that_is_known(tokens: Tokens, issuer: Issuer, kid: object) -> None:
    """Also when there is only one key it could be."""
    header = {key: value for key, value in {"alg": "ES256", "kid": kid}.items() if value is not None}

    assert tokens.bearer(issuer.signed("now", header, {})) is None
    assert "acme" == tenant_of(tokens, issuer.signed("now", {**header, "kid": "now"}, {}))


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "{}.{}.{}", "x" * 9000, "ß.ß.ß", "a" * 300])
def test_what_is_no_token_is_nobodys(tokens: Tokens, token: str) -> None:
    """Without an exception of any kind."""
    assert tokens.bearer(token) is None


def test_a_very_long_token_is_not_parsed(tokens: Tokens, issuer: Issuer) -> None:
    """Though it would hold."""
    assert tokens.bearer(issuer.token("now", padding="x" * 9000)) is None


def test_keys_are_rotated_by_changing_the_file(tokens: Tokens, issuer: Issuer, clock: HandClock) -> None:
    """The next key is known within a second of being published, and the last one forgotten when it is taken out."""
    old = issuer.token("now")
    issuer.add("next")
    issuer.publish()
    both = []
    for _ in range(2):
        both.append(tenant_of(tokens, issuer.token("next")))
        clock.pass_s(1)
    issuer.publish(issuer.public("next"))

    assert [None, "acme"] == both
    assert (None, "acme") == (tenant_of(tokens, old), tenant_of(tokens, issuer.token("next")))


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"keys": []}', '{"keys": {}}', '{"keys": [1]}'])
def test_a_file_that_broke_leaves_the_keys_from_before(
    tokens: Tokens,
    issuer: Issuer,
    clock: HandClock,
    metrics: GatewayMetrics,
    caplog: pytest.LogCaptureFixture,
    content: str | None,
) -> None:
    """With a line in the log and a count, and the file is read as soon as it is whole again."""
    if content is None:
        issuer.path.unlink()
    else:
        issuer.path.write_text(content)
    clock.pass_s(1)
    with caplog.at_level(logging.ERROR):
        kept = tenant_of(tokens, issuer.token("now"))
    issuer.add("next")
    issuer.publish()
    clock.pass_s(1)

    assert ("acme", "acme") == (kept, tenant_of(tokens, issuer.token("next")))
    assert "those from before stay" in caplog.text
    assert 1 == metrics.registry.get_sample_value("likeness_token_key_failures_total")


def _shared(issuer: Issuer) -> dict[str, Any]:
    return {"kty": "oct", "kid": "shared", "k": base64url(b"x" * 32), "alg": "HS256"}


def _private(issuer: Issuer) -> dict[str, Any]:
    return {**issuer.public("now"), "d": base64url(b"x" * 32)}


def _short(issuer: Issuer) -> dict[str, Any]:
    key = rsa.generate_private_key(65537, 1024)
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "short", "alg": "RS256"}


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (_shared, "public keys only"),
        (_private, "public keys only"),
        (_short, "fewer than 2048 bits"),
        (lambda issuer: issuer.public("now"), "the same kid"),
    ],
)
def test_a_file_with_a_key_that_must_not_be_there_stops_the_start(
    issuer: Issuer, metrics: GatewayMetrics, entry: Any, line: str
) -> None:
    """A shared secret, a private key, one that can be broken, two of one name."""
    issuer.publish(issuer.public("now"), entry(issuer))

    with pytest.raises(StartupError, match=f"LIKENESS_JWT_KEYS: .*{line}"):
        KeyFile(issuer.path, ALGORITHMS, metrics)


def test_keys_for_other_uses_are_passed_over(issuer: Issuer, metrics: GatewayMetrics) -> None:
    """For encryption, for an algorithm that is not allowed, without a kid; where none is left the start stops."""
    issuer.add("p384", "ES384")
    public = issuer.public("now")
    nameless = {name: value for name, value in public.items() if name != "kid"}
    issuer.publish({**public, "use": "enc"}, issuer.public("p384"), nameless, {"kty": "new", "kid": "x"})

    with pytest.raises(StartupError, match="holds no public key with a kid"):
        KeyFile(issuer.path, ALGORITHMS, metrics)
