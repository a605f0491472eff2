"""How the networks are run. A backend changes speed, never what is computed beyond rounding."""

from services.generator.backends.backend import Backend
from services.generator.backends.eager import Eager

__all__ = ["Backend", "Eager"]
