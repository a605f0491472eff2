"""Where a call comes from."""

import pytest

from gateway.tenants.origin import forwarded, origin_of


@pytest.mark.parametrize(
    ("peer", "origin"),
    [
        ("ipv4:192.0.2.7:50000", "192.0.2.7"),
        ("ipv6:%5B2001:db8:1:2:3:4:5:6%5D:50000", "2001:db8:1:2::/64"),
        ("ipv6:[2001:db8:1:2::9]:50000", "2001:db8:1:2::/64"),
        ("ipv6:[::ffff:192.0.2.7]:50000", "192.0.2.7"),
        ("unix:", "unix:"),
    ],
)
def test_an_address_without_its_port(peer: str, origin: str) -> None:
    """An IPv6 address stands for its network, of which whoever has one has all."""
    assert origin == origin_of(peer, ())


def test_a_call_from_inside_brings_its_callers_address() -> None:
    """Under this process's word alone: what others claim is not believed."""
    name, value = forwarded("192.0.2.7")
    claimed = f"{'0' * 32} 198.51.100.1"

    assert "192.0.2.7" == origin_of("ipv4:127.0.0.1:4000", [("authorization", "x"), (name, value)])
    assert "203.0.113.5" == origin_of("ipv4:203.0.113.5:4000", [(name, claimed), (name, "198.51.100.1"), (name, b"x")])
