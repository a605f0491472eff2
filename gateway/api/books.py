"""What the API writes down in the job database, in one place."""

from dataclasses import dataclass

from gateway.api.consents import Consents
from gateway.api.requests import Requests
from gateway.offload import Threads
from gateway.retention.database import Database
from gateway.tenants.quotas import Quotas


@dataclass(frozen=True, slots=True)
class Books:
    """All of them block, and belong on the threads."""

    database: Database
    threads: Threads
    requests: Requests
    consents: Consents
    quotas: Quotas

    async def now(self) -> int:
        """Milliseconds since 1970, by the clock that deadlines are measured by."""
        return await self.threads(self.database.now)
