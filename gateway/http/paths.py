"""Which route a verb and a path are, and what the path says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.http.routes import Route

# A template is text with `{field=pattern}` in it; what is a name's own punctuation ends a part of it.
_VARIABLE = re.compile(r"\{([a-z_.]+)=([^}]+)\}")
_PART = "[^/:]+"


@dataclass(frozen=True, slots=True)
class Found:
    """A route, and the fields that its path sets, dotted."""

    route: Route
    fields: Mapping[str, str]


class Paths:
    """All routes."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._known = [(route, *_compiled(path)) for route in routes for path in route.paths]

    def find(self, verb: str, path: str) -> Found | None:
        """None: no route has this path with this verb."""
        for route, pattern, names in self._known:
            if route.verb == verb and (match := pattern.fullmatch(path)):
                return Found(route, dict(zip(names, match.groups(), strict=True)))
        return None

    def verbs(self, path: str) -> list[str]:
        """Those that the path has. Empty: it has none, so it does not exist."""
        return sorted({route.verb for route, pattern, _ in self._known if pattern.fullmatch(path)})


def variables(path: str) -> dict[str, str]:
    """Dotted fields of a template, with their patterns."""
    return dict(_VARIABLE.findall(path))


def _compiled(path: str) -> tuple[re.Pattern[str], list[str]]:
    texts, names = _VARIABLE.sub("\0", path).split("\0"), list(variables(path))
    groups = [f"({re.escape(pattern).replace(re.escape('*'), _PART)})" for pattern in variables(path).values()]
    pieces = [re.escape(text) + group for text, group in zip(texts, [*groups, ""], strict=True)]
    return re.compile("".join(pieces)), names
