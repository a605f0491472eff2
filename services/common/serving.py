"""The shell every process runs in: it binds, answers health, serves, drains and ends.

    async with serving(settings, EchoMetrics(), name="echo") as shell:
        worker = shell.worker("echo")
        async with shell.loading("model"):
            model = await worker.run(EchoModel)
        lane = shell.lane(model.echo, worker)
        await shell.offer(EchoServicer(lane), add_EchoServiceServicer_to_server, ECHO)
        await shell.until_stopped()

Health answers from the first line on; the services are ready once `until_stopped` is reached.
"""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import grpc.aio
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.channels import MESSAGE_LIMIT_BYTES
from likeness_wire.errors import DeviceLost, LikenessError, Unavailable
from services.common import peers
from services.common.admission import Admission
from services.common.health import Health
from services.common.interceptor import Around
from services.common.lane import Lane, Model
from services.common.metrics import ShellMetrics
from services.common.offers import Offers
from services.common.peers import Entrance
from services.common.ports import open_grpc, open_metrics
from services.common.settings import ProcessSettings
from services.common.tracing import Tracing, tracing
from services.common.worker import Worker

log = logging.getLogger(__name__)

W = TypeVar("W")
R = TypeVar("R")
T = TypeVar("T")

# Of the grace for calls in flight, the share after which those that still wait are handed back to try elsewhere.
_WAITING_SHARE = 0.5

# Callers that watch health have gone elsewhere by then; those that do not are given two seconds.
_PAUSE_S = 0.05
_PAUSES_AWAITED = 40

# For what still runs on a device after its caller was cut off.
_LAST_ITEM_S = 5.0

_LOOPBACK = "127.0.0.1"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_OPTIONS = [
    ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES),
    ("grpc.so_reuseport", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
    # Long-lived connections are re-made now and then, so that new replicas get their share; calls in flight finish.
    ("grpc.max_connection_age_ms", 300_000),
    ("grpc.max_connection_age_grace_ms", 900_000),
]


@asynccontextmanager
async def serving(
    settings: ProcessSettings,
    metrics: ShellMetrics,
    *,
    name: str,
    entrance: Entrance | None = None,
    inside: bool = False,
) -> AsyncIterator["Shell"]:
    """A bound and living process that is not ready yet. Leaving the block drains it.

    `entrance`: who may come in, if not peers as the settings say. `inside`: the same services through the same entrance
    at `shell.inside_port` too, on loopback without TLS, for what this process takes in by other protocols.
    """
    tracer = tracing(name, settings.tracing_endpoint)
    shell = Shell(settings, metrics, tracer, entrance or peers.entrance(settings), inside=inside)
    async with AsyncExitStack() as stack:
        stack.callback(tracer.close)
        try:
            await shell.bind(stack)
            log.info("listening", extra={"grpc_port": shell.grpc_port, "metrics_port": shell.metrics_port})
            yield shell
        except asyncio.CancelledError:
            if not shell.gave_up_starting():
                raise
        finally:
            await shell.drain()


class Shell:
    """One process. Lives inside `serving`."""

    def __init__(
        self,
        settings: ProcessSettings,
        metrics: ShellMetrics,
        tracer: Tracing,
        entrance: Entrance,
        *,
        inside: bool = False,
    ) -> None:
        self.metrics = metrics
        self.health = Health(metrics)
        self.grpc_port = self.metrics_port = self.health_port = self.inside_port = 0
        self._inside = inside
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._main = asyncio.current_task()
        self._stopping = asyncio.Event()
        self._ready = False
        self._gave_up_starting = False
        self._failure: Exception | None = None
        self._admissions: list[Admission[Any]] = []
        self._workers: list[Worker] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._offers = Offers()
        self._entrance = entrance
        certificates = {"callers": entrance.certificate, "peers": peers.identity(settings)}
        if shown := {to: files for to, files in certificates.items() if files is not None}:
            metrics.watch_certificates(shown)
        self._around = Around(metrics, tracer, self._gate, entrance.refuse, entrance.admit)
        self._server = grpc.aio.server(interceptors=[self._around], options=_OPTIONS)
        self._probes: grpc.aio.Server | None = None

    async def bind(self, stack: AsyncExitStack) -> None:
        """Opens all ports, and closes them with the stack."""
        settings = self._settings
        for number in _SIGNALS:
            self._loop.add_signal_handler(number, self.stop)
        self.health.register(self._server)
        self._server.add_generic_rpc_handlers((self._offers,))
        self.grpc_port = open_grpc(self._server, settings.host, settings.grpc_port, self._entrance.credentials)
        if self._inside:
            self.inside_port = open_grpc(self._server, _LOOPBACK, 0, None)
        await self._server.start()
        if settings.health_port is not None:
            self._probes = grpc.aio.server(options=_OPTIONS)
            self.health.register(self._probes)
            self.health_port = open_grpc(self._probes, settings.host, settings.health_port, None)
            await self._probes.start()
        self.metrics_port, close = open_metrics(self.metrics.registry, settings.host, settings.metrics_port)
        stack.callback(close)
        self.spawn(self.health.beat())

    def worker(self, name: str) -> Worker:
        """A thread for a device. Losing the device ends the process; being overdue makes it dead."""
        worker = Worker(name, item_limit_s=self._settings.item_limit_s, on_lost=self._lost)
        self._workers.append(worker)
        self.health.pings[name] = worker.alive
        return worker

    def admission(self, name: str) -> Admission[Any]:
        """A queue whose waiting callers are handed back when the process drains."""
        admission: Admission[Any] = Admission(name, places=self._settings.queue_places, metrics=self.metrics)
        self._admissions.append(admission)
        return admission

    def lane(self, model: Model[W, R], worker: Worker, *, max_items: int = 1, delay_s: float = 0.0) -> Lane[W, R]:
        """A model behind a queue of the worker's name, running from now on."""
        lane = Lane(model, worker, self.admission(worker.name), self.metrics, max_items=max_items, delay_s=delay_s)
        self.spawn(lane.serve())
        return lane

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """A task as long-lived as the process; if it fails, so does the process."""
        task = self._loop.create_task(work)
        task.add_done_callback(self._task_ended)
        self._tasks.append(task)

    @asynccontextmanager
    async def loading(self, phase: str) -> AsyncIterator[None]:
        """Measures one phase of starting up."""
        began = time.monotonic()
        yield
        seconds = time.monotonic() - began
        self.metrics.load_seconds.labels(phase).set(seconds)
        log.info("loaded", extra={"phase": phase, "seconds": round(seconds, 3)})

    async def offer(self, servicer: T, add: Callable[[T, Any], None], name: str) -> None:
        """Registers a servicer under its full service name."""
        self._offers.add(servicer, add, name)
        await self.health.add(name)
        if self._settings.reflection:
            self._offers.reflect()

    async def until_stopped(self) -> None:
        """Ready from here until SIGTERM, Ctrl-C, or a failure, which it raises once everything has drained."""
        if not self._stopping.is_set():
            self._ready = True
            await self.health.ready(True)
            log.info("ready")
        await self._stopping.wait()

    def stop(self, failure: Exception | None = None) -> None:
        """Begins the end. Repeating is harmless; the first failure counts."""
        self._failure = self._failure or failure
        if not (self._ready or self._stopping.is_set()) and self._main is not None:
            # Nobody is served yet: there is no reason to finish loading first.
            self._gave_up_starting = True
            self._main.cancel()
        self._stopping.set()

    def gave_up_starting(self) -> bool:
        """Whether a cancellation was `stop` ending the start-up; it is taken back then, so that draining can wait."""
        if self._gave_up_starting and self._main is not None:
            self._main.uncancel()
        return self._gave_up_starting

    async def drain(self) -> None:
        """Not ready, wait for balancers to notice, let calls end, hand back what waits, release devices."""
        settings = self._settings
        await self.health.ready(False)
        if self._ready and self._failure is None:
            await asyncio.sleep(settings.drain_delay_s)
            await self._quiet()
        grace_s = 0.0 if isinstance(self._failure, DeviceLost) else settings.drain_grace_s
        hand_back = self._loop.call_later(grace_s * _WAITING_SHARE, self._hand_back)
        cut_off = self._loop.call_later(grace_s, self._count_cut_off)
        await self._server.stop(grace_s)
        hand_back.cancel()
        cut_off.cancel()
        await self._release()
        if self._failure is not None:
            raise self._failure

    async def _quiet(self) -> None:
        """A stopping gRPC server cancels calls that have arrived and not begun, so it stops in a pause between them."""
        for _ in range(_PAUSES_AWAITED):
            begun = self._around.begun
            await asyncio.sleep(_PAUSE_S)
            if begun == self._around.begun:
                return

    async def _release(self) -> None:
        for number in _SIGNALS:
            self._loop.remove_signal_handler(number)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self._workers:
            await asyncio.to_thread(worker.close, 0.0 if self._gave_up_starting else _LAST_ITEM_S)
        if self._probes is not None:
            await self._probes.stop(None)

    def _gate(self) -> LikenessError | None:
        return None if self._ready else Unavailable(reasons.REASON_STARTING, "models are being loaded")

    def _lost(self, error: DeviceLost) -> None:
        """From the worker's thread."""
        self.metrics.device_lost.set(1)
        self._loop.call_soon_threadsafe(self.stop, error)

    def _hand_back(self) -> None:
        for admission in self._admissions:
            admission.close()

    def _count_cut_off(self) -> None:
        self.metrics.drain_timeouts.inc()
        log.warning("calls cut off: the grace for draining is over")

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("a background task failed", exc_info=error)
            self.stop(error if isinstance(error, Exception) else None)
