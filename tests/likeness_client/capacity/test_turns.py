"""Places, and whose turn it is."""

from simpy import Environment

from likeness_client.capacity.turns import Line, Places, Turn


def told(places: Places, env: Environment, turn: Turn, order: list[Turn]) -> None:
    asking = places.wait(turn)
    assert asking.callbacks is not None
    asking.callbacks.append(lambda _: order.append(turn))


def test_interactive_first_then_tenants_in_turn() -> None:
    """However much each has waiting; those of one tenant in their order."""
    env = Environment()
    places, order = Places(env, 1), list[Turn]()
    told(places, env, Turn(urgent=False, tenant=9), order)
    for tenant, urgent in ((1, False), (1, False), (2, False), (1, True), (2, False)):
        told(places, env, Turn(urgent=urgent, tenant=tenant), order)
    for _ in range(6):
        env.run()
        places.free()

    assert [9, 1, 1, 2, 1, 2] == [turn.tenant for turn in order]
    assert [False, True, False, False, False, False] == [turn.urgent for turn in order]


def test_no_more_than_there_are_places() -> None:
    """The third waits until one is free."""
    env = Environment()
    places = Places(env, 2)
    askings = [places.wait(Turn(urgent=False)) for _ in range(3)]
    before = [asking.triggered for asking in askings]
    places.free()

    assert [True, True, False] == before
    assert all(asking.triggered for asking in askings)
    assert (2, 2) == (places.taken, places.most_taken)


def test_a_line_knows_how_many_wait() -> None:
    """Whatever their priority."""
    line, places = Line(), Places(Environment(), 0)
    for urgent in (True, False):
        line.add(places.wait(Turn(urgent=urgent)))
    line.take()

    assert (1, 2) == (line.count, places.waiting.count)
