"""Seconds from `likeness bench --json`."""

import json
from pathlib import Path
from typing import Any

import pytest

from likeness_client.capacity.from_bench import Seen, pace_of, seen_in, with_bench
from likeness_client.capacity.scenario import Scenario
from likeness_client.failure import CommandFailed
from likeness_client.load.job import Sample
from likeness_client.load.run import Level
from likeness_client.load.stages import Split
from likeness_client.load.summary import summarised


def level(concurrency: int, seconds: float, render_s: float, jobs: int = 20, tries: int = 1) -> dict[str, Any]:
    """As the bench writes it: each job one picture, whose tries took so long to render."""
    stages = {
        "generate": Split(0.5, render_s, 0.1),
        "verify": Split(0.0, 0.03, 0.0),
        "upscale": Split(0.2, 0.4, 0.0),
        "finish": Split(0.0, 0.05, 0.0),
    }
    spans = dict.fromkeys(("upload", "job", "download", "delete"), 1.0)
    samples = [Sample(spans=spans, renders=[stages] * tries, kept=1) for _ in range(jobs)]
    found = summarised(Level(concurrency, seconds, samples))
    assert found is not None
    return json.loads(json.dumps(found.as_json()))


def written(folder: Path, *levels: dict[str, Any]) -> Path:
    file = folder / "bench.json"
    file.write_text(json.dumps({"about": "", "levels": levels}))
    return file


def test_how_many_were_together_is_counted() -> None:
    """Little: twenty renders of 3 s within 20 s are three at a time."""
    assert [Seen(3.0, 3.0)] == seen_in([level(8, 20.0, 3.0)], "generate")


def test_time_grows_on_a_line_with_who_is_there(tmp_path: Path) -> None:
    """One alone took 2 s, five together 6 s each: eight would take 9 s, which is 1.125 s for each."""
    scenario = with_bench(Scenario(), written(tmp_path, level(8, 24.0, 6.0), level(1, 40.0, 2.0)))

    assert (2.0, 9.0 / 8) == (pytest.approx(scenario.generator.alone_s), pytest.approx(scenario.generator.full_s))
    assert (0.03, 0.4) == (pytest.approx(scenario.verifier.alone_s), pytest.approx(scenario.upscaler.alone_s))
    assert 0.05 == pytest.approx(scenario.gateway.finish_s)
    assert 1.0 == scenario.tries.accepted


def test_the_quietest_level_need_not_be_one_at_a_time() -> None:
    """Two at a time 4 s, five 10 s: the line goes back to 2 s for one."""
    pace = pace_of([Seen(5.0, 10.0), Seen(2.0, 4.0)], 8)

    assert (2.0, 2.0) == (pace.alone_s, pace.full_s)


def test_tries_are_counted(tmp_path: Path) -> None:
    """Two renders for each picture that was kept: one in two is accepted."""
    assert 0.5 == with_bench(Scenario(), written(tmp_path, level(1, 40.0, 2.0, tries=2))).tries.accepted


def test_one_level_promises_nothing_of_batches() -> None:
    """A picture then costs as much in a full batch as alone."""
    pace = pace_of([Seen(1.0, 2.0)], 8)

    assert (2.0, 2.0) == (pace.alone_s, pace.full_s)


@pytest.mark.parametrize("text", ["", "[]", '{"levels": []}', '{"levels": [{"concurrency": 1}]}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    """It says what it should have been."""
    file = tmp_path / "other.json"
    file.write_text(text)

    with pytest.raises(CommandFailed, match="is not what `likeness bench --json` writes"):
        with_bench(Scenario(), file)
