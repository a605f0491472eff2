"""The series that processes really export, and those that an expression of Prometheus names."""

import importlib
import inspect
import itertools
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from prometheus_client import Metric

from likeness_wire.certificates import CertificateFiles
from services.common.metrics import ShellMetrics
from services.generator.counters import Counters

PROCESSES = {
    "gateway": "gateway.metrics",
    **{name: f"services.{name}.metrics" for name in ("embedder", "generator", "upscaler", "verifier")},
}
_STRINGS = re.compile(r"\"[^\"]*\"|'[^']*'")
_SELECTORS = re.compile(r"([a-z_:][a-z0-9_:]*)\s*\{([^}]*)\}")
_NAMES = re.compile(r"\b(?:likeness|grpc_server)_[a-z0-9_]+|\blikeness:[a-z0-9_:]+")
_MATCHERS = re.compile(r"([a-z_]+)\s*(=~|!=|!~|=)\s*\"([^\"]*)\"")
# What Prometheus puts on a series when it is scraped.
SCRAPED = frozenset({"component", "pod", "instance", "namespace", "le"})


_UP = itertools.count()


class _Upscaling:
    """What the upscaler's collector asks of an engine and of a network."""

    name = "x4plus"
    budget_bytes = 1

    @property
    def recomputed(self) -> int:
        return next(_UP)


def busy_registry(component: str, certificate: CertificateFiles) -> ShellMetrics:
    """The metrics of a process, with all that it adds once it is at work."""
    metrics: Any = _kind(component)()
    metrics.watch_certificates({"callers": certificate, "peers": certificate})
    if component == "generator":
        metrics.watch(lambda: Counters(*(next(_UP) for _ in fields(Counters))))
    if component == "upscaler":
        metrics.watch(_Upscaling(), [_Upscaling()])
    return metrics  # type: ignore[no-any-return]


@cache
def exported(component: str) -> dict[str, Metric]:
    """By the name of each series: the family that it is of."""
    metrics = busy_registry(component, CertificateFiles(Path("none"), Path("none")))
    return {name: family for family in metrics.registry.collect() for name in _series(family)}


def names_in(expression: str) -> set[str]:
    """All that look like ours, whatever is in quotes left out."""
    return set(_NAMES.findall(_STRINGS.sub('""', expression)))


def matchers_in(expression: str) -> Iterator[tuple[str, str, str, str]]:
    """Series, label, operator and value of every matcher."""
    for series, inside in _SELECTORS.findall(expression):
        for label, operator, value in _MATCHERS.findall(inside):
            yield series, label, operator, value


def values_of(series: str, label: str) -> set[str]:
    """Those that exist from the start, in any process."""
    families = [exported(component)[series] for component in PROCESSES if series in exported(component)]
    samples = [sample for family in families for sample in family.samples]
    return {sample.labels[label] for sample in samples if label in sample.labels}


def labels_of(series: str) -> set[str]:
    """As the families declare them; a family that has no series yet is asked for its labels."""
    labels: set[str] = set()
    for component in PROCESSES:
        if series in exported(component):
            labels |= _declared(component, series)
    return labels


@cache
def _declared(component: str, series: str) -> frozenset[str]:
    family = exported(component)[series]
    found = {label for sample in family.samples for label in sample.labels}
    for collector in _kind(component)().registry._collector_to_names:
        if getattr(collector, "_name", None) == family.name:
            found |= set(collector._labelnames)  # type: ignore[attr-defined]
    return frozenset(found)


def _kind(component: str) -> type[ShellMetrics]:
    module = importlib.import_module(PROCESSES[component])
    kinds = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == module.__name__]
    (kind,) = [kind for kind in kinds if issubclass(kind, ShellMetrics)]
    return kind


def _series(family: Metric) -> list[str]:
    match family.type:
        case "counter":
            return [f"{family.name}_total"]
        case "histogram":
            return [f"{family.name}_{part}" for part in ("bucket", "sum", "count")]
    return [family.name]
