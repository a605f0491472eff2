"""The last part of a picture, on a thread of its own while the engine goes on: decode, check, deliver; and previews."""

import io
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch
from likeness.common.v1 import reason_pb2 as reasons
from PIL import Image as Pillow
from torch import Tensor

from likeness_wire.errors import Internal, LikenessError
from services.generator import ops
from services.generator.call import Failed, Pixels, Previewed, Rendered
from services.generator.checker import Checker, check
from services.generator.counters import Counters
from services.generator.device import understood
from services.generator.image import Image
from services.generator.vae import Vae

# Pictures that may wait for their decoding. Beyond, the engine waits too, so that memory does not grow with the pack.
_BACKLOG = 2
_PREVIEW_QUALITY = 80


class Finisher:
    """Has one thread; on a GPU also a stream, so that decoding and the next step overlap."""

    def __init__(self, device: torch.device, counters: Counters, checker: Checker | None = None) -> None:
        self._counters = counters
        self._checker = checker
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="finishing")
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        self._running: list[Future[None]] = []

    def finish(self, image: Image, vae: Vae) -> None:
        """Takes a picture after its last step. Waits while too many are waiting."""
        self._running = [future for future in self._running if not future.done()]
        while len(self._running) > _BACKLOG:
            self._running.pop(0).result()
        denoised_at = time.perf_counter()
        self._running.append(self._submit(self._finish, image, vae, denoised_at))

    def look(self, image: Image, estimate: Tensor) -> None:
        """Sends a preview, if the reader keeps up."""
        if not image.pack.call.reader_is_slow:
            self._submit(self._look, image, image.done_steps, estimate)

    def drain(self) -> None:
        """Returns once everything it was given so far is delivered."""
        self._thread.submit(lambda: None).result()

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)

    def _finish(self, image: Image, vae: Vae, denoised_at: float) -> None:
        if not image.pack.unwanted:
            try:
                image.pack.emit(self._rendered(image, vae, denoised_at))
            except LikenessError as error:
                image.pack.emit(Failed(image.index, error))
            except Exception as error:
                image.pack.fail(understood(error))
        image.pack.settle()

    def _rendered(self, image: Image, vae: Vae, denoised_at: float) -> Rendered:
        began = time.perf_counter()
        pixels = self._decoded(image.latents, vae)
        check(self._checker, pixels)
        sends = image.pack.request.send_latents
        return Rendered(
            image.index,
            pixels,
            seconds={
                "prepare": image.prepare_s,
                "denoise": denoised_at - image.began_at - image.prepare_s,
                "decode": time.perf_counter() - began,
            },
            latents=_array(image.latents) if sends else None,
            anchor_latents=_array(image.anchor_latents) if sends and image.anchor_latents is not None else None,
        )

    def _decoded(self, latents: Tensor, vae: Vae) -> Pixels:
        if not bool(latents.isfinite().all()):
            raise Internal(reasons.REASON_INTERNAL, "the picture did not come out: its latents are not finite")
        self._counters.decodes += 1
        return vae.decode(latents)

    def _look(self, image: Image, step: int, estimate: Tensor) -> None:
        if not image.pack.unwanted:
            image.pack.emit(Previewed(image.index, step, _jpeg(ops.rough_rgb(estimate))))

    @torch.inference_mode()
    def _on_stream(self, work: Callable[..., None], ready: Any, *args: Any) -> None:
        if self._stream is None:
            work(*args)
            return
        with torch.cuda.stream(self._stream):
            self._stream.wait_event(ready)
            work(*args)
            self._stream.synchronize()

    def _submit(self, work: Callable[..., None], *args: Any) -> "Future[None]":
        ready = torch.cuda.current_stream().record_event() if self._stream else None
        return self._thread.submit(self._on_stream, work, ready, *args)


def _array(latents: Tensor) -> Any:
    return latents[0].float().cpu().numpy()


def _jpeg(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "JPEG", quality=_PREVIEW_QUALITY)
    return buffer.getvalue()
