"""A shoot from photos to pictures in a folder, with everything that is worth keeping about it, and then forgotten."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from likeness.gateway.v1.job_pb2 import SUBJECT_CALLER
from rich.console import Console

from likeness_client.aio import AsyncLikeness
from likeness_client.board import Board
from likeness_client.consent import Consent
from likeness_client.errors import LikenessError, NotFound, ReceiptRefused
from likeness_client.failure import CommandFailed
from likeness_client.orders import Order, Wishes
from likeness_client.output import human_count, human_size
from likeness_client.sheet.page import page
from likeness_client.sheet.record import record
from likeness_client.sheet.roll import Roll
from likeness_client.values.job import Job
from likeness_client.values.result import Result, Try
from likeness_client.values.server import ServerInfo
from likeness_client.values.upload import Upload

SHEET, RECORD, RECEIPT = "contact-sheet.html", "record.json", "receipt.json"


@dataclass(frozen=True, slots=True)
class Shoot:
    """What to do. `agree` makes the consent once the server has said which policy it asks for."""

    photos: Sequence[Path]
    orders: Sequence[Order]
    wishes: Wishes
    agree: Callable[[str | None], Consent]
    out: Path
    # Leave photos and pictures at the server until they expire.
    keep: bool
    # Seeds tried small for each style that names none, before anything is made. 0: none.
    candidates: int = 0


@dataclass(slots=True)
class _Held:
    """What the server has of this person."""

    name: str | None = None


@dataclass(slots=True)
class Shooting:
    """One shoot. Whatever ends it early, Ctrl-C too, what was sent is erased unless it is to be kept."""

    likeness: AsyncLikeness
    shoot: Shoot
    console: Console
    _held: _Held = field(default_factory=_Held)

    async def run(self) -> Roll:
        """Pictures, contact sheet, record and receipt are in the folder when it returns."""
        async with self._erasing():
            server = await self.likeness.server()
            consent = self.shoot.agree(server.policy_version)
            job = await self._made(consent)
            roll = await self._collected(job, server, consent)
        if not self.shoot.keep:
            roll = await self._forgotten(roll)
        _leave(roll, self.shoot.out)
        return roll

    async def _made(self, consent: Consent) -> Job:
        size = sum(path.stat().st_size for path in self.shoot.photos)
        self._say(f"sending {human_count(len(self.shoot.photos), 'photo', 'photos')}, {human_size(size)}")
        upload = await self.likeness.upload(self.shoot.photos)
        self._held.name = upload.name
        inspection = await self.likeness.inspect(upload)
        for advice in inspection.advice:
            self._say(advice)
        if not inspection.usable:
            raise CommandFailed("these photos will not do")
        orders = [await self._seeded(upload, order, consent) for order in self.shoot.orders]
        job = await self.likeness.create_job(upload, orders, consent=consent, wishes=self.shoot.wishes)
        self._held.name = job.name
        with Board(self.console, job) as board:
            return await self.likeness.wait(job, board.hear)

    async def _seeded(self, upload: Upload, order: Order, consent: Consent) -> Order:
        """Starting from the seed that comes nearest, where seeds are to be tried first."""
        if not self.shoot.candidates or order.seed is not None:
            return order
        self._say(f"{order.style}: trying {human_count(self.shoot.candidates, 'seed', 'seeds')}")
        found = await self.likeness.find_seed(
            upload, order, consent=consent, candidates=self.shoot.candidates, long_side=self.shoot.wishes.long_side
        )
        if not found:
            self._say(f"{order.style}: none of them could be measured")
            return order
        self._say(f"{order.style}: seed {found[0].seed} comes nearest, drift {found[0].drift}")
        return replace(order, seed=found[0].seed)

    async def _collected(self, job: Job, server: ServerInfo, consent: Consent) -> Roll:
        """Everything of the job that is to be left here."""
        tries = tuple(await self.likeness.tries(job))
        self.shoot.out.mkdir(parents=True, exist_ok=True)
        files = {each.name: (await self.likeness.download(each, self.shoot.out)).name for each in job.results}
        return Roll(
            job=job,
            tries=tries,
            server=server,
            files=files,
            thumbnails=await self._thumbnails(job, tries),
            titles={style.id: style.title for style in await self.likeness.styles()},
            receipt=None,
            consent=f"{_who(consent)}, for {consent.purpose}, policy {consent.policy_version}, {consent.reference}",
            made=datetime.now(UTC),
        )

    async def _thumbnails(self, job: Job, tries: Sequence[Try]) -> dict[str, bytes]:
        """Of what was kept and of what was not; there may be none of some."""
        shown: list[Result | Try] = [*job.results, *(each for each in tries if each.has_thumbnail and not each.result)]
        found: dict[str, bytes] = {}
        for each in shown:
            with suppress(NotFound):
                found[each.name] = await self.likeness.thumbnail(each)
        return found

    async def _forgotten(self, roll: Roll) -> Roll:
        """The pictures are here: what the server has is erased. If it cannot now, it expires, and the page says so."""
        try:
            receipt = await self.likeness.delete(roll.job)
        except (LikenessError, ReceiptRefused) as error:
            self._say(f"the server did not confirm that it has erased everything: {error}")
            return roll
        return replace(roll, receipt=receipt)

    @asynccontextmanager
    async def _erasing(self) -> AsyncIterator[None]:
        try:
            yield
        except BaseException:
            if self._held.name is not None and not self.shoot.keep:
                with suppress(LikenessError, ReceiptRefused):
                    await self.likeness.delete(self._held.name)
                    self._say("what was sent has been erased")
            raise

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False)


def check_out(out: Path, force: bool) -> None:
    """CommandFailed where pictures of another shoot would be replaced."""
    if (out / SHEET).exists() and not force:
        raise CommandFailed(f"{out} has the pictures of another shoot; name another folder, or --force")


def _leave(roll: Roll, out: Path) -> None:
    (out / RECORD).write_text(json.dumps(record(roll), indent=2, ensure_ascii=False) + "\n", "utf-8")
    if roll.receipt is not None:
        (out / RECEIPT).write_text(roll.receipt.json() + "\n", "utf-8")
    (out / SHEET).write_text(page(roll), "utf-8")


def _who(consent: Consent) -> str:
    return "given by the person shown" if consent.subject == SUBJECT_CALLER else "authorised by the person shown"
