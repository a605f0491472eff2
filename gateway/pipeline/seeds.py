"""Which noise each try of each picture starts from: the same in every job with the same seed."""

import secrets

# Tries of one picture that have places of their own; no job asks for nearly as many.
MOST_TRIES = 64

_SEEDS = 2**32
# 2**32 by the golden ratio: odd, so no two tries of an order share a seed, and far from those that are counted up.
_STRIDE = 0x9E3779B1


def seed_of(order_seed: int, picture: int, attempt: int) -> int:
    """Of that picture (from 0) in that try (from 1). The first try of the first picture has the order's own seed."""
    return (order_seed + _STRIDE * (picture * MOST_TRIES + attempt - 1)) % _SEEDS


def drawn() -> int:
    """For an order that names none."""
    return secrets.randbelow(_SEEDS)
