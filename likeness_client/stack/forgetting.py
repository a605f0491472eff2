"""Forgets everything that a stack has kept, through the same door as the gateway: keys first, absence verified,
receipts signed. `python -m likeness_client.stack.forgetting`, with the gateway's variables; prints one line of JSON.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass

from sqlalchemy import select

from gateway.keeping import keeping
from gateway.metrics import GatewayMetrics
from gateway.retention.database import Database, connect
from gateway.retention.settings import RetentionSettings
from gateway.retention.stores import open_store
from gateway.retention.tables import HOLDINGS
from gateway.vault import Vault
from likeness_wire.errors import LikenessError
from services.common import logs
from services.common.settings import load
from services.common.startup import StartupError

# A gateway that was killed still counts as working for 30 s, and no receipt is signed before.
_PATIENCE_S = 45.0


@dataclass(slots=True)
class Forgotten:
    """What is gone, and how many things could not be confirmed to be."""

    receipts: int = 0
    objects: int = 0
    size_bytes: int = 0
    unconfirmed: int = 0
    remaining_objects: int = 0


async def forget(settings: RetentionSettings) -> Forgotten:
    """Everything of everybody. What remains in the data folder are states, times and receipts."""
    done = Forgotten()
    async with keeping(settings, GatewayMetrics()) as vault:
        for tenant, holding in _live(settings):
            await _erase(vault, tenant, holding, done)
    store = open_store(settings)
    done.remaining_objects = sum(1 for _ in store.list())
    store.close()
    return done


def _live(settings: RetentionSettings) -> list[tuple[str, str]]:
    """Uploads that a job has adopted go with it."""
    database = Database(connect(settings.job_database_url()))
    try:
        with database.reading() as tx:
            live = select(HOLDINGS.c.tenant, HOLDINGS.c.id).where(HOLDINGS.c.ended_time.is_(None))
            return [(row.tenant, row.id) for row in tx.execute(live.where(HOLDINGS.c.job.is_(None)))]
    finally:
        database.engine.dispose()


async def _erase(vault: Vault, tenant: str, holding: str, done: Forgotten) -> None:
    try:
        receipt = await vault.erase(tenant, holding, _PATIENCE_S)
    except LikenessError:
        done.unconfirmed += 1
        return
    done.receipts += 1
    done.objects += sum(pile.count for pile in receipt.statement.objects)
    done.size_bytes += sum(pile.size_bytes for pile in receipt.statement.objects)


def main() -> int:
    try:
        settings = load(RetentionSettings)
        logs.set_up(settings.log_level)
        done = asyncio.run(forget(settings))
    except (StartupError, LikenessError, OSError) as error:
        sys.stderr.write(f"cannot forget: {error}\n")
        return 2
    sys.stdout.write(json.dumps(asdict(done)) + "\n")
    return 1 if done.unconfirmed or done.remaining_objects else 0


if __name__ == "__main__":
    sys.exit(main())
