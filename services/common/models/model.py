"""An entry of models.lock, as a value."""

import enum
from dataclasses import dataclass
from pathlib import PurePosixPath


class CommercialUse(enum.StrEnum):
    """Whether what a model makes may be sold. UNKNOWN: the licence does not say, a human must decide."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One file of a model; `path` is relative to the model's folder."""

    path: str
    sha256: str | None
    """None until it is pinned, in a pin file beside the models, by the first fetch."""
    size: int | None = None
    converts_to: str | None = None
    """The safetensors file that `likeness models convert` makes of it and that is then preferred."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip that holds the model's files, at any depth."""

    url: str
    sha256: str | None = None
    size: int | None = None

    @property
    def name(self) -> str:
        return PurePosixPath(self.url).name


@dataclass(frozen=True, slots=True)
class Model:
    """An entry of the lock. Exactly one of url, archive, package and local says where its files come from."""

    name: str
    title: str
    files: tuple[LockedFile, ...]
    licence: str
    """An SPDX id, or LicenseRef-…."""
    commercial_use: CommercialUse
    note: str
    roles: frozenset[str]
    profiles: frozenset[str]
    folder: str
    """Below the models directory, or below site-packages for a model from a package."""
    digests: str = ""
    url: str | None = None
    archive: Archive | None = None
    package: str | None = None
    local: bool = False
    optional: bool = False

    @property
    def size(self) -> int:
        """Bytes on disk, as far as the lock knows them."""
        return sum(file.size or 0 for file in self.files)

    @property
    def source(self) -> str:
        """Where its files come from, for a person."""
        if self.package:
            return f"package {self.package}"
        return self.url or (self.archive.url if self.archive else "put there by the operator")

    @property
    def fetchable(self) -> bool:
        return bool(self.url or self.archive)


@dataclass(frozen=True, slots=True)
class Grant:
    """What an operator was allowed beyond a model's public licence."""

    name: str
    licence: str
    commercial_use: CommercialUse
    note: str
