"""The list of benches."""

from pathlib import Path

from bench.__main__ import BENCHES

FOLDER = Path(__file__).parents[2] / "bench"


def test_every_bench_is_in_the_list() -> None:
    """A folder with a `__main__.py` and no line in the table would never be run."""
    runnable = {path.parent.name for path in FOLDER.glob("*/__main__.py")}

    assert runnable == {bench.subject for bench in BENCHES}
