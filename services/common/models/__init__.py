"""Models: what is known of them (lock), whether what lies on the disk is that (store), and how it got there.

Everything here works offline, except `fetch` and `download`, which nothing but `likeness models fetch` imports.
Only `weights` and `convert` import torch, when they are called.
"""

from services.common.models.lock import Lock, read_lock
from services.common.models.model import CommercialUse, LockedFile, Model
from services.common.models.store import LicencePolicy, ModelStore, OpenedModel, Problem, State, open_model

__all__ = [
    "CommercialUse",
    "LicencePolicy",
    "Lock",
    "LockedFile",
    "Model",
    "ModelStore",
    "OpenedModel",
    "Problem",
    "State",
    "open_model",
    "read_lock",
]
