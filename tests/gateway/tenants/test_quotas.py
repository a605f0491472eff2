"""What a tenant may have at once and order in a day, on both databases, over the real ledger and register."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from likeness.common.v1 import reason_pb2 as reasons

from gateway.jobs.port import State
from gateway.jobs.register import Register
from gateway.metrics import GatewayMetrics
from gateway.retention.database import Database, connect
from gateway.retention.endings import Endings
from gateway.retention.holdings import Cause, Terms, new_id
from gateway.retention.ledger import Ledger
from gateway.tenants.agreements import Agreement, Agreements
from gateway.tenants.caller import LOCAL
from gateway.tenants.quotas import Quota, Quotas
from likeness_wire.errors import Exhausted
from services.common.admission import Priority
from tests.gateway.house import HOUR_S, HandClock

TENANT = "acme"
USUAL = Quota(uploads_held=3, jobs_open=2, pictures_per_day=20)


@pytest.fixture
def quotas(database: Database, metrics: GatewayMetrics) -> Quotas:
    return Quotas(database, USUAL, metrics)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, Terms())


@pytest.fixture
def register(database: Database) -> Register:
    return Register(database)


Order = Callable[..., str]


@pytest.fixture
def order(quotas: Quotas, ledger: Ledger, register: Register) -> Order:
    """A job as the gateway makes one."""

    def make(pictures: int, tenant: str = TENANT) -> str:
        upload = begin(ledger, tenant)
        ledger.seal(tenant, upload)
        job = new_id()

        def also(tx: object, holding: object) -> None:
            quotas.order(tx, tenant, pictures)  # type: ignore[arg-type]
            register.enlist(tx, job, tenant, Priority.INTERACTIVE)  # type: ignore[arg-type]

        ledger.adopt(tenant, upload, job, also=also)
        return job

    return make


def begin(ledger: Ledger, tenant: str = TENANT) -> str:
    return ledger.open_upload(new_id(), tenant, ledger.now()).id


def test_uploads_that_wait_are_counted(quotas: Quotas, ledger: Ledger, clock: HandClock) -> None:
    """One too many is told when the first of them ends."""
    for _ in range(3):
        begin(ledger)
        quotas.upload(TENANT)
        clock.pass_s(HOUR_S)
    begin(ledger)
    with pytest.raises(Exhausted) as caught:
        quotas.upload(TENANT)

    assert (reasons.REASON_QUOTA_EXCEEDED, 20 * HOUR_S) == (caught.value.reason, caught.value.retry_after_s)


def test_uploads_that_ended_or_became_jobs_do_not_count(
    quotas: Quotas, ledger: Ledger, order: Order, database: Database
) -> None:
    """Nor do those of others."""
    for _ in range(2):
        order(1)
        begin(ledger, "other")
    gone = [begin(ledger) for _ in range(4)]
    with pytest.raises(Exhausted):
        quotas.upload(TENANT)
    Endings(database, None).end(gone[0], Cause.DELETED)  # type: ignore[arg-type] # receipts come later

    quotas.upload(TENANT)


def test_jobs_that_are_open_are_counted(order: Order, register: Register) -> None:
    """Until one has ended."""
    first, _ = order(1), order(1)
    with pytest.raises(Exhausted, match="2 jobs may be open"):
        order(1)
    register.end(first, State.SUCCEEDED)

    order(1)


def test_a_refused_order_leaves_nothing_behind(order: Order, quotas: Quotas, register: Register) -> None:
    """No job, and nothing that counts against the day."""
    with pytest.raises(Exhausted, match="20 pictures"):
        order(21)
    register.end(order(20), State.SUCCEEDED)

    with pytest.raises(Exhausted, match="20 pictures"):
        quotas.would_fit(TENANT, 1)


def test_pictures_count_for_a_day_though_their_job_is_deleted(
    order: Order, quotas: Quotas, clock: HandClock, register: Register
) -> None:
    """And whoever is refused is told when enough of them have aged."""
    for pictures in (8, 8):
        job = order(pictures)
        register.end(job, State.CANCELLED)
        register.forget([job])
        clock.pass_s(2 * HOUR_S)
    with pytest.raises(Exhausted) as caught:
        order(5)
    wait_s = caught.value.retry_after_s or 0

    assert 19 * HOUR_S < wait_s <= 20 * HOUR_S
    clock.pass_s(wait_s - 1)
    with pytest.raises(Exhausted):
        order(5)
    clock.pass_s(1)
    order(5)


def test_an_order_that_no_day_can_hold_waits_for_nothing(quotas: Quotas) -> None:
    """The hint is a day: by then something else may be agreed."""
    with pytest.raises(Exhausted) as caught:
        quotas.would_fit(TENANT, 21)

    assert 24 * HOUR_S == caught.value.retry_after_s


def test_asking_orders_nothing(quotas: Quotas, order: Order) -> None:
    """Not even often."""
    for _ in range(5):
        quotas.would_fit(TENANT, 20)

    order(20)


def test_what_was_agreed_goes_before_what_is_usual(
    quotas: Quotas, order: Order, ledger: Ledger, database: Database
) -> None:
    """From the next call on, each limit by itself; the others stay usual."""
    agreements = Agreements(database)
    agreements.change(TENANT, Agreement(pictures_per_day=30, uploads_held=0))
    order(30)
    begin(ledger)
    with pytest.raises(Exhausted, match="0 uploads"):
        quotas.upload(TENANT)
    agreements.change(TENANT, Agreement())

    assert Agreement() == agreements.find(TENANT) == agreements.find("unheard-of")
    quotas.upload(TENANT)


def test_the_local_tenant_has_no_quota(quotas: Quotas, order: Order) -> None:
    """It owns the machine."""
    for _ in range(5):
        order(1000, LOCAL)

    quotas.would_fit(LOCAL, 1_000_000)


def test_at_the_same_time_no_more_is_ordered_than_one_after_the_other(order: Order, quotas: Quotas) -> None:
    """Two gateways count in turn."""

    def attempt(_: int) -> bool:
        try:
            order(6)
        except Exhausted:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        made = sum(pool.map(attempt, range(6)))

    assert 2 == made  # two open jobs are allowed


def test_old_hours_are_forgotten(order: Order, quotas: Quotas, clock: HandClock, database: Database) -> None:
    """Those that count are not."""
    order(1)
    clock.pass_s(23 * HOUR_S)
    order(1)
    quotas.forget()
    kept = _rows(database)
    clock.pass_s(2 * HOUR_S)
    quotas.forget()

    assert (2, 1) == (kept, _rows(database))


class _Model:
    """What counting by hand says."""

    def __init__(self) -> None:
        self.orders: list[tuple[int, int]] = []

    def fits(self, hour: int, pictures: int) -> bool:
        recent = sum(count for when, count in self.orders if when > hour - 24)
        return recent + pictures <= USUAL.pictures_per_day


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 12)), max_size=20))
def test_any_course_of_orders_is_counted_as_by_hand(steps: list[tuple[int, int]]) -> None:
    """Hours pass, orders come, of all sizes."""
    clock, model = HandClock(), _Model()
    database = Database(connect("sqlite://"), clock)
    database.create_tables()
    quotas = Quotas(database, USUAL, GatewayMetrics())
    for hours, pictures in steps:
        clock.pass_s(hours * HOUR_S)
        hour = clock.ms // 3_600_000
        expected = model.fits(hour, pictures)
        try:
            with database.transaction() as tx:
                quotas.order(tx, TENANT, pictures)
            made = True
        except Exhausted as refusal:
            made = False
            assert 0 < (refusal.retry_after_s or 0) <= 24 * HOUR_S
        if made:
            model.orders.append((hour, pictures))

        assert expected == made
    database.engine.dispose()


def _rows(database: Database) -> int:
    with database.reading() as tx:
        return len(tx.exec_driver_sql("SELECT * FROM pictures_ordered").all())
