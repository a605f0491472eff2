"""Which hosts need no TLS."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine is reached by it. Of names only `localhost` is: the others may be anybody's."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
