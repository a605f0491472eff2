"""The models of a profile: there, right to the last byte, and what their licences allow."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from likeness_client.doctor.finding import Finding, Patient, fault, ok, warning
from likeness_client.output import human_size
from likeness_client.stack.profiles import Place, Profile, tiny_models
from services.common.models import CommercialUse, LicencePolicy, Model, ModelStore
from services.common.startup import StartupError


def weights(patient: Patient) -> Iterable[Finding]:
    try:
        policy = LicencePolicy(os.environ.get("LIKENESS_LICENSE_POLICY") or LicencePolicy.RESEARCH)
        store = ModelStore(_folder(patient), policy)
        chosen = _chosen(store, patient.profile)
    except (StartupError, ValueError) as error:
        yield fault("models", str(error), "see docs/models.md")
        return
    for model in chosen:
        yield from _looked_at(store, model, patient)
    yield from _licences(chosen)


def _chosen(store: ModelStore, profile: Profile) -> list[Model]:
    """Random models are made by `up` when they are wanted; the profile's others come through pip."""
    wanted = store.lock.select(profile=Profile.EMBEDDED if profile is Profile.TINY else profile)
    return wanted + [model for model in store.lock.models.values() if profile is Profile.TINY and model.local]


def _looked_at(store: ModelStore, model: Model, patient: Patient) -> Iterator[Finding]:
    subject = f"model {model.name}"
    if patient.quick and store.present(model):
        yield ok(subject, f"{human_size(model.size)}, not read")
    elif problems := store.problems(model):
        do = f"likeness models fetch {model.name}" if model.fetchable else "pip install 'likeness[embedded]'"
        yield fault(subject, problems[0].text, do)
    else:
        yield ok(subject, f"{human_size(model.size)}, sha256 as locked")


def _licences(chosen: list[Model]) -> Iterator[Finding]:
    bound = sorted(model.name for model in chosen if model.commercial_use is not CommercialUse.YES)
    if bound:
        do = "evaluation only; LIKENESS_LICENSE_POLICY=commercial refuses them (docs/models.md)"
        yield warning("licences", f"results may not, or perhaps not, be sold: {', '.join(bound)}", do)
    else:
        yield ok("licences", "all allow commercial use")


def _folder(patient: Patient) -> Path | None:
    if patient.profile is Profile.TINY:
        return tiny_models(Place(patient.data, patient.models, threads=2))
    return patient.models if patient.profile is Profile.GPU else None
