"""What the job database knows of those who call. No name of a person, no address, no content; no key, only digests.

Times are milliseconds since 1970 by the database's clock. Importing this module adds the tables to those that
`Database.create_tables` makes.
"""

from sqlalchemy import DDL, BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, event

from gateway.retention.tables import METADATA

DAY_MS = 24 * 3_600_000
# Nobody deletes an entry of the audit log that is younger, whatever the settings say.
AUDIT_AT_LEAST_DAYS = 30

# What has been agreed with a tenant. NULL: what the settings say for everybody.
TENANTS = Table(
    "tenants",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("create_time", BigInteger, nullable=False),
    Column("calls_per_minute", Integer),
    Column("uploads_held", Integer),
    Column("jobs_open", Integer),
    Column("pictures_per_day", Integer),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("tenant", String(64), ForeignKey(TENANTS.c.id), nullable=False),
    # SHA-256 of the whole key, which holds 256 random bits: nothing to guess, so nothing to slow down.
    Column("digest", LargeBinary, nullable=False),
    Column("create_time", BigInteger, nullable=False),
    Column("revoke_time", BigInteger),
    # To within ten minutes; says which of two keys can go.
    Column("used_time", BigInteger),
    Index("api_keys_by_tenant", "tenant"),
)

# Pictures ordered in an hour: what was ordered counts even if its job has been deleted.
ORDERED = Table(
    "pictures_ordered",
    METADATA,
    Column("tenant", String(64), ForeignKey(TENANTS.c.id), primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("pictures", Integer, nullable=False),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("time", BigInteger, nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("credential", String(64), nullable=False),
    Column("rpc", String(64), nullable=False),
    # Without the tenant: `jobs/{job}/results/3`. Empty where the call was about none.
    Column("resource", String(96), nullable=False),
    # gRPC's status code and our reason.
    Column("code", String(32), nullable=False),
    Column("reason", String(64), nullable=False),
    Index("audit_by_tenant", "tenant", "time"),
    Index("audit_by_time", "time"),
    sqlite_autoincrement=True,
)

_YOUNG_MS = AUDIT_AT_LEAST_DAYS * DAY_MS
_APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append-only'); END",
        f"""CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
            WHEN OLD.time > CAST(strftime('%%s', 'now') AS INTEGER) * 1000 - {_YOUNG_MS}
            BEGIN SELECT RAISE(ABORT, 'append-only'); END""",
    ),
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'DELETE' AND OLD.time <= extract(epoch FROM clock_timestamp()) * 1000 - {_YOUNG_MS} THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'append-only'; END $$""",
        """CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit
           FOR EACH ROW EXECUTE FUNCTION audit_append_only()""",
        """CREATE TRIGGER audit_is_whole BEFORE TRUNCATE ON audit
           FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()""",
    ),
}
for _dialect, _statements in _APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(AUDIT, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
