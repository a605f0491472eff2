"""Who calls, and how it is kept from others."""

from pathlib import Path

import grpc
import pytest

from likeness_client import AsyncLikeness
from likeness_client.access import Access
from likeness_client.errors import Unavailable
from likeness_wire.resend import Patience
from tests.authority import Authority, write
from tests.likeness_client.conftest import Waits
from tests.likeness_client.fake_gateway import FakeGateway, running


async def test_a_key_goes_with_every_call(gateway: FakeGateway, port: int) -> None:
    """As a bearer token; one that is asked for anew each time may change."""
    keys = iter(["first", "second"])
    async with AsyncLikeness(f"127.0.0.1:{port}", key=lambda: next(keys)) as likeness:
        await likeness.server()
        assert "Bearer first" == gateway.headers["authorization"]
        await likeness.server()
        assert "Bearer second" == gateway.headers["authorization"]


@pytest.mark.parametrize(
    ("address", "encrypted"),
    [
        ("127.0.0.1:7400", False),
        ("localhost:7400", False),
        ("[::1]:7400", False),
        ("unix:/run/likeness.sock", False),
        ("dns:///localhost:7400", False),
        ("ipv4:127.0.0.1:7400,127.0.0.1:7401", False),
        ("ipv4:127.0.0.1:7400,10.0.0.7:7400", True),
        ("likeness.example.com:443", True),
        ("10.0.0.7:7400", True),
        ("dns:///gateway:7400", True),
    ],
)
def test_other_machines_are_reached_by_tls(address: str, encrypted: bool) -> None:
    """Unless the caller says otherwise."""
    assert encrypted == Access(address).encrypted


def test_a_key_never_travels_in_the_clear() -> None:
    """Not even where the caller would: that is a mistake."""
    with pytest.raises(ValueError, match="not sent without TLS"):
        Access("gateway:7400", key="secret", tls=False)

    assert not Access("gateway:7400", tls=False).encrypted
    assert "secret" not in repr(Access("127.0.0.1:7400", key="secret"))


def test_an_address_is_no_url() -> None:
    """The message says what one looks like."""
    with pytest.raises(ValueError, match="host:port"):
        Access("https://likeness.example.com")


async def test_tls_both_ways(gateway: FakeGateway, tmp_path: Path) -> None:
    """An authority of one's own, and a certificate that says who we are."""
    authority = Authority()
    server = authority.issue()
    credentials = grpc.ssl_server_credentials([(server.key, server.chain)], authority.pem, require_client_auth=True)
    files = write(tmp_path / "mine", authority.issue(), authority)
    async with running(gateway, credentials) as port, AsyncLikeness(f"localhost:{port}", tls=files) as likeness:
        assert "fake" == (await likeness.server()).profile


async def test_a_server_has_to_prove_who_it_is(gateway: FakeGateway, tmp_path: Path, waits: Waits) -> None:
    """To the authority that was given, and no other."""
    authority, roots, others = Authority(), tmp_path / "ca.pem", tmp_path / "others.pem"
    roots.write_bytes(authority.pem)
    others.write_bytes(Authority("others").pem)
    server = authority.issue()
    async with running(gateway, grpc.ssl_server_credentials([(server.key, server.chain)])) as port:
        async with AsyncLikeness(f"localhost:{port}", tls=roots, key="k") as likeness:
            await likeness.server()
        async with AsyncLikeness(f"localhost:{port}", tls=others, patience=Patience(sleep=waits)) as likeness:
            with pytest.raises(Unavailable):
                await likeness.server()

    assert "Bearer k" == gateway.headers["authorization"]
