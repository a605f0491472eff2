"""What a job costs beside its services: duplicates, packs, encoding, and the pause after a kill.

`python -m bench.pipeline [--rounds 3] [--folder PLACE] [--only pack,duplicates,encoding,recovery]`
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from bench.machine import described
from bench.pipeline import duplicates, encoding, pack, recovery
from bench.table import Row, render

SUBJECTS = ("duplicates", "pack", "encoding", "recovery")


async def rows(folder: Path, rounds: int, only: list[str]) -> list[Row]:
    table: list[Row] = []
    if "duplicates" in only:
        table += await duplicates.rows(folder)
    if "pack" in only:
        table += await pack.rows(folder)
    if "encoding" in only:
        table += await encoding.rows(folder, rounds)
    if "recovery" in only:
        table += await recovery.rows(folder, rounds)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where data is kept meanwhile; default: the temporary one")
    parser.add_argument("--only", type=lambda names: names.split(","), default=list(SUBJECTS))
    arguments = parser.parse_args()
    print(described("dbos", "grpcio", "sqlalchemy"))
    with tempfile.TemporaryDirectory(dir=arguments.folder) as place:
        print(render(asyncio.run(rows(Path(place), arguments.rounds, arguments.only))))


if __name__ == "__main__":
    main()
