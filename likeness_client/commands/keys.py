"""`likeness keys`: who may call a gateway. Works on its job database, so it needs the gateway's LIKENESS_ variables."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from likeness_client.failure import needs_extra
from likeness_client.output import show_json, show_table

if TYPE_CHECKING:
    from gateway.retention.database import Database
    from gateway.tenants.keys import KeyFacts

app = typer.Typer(no_args_is_help=True, help="Who may call a gateway: create, list, revoke, limits.")

Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="A word of a-z, 0-9 and -.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Limit = Annotated[int | None, typer.Option(min=0, help="0 is none at all; unset stays as it is.")]


@app.callback()
def keys() -> None:
    """Who may call a gateway. Reads the gateway's own variables: LIKENESS_DATABASE_URL, or LIKENESS_DATA_DIR."""


@app.command()
def create(tenant: Tenant, as_json: AsJson = False) -> None:
    """Make an API key. It is shown this once and cannot be found out again. A tenant has at most two live ones, so that
    it can change over from one to the next."""
    with _database() as database:
        from gateway.tenants.keys import ApiKeys

        made = ApiKeys(database).create(tenant)
    if as_json:
        show_json({"id": made.id, "tenant": made.tenant, "key": made.key})
    else:
        typer.echo(made.key)
        typer.echo(f"The key {made.id} of {made.tenant}. Keep it now: only its digest is stored.", err=True)


@app.command("list")
def list_keys(
    tenant: Annotated[str | None, typer.Argument(metavar="[TENANT]", help="Only this one's.")] = None,
    as_json: AsJson = False,
) -> None:
    """List keys, live and revoked, and when each was last used (to within ten minutes)."""
    with _database() as database:
        from gateway.tenants.keys import ApiKeys

        found = ApiKeys(database).list(tenant)
    if as_json:
        show_json({"keys": [_as_json(key) for key in found]})
    else:
        columns = ("key", "tenant", "created", "last used", "revoked")
        show_table(columns, [_row(key) for key in found])


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Its id, as `list` shows it.")], as_json: AsJson = False
) -> None:
    """Revoke a key. From the next call on it opens nothing, in every gateway; calls that are open go on."""
    with _database() as database:
        from gateway.tenants.keys import ApiKeys, id_of

        revoked = ApiKeys(database).revoke(id_of(key))
    if as_json:
        show_json(_as_json(revoked))
    else:
        typer.echo(f"{revoked.id} of {revoked.tenant} opens nothing since {_time(revoked.revoke_time)}")


@app.command()
def limits(
    tenant: Tenant,
    calls_per_minute: Limit = None,
    uploads_held: Limit = None,
    jobs_open: Limit = None,
    pictures_per_day: Limit = None,
    as_usual: Annotated[bool, typer.Option("--as-usual", help="Back to what the settings say, for all four.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what was agreed with a tenant, and change it where options say so."""
    with _database() as database:
        from gateway.tenants.agreements import Agreement, Agreements

        agreements = Agreements(database)
        given = Agreement(calls_per_minute, uploads_held, jobs_open, pictures_per_day)
        changes = {name: value for name, value in asdict(given).items() if value is not None}
        if changes or as_usual:
            agreements.change(tenant, replace(Agreement() if as_usual else agreements.find(tenant), **changes))
        agreed = asdict(agreements.find(tenant))
    if as_json:
        show_json({"tenant": tenant, **agreed})
    else:
        show_table(("limit", ">agreed"), [(name, _agreed(value)) for name, value in agreed.items()])


@contextmanager
def _database() -> "Iterator[Database]":
    with needs_extra("gateway"):
        import gateway.tenants.tables  # noqa: F401 - so that they are made too
        from gateway.retention.database import Database, connect
        from gateway.retention.settings import RetentionSettings
        from services.common.settings import load
    database = Database(connect(load(RetentionSettings).job_database_url()))
    try:
        database.create_tables()
        yield database
    finally:
        database.engine.dispose()


def _row(key: "KeyFacts") -> tuple[str, ...]:
    return key.id, key.tenant, _time(key.create_time), _time(key.used_time), _time(key.revoke_time)


def _as_json(key: "KeyFacts") -> dict[str, Any]:
    times = {"created": key.create_time, "last_used": key.used_time, "revoked": key.revoke_time}
    return {"id": key.id, "tenant": key.tenant, **{name: _time(value) or None for name, value in times.items()}}


def _time(millis: int | None) -> str:
    return "" if millis is None else datetime.fromtimestamp(millis / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _agreed(value: int | None) -> str:
    return "as usual" if value is None else str(value)
