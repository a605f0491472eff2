"""Places for calls that hold photos in memory. No tenant, however slowly it sends, keeps the others out."""

import contextlib
from collections import Counter
from collections.abc import Iterator

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Exhausted

_RETRY_S = 1.0


class Places:
    """So many in all, half of them for one tenant. Whoever finds none is told so at once."""

    def __init__(self, total: int) -> None:
        self.free = total
        self._of_one = (total + 1) // 2
        self._taken: Counter[str] = Counter()

    @contextlib.contextmanager
    def taken(self, tenant: str) -> Iterator[None]:
        if not self.free or self._taken[tenant] >= self._of_one:
            message = "as many uploads arrive as are taken at once"
            raise Exhausted(reasons.REASON_QUEUE_FULL, message, retry_after_s=_RETRY_S)
        self.free -= 1
        self._taken[tenant] += 1
        try:
            yield
        finally:
            self.free += 1
            self._taken -= Counter([tenant])
