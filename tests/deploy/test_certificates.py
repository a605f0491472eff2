"""How long certificates live, and who vouches for them."""

import re

import pytest

from deploy.prometheus import wrap
from tests.deploy.rendering import NAMES, Manifest, find, of_kind

OURS = ("gateway", "embedder", "generator", "upscaler", "verifier")
WITH_MTLS = [name for name in NAMES if of_kind(name, "Issuer")]


@pytest.mark.parametrize("name", WITH_MTLS)
@pytest.mark.parametrize("called", OURS)
def test_a_process_shows_a_certificate_of_the_day(name: str, called: str) -> None:
    """Renewed at half its life, with a new key; long before somebody is woken up."""
    spec = find(name, "Certificate", called)["spec"]

    assert (spec["duration"], spec["renewBefore"]) == ("24h", "12h")
    assert set(spec["dnsNames"]) == {called, f"{called}.likeness.svc", f"{called}.likeness.svc.cluster.local"}
    assert spec["issuerRef"] == {"name": "likeness", "kind": "Issuer", "group": "cert-manager.io"}
    assert int(re.findall(r"< (\d) \* 3600", " ".join(wrap.RULES.read_text().split()))[0]) < 12 / 2


@pytest.mark.parametrize("name", WITH_MTLS)
def test_every_key_is_new_but_that_of_the_authority(name: str) -> None:
    """Of all that are issued here; the authority outlives its certificates many times."""
    for certificate in of_kind(name, "Certificate"):
        key = certificate["spec"]["privateKey"]
        its_own = certificate["metadata"]["name"] == "likeness-authority"
        assert key == {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never" if its_own else "Always"}


@pytest.mark.parametrize("name", WITH_MTLS)
def test_the_authority_is_of_this_namespace_alone(name: str) -> None:
    """It signs itself, and nobody but its issuer holds its key."""
    issuers = {each["metadata"]["name"]: each["spec"] for each in of_kind(name, "Issuer")}
    authority = find(name, "Certificate", "likeness-authority")["spec"]

    assert issuers == {"likeness-root": {"selfSigned": {}}, "likeness": {"ca": {"secretName": "likeness-authority"}}}
    assert authority["isCA"] is True
    assert authority["secretName"] == "likeness-authority"
    assert authority["issuerRef"]["name"] == "likeness-root"
    assert _hours(authority, "renewBefore") > 24 * 365 - 1


@pytest.mark.parametrize("called", ["jobs-database", "keys-database", "object-store"])
def test_what_reads_its_certificate_seldom_has_one_that_lasts(called: str) -> None:
    """Renewed with a month to spare, in which somebody has to have it read again."""
    spec = find("staging", "Certificate", called)["spec"]

    assert _hours(spec, "renewBefore") >= 24 * 30
    assert _hours(spec, "duration") >= 2 * _hours(spec, "renewBefore")
    assert set(spec["dnsNames"]) >= {called, f"{called}.likeness.svc"}
    assert spec["usages"] == ["digital signature", "server auth"]


def _hours(spec: Manifest, field: str) -> int:
    return int(spec[field].removesuffix("h"))
