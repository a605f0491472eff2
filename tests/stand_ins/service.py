"""What the stand-ins have in common: an address, troubles to come, counts of calls."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeVar

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.identity_pb2 import Recogniser, Thresholds
from likeness.common.v1.work_pb2 import CommercialUse, MadeBy, ModelRef

from likeness_wire.errors import Cancelled, LikenessError
from likeness_wire.status import to_status
from services.faces.embedding import Embedding, Recognition, Vector
from services.faces.embedding import Thresholds as Lines

T = TypeVar("T")
Context = grpc.aio.ServicerContext[Any, Any]

RECOGNISER_ID = "stand-in/0000/whole-picture"
# As many as the tiny models are conditioned by.
DIMENSIONS = 128
LINES = Lines(locked=0.18, strong=0.30, match=0.55, stranger=0.55)
RECOGNISER = Recogniser(
    id=RECOGNISER_ID,
    dimensions=DIMENSIONS,
    thresholds=Thresholds(locked=LINES.locked, strong=LINES.strong, match=LINES.match),
)
MAX_BYTES = 256 * 1024 * 1024
IDLE_S = 20.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What becomes of the next call that nothing else has happened to. Without an error, the connection is lost."""

    error: LikenessError | None = None
    when: Literal["begin", "middle"] = "begin"


lost = Trouble()


class StandIn:
    """One service."""

    name: str
    service: str
    """By its full name."""

    def __init__(self) -> None:
        self.calls = 0
        """That came, whatever became of them."""
        self.given_up = 0
        """That their caller left."""
        self.trouble: deque[Trouble] = deque()
        self.port = 0
        self._server: grpc.aio.Server | None = None
        self._steps: dict[str, asyncio.Task[Any]] = {}

    async def come(self) -> None:
        """At the same address as before."""
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        self.register(self._server)
        healthy = health.aio.HealthServicer()
        await healthy.set(self.service, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(healthy, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        await self._server.start()

    async def leave(self) -> None:
        """At once: calls in flight are lost."""
        if self._server is not None:
            await self._server.stop(None)

    def register(self, server: grpc.aio.Server) -> None:
        raise NotImplementedError

    def made_by(self, engine: str, *models: str) -> MadeBy:
        return MadeBy(
            service=self.name, engine=engine, device="cpu", version="0", models=[model(name) for name in models]
        )

    async def one(self, context: Context, work: Any) -> Any:
        """The answer of a call with one."""
        with self._counted():
            try:
                return await work
            except LikenessError as error:
                await _abort(context, error)

    async def many(self, context: Context, work: AsyncIterator[T]) -> AsyncIterator[T]:
        """The answers of a call with several."""
        with self._counted():
            try:
                async for answer in work:
                    yield answer
            except LikenessError as error:
                await _abort(context, error)

    @contextlib.contextmanager
    def only(self, step_id: str) -> Iterator[None]:
        """A second call for the same step ends the first with CANCELLED."""
        task = asyncio.current_task()
        assert task is not None
        if before := self._steps.get(step_id):
            before.cancel()
        if step_id:
            self._steps[step_id] = task
        try:
            yield
        except asyncio.CancelledError:
            if step_id and self._steps.get(step_id) is not task:
                task.uncancel()
                raise Cancelled(reasons.REASON_CANCELLED, "another call was made for the same step") from None
            raise
        finally:
            if self._steps.get(step_id) is task:
                del self._steps[step_id]

    async def troubled(self, context: Context, when: str) -> None:
        """Where the next trouble strikes now."""
        if not self.trouble or self.trouble[0].when != when:
            return
        trouble = self.trouble.popleft()
        if trouble.error is not None:
            raise trouble.error
        await context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        self.calls += 1
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):  # while it waited, or while an answer was on its way
            self.given_up += 1
            raise


def recognition() -> Recognition:
    return Recognition(RECOGNISER_ID, DIMENSIONS, LINES, _never)


def model(name: str) -> ModelRef:
    return ModelRef(name=name, digest="00" * 32, licence="CC0-1.0", commercial_use=CommercialUse.COMMERCIAL_USE_YES)


def _never(one: Vector, other: Vector) -> float:
    raise AssertionError(f"drifts of {Embedding.__name__}s are scripted here")


async def _abort(context: Context, error: LikenessError) -> NoReturn:
    await context.abort_with_status(rpc_status.to_status(to_status(error)))
    raise AssertionError("unreachable")
