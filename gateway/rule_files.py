"""The files with which an operator changes what is offered and what is refused: TOML, read strictly."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from services.common.startup import StartupError

M = TypeVar("M", bound=BaseModel)


def read_rules(model: type[M], path: Path | None, shipped: str) -> M:
    """An operator's own file, or the one that is `shipped` with the gateway. StartupError where it cannot be used."""
    name = path.name if path else shipped
    try:
        file = path or resources.files("gateway").joinpath(shipped)
        return model.model_validate(tomllib.loads(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError):
        raise StartupError(f"{name}: cannot be read") from None
    except tomllib.TOMLDecodeError as error:
        raise StartupError(f"{name}: {error}") from None
    except ValidationError as error:
        raise StartupError(f"{name}: {_first_problem(error)}") from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(map(str, problem["loc"]))
    return f"{place}: {problem['msg']}" if place else problem["msg"]
