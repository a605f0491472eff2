"""API keys, on both databases."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from gateway.retention.database import Database
from gateway.tenants.keys import ApiKeys, NewKey, id_of
from likeness_wire.errors import BadRequest, LikenessError, NotFound, WrongState
from tests.gateway.house import HandClock


@pytest.fixture
def keys(database: Database, clock: HandClock) -> ApiKeys:
    return ApiKeys(database, clock.monotonic)


def tenant_of(keys: ApiKeys, key: str) -> str | None:
    agreed = keys.agreed(key)
    return None if agreed is None else agreed.tenant


def test_a_key_says_whose_it_is(keys: ApiKeys) -> None:
    """Each its own tenant's."""
    acme, other = keys.create("acme"), keys.create("other")

    assert ("acme", "other") == (tenant_of(keys, acme.key), tenant_of(keys, other.key))


def test_only_the_digest_is_stored(keys: ApiKeys, database: Database) -> None:
    """Neither a key nor its secret part is in any table, and no representation shows it."""
    made = keys.create("acme")
    secret = made.key.rpartition("_")[2]
    with database.reading() as tx:
        rows = repr(tx.execute(text("SELECT * FROM api_keys")).all())

    assert len(secret) == 64
    assert secret not in rows + repr(made) + repr(keys.list())


def test_a_third_live_key_is_refused(keys: ApiKeys) -> None:
    """Until one of the two is revoked."""
    first, _ = keys.create("acme"), keys.create("acme")
    with pytest.raises(WrongState, match="revoke one first"):
        keys.create("acme")
    keys.revoke(first.id)

    assert keys.create("acme").tenant == "acme"


def test_many_at_once_make_two(keys: ApiKeys) -> None:
    """Whoever comes at the same time has to wait for the count."""

    def create(_: int) -> NewKey | LikenessError:
        try:
            return keys.create("acme")
        except WrongState as error:
            return error

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(create, range(6)))

    assert 2 == sum(isinstance(outcome, NewKey) for outcome in outcomes)


def test_a_revoked_key_opens_nothing_from_the_next_look_on(keys: ApiKeys, database: Database) -> None:
    """Though another process revoked it."""
    made = keys.create("acme")
    before = tenant_of(keys, made.key)
    ApiKeys(database).revoke(made.id)

    assert ("acme", None) == (before, tenant_of(keys, made.key))


def test_revoking_again_changes_nothing(keys: ApiKeys, clock: HandClock) -> None:
    """The time is that of the first."""
    made = keys.create("acme")
    first = keys.revoke(made.id)
    clock.pass_s(60)

    assert first == keys.revoke(made.id)


def test_an_unknown_key_cannot_be_revoked(keys: ApiKeys) -> None:
    with pytest.raises(NotFound):
        keys.revoke("000000000000")


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key[:9] + "000000000000" + key[21:],
        lambda key: key.upper(),
        lambda key: key + "0",
        lambda key: key + "\n",
        lambda key: key[:-64],
        lambda key: key.removeprefix("likeness_"),
        lambda key: key.replace("likeness_", "likeness_' OR 1=1 --"),
        lambda key: "",
    ],
)
def test_what_is_not_quite_a_key_is_nobodys(keys: ApiKeys, change: "type[str]") -> None:
    """Another secret, another id, another form."""
    made = keys.create("acme")

    assert keys.agreed(change(made.key)) is None


def test_the_last_use_is_noted_now_and_then(keys: ApiKeys, clock: HandClock) -> None:
    """Not with every call: once in ten minutes."""
    made = keys.create("acme")
    used = []
    for pause_s in (0, 599, 1):
        clock.pass_s(pause_s)
        keys.agreed(made.key)
        used.append(keys.list()[0].used_time)

    assert [used[0], used[0], used[0] + 600_000] == used


@pytest.mark.parametrize("tenant", ["", "Acme", "acme/jobs", "1acme", "a" * 64, "a b"])
def test_a_tenant_is_one_word_of_a_name(keys: ApiKeys, tenant: str) -> None:
    """It becomes part of every resource name."""
    with pytest.raises(BadRequest):
        keys.create(tenant)


def test_the_id_is_found_in_the_key_too(keys: ApiKeys) -> None:
    """Whoever has to revoke a key that leaked has the key at hand."""
    made = keys.create("acme")

    assert re.fullmatch("[0-9a-f]{12}", made.id)
    assert (made.id, made.id) == (id_of(made.key), id_of(made.id))
