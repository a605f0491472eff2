"""The list of benches."""

from pathlib import Path

from bench.__main__ import BENCHES

FOLDER = Path(__file__).parents[2] / "bench"


def test_every_bench_is_in_the_list() -> None:
    """Once, by its name: a folder with a `__main__.py` and no line in the table would never be run."""
    runnable = {path.parent.name for path in FOLDER.glob("*/__main__.py")}

    assert sorted(runnable) == [bench.subject for bench in BENCHES]
