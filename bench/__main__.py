"""`python -m bench` runs every bench that needs nothing special; `python -m bench --list` says which there are."""

import argparse
import subprocess
import sys
from typing import NamedTuple


class Bench(NamedTuple):
    """One folder or module of `bench/`, run by `python -m bench.<subject>`."""

    subject: str
    measures: str
    # Empty where pip packages suffice and nothing is written.
    needs: str = ""


BENCHES = (
    Bench("capacity", "what likeness capacity predicts, against a gateway and against the whole embedded stack"),
    Bench("drill", "what callers lose while everything fails in turn: nothing", needs="writes its docs page, as root"),
    Bench("faces", "faces found, judged and recognised: sessions, bytes, batches, a phone's photo, memory"),
    Bench("gateway", "what the front door costs: a job looked at, a request that comes twice"),
    Bench("generator", "the step-level engine on a CPU, against diffusers one call at a time"),
    Bench("images", "untrusted photos through their guard, against Pillow in the process; the encoders"),
    Bench("marking", "what it costs that results say what they are"),
    Bench("pipeline", "whole jobs through a gateway: duplicates, packs, encoding, the pause after a kill"),
    Bench("preview", "restaged pictures: core seconds, and how far they are from their photo"),
    Bench("shell", "what the shell costs, against grpc.aio as it comes"),
    Bench("storage", "what forgetting costs: the cipher, the sweep, the memory of many uploads at once"),
    Bench("tenants", "what the door costs a call: keys, tokens, the audit log"),
    Bench("thresholds", "drifts between strangers and of the same person", needs="writes the numbers of its docs page"),
    Bench("upscaler", "enlarging with the real weights, against a plain run and against ncnn"),
)


def main() -> int:
    """0 where every bench ran to its end. Missed goals are in the tables: a number is read, not asserted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="list the benches, and stop")
    if parser.parse_args().list:
        print("\n".join(_described(bench) for bench in BENCHES))
        return 0
    return max(_run(bench) for bench in BENCHES)


def _run(bench: Bench) -> int:
    if bench.needs:
        print(f"\n{bench.subject}: left out, {bench.needs}: python -m bench.{bench.subject}", flush=True)
        return 0
    print(f"\n{bench.subject}: {bench.measures}", flush=True)
    return subprocess.run([sys.executable, "-m", f"bench.{bench.subject}"]).returncode


def _described(bench: Bench) -> str:
    return f"{bench.subject:12} {bench.measures}" + (f" ({bench.needs})" if bench.needs else "")


if __name__ == "__main__":
    sys.exit(main())
