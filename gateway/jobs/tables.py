"""What the job database knows of jobs, beside the ledger's tables: opaque ids, states, times, counts, reasons.

A job's deadline and its end are those of its holding: they are not written down twice. Times are milliseconds since
1970 by the database's clock. Importing this module adds the tables to those that `Database.create_tables` makes.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from gateway.retention.tables import HOLDINGS, METADATA

JOBS = Table(
    "jobs",
    METADATA,
    Column("id", String(64), ForeignKey(HOLDINGS.c.id), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("create_time", BigInteger, nullable=False),
    # When the queue got it.
    Column("submit_time", BigInteger),
    Column("start_time", BigInteger),
    Column("end_time", BigInteger),
    Column("reason", String(64)),
    # Which run of it may write. Set while it runs; what is left by a run that died is counted as a recovery.
    Column("claim", String(64)),
    Column("executor", String(64)),
    Column("recoveries", Integer, nullable=False, server_default="0"),
    Column("events", BigInteger, nullable=False, server_default="0"),
    Index("jobs_latest_first", "tenant", "create_time", "id"),
    Index("jobs_to_submit", "submit_time", "state"),
    Index("jobs_by_executor", "executor"),
)

JOB_EVENTS = Table(
    "job_events",
    METADATA,
    Column("job", String(64), ForeignKey(JOBS.c.id), primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("key", String(64), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("job_events_once", "job", "key", unique=True),
)
