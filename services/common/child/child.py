"""A `Process` that is always there: calls take turns, and one that was lost is replaced before anybody asks again."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from services.common.child.failures import ChildDied
from services.common.child.flow import Flow
from services.common.child.frames import Packed, pack, release
from services.common.child.process import PATIENCE_S, Answer, Process, explained, settled

T = TypeVar("T")
A = TypeVar("A")


class Child:
    """Start it, call it from any thread, close it; or use it as a context manager."""

    def __init__(
        self,
        *,
        name: str,
        memory_bytes: int | None = None,
        initializer: Callable[[], None] | None = None,
        sealed: bool = False,
    ) -> None:
        """`memory_bytes`: private memory that calls may take beyond what the child holds once it is warm.

        `sealed`: once it is warm, the kernel lets it open nothing, start nothing and signal nobody.
        """
        self.name = name
        self.replaced = 0
        self._memory_bytes = memory_bytes
        self._sealed = sealed
        self._initializer = None if initializer is None else _importable(initializer)
        self._turn = threading.Lock()
        self._process: Process | None = None
        self._closed = False

    def start(self) -> None:
        """Returns once the child is warm. Raises what the initializer raised."""
        with self._turn:
            self._warm()

    def close(self) -> None:
        """Ends the child; a call that is under way gets ChildDied."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()
        with self._turn:
            self._end()

    def __enter__(self) -> "Child":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Of the process that serves now."""
        process = self._process
        return None if process is None else process.pid

    @property
    def busy(self) -> bool:
        """Whether a call has its turn."""
        return self._turn.locked()

    def call(self, function: Callable[..., T], *args: Any, timeout_s: float, cpu_s: float | None = None) -> T:
        """What the function returns there. Blocks; the time runs from when the child is warm and ours.

        `timeout_s` is on the clock; where the machine is too busy to let the child run, that much CPU time. `cpu_s` is
        CPU time of all its threads, enforced by the kernel even if nobody looks.
        Numpy arrays and pickle.PickleBuffer arguments travel without copies. Results are data: builtins, arrays,
        dataclasses, enums, named tuples. LikenessErrors come through as themselves, the rest as a ChildError.
        """
        return cast(T, self._ask((_importable(function), args, cpu_s), timeout_s).content)

    def gather(
        self, function: Callable[..., Flow[A]], *args: Any, timeout_s: float, cpu_s: float | None = None
    ) -> tuple[A, bytearray]:
        """For functions that return a Flow: what it is about, and all its parts together."""
        answer = self._ask((_importable(function), args, cpu_s), timeout_s)
        return cast(A, answer.content), answer.poured

    def _ask(self, request: object, timeout_s: float) -> Answer:
        packed = pack(request)
        try:
            answer = self._exchanged(packed, timeout_s)
        finally:
            release(packed)
        settled(answer)
        return answer

    def _exchanged(self, packed: Packed, timeout_s: float) -> Answer:
        with self._turn:
            process = self._warm()
            try:
                answer = process.ask(packed, timeout_s)
            except BaseException as error:
                status = self._end(_patience_s(error))
                self._replace()
                raise explained(error, status) from error
            if answer.kind not in ("done", "refused", "raised"):
                # Libraries seldom get over a failed allocation without a leak, or a liar over a lie.
                self._end()
                self._replace()
            return answer

    def _warm(self) -> Process:
        """The process, awaited if it is on its way; a new one if the last died while nobody looked."""
        if self._closed:
            raise ChildDied("it is closed", by_itself=False)
        if self._process is not None and self._process.gone:
            self._end()
        process = self._process or self._spawned()
        try:
            greeting = process.greeting()
        except BaseException as error:
            raise explained(error, self._end(_patience_s(error))) from error
        if greeting.kind != "done":
            self._end()  # and not replaced: another would fail in the same way. The next caller may try.
        settled(greeting)
        return process

    def _replace(self) -> None:
        """Begins another, without waiting for it."""
        self._spawned()
        self.replaced += 1

    def _spawned(self) -> Process:
        process = self._process = Process(self._initializer, self._memory_bytes, self._sealed)
        if self._closed:  # asked after it is in place, for `close` may have looked before
            process.kill()
        return process

    def _end(self, patience_s: float = 0.0) -> int | None:
        process, self._process = self._process, None
        return None if process is None else process.end(patience_s)


def _patience_s(error: BaseException) -> float:
    """A child that hung up is about to end; how it ends is worth a moment."""
    return PATIENCE_S if isinstance(error, EOFError | ConnectionError) else 0.0


def _importable(function: Callable[..., T]) -> Callable[..., T]:
    """A fresh interpreter finds a function by its module and name, or not at all."""
    if function.__module__ == "__main__" or "<" in function.__qualname__:
        raise ValueError(f"{function.__qualname__} has to be a module-level function outside __main__")
    return function
