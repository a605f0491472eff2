"""What a name stands for: an upload or a job of the caller's, and never the one by the other's name."""

from gateway.api.refusals import not_found
from gateway.retention.holdings import Holding, Sort
from gateway.vault import Vault


async def upload_named(vault: Vault, tenant: str, upload: str) -> Holding:
    """Also one that has ended. Raises NotFound."""
    return _as(Sort.UPLOAD, await vault.find(tenant, upload))


async def job_named(vault: Vault, tenant: str, job: str) -> Holding:
    """Also one that has ended. Raises NotFound."""
    return _as(Sort.JOB, await vault.find(tenant, job))


def _as(sort: Sort, holding: Holding) -> Holding:
    if holding.sort is not sort:
        raise not_found()
    return holding
