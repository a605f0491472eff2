"""What is done to the fleet, in this order. Each fault returns how it is known to have bitten; one that did not would
prove nothing, and fails the drill.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bench.drill import processes, surroundings
from bench.drill.fleet import KINDS, Fleet
from bench.drill.lines import Ill
from likeness_client.stack.profiles import GATEWAY

Act = Callable[[Fleet], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`act` makes it, ends it, and returns when what failed stands again. It raises DidNotBite."""

    name: str
    what: str
    act: Act


def faults() -> list[Fault]:
    return [
        *(Fault(f"SIGTERM {kind}", _ROLLED, partial(processes.rolled, kind)) for kind in KINDS),
        *(Fault(f"SIGKILL {kind}", _KILLED, partial(processes.killed, kind)) for kind in KINDS),
        Fault("frozen generator", _FROZEN, partial(processes.frozen, "generator")),
        Fault("frozen gateway", _FROZEN_GATEWAY, partial(processes.frozen, GATEWAY)),
        Fault("hanging verifier", _HANGING, partial(processes.hanging, "verifier")),
        Fault("full disk", _FULL, surroundings.full_disk),
        Fault("Postgres, fast", _FAST, partial(surroundings.database_restarted, surroundings.FAST)),
        Fault("Postgres, immediate", _IMMEDIATE, partial(surroundings.database_restarted, surroundings.IMMEDIATE)),
        Fault("S3 slows down", _S3.format(Ill.SLOW_DOWN), partial(surroundings.ill_store, Ill.SLOW_DOWN)),
        Fault("S3 resets", _S3.format(Ill.RESET), partial(surroundings.ill_store, Ill.RESET)),
        Fault("S3 cuts off", _S3.format(Ill.CUT), partial(surroundings.ill_store, Ill.CUT)),
        Fault("slow embedder", _SLOW, partial(surroundings.slow_line, "embedder")),
        Fault("new certificates", _RENEWED, surroundings.certificates_renewed),
        Fault("new authority", _AUTHORITY, surroundings.authority_replaced),
        Fault("everything restarts", _ALL, processes.all_restarted),
    ]


_ROLLED = "SIGTERM to one of the two; when it serves again, to the other: a rollout"
_KILLED = "SIGKILL to one of the two while it is at work"
_FROZEN = "SIGSTOP to one of the two for longer than the gateways wait for a call, then SIGCONT"
_FROZEN_GATEWAY = "SIGSTOP to one of the two for longer than its lease, then SIGCONT"
_HANGING = "SIGSTOP to one of the two, until the liveness probe has it ended and started again"
_FULL = "the store's disk full to the last byte for a quarter of a minute; then room, and a restart of the store"
_FAST = "SIGINT to the server of both databases: transactions are undone, all is written, and it starts again"
_IMMEDIATE = "SIGQUIT to it, as after a power cut: it recovers from its log"
_S3 = "every other request to the store meets this: {}"
_SLOW = "one of the two behind a line that takes 0.3 s for every piece, then stops and goes"
_RENEWED = "everybody gets another certificate of the same authority"
_AUTHORITY = "another authority: both are believed, then it issues everything, then the first is believed no more"
_ALL = "SIGTERM to all ten processes at once"
