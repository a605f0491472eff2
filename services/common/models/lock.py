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
        if unknown := raw.keys() - {"version", "model", "grant"}:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        models = [_model(entry) for entry in raw.get("model", [])]
        if len({model.name for model in models}) != len(models):
            raise ValueError("a name occurs twice")
        return models, [_grant(entry) for entry in raw.get("grant", [])]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StartupError(f"{where}: {' '.join(str(error).split())}") from None


def _model(raw: dict[str, Any]) -> Model:
    name = _matching(raw.pop("name", ""), _NAME, "name")
    try:
        return _checked(
            Model(
                name=name,
                title=raw.pop("title", name),
                files=tuple(_file(entry) for entry in raw.pop("files")),
                licence=_matching(raw.pop("licence"), _LICENCE, "licence"),
                commercial_use=CommercialUse(raw.pop("commercial_use")),
                note=raw.pop("note"),
                roles=_subset(raw.pop("roles"), ROLES),
                profiles=_subset(raw.pop("profiles", []), PROFILES),
                folder=_relative(raw.pop("folder", name)),
                archive=_archive(raw.pop("archive", None)),
                **raw,
            )
        )
    except KeyError as error:
        raise ValueError(f"{name}: {error.args[0]} is missing") from None
    except (ValueError, TypeError) as error:
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
    converts_to = raw.pop("converts_to", None)
    return LockedFile(
        path=_relative(raw.pop("path")),
        sha256=_digest(raw.pop("sha256")),
        converts_to=_relative(converts_to) if converts_to else None,
        **raw,
    )


def _archive(raw: dict[str, Any] | None) -> Archive | None:
    return Archive(sha256=_digest(raw.pop("sha256")), **raw) if raw else None


def _grant(raw: dict[str, Any]) -> Grant:
    raw["licence"] = _matching(raw["licence"], _LICENCE, "licence")
    return Grant(**raw | {"commercial_use": CommercialUse(raw["commercial_use"])})


def _digest(text: str) -> str | None:
    return None if text == UNPINNED else _matching(text, _SHA256, "sha256")


def _matching(text: str, pattern: re.Pattern[str], what: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{what} {text!r} is malformed")
    return text


def _subset(words: list[str], known: frozenset[str]) -> frozenset[str]:
    if strange := set(words) - known:
        raise ValueError(f"unknown: {', '.join(sorted(strange))}")
    return frozenset(words)


def _relative(text: str) -> str:
    """The path itself, if it stays below the folder it is joined to, on every operating system."""
    path = PurePosixPath(text)
    if not text or path.is_absolute() or ".." in path.parts or re.search(r"[\\:\x00]", text):
        raise ValueError(f"path {text!r} leaves its folder")
    return text
