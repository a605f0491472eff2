"""What looking at faces costs: `python -m bench.faces [--rounds 5] [--calls 2000]`."""

import argparse
import asyncio
import tempfile
from pathlib import Path

import psutil

from bench.abab import abab
from bench.faces import phone, sessions
from bench.faces.recogniser import FACES, Recognising
from bench.machine import described
from bench.table import Row, render

_MB = 1e6
# Allocators go on growing a little for a while; what leaks grows with every call.
_SETTLING = 200


def opening(folder: Path) -> list[Row]:
    ours, theirs = sessions.both(folder)
    share = ours.bytes / theirs.bytes
    return [
        Row("unused ONNX sessions", str(ours.unused), str(theirs.unused), "", "0"),
        Row(
            "ONNX sessions built",
            str(ours.sessions),
            str(theirs.sessions),
            f"{ours.sessions / theirs.sessions:.2f}",
            "≤ 0.5",
        ),
        Row(
            "bytes of models loaded",
            f"{ours.bytes / _MB:.1f} MB",
            f"{theirs.bytes / _MB:.1f} MB",
            f"{share:.2f}",
            "≤ 0.65",
        ),
    ]


async def recognising(folder: Path, rounds: int) -> Row:
    bench = Recognising(folder)
    pair = await abab(bench.together, bench.one_by_one, rounds)
    together, alone = (FACES / seconds for seconds in pair.medians)
    faster = 1 / pair.ratio
    return Row(f"IResNet-50, {FACES} faces together", f"{together:.1f}/s", f"{alone:.1f}/s", f"{faster:.2f}", "≥ 1.1")


def photos(rounds: int) -> list[Row]:
    picture = phone.jpeg()
    with phone.Embedding() as embedding:
        embedding.once(picture)
        run = embedding.median(picture, 2 * rounds + 1)
    stages = ", ".join(f"{name} {seconds * 1e3:.0f}" for name, seconds in run._asdict().items())
    return [Row("12 megapixel phone photo, embedded profile", f"{run.whole * 1e3:.0f} ms", stages, "", "≤ 350 ms")]


def memory(calls: int) -> Row:
    """Of this process and the child with the models, after the first calls and after the last."""
    picture = phone.jpeg()
    with phone.Embedding() as embedding:
        held = []
        for count in range(calls):
            if count in (_SETTLING, calls // 2):
                held.append(_resident(embedding.pid))
            embedding.once(picture)
        held.append(_resident(embedding.pid))
    growth = (held[-1] - held[0]) / _MB
    shown = " → ".join(f"{each / _MB:.0f}" for each in held)
    return Row(f"memory over {calls} calls", f"{growth:+.1f} MB", f"{shown} MB", f"{held[-1] / held[0]:.3f}", "≤ 1.02")


def _resident(child: int) -> int:
    return int(psutil.Process().memory_info().rss + psutil.Process(child).memory_info().rss)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=2000, help="for memory; a quarter of a second each")
    arguments = parser.parse_args()
    print(described("onnxruntime", "insightface", "dlib-bin", "numpy"))
    with tempfile.TemporaryDirectory() as folder:
        rows = [*opening(Path(folder)), await recognising(Path(folder), arguments.rounds), *photos(arguments.rounds)]
        print(render(rows), flush=True)
        print(render([memory(arguments.calls)]))


if __name__ == "__main__":
    asyncio.run(main())
