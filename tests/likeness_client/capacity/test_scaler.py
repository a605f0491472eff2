"""The autoscaler's arithmetic, by a clock of its own."""

from dataclasses import replace

from likeness_client.capacity.scaler import Scaler
from likeness_client.capacity.scenario import Scaling

RULES = Scaling()


def scaler(least: int = 1, most: int = 20, rules: Scaling = RULES) -> Scaler:
    return Scaler(rules, target=8, least=least, most=most)


def test_more_come_in_doublings() -> None:
    """From one: two more, for 30 s no more than that, then twice as many."""
    following, replicas, seen = scaler(), 1, []
    for now in range(0, 105, 15):
        replicas = following.look(float(now), 150, replicas)
        seen.append(replicas)

    assert [3, 3, 6, 6, 12, 12, 19] == seen


def test_never_more_than_there_are() -> None:
    """However much waits."""
    assert 4 == scaler(most=4).look(0.0, 1000, 3)


def test_little_is_left_alone() -> None:
    """Within a tenth of the target nothing changes."""
    assert 4 == scaler().look(0.0, 35, 4)
    assert 5 == scaler().look(0.0, 36, 4)


def test_fewer_only_when_fewer_would_have_done_for_long() -> None:
    """A quarter of an hour after the last peak, and then one every two minutes."""
    following, replicas, left = scaler(), 10, {}
    following.look(0.0, 80, replicas)
    for now in range(15, 1400, 15):
        if (wanted := following.look(float(now), 0, replicas)) != replicas:
            replicas, left[now] = wanted, wanted

    assert {915: 9, 1035: 8, 1155: 7, 1275: 6, 1395: 5} == left


def test_one_stays() -> None:
    """However long nobody comes."""
    following, replicas = scaler(), 2
    for now in range(0, 10_000, 15):
        replicas = following.look(float(now), 0, replicas)

    assert 1 == replicas


def test_to_zero_after_the_cooldown_and_back_at_the_first_picture() -> None:
    """All at once, whatever the windows of the other way are."""
    following = scaler(least=0)
    following.look(0.0, 24, 3)

    assert 3 == following.look(885.0, 0, 3)
    assert 0 == following.look(900.0, 0, 3)
    assert 0 == following.look(915.0, 0, 0)
    assert 1 == following.look(930.0, 50, 0)


def test_a_window_of_nothing_follows_at_once() -> None:
    """As far as one at a time goes."""
    rules = replace(RULES, down_window_s=0.0, down_pods=5)

    assert 5 == scaler(rules=rules).look(0.0, 0, 10)
