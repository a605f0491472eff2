"""The four services as stand-ins: real gRPC and the real protocol, no model. They do as they are told, and count.

    async with standing() as services:
        services.verifier.drift = by_try(order_seed, {(0, 1): 0.5, (0, 2): 0.1})     picture 0: its second try is good
        services.generator.pause = gate                                             awaited before each picture
        services.upscaler.trouble.append(Trouble(when="middle"))                    lost once, in mid-stream
        async with services.peers(metrics) as peers: ...
        assert [render.seed for render in services.generator.renders] == [...]

Requests are checked as the real services check them. Every picture carries the number of its render in its pixels, so
that whoever sees it, enlarged or encoded, knows which one it is. `services.variables()` is for gateways in processes of
their own; `await services.generator.leave()` and `come()` take a service away and bring it back at the same address.
"""

from tests.stand_ins.drifts import NoDrift, Sight, always, by_seed, by_try
from tests.stand_ins.renders import Render
from tests.stand_ins.service import Trouble, lost
from tests.stand_ins.standing import StandIns, standing

__all__ = ["NoDrift", "Render", "Sight", "StandIns", "Trouble", "always", "by_seed", "by_try", "lost", "standing"]
