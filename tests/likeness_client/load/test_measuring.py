"""What a bench makes of durations."""

from datetime import UTC, datetime, timedelta

import pytest

from likeness_client.failure import CommandFailed
from likeness_client.load.charts import curves, stacked
from likeness_client.load.job import Sample
from likeness_client.load.levels import levels
from likeness_client.load.page import page
from likeness_client.load.quantiles import quantiles
from likeness_client.load.run import Level
from likeness_client.load.stages import Split, before_rendering, splits
from likeness_client.load.summary import summarised
from likeness_client.values.basics import Timing
from likeness_client.values.events import StateChanged
from likeness_client.values.job import Progress
from likeness_client.values.words import Stage, State


def timings(**seconds: float) -> list[Timing]:
    return [Timing(name.replace("_", "."), timedelta(seconds=value)) for name, value in seconds.items()]


def sample(total: float, *renders: dict[str, Split]) -> Sample:
    spans = {"upload": 0.1, "job": total, "download": 0.1, "delete": 0.1}
    return Sample(spans, list(renders), State.SUCCEEDED, kept=1)


@pytest.mark.parametrize(
    ("text", "found"), [("4", [4]), ("1:8", [1, 2, 4, 8]), ("1:6", [1, 2, 4, 6]), ("3:3", [3]), ("2:16", [2, 4, 8, 16])]
)
def test_a_range_is_walked_by_doubling(text: str, found: list[int]) -> None:
    """Its end is always measured."""
    assert found == levels(text)


@pytest.mark.parametrize("text", ["", "0", "8:1", "1:1000", "many", "1:2:3"])
def test_what_is_no_range_is_refused(text: str) -> None:
    """In one line."""
    with pytest.raises(CommandFailed, match="--concurrency"):
        levels(text)


def test_quantiles_are_durations_that_were_measured() -> None:
    """The p99 of few is the slowest."""
    found = quantiles([float(second) for second in range(1, 11)])

    assert (10, 5.0, 9.0, 10.0) == (found.count, found.p50, found.p90, found.p99)


def test_a_call_is_split_into_waiting_working_and_the_rest() -> None:
    """Waiting for a turn at the gateway is waiting, like the queue of the service."""
    found = splits(timings(generate=5.0, generate_turn=1.0, generate_queue=0.5, generate_execute=3.0, finish=0.2))

    assert {"generate": Split(1.5, 3.0, 0.5), "finish": Split(0.0, 0.2, 0.0)} == found


def test_what_comes_before_the_first_render_is_told_by_the_job_s_states() -> None:
    """Only the first time counts: a job that goes on elsewhere begins again."""
    began = datetime(2026, 11, 21, tzinfo=UTC)

    def at(second: int, state: State, stage: Stage | None = None) -> StateChanged:
        progress = Progress(1, 0, 0, 0, None, ())
        return StateChanged(
            offset=1, time=began + timedelta(seconds=second), state=state, stage=stage, progress=progress
        )

    running = State.RUNNING
    events = [at(0, State.QUEUED), at(2, running), at(2, running, Stage.EMBED), at(5, running, Stage.GENERATE)]

    assert {"wait": Split(2.0, 0.0, 0.0), "embed": Split(0.0, 3.0, 0.0)} == before_rendering(
        [*events, at(9, running, Stage.GENERATE)]
    )
    assert {} == before_rendering([])


def test_parts_that_overlap_never_exceed_the_whole() -> None:
    """They are scaled, and nothing is left for the network."""
    split = splits(timings(upscale=2.0, upscale_execute=3.0, upscale_encode=1.0))["upscale"]

    assert (0.0, 2.0, 0.0) == (split.queue, split.compute, split.network)


def test_a_level_is_summed_up() -> None:
    """Pictures a minute, quantiles of whole jobs, and each stage over all renders."""
    split = Split(0.5, 1.0, 0.25)
    level = Level(2, seconds=30.0, samples=[sample(2.0, {"generate": split}), sample(4.0, {"generate": split})])

    summary = summarised(level)

    assert summary is not None
    assert (2, 4.0) == (summary.jobs, summary.pictures_per_minute)
    assert 2.0 == summary.spans["job"].p50
    assert ("generate", 1.75, 0.5) == (
        summary.stages[0].stage,
        summary.stages[0].total.p50,
        summary.stages[0].shares["queue"].p50,
    )


def test_a_level_of_refusals_has_no_summary() -> None:
    """Zero seconds would look like a fast server."""
    assert summarised(Level(1, 1.0, [], {"taken (QUEUE_FULL)": 4})) is None


def test_the_report_needs_nothing_else_and_escapes_what_servers_say() -> None:
    """One file: no script, no address, every chart inside."""
    level = Level(1, 10.0, [sample(2.0, {"<b>": Split(0.1, 0.2, 0.3)})], {"<i> (QUOTA)": 1})
    summary = summarised(level)
    assert summary is not None

    html = page("a <server>", [summary])

    assert 3 == html.count("<svg ")
    assert not any(word in html for word in ("<script", "http", "src=", "<b>", "<i> (", "<server>"))
    assert "1 × &lt;i&gt; (QUOTA)" in html


def test_a_chart_is_drawn_to_scale() -> None:
    """A value at the top of the scale touches its line; bars are as long as their numbers."""
    line, bars = curves([1, 2], {"p50": [0.5, 1.0]}), stacked([("generate", "× 1", {"queue": 1.0, "compute": 3.0})])

    assert 'cy="14.0"' in line
    assert 'width="165.0"' in bars
    assert 'width="495.0"' in bars
