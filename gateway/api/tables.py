"""What the API keeps in the job database, beside the ledger's tables and the jobs'.

Importing this module adds the tables to those that `Database.create_tables` makes.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table

from gateway.jobs.tables import JOBS
from gateway.retention.tables import METADATA

# Which request made which job. Goes with the job.
JOB_REQUESTS = Table(
    "job_requests",
    METADATA,
    Column("tenant", String(64), primary_key=True),
    Column("request_id", String(36), primary_key=True),
    # Keyed: the request has words of its own in it.
    Column("digest", LargeBinary, nullable=False),
    # Bound just before the job is enlisted, in the same transaction.
    Column("job", ForeignKey(JOBS.c.id, ondelete="CASCADE", deferrable=True, initially="DEFERRED"), nullable=False),
    Index("job_requests_by_job", "job"),
)

# What people agreed to, in the callers' opaque words. Outlives everything it is about.
CONSENTS = Table(
    "consents",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("tenant", String(64), nullable=False),
    # jobs/… or, where seeds were tried out, uploads/….
    Column("about", String(80), nullable=False),
    Column("subject", String(16), nullable=False),
    Column("reference", String(128), nullable=False),
    Column("purpose", String(128), nullable=False),
    Column("policy_version", String(128), nullable=False),
    Column("give_time", BigInteger, nullable=False),
    Column("record_time", BigInteger, nullable=False),
    Index("consents_in_order", "tenant", "record_time"),
    Index("consents_by_subject", "about"),
)
