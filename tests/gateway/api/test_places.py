"""Places for calls that hold photos in memory."""

import pytest

from gateway.api.places import Places
from likeness_wire.errors import Exhausted


def test_no_tenant_takes_all_of_them() -> None:
    """Half are left for the others; what is given back can be taken again."""
    places = Places(4)
    with places.taken("acme"), places.taken("acme"):
        with pytest.raises(Exhausted), places.taken("acme"):
            pass
        with places.taken("other"), places.taken("third"), pytest.raises(Exhausted), places.taken("fourth"):
            pass
    assert 4 == places.free
    with places.taken("acme"):
        assert 3 == places.free


def test_a_single_place_is_anybodys() -> None:
    """Also where there is only one."""
    places = Places(1)
    with places.taken("acme"), pytest.raises(Exhausted) as raised, places.taken("other"):
        pass
    assert ("QUEUE_FULL", 1.0) == (raised.value.reason_name, raised.value.retry_after_s)
