"""The seam for whoever judges what was rendered. Once configured it stands behind every picture; failing refuses."""

import importlib
from typing import Protocol

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadPhoto
from services.common.startup import StartupError
from services.generator.call import Pixels


class Checker(Protocol):
    """Runs on the finishing thread, one picture at a time."""

    def refuses(self, pixels: Pixels) -> str | None:
        """The category for which a picture (h, w, 3) must not go out. None lets it through. Raising refuses it."""


def check(checker: Checker | None, pixels: Pixels) -> None:
    """With a checker configured, whatever it does not plainly let through is refused: BadPhoto, OUTPUT_REFUSED."""
    if checker is None:
        return
    try:
        category = checker.refuses(pixels)
    except Exception:
        category = "unchecked"
    if category is not None:
        raise BadPhoto(reasons.REASON_OUTPUT_REFUSED, "the output checker refused it", category=category)


def checker_from(path: str | None) -> Checker | None:
    """An operator's checker, given as "package.module:factory". StartupError if it cannot be made: it was asked for."""
    if path is None:
        return None
    module, _, factory = path.partition(":")
    try:
        checker: Checker = getattr(importlib.import_module(module), factory)()
    except Exception as error:
        raise StartupError(f"LIKENESS_OUTPUT_CHECKER: {path} does not work ({type(error).__name__})") from error
    return checker
