"""The four services as stand-ins that take their time, in a process of their own: `… bench.pipeline.services SPEC`.

SPEC is JSON: a lane for each service, and by seed the drift that the verifier finds. Says its addresses as a line of
JSON, and after each line on its standard input what it has counted since the one before.
"""

import asyncio
import contextlib
import json
import sys
import time
from typing import Any

from tests.stand_ins import StandIns, by_seed, standing


class Lane:
    """A device that works on so many items at once, each for so long."""

    def __init__(self, places: int, seconds: float) -> None:
        self.places = places
        self.seconds = seconds
        self.items = 0
        self.first: float | None = None
        """When the first of them began, by the clock that all processes share."""
        self._free = asyncio.Semaphore(places)

    async def __call__(self, item: object) -> None:
        async with self._free:
            self.items += 1
            self.first = self.first or time.monotonic()
            await asyncio.sleep(self.seconds)

    def least_s(self) -> float:
        """What its items take if it is never idle."""
        return -(-self.items // self.places) * self.seconds

    def forget(self) -> None:
        self.items, self.first = 0, None


async def main(given: dict[str, Any]) -> None:
    async with standing() as services:
        lanes = {name: Lane(**lane) for name, lane in given["lanes"].items()}
        for service in services.all:
            service.pause = lanes.get(service.name)  # type: ignore[attr-defined]
        rejected = {int(seed): drift for seed, drift in given["drifts"].items()}
        services.verifier.drift = by_seed(rejected)
        print(json.dumps(services.addresses), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(counted(services, lanes, rejected)), flush=True)
            for forgotten in (services.generator.renders, services.upscaler.enlarged):
                forgotten.clear()
            for lane in lanes.values():
                lane.forget()
            for service in services.all:
                service.calls = 0


def counted(services: StandIns, lanes: dict[str, Lane], rejected: dict[int, float]) -> dict[str, Any]:
    return {
        "forwards": services.calls,
        "renders": len(services.generator.renders),
        "enlarged": len(services.upscaler.enlarged),
        "enlarged_though_rejected": sum(
            render is None or render.seed in rejected for render in services.upscaler.enlarged
        ),
        "least_s": {name: lane.least_s() for name, lane in lanes.items()},
        "first_render": lanes["generator"].first,
    }


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(json.loads(sys.argv[1])))
