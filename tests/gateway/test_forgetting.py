"""The promise, against everything that can happen in any order.

Uploads, jobs, deletions and time; stores of which three calls in ten fail; processes killed between any two writes, the
sweeper too. Always: what lives can be read, what is past its deadline cannot, and a receipt tells the truth. In the end
nothing is left.
"""

import asyncio
import contextlib
import gc
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, text

from gateway.retention.database import Clock
from gateway.retention.holdings import HOUR_MS, Holding, Kind, State
from likeness_client.receipts import Ed25519PublicKey, missing, verify
from likeness_wire.errors import LikenessError, NotFound, Unavailable
from services.common.startup import StartupError
from tests.gateway.fate import Fate, FatefulDatabase, Killed
from tests.gateway.flaky import GatedKeys, GatedStore
from tests.gateway.house import SIGNER, TENANT, HandClock, House, build_house

# The kernel closes the files of a process that was killed; here the garbage collector does, and Python remarks on it.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

KEYS = {SIGNER.key_id: Ed25519PublicKey.from_public_bytes(SIGNER.public_key)}
Place = tuple[Kind, int]


@dataclass
class Known:
    """What a caller knows of one holding."""

    holding: Holding
    content: dict[Place, bytes] = field(default_factory=dict)
    # The earliest end that anybody asked for.
    earliest: int = 0
    ended: bool = False
    # Deleting was asked for, and nobody heard the answer.
    doubtful: bool = False

    def __post_init__(self) -> None:
        self.earliest = self.earliest or self.holding.expire_time

    def asked_to_end(self, moment: int) -> None:
        self.earliest = min(self.earliest, moment)


class Forgetting(RuleBasedStateMachine):
    """One gateway at a time, over one set of stores."""

    uploads = Bundle("uploads")
    jobs = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        memory = Path("/dev/shm")
        self.place = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self.loop = asyncio.new_event_loop()
        self.clock = HandClock()
        self.fate = Fate()
        self.known: dict[str, Known] = {}
        self.serial = 0
        self.house = self._build()
        self._run(self.house.keeper.prepare())

    # What a caller does.

    @rule(target=uploads, photos=some.integers(1, 3), breaks_off=some.booleans())
    def send_photos(self, photos: int, breaks_off: bool) -> Any:
        contents = {(Kind.PHOTO, index): self._something() for index in range(photos)}
        began: list[Holding] = []

        async def send() -> None:
            async with self.house.vault.receiving(TENANT) as upload:
                began.append(upload)
                for (kind, index), content in contents.items():
                    await self.house.vault.put(upload, kind, index, content)
                if breaks_off:
                    raise ConnectionError

        try:
            self._attempt(send())
        except (ConnectionError, Interrupted, LikenessError):
            return multiple()  # nobody was told its name
        self.known[began[0].id] = Known(began[0], contents)
        return began[0].id

    @rule(target=jobs, upload=uploads)
    def create_job(self, upload: str) -> Any:
        try:
            job = self._attempt(self.house.vault.adopt(TENANT, upload))
        except LikenessError:
            return multiple()
        except Interrupted:
            return self._find_job_of(upload)
        self.known[job.id] = Known(job)
        return job.id

    @rule(job=jobs, index=some.integers(0, 3))
    def keep_a_result(self, job: str, index: int) -> None:
        self._put(self.known[job], (Kind.RESULT, index))

    @rule(upload=uploads)
    def keep_an_identity(self, upload: str) -> None:
        self._put(self.known[upload], (Kind.IDENTITY, 0))

    @rule(job=jobs, forget=some.booleans())
    def finish_job(self, job: str, forget: bool) -> None:
        for known in self._related(job):
            if known.holding.id != job:
                known.asked_to_end(self.clock.ms + (0 if forget else HOUR_MS))
        self._gently(self.house.vault.finish(TENANT, job, forget_photos=forget))

    @rule(holding=some.one_of(uploads, jobs), hours=some.integers(1, 30))
    def shorten(self, holding: str, hours: int) -> None:
        for known in self._related(holding):
            if holding in (known.holding.id, known.holding.job):
                known.asked_to_end(self.clock.ms + hours * HOUR_MS)
        self._gently(self.house.vault.shorten(TENANT, holding, timedelta(hours=hours)))

    @rule(holding=some.one_of(consumes(uploads), consumes(jobs)))
    def delete(self, holding: str) -> None:
        related = self._related(holding)
        try:
            self._attempt(self.house.vault.erase(TENANT, holding, patience_s=0.2))
        except (Interrupted, Unavailable):
            for known in related:
                known.doubtful = True
            return
        for known in related:
            known.ended = True

    # What happens anyway.

    @rule(seconds=some.sampled_from([1, 60, 900, 3_600, 5 * 3_600]))
    def time_passes(self, seconds: int) -> None:
        self.clock.pass_s(seconds)
        self._gently(self.house.keeper.in_flight.beat())

    @rule()
    def sweep(self) -> None:
        self._gently(self.house.sweep())

    @rule(failing=some.sampled_from([0.0, 0.3]))
    def stores_fail(self, failing: float) -> None:
        self.fate.failing = failing

    @rule(writes=some.integers(0, 40))
    def doom(self, writes: int) -> None:
        self.fate.dies_in = writes

    @rule()
    def restart(self) -> None:
        self._revive()

    # What holds at all times.

    @invariant()
    def what_lives_is_read_and_what_does_not_is_not(self) -> None:
        with self._looking():
            for known in self.known.values():
                self._check(known)

    @invariant()
    def receipts_tell_the_truth(self) -> None:
        with self._looking():
            erased = {receipt.statement.subject.rpartition("/")[2] for receipt in self._receipts()}
            assert erased.isdisjoint(self.house.key_ids())
            assert erased.isdisjoint(name.split("/")[0] for name in self.house.objects())

    def teardown(self) -> None:
        """A day later nothing is left, and every end has its receipt in an unbroken chain."""
        gc.collect()
        self.fate.failing, self.fate.dies_in = 0.0, None
        self._revive()
        self.clock.pass_s(24 * 3_600)
        self._run(self.house.keeper.in_flight.beat())
        for _ in range(3):
            self._run(self.house.sweep())
            self.clock.pass_s(61)
        assert self.house.objects() == []
        assert self.house.key_ids() == set()
        receipts = self._receipts()
        verdicts = verify(receipts, KEYS)
        assert all(verdict.holds for verdict in verdicts)
        assert missing(verdicts) == []
        with self.house.database.reading() as tx:
            ended = tx.execute(text("SELECT count(*) FROM holdings WHERE job IS NULL")).scalar_one()
        assert len(receipts) == ended
        self.house.keeper.close()
        self.loop.close()
        self.place.cleanup()

    # How.

    def _check(self, known: Known) -> None:
        """The deadline is as early as somebody asked for, and no earlier; until then everything is there."""
        found = self._run(self.house.vault.find(TENANT, known.holding.id))
        assert found.hard_expire_time == known.holding.hard_expire_time <= found.first_byte_time + 24 * HOUR_MS
        assert known.earliest <= found.expire_time <= known.holding.expire_time
        known.holding = found
        if not (known.ended or known.doubtful):
            self._check_end(found)
        for place, content in known.content.items():
            self._check_content(known, place, content)

    def _check_end(self, found: Holding) -> None:
        """Photos go with their job; a job goes with its photos while it needs them."""
        related = [known.holding for known in self._related(found.id)]
        if found.ended_time is None:
            needs = [other for other in related if other.job == found.id and found.state is State.RUNNING]
            assert all(other.ended_time is None for other in needs)
        elif found.state is State.FINISHED:
            assert found.ended_time >= found.expire_time
        else:
            assert found.ended_time >= min(other.expire_time for other in related)

    def _check_content(self, known: Known, place: Place, content: bytes) -> None:
        over = known.ended or known.holding.is_over(self.clock.ms)
        try:
            assert self._run(self._read(known.holding, *place)) == content
            assert not over
        except NotFound:
            assert over

    async def _read(self, holding: Holding, kind: Kind, index: int) -> bytes:
        async with self.house.vault.reading(TENANT, holding.id, kind, index) as content:
            return await content.whole()

    def _put(self, known: Known, place: Place) -> None:
        content = self._something()
        try:
            if self._attempt(self.house.vault.put(known.holding, *place, content)):
                known.content[place] = content
        except (Interrupted, LikenessError):
            # Perhaps it was the answer that got lost.
            self._look_again(known, place, content)

    def _look_again(self, known: Known, place: Place, content: bytes) -> None:
        self._revive()
        with self.fate.spared():
            try:
                there = self._run(self._read(known.holding, *place))
            except LikenessError:
                return
            assert there in (content, known.content.get(place))
            known.content[place] = there

    def _find_job_of(self, upload: str) -> Any:
        self._revive()
        with self.fate.spared():
            job = self._run(self.house.vault.find(TENANT, upload)).job
            if job is None or job in self.known:
                return multiple()
            self.known[job] = Known(self._run(self.house.vault.find(TENANT, job)))
            return job

    def _related(self, holding: str) -> list[Known]:
        """All that may end with it."""
        with self._looking():
            found = self._run(self.house.vault.find(TENANT, holding))
            root = found.job or found.id
            with self.house.database.reading() as tx:
                query = text("SELECT id FROM holdings WHERE id = :root OR job = :root")
                ids = tx.execute(query, {"root": root}).scalars().all()
        return [self.known[id_] for id_ in ids if id_ in self.known]

    def _gently(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        with contextlib.suppress(Interrupted, LikenessError):
            self._attempt(coroutine)

    def _attempt(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Raises Interrupted where the process died under it."""
        try:
            return self._run(coroutine)
        except Killed:
            raise Interrupted from None

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(coroutine)

    @contextlib.contextmanager
    def _looking(self) -> Iterator[None]:
        """By a process that lives, through stores that answer."""
        if self.fate.dead:
            self._revive()
        with self.fate.spared():
            self._run(self.house.keeper.in_flight.beat())
            yield

    def _receipts(self) -> list[Any]:
        return list(self._run(self.house.vault.receipts(TENANT, limit=10_000)))

    def _something(self) -> bytes:
        self.serial += 1
        return b"content %d " % self.serial * 10

    def _revive(self) -> None:
        """Another process, once the dead one's lease is over; the store may keep it from starting for a while."""
        self.house.keeper.close()
        self.fate.dead, self.fate.dies_in = False, None
        while True:
            self.house = self._build()
            try:
                self._run(self.house.keeper.prepare())
                return
            except StartupError:
                self.house.keeper.close()
                self.clock.pass_s(5)

    def _build(self) -> House:
        gate: Callable[[str], None] = self.fate.gate

        def database(engine: Engine, clock: Clock) -> FatefulDatabase:
            made = FatefulDatabase(engine, clock)
            made.fate = self.fate
            return made

        return build_house(
            Path(self.place.name),
            self.clock,
            store=lambda store: GatedStore(store, gate),
            keys=lambda keys: GatedKeys(keys, gate),
            database=database,
        )


class Interrupted(Exception):
    """The process died before it could answer."""


def lived_through(examples: int, steps: int, *, anew: bool) -> None:
    """`anew`: other lives at every run."""
    run_state_machine_as_test(
        Forgetting,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not anew,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_promise_is_kept() -> None:
    """The same lives at every run."""
    lived_through(25, 25, anew=False)


@pytest.mark.soak
def test_the_promise_is_kept_for_long() -> None:
    """Longer ones, and others each time."""
    lived_through(400, 60, anew=True)
