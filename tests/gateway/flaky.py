"""Stores of objects and keys that fail, with a real one behind them; and a record of what was asked in which order."""

from collections.abc import Callable, Iterable, Iterator

from likeness.common.v1 import reason_pb2 as reasons

from gateway.keys.store import KeyEntry, KeyStore
from gateway.storage.sealing import DataKey
from gateway.storage.store import Found, Sink, Source, Store
from likeness_wire.errors import Unavailable

# Called before and after everything that changes something, with its name. May raise.
Gate = Callable[[str], None]


class Trouble:
    """Fails while told to."""

    def __init__(self) -> None:
        self.objects = False
        self.keys = False
        self.asked: list[str] = []

    def gate(self, what: str) -> None:
        self.asked.append(what)
        if (self.objects and what.startswith("objects")) or (self.keys and what.startswith("keys")):
            raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "away")

    def store(self, store: Store) -> Store:
        return GatedStore(store, self.gate)

    def keystore(self, keys: KeyStore) -> KeyStore:
        return GatedKeys(keys, self.gate)


class GatedStore:
    """A store behind a gate."""

    def __init__(self, store: Store, gate: Gate) -> None:
        self._store = store
        self._gate = gate

    def create(self, name: str, size_bytes: int) -> Sink:
        self._gate("objects.create")
        return GatedSink(self._store.create(name, size_bytes), self._gate)

    def open(self, name: str, start: int = 0, length: int | None = None) -> Source:
        self._gate("objects.open")
        return self._store.open(name, start, length)

    def list(self, holding: str | None = None) -> Iterator[Found]:
        self._gate("objects.list")
        return self._store.list(holding)

    def remove(self, found: Iterable[Found]) -> None:
        """One by one, so that it may stop half-way."""
        for item in found:
            self._gate("objects.remove")
            self._store.remove([item])
            self._gate("objects.removed")

    def check(self) -> None:
        self._store.check()

    def close(self) -> None:
        self._store.close()


class GatedSink:
    """A sink behind a gate."""

    def __init__(self, sink: Sink, gate: Gate) -> None:
        self._sink = sink
        self._gate = gate

    def write(self, piece: bytes | memoryview) -> None:
        self._gate("objects.write")
        self._sink.write(piece)

    def commit(self) -> None:
        self._gate("objects.commit")
        self._sink.commit()
        self._gate("objects.committed")

    def abort(self) -> None:
        self._gate("objects.abort")
        self._sink.abort()


class GatedKeys:
    """A key store behind a gate."""

    def __init__(self, keys: KeyStore, gate: Gate) -> None:
        self._keys = keys
        self._gate = gate

    def create(self, holding: str, hard_expire_time: int, now: int) -> None:
        self._gate("keys.create")
        self._keys.create(holding, hard_expire_time, now)
        self._gate("keys.created")

    def fetch(self, holding: str) -> DataKey:
        self._gate("keys.fetch")
        return self._keys.fetch(holding)

    def destroy(self, holdings: Iterable[str]) -> None:
        self._gate("keys.destroy")
        self._keys.destroy(holdings)
        self._gate("keys.destroyed")

    def entries(self, expired_by: int | None = None) -> Iterator[KeyEntry]:
        self._gate("keys.entries")
        return self._keys.entries(expired_by)

    def count(self) -> int:
        return self._keys.count()

    def tidy(self) -> None:
        self._gate("keys.tidy")
        self._keys.tidy()

    def check(self) -> None:
        self._keys.check()

    def close(self) -> None:
        self._keys.close()
