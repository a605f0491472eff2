"""What we rely on in DBOS beside its public interface. A new version that changes it fails here, not in a cluster."""

import base64
import pickle
from pathlib import Path

import pytest
from dbos import DBOS
from dbos._serialization import DBOSDefaultSerializer
from sqlalchemy import text

from gateway.jobs.port import State
from tests.gateway.jobs.conftest import Held
from tests.gateway.jobs.toy import TENANT, Effects, Office, Toy, office, until


def _row(at: Office, job: str) -> dict[str, object]:
    columns = "status, executor_id, owner_xid, recovery_attempts, queue_name, queue_partition_key, priority"
    with at.database.reading() as tx:
        query = text(f"SELECT {columns} FROM workflow_status WHERE workflow_uuid = :job")
        return dict(tx.execute(query, {"job": job}).mappings().one())


def _set(at: Office, job: str, **values: str) -> None:
    changes = ", ".join(f"{name} = '{value}'" for name, value in values.items())
    with at.database.transaction() as tx:
        tx.execute(text(f"UPDATE workflow_status SET {changes} WHERE workflow_uuid = '{job}'"))


async def test_recovery_takes_only_what_the_dead_still_own(sqlite: str, effects: Effects) -> None:
    """It keeps queue, partition, priority and the count of dispatches, takes the owner away, and is idempotent."""
    toy = Held(effects, "before-identity")
    async with office(sqlite, toy.course, poll_s=60, sweep_s=60) as at:
        job = at.enlist()
        await at.jobs.submit(TENANT, job)
        _set(at, job, status="PENDING", executor_id="gone", owner_xid="somebody")
        before = _row(at, job)

        assert len(await at.jobs._durable.reclaim(["another"]) * [0]) == 0
        assert _row(at, job) == before
        assert await at.jobs._durable.reclaim(["gone"]) == 1
        after = _row(at, job)
        assert (after["status"], after["owner_xid"]) == ("ENQUEUED", None)
        kept = ("queue_name", "queue_partition_key", "priority", "recovery_attempts")
        assert [after[name] for name in kept] == [before[name] for name in kept]
        assert await at.jobs._durable.reclaim(["gone"]) == 0


async def test_a_run_that_lost_its_row_cannot_record_a_step(sqlite: str, effects: Effects) -> None:
    """The token of the claim is checked in the same transaction."""
    toy = Held(effects, "after-identity")
    async with office(sqlite, toy.course, poll_s=0.05, sweep_s=60) as at:
        job = await at.start()
        await until(lambda: toy.reached)
        _set(at, job, owner_xid="somebody-else", executor_id="elsewhere")
        toy.go.set()
        await until(lambda: not at.jobs._runs._tasks)

        with at.database.reading() as tx:
            assert tx.execute(text("SELECT count(*) FROM operation_outputs")).scalar_one() == 0
        assert toy.effects.left() == ["identity"]


async def test_reserved_steps_are_numbered_by_the_order_of_calls(sqlite: str, toy: Toy) -> None:
    """Not by the order in which their tasks begin: that is what makes concurrent steps replayable."""
    numbers: list[int] = []
    draw = DBOS.reserve_step

    class Course(Toy):
        async def course(self, run):  # type: ignore[no-untyped-def]
            reserved = [draw() for _ in range(3)]
            numbers.extend(slot.step_id for slot in reversed(reserved))
            return await super().course(run)

    async with office(sqlite, Course(toy.effects).course) as at:
        await at.ended(await at.start())
    assert numbers == sorted(numbers, reverse=True)


async def test_runs_share_the_loop_of_the_server(sqlite: str, toy: Toy) -> None:
    """A grpc.aio channel belongs to one loop, and steps use those of the server."""
    import asyncio

    loops: list[object] = []
    toy.gate = lambda point: loops.append(asyncio.get_running_loop())
    async with office(sqlite, toy.course) as at:
        await at.ended(await at.start())

        assert set(loops) == {asyncio.get_running_loop()}
    assert await asyncio.to_thread(lambda: "threads of the loop outlive it") != ""


async def test_a_row_that_says_it_is_pickled_is_not_unpickled(sqlite: str, toy: Toy, tmp_path: Path) -> None:
    """DBOS believes what the row says of its format; whoever can write to the database must not be able to run code."""
    target = tmp_path / "ran"

    class Exploit:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (target,))

    pickled = base64.b64encode(pickle.dumps(Exploit())).decode()
    with pytest.raises(TypeError):
        async with office(sqlite, toy.course, poll_s=0.3) as at:
            job = await at.start()
            _set(at, job, serialization="py_pickle")
            with at.database.transaction() as tx:
                tx.execute(text("UPDATE workflow_input SET inputs = :inputs"), {"inputs": pickled})
            assert await at.ended(job) is State.FAILED
            DBOSDefaultSerializer.deserialize(pickled)
    assert not target.exists()
