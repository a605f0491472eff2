"""Seeds of tries."""

from gateway.pipeline.seeds import MOST_TRIES, drawn, seed_of


def test_the_first_try_of_the_first_picture_has_the_orders_seed() -> None:
    """What FindSeed found is what is rendered."""
    assert seed_of(4_000_000_000, 0, 1) == 4_000_000_000


def test_no_two_tries_of_an_order_share_a_seed() -> None:
    """However many pictures and tries; and all are seeds."""
    seeds = [seed_of(7, picture, attempt) for picture in range(100) for attempt in range(1, MOST_TRIES + 1)]

    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_they_stay_clear_of_candidates_counted_up_from_the_seed() -> None:
    """A second try is not a candidate that FindSeed has judged already."""
    further = {seed_of(100, picture, attempt) for picture in range(50) for attempt in range(1, 9)} - {100}

    assert not further & set(range(100, 100 + 1000))


def test_drawn_seeds_differ() -> None:
    """They are drawn, not made up."""
    assert len({drawn() for _ in range(50)}) == 50
