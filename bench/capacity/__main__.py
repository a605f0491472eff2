"""What `likeness capacity` predicts, against a gateway with timed services and against the whole embedded stack.

`python -m bench.capacity [--only packs,machine] [--folder PLACE]`. About six minutes, and wants a quiet machine.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bench.capacity import machine, packs
from bench.machine import described
from bench.neighbours import Neighbours
from bench.table import Row, render

PARTS: Mapping[str, Callable[[Path], Awaitable[list[Row]]]] = {"packs": packs.table, "machine": machine.table}
# Of a core.
_QUIET = 0.1


async def table(folder: Path, only: list[str]) -> list[Row]:
    """A star where others had a share in the machine meanwhile: such rows prove nothing."""
    found: list[Row] = []
    for name in only:
        neighbours = Neighbours()
        rows = await PARTS[name](folder)
        disturbed = neighbours.cores() >= _QUIET
        found += [row._replace(metric=f"{row.metric} *") if disturbed else row for row in rows]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=lambda names: names.split(","), default=list(PARTS))
    parser.add_argument("--folder", type=Path, help="where data is kept meanwhile; default: the temporary one")
    arguments = parser.parse_args()
    print(described("simpy", "grpcio", "dlib-bin"))
    with tempfile.TemporaryDirectory(dir=arguments.folder) as place:
        rows = asyncio.run(table(Path(place), arguments.only))
    print(render(rows))
    if any(row.metric.endswith("*") for row in rows):
        print("* others used this machine meanwhile: run it again when it is quiet")


if __name__ == "__main__":
    main()
