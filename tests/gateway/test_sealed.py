"""Whoever reads or writes an object may be stopped at any moment: what a thread had begun by then is ended too."""

import asyncio
import threading
from pathlib import Path

import pytest

from gateway.retention.holdings import Kind
from gateway.storage.store import Sink, Source, Store
from tests.gateway.flaky import GatedStore
from tests.gateway.house import TENANT, open_house, read, upload


class Slow(GatedStore):
    """Opens and creates only when told to, and counts what has not been ended."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, self._wait)
        self.go = threading.Event()
        self.go.set()
        self.reached = threading.Event()
        self.open_things = 0

    def _wait(self, what: str) -> None:
        if what in ("objects.open", "objects.create"):
            self.reached.set()
            self.go.wait(10)

    def open(self, name: str, start: int = 0, length: int | None = None) -> Source:
        return self._counted(super().open(name, start, length), "close")  # type: ignore[no-any-return]

    def create(self, name: str, size_bytes: int) -> Sink:
        return self._counted(super().create(name, size_bytes), "abort")  # type: ignore[no-any-return]

    def _counted(self, thing: object, end: str) -> object:
        self.open_things += 1
        return _Counted(thing, end, self)


class _Counted:
    def __init__(self, thing: object, end: str, store: Slow) -> None:
        self._thing, self._end, self._store = thing, end, store

    def __getattr__(self, name: str) -> object:
        if name == self._end:
            self._store.open_things -= 1
        return getattr(self._thing, name)


@pytest.mark.parametrize("writing", [False, True])
async def test_what_is_opened_for_somebody_who_has_gone_is_closed(quick_path: Path, writing: bool) -> None:
    """No file stays open, and none half-written."""
    stores: list[Slow] = []

    def slow(store: Store) -> Store:
        stores.append(Slow(store))
        return stores[0]

    async with open_house(quick_path / "slow", store=slow) as house:
        photos = await upload(house)
        (store,) = stores
        store.open_things = 0
        store.go.clear()
        store.reached.clear()
        job = await house.vault.adopt(TENANT, photos.id)
        work = house.vault.put(job, Kind.TRY, 0, b"x" * 100) if writing else read(house, photos)
        task = asyncio.create_task(work)  # type: ignore[arg-type]
        assert await asyncio.to_thread(store.reached.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        store.go.set()
        await asyncio.wait([task])

        assert task.cancelled()
        assert store.open_things == 0
