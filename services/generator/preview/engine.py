"""The preview engine behind the seam: one stage of one picture a tick."""

import io
import time
from collections.abc import Callable, Sequence

from likeness.common.v1 import reason_pb2 as reasons
from PIL import Image

from likeness_wire.errors import Cancelled, LikenessError
from services.generator.call import Call, Ended, Failed, Pixels, Previewed, Rendered, Stepped
from services.generator.checker import Checker, check
from services.generator.preview.restaging import Restaging, Study
from services.generator.preview.staging import Staging

# A look is at most this wide and high, so that it stays below the contract's 64 KiB.
_LOOK_PX, _LOOK_QUALITY = 384, 80
# Weight of the newest stage in the running mean from which estimates are made.
_NEWEST = 0.1


class Shoot:
    """One call: its pictures are made one after the other, from one study of the photo."""

    def __init__(self, call: Call, checker: Checker | None) -> None:
        self.call = call
        self.served_at = -1
        """The tick in which it last had its turn."""
        self.ended = False
        self._checker = checker
        self._staging = call.request.staging if isinstance(call.request.staging, Staging) else Staging()
        self._study: Study | None = None
        self._picture = 0
        self._stage = 0
        self._making: Restaging | None = None
        self._seconds: list[float] = []

    @property
    def ready(self) -> bool:
        """A picture that has begun is finished; another is not begun for a reader who is behind."""
        return self._making is not None or not self.call.reader_is_slow

    def advance(self, stage_s: float) -> None:
        """One stage of the picture it is at. `stage_s` is how long stages take, for the estimate."""
        try:
            self._run_stage(stage_s)
        except Exception as error:
            self._end(error)

    def stop(self) -> None:
        self._end(Cancelled(reasons.REASON_CANCELLED, "stopped on request"))

    def _run_stage(self, stage_s: float) -> None:
        making = self._making = self._making or self._begin()
        began = time.perf_counter()
        making.stages[self._stage]()
        self._stage += 1
        self._seconds.append(time.perf_counter() - began)
        left_s = (len(making.stages) - self._stage) * stage_s
        self.call.emit(Stepped(self._picture, 0, self._stage, len(making.stages), left_s))
        if self._stage == len(making.stages):
            self._finish(making)
        elif self._is_looked_at:
            self._look(making)

    def _begin(self) -> Restaging:
        request = self.call.request
        self._study = self._study or Study(request.reference)
        return Restaging(self._study, request, self._staging, request.pictures[self._picture].seed)

    def _finish(self, making: Restaging) -> None:
        pixels = making.finished()
        prepared = sum(self._seconds[: making.prepared])
        seconds = {"prepare": prepared, "restage": sum(self._seconds) - prepared}
        try:
            check(self._checker, pixels)
        except LikenessError as error:
            self.call.emit(Failed(self._picture, error))
        else:
            self.call.undelivered += 1
            self.call.emit(Rendered(self._picture, pixels, seconds, key_points=making.key_points))
        self._making, self._stage, self._seconds = None, 0, []
        self._picture += 1
        if self._picture == len(self.call.request.pictures):
            self._end(None)

    @property
    def _is_looked_at(self) -> bool:
        every = self.call.request.preview_every_steps
        return every > 0 and self._stage % every == 0 and not self.call.reader_is_slow

    def _look(self, making: Restaging) -> None:
        shown = making.shown()
        if shown is not None:
            self.call.emit(Previewed(self._picture, self._stage, _jpeg(shown)))

    def _end(self, error: Exception | None) -> None:
        self.ended = True
        self._making = self._study = None
        self.call.emit(Ended(error))


class PreviewEngine:
    """Lives on one thread, the only one that may call it."""

    def __init__(self, checker: Checker | None = None, closing: Sequence[Callable[[], None]] = ()) -> None:
        """`closing` is run at the end, for what was opened for this engine."""
        self._checker = checker
        self._closing = closing
        self._shoots: list[Shoot] = []
        self._ticks = 0
        self._stage_s = 0.0

    def admit(self, call: Call) -> None:
        self._shoots.append(Shoot(call, self._checker))

    def tick(self) -> bool:
        """One stage of one picture. False: nobody can go on until a call is admitted or a slow reader has read."""
        for shoot in self._shoots:
            if shoot.call.stop:
                shoot.stop()
        self._shoots = [shoot for shoot in self._shoots if not shoot.ended]
        ready = [shoot for shoot in self._shoots if shoot.ready]
        if not ready:
            return False
        self._ticks += 1
        # Urgent calls first; among equals, whoever waited longest.
        shoot = min(ready, key=lambda shoot: (not shoot.call.urgent, shoot.served_at))
        shoot.served_at = self._ticks
        began = time.perf_counter()
        shoot.advance(self._stage_s)
        self._measure(time.perf_counter() - began)
        self._shoots = [shoot for shoot in self._shoots if not shoot.ended]
        return True

    def close(self) -> None:
        for close in self._closing:
            close()

    def _measure(self, seconds: float) -> None:
        self._stage_s += (_NEWEST if self._stage_s else 1.0) * (seconds - self._stage_s)


def _jpeg(pixels: Pixels) -> bytes:
    small = Image.fromarray(pixels)
    small.thumbnail((_LOOK_PX, _LOOK_PX))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_LOOK_QUALITY)
    return buffer.getvalue()
