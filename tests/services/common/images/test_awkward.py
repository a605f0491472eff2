"""The folder of awkward and hostile files: each gets the right picture or the right reason, in time and in memory."""

import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from likeness.common.v1.reason_pb2 import Reason

from likeness_wire.errors import BadPhoto
from services.common.images import Decoder, ImageLimits
from tests.services.common.images.awkward import CASES
from tests.services.common.images.awkward.case import Case, Pixels

LIMITS = ImageLimits()


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder(LIMITS) as decoder:
        yield decoder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_gets_what_it_deserves(decoder: Decoder, case: Case) -> None:
    """The right picture or the right reason; two seconds of a processor and 300 MB, whichever it is."""
    data = case.make()
    watch = _Watch(decoder)

    outcome = _outcome(decoder, data, case.fit_within)

    assert watch.cpu_s() <= LIMITS.decode_s
    assert watch.extra_bytes() <= LIMITS.decode_memory_bytes
    if isinstance(case.expected, np.ndarray):
        assert isinstance(outcome, np.ndarray), outcome
        assert outcome.shape == case.expected.shape
        assert np.abs(outcome.astype(int) - case.expected).mean(axis=(0, 1)).max() <= case.tolerance
    else:
        assert isinstance(outcome, BadPhoto)
        assert Reason.Name(outcome.reason) == Reason.Name(case.expected)


def test_there_are_more_than_a_hundred() -> None:
    """A folder that shrank would pass unnoticed; names tell the cases apart."""
    assert len({case.name for case in CASES}) == len(CASES) >= 200


def test_only_time_costs_a_child(decoder: Decoder) -> None:
    """Everything else is refused by its header, or survived."""
    assert decoder.replaced <= 1


def _outcome(decoder: Decoder, data: bytes, fit_within: int | None) -> "Pixels | BadPhoto":
    try:
        return decoder.decode(data, fit_within=fit_within)
    except BadPhoto as refusal:
        return refusal


class _Watch:
    """What one photo costs the decoder's child, alive or killed."""

    def __init__(self, decoder: Decoder) -> None:
        decoder.start()
        self._child = psutil.Process(decoder.pid)
        self._idle_bytes = self._child.memory_info().rss
        self._used_s = self._alive_s()
        self._buried_s = _buried_s()

    def cpu_s(self) -> float:
        """A child is counted among the buried, with all that it ever used, once it is dead."""
        return self._alive_s() + _buried_s() - self._buried_s - self._used_s

    def extra_bytes(self) -> int:
        """Of the most it ever held. A killed child had its limit from the kernel."""
        if not self._child.is_running():
            return 0
        status = Path(f"/proc/{self._child.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 - self._idle_bytes

    def _alive_s(self) -> float:
        if not self._child.is_running():
            return 0.0
        times = self._child.cpu_times()
        return times.user + times.system


def _buried_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
