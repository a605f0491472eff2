"""Servers in processes of their own, so that nothing is measured which shares a loop or a lock with its client."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.shell.stalls import Stall

_START_S = 60


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    target: str
    process: "subprocess.Popen[str]"

    def begin_watch(self) -> None:
        """From now on its event loop is watched; only `bench.shell.watched` and `bench.shell.bare` listen."""
        self._ask("begin")

    def end_watch(self) -> Stall:
        """The worst stall since."""
        return self._ask("end")

    def _ask(self, command: str) -> Stall:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return Stall(*map(float, self.process.stdout.readline().split()))


@contextmanager
def server(module: str, **settings: str) -> Iterator[Server]:
    """`python -m module`, on ports it chose itself, once it is ready. Ends with the block."""
    variables = {"GRPC_PORT": "0", "METRICS_PORT": "0", **settings}
    environment = {**os.environ, **{f"LIKENESS_{name}": value for name, value in variables.items()}}
    # Its log goes to a file and not a pipe: nobody reads while the clock runs, and a pipe would fill up.
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
            )
        try:
            yield Server(f"127.0.0.1:{_port(process, log)}", process)
        finally:
            process.terminate()
            process.communicate(timeout=_START_S)


def _port(process: "subprocess.Popen[str]", log: Path) -> int:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        whole_lines = log.read_text().rpartition("\n")[0].splitlines()
        said = {line.get("message"): line for line in map(json.loads, whole_lines)}
        if "ready" in said:
            return int(said["listening"]["grpc_port"])
        time.sleep(0.05)
    raise RuntimeError(f"no server: {log.read_text()}")
