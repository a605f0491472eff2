"""Progress as people see it, and as logs get it."""

import io
from collections.abc import AsyncIterator

from likeness.gateway.v1 import job_pb2
from rich.console import Console

from likeness_client.board import Board
from likeness_client.values.events import Alive, JobEvent, PictureStep
from likeness_client.values.job import Job
from likeness_client.values.mirror import read
from likeness_client.watching import event_of
from tests.likeness_client.script import Script

NAME = "tenants/local/jobs/j1"


def job() -> Job:
    spec = job_pb2.JobSpec(styles=[job_pb2.StyleOrder(style=name, count=2) for name in ("corporate", "outdoor")])
    message = job_pb2.Job(name=NAME, spec=spec, state=job_pb2.STATE_QUEUED)
    message.progress.wanted = 4
    return read(Job, message)


async def nothing() -> AsyncIterator[object]:
    return
    yield


async def events() -> list[JobEvent]:
    found = [await event_of(each.event, nothing()) for each in Script().messages(NAME, 0, previews=False)]
    return [event for event in found if event is not None]


async def shown(*kinds: type[JobEvent], terminal: bool) -> str:
    """The last picture of the board after all events up to and including the first of these kinds."""
    sink = io.StringIO()
    console = Console(file=sink, force_terminal=terminal, width=110, color_system=None)
    with Board(console, job()) as board:
        for event in await events():
            board.hear(event)
            if isinstance(event, kinds):
                break
    return sink.getvalue().rpartition("\x1b[2K")[2]


async def test_every_picture_has_a_bar_from_the_start() -> None:
    """Those that wait say so."""
    board = await shown(Alive, terminal=True)

    assert 4 == board.count("waits")
    assert all(name in board for name in ("corporate 1/2", "corporate 2/2", "outdoor 1/2", "outdoor 2/2"))
    assert "0 kept, 0 tries" in board


async def test_a_bar_is_about_the_stage_its_picture_is_in() -> None:
    """Steps of it, and when the whole should end."""
    board = await shown(PictureStep, terminal=True)

    assert "generate 3/6" in board
    assert 3 == board.count("waits")
    assert "about 40 s left" in board


async def test_at_the_end_all_is_said() -> None:
    """What was kept and how near, what was given up and how near it came."""
    board = await shown(terminal=True)

    assert "kept, drift 0.12 locked, try 1" in board
    assert "kept, drift 0.21 strong, try 2" in board
    assert "given up, the nearest was 0.47 match" in board
    assert "3 kept, 1 given up, 6 tries" in board


async def test_a_log_gets_a_line_for_what_stays() -> None:
    """No bars, no steps, nothing twice."""
    lines = (await shown(terminal=False)).splitlines()

    assert "corporate 2/2: try 1 rejected: drift 0.44 match" in lines
    assert "outdoor 2/2: given up, the nearest was 0.47 match" in lines
    assert len(lines) == len(set(lines))
    assert not any("━" in line or "3/6" in line for line in lines)


async def test_words_from_a_server_are_no_markup() -> None:
    """A style called [red] is called that."""
    sink = io.StringIO()
    with Board(Console(file=sink, force_terminal=False, width=110), job()) as board:
        for message in Script(style_names=("[bold]", "[/]")).messages(NAME, 0, previews=False):
            if message.event.HasField("result"):
                board.hear(await event_of(message.event, nothing()))  # type: ignore[arg-type]

    assert "[bold] 1/2: kept" in sink.getvalue()
