"""One drill: the fleet under load, one fault after the other, and a look at what is left in the end."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt

from bench.drill.bites import DidNotBite
from bench.drill.callers import Book, Caller
from bench.drill.events import Chronicle
from bench.drill.faults import Fault
from bench.drill.fleet import Fleet, standing_fleet
from bench.drill.ledger import Visit, refused_receipts
from gateway.retention.stores import open_store
from likeness_client.demo.photo import demo_photo
from likeness_client.receipts import Keys, announced, verify
from likeness_client.stack.forgetting import forget
from likeness_wire.resend import Patience

Say = Callable[[str], None]

_NORMAL_AGAIN_S = 240.0
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """How long nothing happens between faults, at least, and how many callers there are."""

    faults: Sequence[Fault]
    callers: int = 3
    quiet_s: float = 12.0


@dataclass(slots=True)
class Strike:
    """One fault as it went. Times are seconds since the drill began. `bit`: how it is known; empty where it is not."""

    fault: Fault
    began: float
    ended: float = 0.0
    bit: str = ""
    why_not: str = ""
    refused: int = 0


@dataclass(slots=True)
class End:
    """What was left when everything had been deleted."""

    faults: list[str] = field(default_factory=list)
    receipts: int = 0
    # Photos of uploads whose acknowledgement was lost: nobody knew them, and they were erased as at a deadline.
    strays: int = 0


@dataclass(frozen=True, slots=True)
class Drill:
    """Everything that was seen."""

    plan: Plan
    strikes: Sequence[Strike]
    visits: Sequence[Visit]
    end: End
    seconds: float


async def drill(plan: Plan, folder: Path, say: Say) -> Drill:
    """Raises where the fleet cannot stand."""
    strikes, end = list[Strike](), End()
    say("starting the fleet")
    with closing(Chronicle(folder / "drill.log")) as chronicle:
        async with standing_fleet(folder, chronicle) as fleet:
            book = Book(demo_photo())
            await fleet.stack.during(_under_load(plan, fleet, book, strikes, say))
            say("deleting what is left")
            receipts, keys = await _forgotten(fleet, end)
            await fleet.stack.stop()
            say("nothing runs any more: looking at what is left")
            _judge(receipts, keys, book, end)
            await asyncio.to_thread(_look, fleet, end)
    return Drill(plan, strikes, book.visits, end, book.now())


async def _under_load(plan: Plan, fleet: Fleet, book: Book, strikes: list[Strike], say: Say) -> None:
    closing = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(plan.callers):
            group.create_task(Caller(book, fleet.caller).work(closing))
        try:
            # Until everything is warm, and there is something to compare with.
            await _quiet(plan, book, 0.0)
            for fault in plan.faults:
                strikes.append(await _struck(fault, fleet, book, say))
                await _quiet(plan, book, strikes[-1].ended)
        finally:
            closing.set()


async def _struck(fault: Fault, fleet: Fleet, book: Book, say: Say) -> Strike:
    strike, refused = Strike(fault, book.now()), fleet.chronicle.refused
    say(f"{fault.name}: {fault.what}")
    try:
        strike.bit = await fault.act(fleet)
    except (DidNotBite, TimeoutError) as error:
        strike.why_not = str(error) or "it took too long"
    strike.ended = book.now()
    strike.refused = fleet.chronicle.refused - refused
    say(f"{'':4}{strike.ended - strike.began:.0f} s: {strike.bit or 'DID NOT BITE: ' + strike.why_not}")
    return strike


async def _quiet(plan: Plan, book: Book, since: float) -> None:
    """Until as many jobs as there are callers have begun and ended since, and what began before has ended."""
    limit = since + _NORMAL_AGAIN_S
    while book.now() < limit:
        jobs = [visit for visit in book.visits if visit.wanted]
        open_before = any(visit.ended is None for visit in jobs if visit.began < since)
        whole = sum(visit.job_ended is not None and visit.began >= since for visit in jobs)
        if book.now() >= since + plan.quiet_s and whole >= plan.callers and not open_before:
            return
        await asyncio.sleep(_LOOK_S)


async def _forgotten(fleet: Fleet, end: End) -> tuple[list[DeletionReceipt], Keys]:
    """Uploads that nobody knows of are erased as their deadline would; every receipt, and the key that signed them."""
    # On a loop of its own, as it blocks now and then: the line to the store is on ours.
    done = await asyncio.to_thread(lambda: asyncio.run(forget(fleet.ground.settings)))
    end.strays = done.receipts
    if done.unconfirmed or done.remaining_objects:
        end.faults.append(f"{done.unconfirmed} holdings and {done.remaining_objects} objects could not be erased")
    async with fleet.caller(Patience()) as likeness:
        server = await likeness.server()
        return await likeness.raw_receipts(), announced(key.public_key for key in server.receipt_keys)


def _judge(receipts: Sequence[DeletionReceipt], keys: Keys, book: Book, end: End) -> None:
    verdicts = verify(receipts, keys)
    end.receipts = len(verdicts)
    end.faults += [f"a receipt does not hold: {fault}" for verdict in verdicts for fault in verdict.faults]
    end.faults += refused_receipts(book.visits, (receipt.name for receipt in receipts))


def _look(fleet: Fleet, end: End) -> None:
    store = open_store(fleet.ground.settings)
    if objects := sum(1 for _ in store.list()):
        end.faults.append(f"{objects} objects are left in the store")
    store.close()
    with psycopg.connect(fleet.ground.keys_address) as connection:
        row = connection.execute("SELECT count(*) FROM data_keys").fetchone()
    if row and row[0]:
        end.faults.append(f"{row[0]} keys are left")
