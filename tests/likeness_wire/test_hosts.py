"""Which hosts need no TLS."""

import pytest

from likeness_wire.hosts import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1"])
def test_this_machine_is(host: str) -> None:
    """By its name, and by any address that goes nowhere else."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "10.0.0.1", "gateway", "localhost.evil.example", "127.0.0.1.nip.io"]
)
def test_others_are_not(host: str) -> None:
    """Nor what only looks like it, nor what listens to everybody."""
    assert not is_loopback(host)
