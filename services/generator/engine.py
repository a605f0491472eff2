"""The step-level engine: it keeps pictures in flight, not requests.

Every tick it takes up to `rows` rows of one group, runs IdentityNet and the UNet once for all of them, and advances
each picture with its own scales, guidance and scheduler. Who joins, leaves or is parked does so between two ticks, so
what becomes of a picture does not depend on whom it sits beside. It knows nothing of sockets, queues or the event loop.
"""

import itertools
import time

import torch
from torch import Tensor

from likeness_wire.errors import DeviceLost
from services.common.admission import Stop
from services.generator.backends import Backend
from services.generator.batch import Batch
from services.generator.call import Call, Stepped
from services.generator.constants import Constants
from services.generator.counters import Counters
from services.generator.device import Pace, out_of_memory, understood
from services.generator.finishing import Finisher
from services.generator.groups import Group, Groups
from services.generator.image import Image
from services.generator.loading import Models
from services.generator.pack import Pack

# One picture with guidance.
_FEWEST_ROWS = 2
# Weight of the newest tick in the running mean from which estimates are made.
_NEWEST = 0.1


class DiffusionEngine:
    """Lives on one thread, the only one that may call it."""

    def __init__(self, models: Models, backend: Backend, finisher: Finisher, counters: Counters, *, rows: int) -> None:
        self.counters = counters
        self.rows = rows
        self._models = models
        self._backend = backend
        self._finisher = finisher
        self._pace = Pace(models.device)
        self._groups = Groups()
        self._stops: dict[Pack, Stop] = {}
        self._numbers = itertools.count()
        self._tick_s = 0.0

    def admit(self, call: Call) -> None:
        """Its pictures wait for rows from now on. Until a picture first sits, it costs next to nothing."""
        pack = Pack(call, Constants(self._models, call.request, self.counters), next(self._numbers))
        self._stops = {each: stop for each, stop in self._stops.items() if not each.ended} | {pack: call.stop}
        for index in range(len(call.request.pictures)):
            self._groups.add(Image(pack, index))

    @torch.inference_mode()
    def tick(self) -> bool:
        """One step of one group. False: nobody can make one until a call is admitted or a slow reader has read."""
        self._drop_unwanted()
        self._give_rows()
        group = self._groups.next()
        if group is None:
            return False
        began = time.perf_counter()
        if batch := self._batch(group):
            self._step(batch)
        self._measure(time.perf_counter() - began)
        return True

    def drain(self) -> None:
        """Returns once every picture that is out of its steps has been delivered."""
        self._finisher.drain()

    def close(self) -> None:
        self._finisher.close()

    def _drop_unwanted(self) -> None:
        """Pictures of calls that nobody waits for, or that have failed, leave between two steps."""
        if not any(self._stops.values()):
            return
        self._stops = {pack: stop for pack, stop in self._stops.items() if not stop}
        for image in [image for image in self._groups.images if image.pack.unwanted]:
            self._groups.remove(image)
            image.pack.settle()

    def _give_rows(self) -> None:
        for group in self._groups:
            self.counters.parked += len(group.seat(self.rows))

    def _batch(self, group: Group) -> Batch | None:
        """Those who sit, stacked. None if one of them cannot be made ready; it is dropped before the next tick."""
        if group.batch is None:
            base = self._models.bases[group.kinship.base]
            for image in group.seated:
                try:
                    image.prepare(base)
                except Exception as error:
                    self._fail([image], error)
                    return None
            group.batch = Batch(self._models, base, self._backend, self.counters, group.seated)
        return group.batch

    def _step(self, batch: Batch) -> None:
        predictions = self._predict(batch)
        if predictions is None:
            return
        for image, prediction in zip(batch.images, predictions.split(1), strict=True):
            image.advance(prediction)
            self._report(image)
            if image.pass_is_over:
                self._move_on(image)

    def _predict(self, batch: Batch) -> Tensor | None:
        """None if the forward failed. What was too much for the memory is tried again in smaller parts."""
        try:
            self._pace.wait()
            predictions = batch.predict()
            self._pace.mark()
        except Exception as error:
            if out_of_memory(error) and batch.rows > _FEWEST_ROWS:
                self._shrink(batch)
            else:
                self._fail(batch.images, error)
            return None
        return predictions

    def _report(self, image: Image) -> None:
        left_s = (image.all_steps - image.done_steps) * self._tick_s * len(self._groups) if self._tick_s else None
        image.pack.emit(Stepped(image.index, image.pass_index, image.done_steps, image.all_steps, left_s))
        if image.estimate is not None:
            self._finisher.look(image, image.estimate)

    def _move_on(self, image: Image) -> None:
        """From a finished pass into the next one, perhaps in another group, or out."""
        self._groups.remove(image)
        if image.finished:
            self._finisher.finish(image, self._models.bases[image.kinship.base].vae)
        else:
            image.next_pass()
            self._groups.add(image)

    def _fail(self, images: list[Image], error: Exception) -> None:
        """Fails their calls, whose pictures are dropped before the next tick."""
        failure = understood(error)
        for image in images:
            image.pack.fail(failure)
        if isinstance(failure, DeviceLost):
            raise failure

    def _shrink(self, batch: Batch) -> None:
        """For good: a device that was too small once will be so again."""
        self.rows = max(_FEWEST_ROWS, batch.rows // 2)
        self._groups.reseat()

    def _measure(self, seconds: float) -> None:
        self._tick_s += (_NEWEST if self._tick_s else 1.0) * (seconds - self._tick_s)
