"""A job while it runs, for people: a bar for every picture. Where nobody looks, a line for everything that stays."""

from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID
from rich.text import Text

from likeness_client.output import human_count, human_span
from likeness_client.values.events import (
    Alive,
    JobEvent,
    PictureGivenUp,
    PictureRef,
    PictureStep,
    ResultStored,
    StateChanged,
    TryJudged,
)
from likeness_client.values.job import Job
from likeness_client.values.job import Progress as JobProgress
from likeness_client.values.words import Outcome

_GOOD, _BAD, _CALM = "green", "red", "dim"


class Board:
    """Hears the events of one job. A bar shows the steps of what its picture is going through at the moment, and
    begins anew with each stage and each try: there is no honest number for the whole.
    """

    def __init__(self, console: Console, job: Job) -> None:
        self._console = console
        bar = BarColumn(24, complete_style="cyan", finished_style=_GOOD)
        self._bars = Progress(_Field("name"), bar, _Field("status"), console=console, disable=_unseen(console))
        self._rows: dict[tuple[int, int], TaskID] = {}
        self._estimate: timedelta | None = None
        self._kept = self._given_up = self._tries = 0
        for index, order in enumerate(job.spec.styles if job.spec else ()):
            for picture in range(order.count):
                self._row(PictureRef(index, order.style, picture, order.count, 1, 0))
        self._total = self._bars.add_task("", total=job.progress.wanted or None, name="", status="", tone=_CALM)
        self._tell_total()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def hear(self, event: JobEvent) -> None:
        """What happened, shown."""
        match event:
            case PictureStep():
                self._step(event)
            case TryJudged(outcome=Outcome.KEPT):
                self._tries += 1
            case TryJudged():
                self._tries += 1
                why = f"drift {event.drift}" if event.drift else "could not be measured"
                self._show(event.picture, 0, f"try {event.picture.attempt} {event.outcome}: {why}", _CALM)
            case ResultStored():
                self._kept += 1
                drift = f", drift {event.result.drift}" if event.result.drift else ""
                self._show(event.picture, 1, f"kept{drift}, try {event.picture.attempt}", _GOOD)
            case PictureGivenUp():
                self._given_up += 1
                nearest = f", the nearest was {event.best}" if event.best else ""
                self._show(event.picture, 0, f"given up{nearest}", _BAD)
            case StateChanged():
                self._state(event)
            case Alive():
                self._estimate = event.estimate
        self._tell_total()

    def _step(self, event: PictureStep) -> None:
        self._estimate = event.estimate
        what = event.stage or "waits"
        status = f"{what} {event.step}/{event.steps}" if event.steps else str(what)
        if event.picture.attempt > 1:
            status = f"try {event.picture.attempt}: {status}"
        row = self._row(event.picture)
        self._bars.update(row, total=event.steps or 1, completed=event.step, status=status, tone="")

    def _state(self, event: StateChanged) -> None:
        self._estimate = event.progress.estimate
        progress: JobProgress = event.progress
        if progress.wanted:
            self._kept, self._given_up, self._tries = progress.kept, progress.given_up, progress.tries
            self._bars.update(self._total, total=progress.wanted)
        if _unseen(self._console):
            self._console.print(Text(event.stage or event.state))

    def _show(self, picture: PictureRef, share: int, status: str, tone: str) -> None:
        self._bars.update(self._row(picture), total=1, completed=share, status=status, tone=tone)
        if _unseen(self._console):
            self._console.print(Text(f"{picture}: {status}"))

    def _tell_total(self) -> None:
        parts = [f"{self._kept} kept", human_count(self._tries, "try", "tries")]
        if self._given_up:
            parts.insert(1, f"{self._given_up} given up")
        if self._estimate:
            parts.append(f"about {human_span(self._estimate)} left")
        self._bars.update(self._total, completed=self._kept + self._given_up, name="all", status=", ".join(parts))

    def _row(self, picture: PictureRef) -> TaskID:
        place = (picture.style_index, picture.picture)
        if place not in self._rows:
            row = self._bars.add_task("", total=1, name=str(picture), status="waits", tone=_CALM)
            self._rows[place] = row
        return self._rows[place]


class _Field(ProgressColumn):
    """A field of the task as it is: words from a server are no markup."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def render(self, task: Task) -> Text:
        return Text(str(task.fields[self._name]), style=task.fields["tone"] if self._name == "status" else "")


def _unseen(console: Console) -> bool:
    return not console.is_terminal
