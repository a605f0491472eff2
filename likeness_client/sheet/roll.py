"""Everything there is to say about a shoot once it is over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from likeness_client.values.basics import Drift, Thresholds
from likeness_client.values.job import Job
from likeness_client.values.receipt import Receipt
from likeness_client.values.result import Result, Try
from likeness_client.values.server import ServerInfo
from likeness_client.values.words import Outcome


@dataclass(frozen=True, slots=True)
class Roll:
    """A job that has ended. Thumbnails are JPEG, by name of the result or try; they stay on this machine."""

    job: Job
    tries: tuple[Try, ...]
    server: ServerInfo
    # By name of the result: the file beside the page.
    files: Mapping[str, str]
    thumbnails: Mapping[str, bytes] = field(repr=False)
    # Titles of styles by id.
    titles: Mapping[str, str]
    # None: the server still has it, until it expires.
    receipt: Receipt | None
    # Who agreed, and where that is on record: "self, terminal-3f…".
    consent: str
    made: datetime

    @property
    def rejected(self) -> tuple[Try, ...]:
        return tuple(each for each in self.tries if each.outcome is not Outcome.KEPT)

    @property
    def restaged(self) -> bool:
        """Nothing was synthesised: the photo itself was put into another frame."""
        makers = [*(each.made_by for each in self.job.results), *(each.made_by for each in self.tries)]
        return any(made.engine == "preview" for made_by in makers for made in made_by)

    def by_style(self) -> Iterator[tuple[str, list[Result]]]:
        """Kept pictures, order by order."""
        for index, order in enumerate(self.job.spec.styles if self.job.spec else ()):
            results = [result for result in self.job.results if result.style_index == index]
            yield order.style, sorted(results, key=lambda result: result.picture)

    def thresholds(self, drift: Drift) -> Thresholds | None:
        """Of the recogniser that measured it, where the server says."""
        recogniser = self.server.recogniser
        return recogniser.thresholds if recogniser and recogniser.id == drift.recogniser_id else None
