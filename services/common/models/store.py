"""A directory of models, and the question whether what lies there is what the lock says and may be used."""

import enum
import importlib.metadata
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from services.common.models.digests import combined, sha256_of
from services.common.models.lock import Lock, read_lock
from services.common.models.model import CommercialUse, LockedFile, Model
from services.common.models.pins import Origin, Pin, Pins
from services.common.startup import StartupError


class LicencePolicy(enum.StrEnum):
    """What a process may load. COMMERCIAL takes only models whose commercial use is a plain yes."""

    RESEARCH = "research"
    COMMERCIAL = "commercial"

    def allows(self, use: CommercialUse) -> bool:
        return self is LicencePolicy.RESEARCH or use is CommercialUse.YES


class State(enum.StrEnum):
    """How one file, or a whole model, stands."""

    OK = "ok"
    ABSENT = "absent"
    MISSING = "missing"
    WRONG_SIZE = "wrong size"
    WRONG_DIGEST = "wrong digest"
    UNPINNED = "unpinned"
    REFUSED = "refused"
    NO_PACKAGE = "no package"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a model cannot be used; the text is one line for an operator."""

    model: str
    state: State
    text: str
    file: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """A model whose every byte has just been compared with the lock. It stays true as long as nobody writes there:
    mount weights read-only.
    """

    name: str
    digest: str
    """Of the files as locked, so that a converted copy of the same weights has the same digest."""
    licence: str
    commercial_use: CommercialUse
    folder: Path
    files: Mapping[str, Path] = field(repr=False)
    """By their path in the lock; where a file was converted, the path leads to the converted one."""
    digests: Mapping[str, str] = field(repr=False)

    def __getitem__(self, path: str) -> Path:
        return self.files[path]

    @property
    def file(self) -> Path:
        """The one file of a model that is one file."""
        (path,) = self.files.values()
        return path


@dataclass(frozen=True, slots=True)
class _Found:
    """The file on disk that stands for a file of the lock, and what it must be."""

    locked: LockedFile
    path: Path
    sha256: str | None
    size: int | None


class ModelStore:
    """The models of one directory under one licence policy. Models that pip brings need no directory.

    `threads` bounds how many files are hashed at once; hashing releases the GIL.
    """

    def __init__(self, models_dir: Path | None, policy: LicencePolicy, *, threads: int = 2) -> None:
        self.models_dir = models_dir
        self.policy = policy
        self.lock: Lock = read_lock(models_dir)
        self.pins = Pins(models_dir)
        self._threads = threads

    def open(self, name: str) -> OpenedModel:
        """The model, verified now; StartupError with one line that names the model, the file and what is wrong."""
        model = self.lock[name]
        if problems := self.problems(model):
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            raise StartupError(f"{model.name}: {problems[0].text}{more}")
        found, digests = self._found(model), self._digests(model)
        return OpenedModel(
            name=model.name,
            digest=combined(digests),
            licence=model.licence,
            commercial_use=model.commercial_use,
            folder=self.folder(model),
            files=MappingProxyType({each.locked.path: each.path for each in found}),
            digests=MappingProxyType(digests),
        )

    def problems(self, model: Model) -> list[Problem]:
        """Everything that stands against using it; empty after every byte was read and found right."""
        if refusal := self.refusal(model):
            return [refusal]
        try:
            found = self._found(model)
        except StartupError as error:
            return [Problem(model.name, State.NO_PACKAGE, str(error))]
        if not any(each.path.is_file() for each in found):
            return [Problem(model.name, State.ABSENT, self._absent(model))]
        with ThreadPoolExecutor(self._threads) as pool:
            return [problem for problem in pool.map(lambda each: _problem(model, each), found) if problem]

    def problem(self, model: Model, file: LockedFile) -> Problem | None:
        """What is wrong with one file, whatever the policy says about its model."""
        return _problem(model, self._find(model, file))

    def refusal(self, model: Model) -> Problem | None:
        """Set where the licence policy forbids the model."""
        if self.policy.allows(model.commercial_use):
            return None
        use = model.commercial_use
        text = f"refused by LICENSE_POLICY={self.policy}, since its commercial use is {use!s}: {model.note}"
        return Problem(model.name, State.REFUSED, text)

    def present(self, model: Model) -> bool:
        """Whether all its files are there, by name and not by content."""
        try:
            return all(each.path.is_file() for each in self._found(model))
        except StartupError:
            return False

    def folder(self, model: Model) -> Path:
        """Where its files are, or would be."""
        if model.package:
            return _site_packages(model.package) / model.folder
        if self.models_dir is None:
            raise StartupError(f"{model.name}: no models directory is set (LIKENESS_MODELS_DIR)")
        return self.models_dir / model.folder

    def key(self, model: Model, path: str) -> str:
        """A file's name among the pins."""
        return str(PurePosixPath(model.folder) / path)

    def expected(self, model: Model, file: LockedFile) -> str | None:
        """The digest its bytes must have, from the lock or else from the pins."""
        if file.sha256 or model.package:
            return file.sha256
        pin = self.pins.get(self.key(model, file.path))
        return pin.sha256 if pin else None

    def digest(self, model: Model) -> str | None:
        """One digest for the whole model, as locked or pinned; None while that of any file is unknown."""
        digests = self._digests(model)
        return combined(digests) if len(digests) == len(model.files) else None

    def pin(self, model: Model) -> list[str]:
        """Takes the files that the lock leaves open as they lie there, for weights that were not fetched with Likeness.
        Returns the paths that were pinned.
        """
        pinned = []
        for each in self._found(model):
            if each.sha256 is None and each.path.is_file():
                self.pins.set(self.key(model, each.locked.path), Pin(sha256_of(each.path), Origin.FOUND))
                pinned.append(each.locked.path)
        return pinned

    def _found(self, model: Model) -> list[_Found]:
        return [self._find(model, file) for file in model.files]

    def _find(self, model: Model, file: LockedFile) -> _Found:
        expected, folder = self.expected(model, file), self.folder(model)
        if file.converts_to and expected:
            pin, converted = self.pins.get(self.key(model, file.converts_to)), folder / file.converts_to
            if pin and pin.made_from == expected and converted.is_file():
                return _Found(file, converted, pin.sha256, None)
        return _Found(file, _placed(model, folder, file.path), expected, file.size)

    def _digests(self, model: Model) -> dict[str, str]:
        expected = {file.path: self.expected(model, file) for file in model.files}
        return {path: digest for path, digest in expected.items() if digest}

    def _absent(self, model: Model) -> str:
        if not model.package and self.models_dir and not self.models_dir.is_dir():
            return f"there is no directory {self.models_dir}; is the volume of weights mounted?"
        if not model.fetchable:
            return f"nothing of it is in {self.folder(model)}"
        return f"it is not in {self.models_dir}; run `likeness models fetch {model.name}`"


def open_model(name: str, models_dir: Path | None, policy: LicencePolicy) -> OpenedModel:
    """One model of a directory, verified now. A process that opens several keeps a ModelStore."""
    return ModelStore(models_dir, policy).open(name)


def _problem(model: Model, found: _Found) -> Problem | None:
    """Size first: it costs nothing and finds every cut-off copy."""
    path, name = found.path, found.path.name
    if not path.is_file():
        return Problem(model.name, State.MISSING, f"{found.locked.path} is missing in {path.parent}", found.locked.path)
    if found.sha256 is None:
        text = f"{name} has no digest to compare with; run `likeness models verify --pin {model.name}` if you trust it"
        return Problem(model.name, State.UNPINNED, text, found.locked.path)
    size = path.stat().st_size
    if found.size not in (None, size):
        text = f"{name} has {size} bytes where the lock says {found.size}"
        return Problem(model.name, State.WRONG_SIZE, text, found.locked.path)
    if (digest := sha256_of(path)) != found.sha256:
        text = f"{name} has sha256 {digest} where {found.sha256} is expected"
        return Problem(model.name, State.WRONG_DIGEST, text, found.locked.path)
    return None


def _placed(model: Model, folder: Path, path: str) -> Path:
    """Also one level deeper: a zip that was unpacked by hand tends to bring a folder of its own name."""
    flat = folder / path
    if model.archive and not flat.exists():
        nested = folder / PurePosixPath(model.archive.name).stem / path
        return nested if nested.exists() else flat
    return flat


def _site_packages(package: str) -> Path:
    """Where a package's files are, without importing it: some do harm or need libraries when they are imported."""
    try:
        return Path(str(importlib.metadata.distribution(package).locate_file("")))
    except importlib.metadata.PackageNotFoundError:
        raise StartupError(f"the package {package} is not installed (pip install 'likeness[embedded]')") from None
