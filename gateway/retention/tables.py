"""What the job database knows of what we hold: opaque ids, states, times and counts. Nothing of a face, ever.

A *holding* is what one data key opens: the photos and the identity of an upload, or the records and results of a job.
Times are milliseconds since 1970 by the database's clock.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, text

METADATA = MetaData()

_ID = String(64)

HOLDINGS = Table(
    "holdings",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("sort", String(8), nullable=False),  # upload or job
    Column("state", String(16), nullable=False),
    # The job that adopted this upload.
    Column("job", _ID, ForeignKey("holdings.id")),
    Column("first_byte_time", BigInteger, nullable=False),
    Column("hard_expire_time", BigInteger, nullable=False),
    Column("expire_time", BigInteger, nullable=False),
    # When an upload that is still arriving is taken for abandoned.
    Column("give_up_time", BigInteger),
    # From here on nothing is read and nothing added.
    Column("ended_time", BigInteger),
    Column("cause", String(16)),
    Column("key_destroyed_time", BigInteger),
    Column("calls_ended_time", BigInteger),
    Column("objects_gone_time", BigInteger),
    Column("verified_absent_time", BigInteger),
    # How often erasing failed, and when it is tried again.
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("retry_time", BigInteger, nullable=False, server_default="0"),
    Index("holdings_by_job", "job"),
    Index("holdings_by_deadline", "ended_time", "expire_time"),
    Index("holdings_to_erase", "verified_absent_time", "retry_time"),
)

OBJECTS = Table(
    "objects",
    METADATA,
    Column("name", String(129), primary_key=True),
    Column("holding", _ID, ForeignKey("holdings.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("index", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("stored_time", BigInteger),  # unset while it is being written
    Index("objects_by_holding", "holding"),
    # A place is filled once: what comes first stays.
    Index(
        "objects_stored_once",
        "holding",
        "kind",
        "index",
        unique=True,
        sqlite_where=text("stored_time IS NOT NULL"),
        postgresql_where=text("stored_time IS NOT NULL"),
    ),
)

PROCESSES = Table(
    "processes",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("lease_time", BigInteger, nullable=False),
)

# Which process still works with which holding.
CALLS = Table(
    "calls",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("holding", _ID, ForeignKey("holdings.id"), nullable=False),
    Column("process", _ID, nullable=False),
    Index("calls_by_holding", "holding"),
    Index("calls_by_process", "process"),
)

RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("holding", _ID, primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("statement", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("key_id", String(16), nullable=False),
    Index("receipts_in_order", "tenant", "sequence", unique=True),
)

# The end of each tenant's chain of receipts.
CHAINS = Table(
    "chains",
    METADATA,
    Column("tenant", String(64), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

# Every key that receipts were ever signed with.
RECEIPT_KEYS = Table(
    "receipt_keys",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("first_used_time", BigInteger, nullable=False),
)

# One row per duty that one process has at a time.
DUTIES = Table(
    "duties",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("process", _ID, nullable=False),
    Column("lease_time", BigInteger, nullable=False),
)
