"""What stays behind after thousands of calls: nothing."""

import gc
from pathlib import Path

import psutil
import pytest

from services.common.images import Decoder
from services.faces.dlib_engine import DlibEngine, DlibFiles
from tests.services.faces import paintings, photos
from tests.services.faces.running import onnx_engine, running_verifier

_SETTLING, _CALLS = 200, 2000
# Allocators keep a little; a leaked crop (37 KB) or photo (1 MB) a call would be 70 MB and more.
_MOST_BYTES = 12e6


def resident(*pids: int) -> int:
    gc.collect()
    return sum(psutil.Process(pid).memory_info().rss for pid in pids)


@pytest.mark.soak
def test_the_dlib_child_is_as_large_after_two_thousand_photos_as_after_two_hundred(files: DlibFiles) -> None:
    """And so is its parent."""
    engine = DlibEngine(files)
    engine.warm_up()
    before = 0
    for call in range(_CALLS):
        if call == _SETTLING:
            before = resident(psutil.Process().pid, engine._child.pid or 0)
        engine.embed(0, engine.look(photos.astronaut()).crops)
    after = resident(psutil.Process().pid, engine._child.pid or 0)
    engine.close()

    assert after - before < _MOST_BYTES


@pytest.mark.soak
async def test_a_verifier_is_as_large_after_two_thousand_pictures_as_after_two_hundred(tmp_path: Path) -> None:
    """Over the wire, with refused, broken and abandoned ones among them."""
    ann, nobody = paintings.png(paintings.person(1)), paintings.png(paintings.nobody())
    before = 0
    with Decoder() as decoder:
        async with running_verifier(onnx_engine(tmp_path, recognisers=2), decoder) as running:
            for call in range(_CALLS // 20):
                if call == _SETTLING // 20:
                    before = resident(psutil.Process().pid)
                await running.verify([ann, nobody, ann[:5000], ann] * 5, [ann])
            after = resident(psutil.Process().pid)

    assert after - before < _MOST_BYTES
