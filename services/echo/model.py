"""The model of the echo service: it holds the device for a while, and gives back the text."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from services.common.admission import Stop

# How long a stop may go unnoticed; real models look after every step or tile.
_STEP_S = 0.01


@dataclass(frozen=True, slots=True)
class Saying:
    """A text, and how long to hold the device for it."""

    text: str
    hold_s: float


class EchoModel:
    """Lives on the worker's thread."""

    device = "cpu"

    def echo(self, sayings: Sequence[Saying], stop: Stop) -> list[str]:
        """The texts in order, after the longest hold of the batch."""
        self._hold(max(saying.hold_s for saying in sayings), stop)
        return [saying.text for saying in sayings]

    def _hold(self, seconds: float, stop: Stop) -> None:
        pause = threading.Event()
        while seconds > 0:
            stop.check()
            pause.wait(min(_STEP_S, seconds))
            seconds -= _STEP_S
