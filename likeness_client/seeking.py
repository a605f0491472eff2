"""Many seeds tried small, and those that come nearest."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

from likeness.gateway.v1.gateway_pb2 import FindSeedRequest
from likeness.gateway.v1.seed_pb2 import SeedCandidate

from likeness_client.connection import LONGEST_STREAM_S, Connection, ended
from likeness_client.looks import look
from likeness_client.values.basics import Drift
from likeness_client.values.mirror import read
from likeness_client.values.server import Seed
from likeness_wire import resend


async def seek(connection: Connection, request: FindSeedRequest, heard: Callable[[Seed], None]) -> list[Seed]:
    """Made again only while nothing has come: another attempt may draw other seeds."""
    found: dict[int, Seed] = {}

    def attempt() -> AsyncIterator[Any]:
        return connection.stream(connection.stub.FindSeed, request, LONGEST_STREAM_S)

    async with ended(resend.answers(attempt, connection.patience)) as messages:
        async for message in messages:
            if message.HasField("ranking"):
                return [found.get(each.seed, _seed(each)) for each in message.ranking.candidates]
            if not message.HasField("candidate"):
                continue
            seed = _seed(message.candidate)
            if message.candidate.has_preview:
                seed = replace(seed, preview=await look(messages))
            found[seed.seed] = seed
            heard(seed)
    return []


def _seed(candidate: SeedCandidate) -> Seed:
    return Seed(candidate.seed, read(Drift, candidate.drift) if candidate.HasField("drift") else None)
