"""One part as a child process: started on a leash, heard line by line, asked to end, ended."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

from likeness_client.stack.lines import Line, parsed

# A line of a log is far shorter; what is longer is no line of ours.
_LONGEST_LINE_BYTES = 1 << 20
# services.common.launch: settings, models or ports are not as they must be. Starting again would not help.
REFUSED = 2


class Process:
    """One life of a part. Its output is read to the end before it counts as ended."""

    def __init__(self, child: asyncio.subprocess.Process, life: int, hear: Callable[[Line], None]) -> None:
        self._child = child
        self._life = life
        self._reading = asyncio.create_task(_read(_output(child), hear))

    @classmethod
    async def start(cls, module: str, environment: Mapping[str, str], hear: Callable[[Line], None]) -> "Process":
        """`python -m` that module. Nothing secret is in its arguments, and nothing is sent to its input."""
        lifeline, life = os.pipe()
        try:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "likeness_client.stack.leash", module),
                env=dict(environment),
                stdin=lifeline,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=_LONGEST_LINE_BYTES,
                start_new_session=True,  # Ctrl-C is for us: we end the parts in order
            )
        except BaseException:
            os.close(life)
            raise
        finally:
            os.close(lifeline)
        return cls(child, life, hear)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.returncode is None

    async def ended(self) -> int:
        """Its exit status, negative by a signal."""
        await self._reading
        status = await self._child.wait()
        self._let_go()
        return status

    async def stop(self, grace_s: float) -> int:
        """Asks it to drain, and kills it where it takes longer."""
        self._signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(asyncio.shield(self._child.wait()), grace_s)
        except TimeoutError:
            return await self.kill()

    async def kill(self) -> int:
        """At once."""
        self._signal(signal.SIGKILL)
        return await self._child.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._child.send_signal(number)

    def _let_go(self) -> None:
        life, self._life = self._life, -1
        if life >= 0:
            os.close(life)


def how(status: int) -> str:
    """An exit status in words."""
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return {0: "ended by itself", REFUSED: "cannot start", 70: "failed"}.get(status, f"ended with status {status}")


def _output(child: asyncio.subprocess.Process) -> asyncio.StreamReader:
    if child.stdout is None:
        raise ValueError("its output is not ours to read")
    return child.stdout


async def _read(stream: asyncio.StreamReader, hear: Callable[[Line], None]) -> None:
    while True:
        try:
            raw = await stream.readline()
        except ValueError:  # longer than any line of ours: what follows is still worth reading
            continue
        if not raw:
            return
        if raw.strip():
            hear(parsed(raw))
