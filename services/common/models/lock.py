"""models.lock: which models there are, what their bytes must be, where they come from and what may be done with them.

The lock that is shipped (services/common/models.lock) may be joined by an operator's own, `models.lock` in the models
directory. That one adds models and grants; it cannot change the bytes of a model that is shipped.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

from services.common.models.model import Archive, CommercialUse, Grant, LockedFile, Model
from services.common.startup import StartupError

VERSION = 1
UNPINNED = "unpinned"
OPERATORS_LOCK = "models.lock"

# Roles and profiles that a model may be for; a misspelt one would otherwise never be fetched.
ROLES = frozenset({"embedder", "generator", "upscaler", "verifier"})
PROFILES = frozenset({"embedded", "gpu", "tiny"})

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LICENCE = re.compile(r"(LicenseRef-)?[A-Za-z0-9.-]{1,80}")


@dataclass(frozen=True, slots=True)
class Lock:
    """All models by name."""

    models: Mapping[str, Model] = field(repr=False)

    def __getitem__(self, name: str) -> Model:
        try:
            return self.models[name]
        except KeyError:
            raise StartupError(f"no model is called {name!r}; `likeness models list` names them") from None

    def select(self, names: Iterable[str] = (), profile: str | None = None) -> list[Model]:
        """The models named; without names those a profile cannot do without; without either, all."""
        if chosen := [self[name] for name in names]:
            return chosen
        if profile is None:
            return list(self.models.values())
        if profile not in PROFILES:
            raise StartupError(f"no profile is called {profile!r}; there are {', '.join(sorted(PROFILES))}")
        return [model for model in self.models.values() if profile in model.profiles and not model.optional]


def read_lock(models_dir: Path | None = None) -> Lock:
    """The shipped lock, joined by the operator's own where the models directory has one."""
    shipped = _parse(resources.files("services.common").joinpath("models.lock").read_text("utf-8"), "models.lock")[0]
    models = {model.name: model for model in shipped}
    own = models_dir / OPERATORS_LOCK if models_dir else None
    if own and own.is_file():
        added, grants = _parse(own.read_text("utf-8"), str(own))
        for model in added:
            if model.name in models:
                raise StartupError(f"{own}: {model.name} is shipped with Likeness and cannot be redefined")
            models[model.name] = model
        for grant in grants:
            if grant.name not in models:
                raise StartupError(f"{own}: a grant names {grant.name!r}, which is no model")
            models[grant.name] = _granted(models[grant.name], grant)
    return Lock(models)


def _granted(model: Model, grant: Grant) -> Model:
    return replace(model, licence=grant.licence, commercial_use=grant.commercial_use, note=grant.note)


def _parse(text: str, where: str) -> tuple[list[Model], list[Grant]]:
    try:
        raw = tomllib.loads(text)
        if raw.get("version") != VERSION:
            raise ValueError(f"version is {raw.get('version')!r}, this build reads {VERSION}")
        models = [_model(_table(entry)) for entry in _take(raw, "model", list, [])]
        grants = [_grant(_table(entry)) for entry in _take(raw, "grant", list, [])]
        _nothing_left({key: value for key, value in raw.items() if key != "version"})
        if len({model.name for model in models}) != len(models):
            raise ValueError("a name occurs twice")
    except ValueError as error:
        raise StartupError(f"{where}: {' '.join(str(error).split())}") from None
    return models, grants


def _model(raw: dict[str, Any]) -> Model:
    name = _matching(_take(raw, "name", str), _NAME, "name")
    try:
        model = Model(
            name=name,
            title=_take(raw, "title", str, name),
            files=tuple(_file(_table(entry)) for entry in _take(raw, "files", list)),
            licence=_matching(_take(raw, "licence", str), _LICENCE, "licence"),
            commercial_use=CommercialUse(_take(raw, "commercial_use", str)),
            note=_take(raw, "note", str),
            roles=_subset(_take(raw, "roles", list), ROLES),
            profiles=_subset(_take(raw, "profiles", list, []), PROFILES),
            folder=_relative(_take(raw, "folder", str, name)),
            digests=_take(raw, "digests", str, ""),
            url=_take(raw, "url", str, None),
            archive=_archive(_take(raw, "archive", dict, None)),
            package=_take(raw, "package", str, None),
            local=_take(raw, "local", bool, False),
            optional=_take(raw, "optional", bool, False),
        )
        _nothing_left(raw)
        return _checked(model)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _checked(model: Model) -> Model:
    sources = [model.url, model.archive, model.package, model.local]
    if sum(source not in (None, False) for source in sources) != 1:
        raise ValueError("exactly one of url, archive, package and local says where a model comes from")
    if not model.files:
        raise ValueError("it has no files")
    for url in (model.url, model.archive and model.archive.url):
        if url and not url.startswith(("https://", "http://")):
            raise ValueError(f"{url} is not an http address")
    if model.url and not model.url.endswith("/"):
        raise ValueError("url is a folder and ends with /")
    return model


def _file(raw: dict[str, Any]) -> LockedFile:
    converts_to = _take(raw, "converts_to", str, None)
    file = LockedFile(
        path=_relative(_take(raw, "path", str)),
        sha256=_digest(_take(raw, "sha256", str)),
        size=_size(raw),
        converts_to=_relative(converts_to) if converts_to else None,
    )
    _nothing_left(raw)
    return file


def _archive(raw: dict[str, Any] | None) -> Archive | None:
    if raw is None:
        return None
    archive = Archive(url=_take(raw, "url", str), sha256=_digest(_take(raw, "sha256", str)), size=_size(raw))
    _nothing_left(raw)
    return archive


def _grant(raw: dict[str, Any]) -> Grant:
    grant = Grant(
        name=_take(raw, "name", str),
        licence=_matching(_take(raw, "licence", str), _LICENCE, "licence"),
        commercial_use=CommercialUse(_take(raw, "commercial_use", str)),
        note=_take(raw, "note", str),
    )
    _nothing_left(raw)
    return grant


_NEEDED: Any = object()


def _take(raw: dict[str, Any], key: str, kind: type, default: Any = _NEEDED) -> Any:
    """The value, which must be of its kind, and which is gone from `raw` then."""
    if key not in raw and default is _NEEDED:
        raise ValueError(f"{key} is missing")
    value = raw.pop(key, default)
    if value is not default and type(value) is not kind:
        raise ValueError(f"{key} is {value!r}, which is no {kind.__name__}")
    return value


def _nothing_left(raw: dict[str, Any]) -> None:
    if raw:
        raise ValueError(f"unknown: {', '.join(sorted(raw))}")


def _table(entry: object) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise ValueError(f"{entry!r} is no table")
    return dict(entry)


def _size(raw: dict[str, Any]) -> int | None:
    size: int | None = _take(raw, "size", int, None)
    if size is not None and size < 0:
        raise ValueError(f"size is {size}")
    return size


def _digest(text: str) -> str | None:
    return None if text == UNPINNED else _matching(text, _SHA256, "sha256")


def _matching(text: str, pattern: re.Pattern[str], what: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{what} {text!r} is malformed")
    return text


def _subset(words: list[Any], known: frozenset[str]) -> frozenset[str]:
    if strange := [word for word in words if not isinstance(word, str) or word not in known]:
        raise ValueError(f"unknown: {', '.join(map(str, strange))}")
    return frozenset(words)


def _relative(text: str) -> str:
    """The path itself, if it stays below the folder it is joined to, on every operating system."""
    path = PurePosixPath(text)
    if not text or path.is_absolute() or ".." in path.parts or re.search(r"[\\:\x00-\x1f]", text):
        raise ValueError(f"path {text!r} leaves its folder")
    return text
