"""Two of every service under load, one fault after the other; writes what callers saw into docs/drill.md and its plot.

Exit status 1 where anything was lost or duplicated, or a fault did nothing.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path

from bench.drill.faults import faults
from bench.drill.plot import timeline
from bench.drill.report import page
from bench.drill.run import Drill, Plan, drill
from bench.drill.summary import failures

_DOCS = Path(__file__).parents[2] / "docs"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", metavar="FAULT", help="faults whose name begins so; repeatable")
    parser.add_argument("--seconds", type=float, default=12.0, help="the least quiet between two faults")
    parser.add_argument("--callers", type=int, default=3, help="jobs at a time")
    parser.add_argument("--list", action="store_true", help="list the faults, and stop")
    parser.add_argument("--out", type=Path, help="folder for drill.md, drill.svg and the log of all processes")
    told = parser.parse_args()
    chosen = [fault for fault in faults() if not told.only or fault.name.startswith(tuple(told.only))]
    if told.list or not chosen:
        print("\n".join(f"{fault.name:20} {fault.what}" for fault in faults()))
        return 0 if told.list else 2
    return _run(Plan(chosen, told.callers, told.seconds), told.out, whole=not told.only)


def _run(plan: Plan, out: Path | None, *, whole: bool) -> int:
    """Docs are written by whole drills, and elsewhere by any."""
    folder = out or Path(tempfile.mkdtemp(prefix="likeness-drill-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        done = asyncio.run(_until_told(plan, folder))
    except asyncio.CancelledError:
        _say("stopped; nothing is left of the fleet")
        return 130
    _write(done, folder)
    if whole and out is None:
        _write(done, _DOCS)
    for line in (found := failures(done)):
        _say(line)
    _say(f"{len(done.visits)} visits, {len(found)} failures; report and log in {folder}")
    return 1 if found else 0


async def _until_told(plan: Plan, folder: Path) -> Drill:
    """SIGTERM ends it as Ctrl-C does: a disk is mounted that has to go."""
    drilling = asyncio.ensure_future(drill(plan, folder, _say))
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, drilling.cancel)
    return await drilling


def _write(done: Drill, folder: Path) -> None:
    text = folder / "drill.md"
    text.write_text(page(text.read_text("utf-8") if text.exists() else "", done), "utf-8")
    (folder / "drill.svg").write_text(timeline(done), "utf-8")


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
