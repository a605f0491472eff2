"""The client for programs without coroutines; see `Likeness`."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from datetime import timedelta
from os import PathLike
from pathlib import Path
from typing import Any, Self, TypeVar

from likeness.gateway.v1.receipt_pb2 import DeletionReceipt

from likeness_client.access import Key, Tls
from likeness_client.aio import AsyncLikeness, JobName, ResultName, UploadName
from likeness_client.connection import PATIENCE
from likeness_client.consent import Consent
from likeness_client.orders import NO_WISHES, Order, Styles, Wishes
from likeness_client.photos import PhotoSource
from likeness_client.receipts import Keys
from likeness_client.values.events import JobEvent
from likeness_client.values.job import Job
from likeness_client.values.receipt import Receipt
from likeness_client.values.result import Result, Try
from likeness_client.values.server import Seed, ServerInfo, Style
from likeness_client.values.upload import Inspection, Upload
from likeness_client.values.words import State
from likeness_wire.resend import Patience

T = TypeVar("T")


class Likeness:
    """A Likeness gateway: what `AsyncLikeness` does, call by call.

        with Likeness("likeness.example.com:7400", key=key) as likeness:
            upload = likeness.upload("selfie.jpg")
            job = likeness.wait(likeness.create_job(upload, [Order("corporate", 4)], consent=consent))
            for result in job.results:
                likeness.download(result, "pictures")
            receipt = likeness.delete(job)

    It may be shared by threads; an event loop of its own runs in a thread of its own until it is closed. Make it after
    a fork, not before. Each method says more at its namesake in `AsyncLikeness`.
    """

    def __init__(
        self,
        address: str = "127.0.0.1:7400",
        *,
        key: Key | None = None,
        tls: Tls = None,
        timeout_s: float = 30.0,
        receipt_keys: Keys | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        self._inner = AsyncLikeness(
            address, key=key, tls=tls, timeout_s=timeout_s, receipt_keys=receipt_keys, patience=patience
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="likeness", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection and the thread. Jobs go on."""
        if self._loop.is_closed():
            return
        self._do(self._inner.close())
        self._do(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def server(self) -> ServerInfo:
        """What the gateway is, takes and promises."""
        return self._do(self._inner.server())

    def styles(self) -> list[Style]:
        """All styles that can be ordered."""
        return self._do(self._inner.styles())

    def upload(self, photos: PhotoSource | Iterable[PhotoSource], *, ttl: timedelta | None = None) -> Upload:
        """Sends one to three photos of one person: paths, or bytes."""
        return self._do(self._inner.upload(photos, ttl=ttl))

    def get_upload(self, upload: UploadName) -> Upload:
        """What is known of it now."""
        return self._do(self._inner.get_upload(upload))

    def inspect(self, upload: UploadName) -> Inspection:
        """Whether its photos will do, before anything is made."""
        return self._do(self._inner.inspect(upload))

    def find_seed(
        self,
        upload: UploadName,
        style: str | Order,
        *,
        consent: Consent,
        candidates: int | None = None,
        long_side: int | None = None,
        previews: bool = False,
        heard: Callable[[Seed], None] | None = None,
    ) -> list[Seed]:
        """Tries many seeds small and fast, the nearest first. `heard` is called in the client's own thread."""
        return self._do(
            self._inner.find_seed(
                upload,
                style,
                consent=consent,
                candidates=candidates,
                long_side=long_side,
                previews=previews,
                heard=heard,
            )
        )

    def create_job(
        self,
        upload: UploadName,
        styles: Styles,
        *,
        consent: Consent,
        wishes: Wishes = NO_WISHES,
        request_id: str | None = None,
    ) -> Job:
        """Adopts the upload and starts. Returns at once."""
        return self._do(self._inner.create_job(upload, styles, consent=consent, wishes=wishes, request_id=request_id))

    def check_job(self, upload: UploadName, styles: Styles, *, consent: Consent, wishes: Wishes = NO_WISHES) -> Job:
        """Every refusal that `create_job` would meet; nothing is started."""
        return self._do(self._inner.check_job(upload, styles, consent=consent, wishes=wishes))

    def job(self, job: JobName) -> Job:
        """As it is now."""
        return self._do(self._inner.job(job))

    def jobs(self, *states: State) -> Iterator[Job]:
        """All jobs, the latest first, or those in these states."""
        return self._each(self._inner.jobs(*states))

    def watch(self, job: JobName, *, offset: int = 0, previews: bool = False) -> Iterator[JobEvent]:
        """What happens to a job until it has ended; no kept event is lost or repeated."""
        return self._each(self._inner.watch(job, offset=offset, previews=previews))

    def wait(
        self, job: JobName, heard: Callable[[JobEvent], None] | None = None, *, timeout_s: float | None = None
    ) -> Job:
        """The job once it has ended, however it did. `heard` is called in the client's own thread."""
        return self._do(self._inner.wait(job, heard, timeout_s=timeout_s))

    def cancel(self, job: JobName) -> Job:
        """Stops it at the next step."""
        return self._do(self._inner.cancel(job))

    def tries(self, job: JobName) -> list[Try]:
        """The record of every render."""
        return self._do(self._inner.tries(job))

    def download(self, result: Result, to: str | PathLike[str]) -> Path:
        """Writes a picture to a file, or into a folder: all of it or nothing."""
        return self._do(self._inner.download(result, to))

    def picture(self, result: ResultName) -> bytes:
        """A picture as it would be in its file."""
        return self._do(self._inner.picture(result))

    def thumbnail(self, of: ResultName | Try) -> bytes:
        """A small JPEG of a result or a try."""
        return self._do(self._inner.thumbnail(of))

    def delete(self, what: JobName | Upload) -> Receipt:
        """Erases a job or an upload now, and returns the checked proof."""
        return self._do(self._inner.delete(what))

    def receipt(self, of: JobName | Upload) -> Receipt:
        """The checked proof that a job or an upload is gone."""
        return self._do(self._inner.receipt(of))

    def receipts(self) -> list[Receipt]:
        """All receipts in the order of their chain, checked."""
        return self._do(self._inner.receipts())

    def raw_receipts(self) -> list[DeletionReceipt]:
        """The same as they came, believed by nobody yet."""
        return self._do(self._inner.raw_receipts())

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop.is_closed():
            work.close()
            raise ValueError("this client was closed")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C, for example: nobody waits for it any more
            raise

    def _each(self, source: AsyncIterator[T]) -> Iterator[T]:
        try:
            while True:
                try:
                    yield self._do(_next(source))
                except StopAsyncIteration:
                    return
        finally:
            if not self._loop.is_closed():
                self._do(_close(source))


async def _next(source: AsyncIterator[T]) -> T:
    return await anext(source)


async def _close(source: AsyncIterator[Any]) -> None:
    await source.aclose()  # type: ignore[attr-defined]  # all of ours are generators
