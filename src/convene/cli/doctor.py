"""`convene doctor`: looks at every part of an installation and says what to do about what it finds."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import asdict
from importlib import resources

import psycopg

from convene.cli.admin import database_address, present
from convene.cli.doctor_mail import post, servers
from convene.cli.output import Output
from convene.core.errors import ConveneError
from convene.doctor import Check, machine, sign_ins
from convene.identity.installation import WrongSealingKey, check_sealing_key
from convene.security.sealing import Sealer
from convene.settings import Settings, SettingsError
from convene.settings.data_dir import KEY_FILE
from convene.storage import accounts, audit, health, installation
from convene.storage.database import Connection, Database
from convene.storage.migrate import pending

OLDEST_VERSION = 150000
MAX_SKEW_SECONDS = 2.0


def examine(settings: Settings, output: Output) -> int:
    """Print all findings; return 1 if anything does not work."""
    checks = [*_settings(settings), _data_dir(settings), *_front_end()]
    database_dir = settings.database_dir if settings.is_embedded else None
    checks += machine(
        settings.data_dir, database_dir, settings.postgres_bin, settings.allow_private_targets, present()
    )
    clouds = {"google": settings.google.client_id, "microsoft": settings.microsoft.client_id}
    checks.append(sign_ins(settings.base_url, [kind for kind, known in clouds.items() if known]))
    checks += asyncio.run(servers(settings.mail))
    try:
        with database_address(settings) as conninfo:
            checks += asyncio.run(_collect(settings, conninfo))
    except (ConveneError, SettingsError) as error:
        checks.append(Check("database", "failed", str(error)))
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        checks.append(Check("database", "failed", reason, "Check DATABASE_URL and that the server runs."))
    has_failed = any(check.state == "failed" for check in checks)
    output.answer({"ok": not has_failed, "checks": [asdict(check) for check in checks]}, _text(checks))
    return 1 if has_failed else 0


def _text(checks: list[Check]) -> str:
    lines = []
    for check in checks:
        mark = {"ok": "ok", "warning": "look", "failed": "FAIL"}[check.state]
        lines.append(f"{mark:4}  {check.name:15} {check.detail}")
        if check.remedy:
            lines.append(f"      {'':15} -> {check.remedy}")
    return "\n".join(lines)


def _settings(settings: Settings) -> list[Check]:
    found = [Check("settings", "warning", warning) for warning in settings.warnings]
    return found or [Check("settings", "ok", f"public address {settings.base_url}")]


def _data_dir(settings: Settings) -> Check:
    path = settings.data_dir
    key = path / KEY_FILE
    if settings.given_keys:
        return Check("sealing key", "ok", f"CONVENE_SECRET_KEY ({len(settings.given_keys)} given)")
    if not key.exists():
        return Check("sealing key", "ok", f"{key} will be made at first start")
    if stat.S_IMODE(key.stat().st_mode) & 0o077:
        return Check("sealing key", "failed", f"{key} can be read by others", f"Run: chmod 600 {key}")
    if not os.access(key, os.R_OK):
        return Check("sealing key", "failed", f"{key} cannot be read", "Run as the user who owns it.")
    return Check(
        "sealing key", "ok", f"{key}: keep a copy with your backups, credentials are lost without it"
    )


def _front_end() -> list[Check]:
    if resources.files("convene").joinpath("web_dist", "index.html").is_file():
        return [Check("pages", "ok", "the front end is built")]
    remedy = "Run make setup, or install a released wheel, which contains it."
    return [Check("pages", "warning", "the front end is not built; the API works without it", remedy)]


async def _collect(settings: Settings, conninfo: str) -> list[Check]:
    missing = await pending(conninfo)  # the first to connect, so that it says why it cannot
    db = Database(conninfo, max_size=2)
    await db.open()
    try:
        return [check async for check in _database(settings, db, missing)]
    finally:
        await db.close()


async def _database(settings: Settings, db: Database, missing: list[str]) -> AsyncIterator[Check]:
    async with db.connection() as conn:
        before = present()
        facts = await installation.facts(conn)
        skew = (facts.now - before).total_seconds()
    kind = "embedded" if settings.is_embedded else "DATABASE_URL"
    if facts.version_number < OLDEST_VERSION:
        yield Check(
            "database", "failed", f"PostgreSQL {facts.version} is too old", "Use version 15 or later."
        )
        return
    yield Check("database", "ok", f"PostgreSQL {facts.version} ({kind})")
    if abs(skew) > MAX_SKEW_SECONDS:
        remedy = "Run a time service (NTP) on both machines."
        yield Check("clock", "warning", f"the database's clock differs by {skew:.1f} s", remedy)
    else:
        yield Check("clock", "ok", "the same as the database's")
    if missing:
        detail = f"{len(missing)} migrations have not run"
        yield Check("schema", "warning", detail, "Run: convene migrate (serve does it by itself).")
        return
    guard = "with btree_gist" if facts.has_btree_gist else "without btree_gist"
    if facts.has_guard:
        yield Check("schema", "ok", f"the newest; double bookings are excluded ({guard})")
    else:
        remedy = "Add it again as docs/how-to/postgresql.md shows under “Moving between servers”."
        yield Check("schema", "failed", "the constraint against double bookings is missing", remedy)
    yield await _sealing(settings, db)
    async with db.connection() as conn:
        async for check in _contents(conn):
            yield check


async def _sealing(settings: Settings, db: Database) -> Check:
    try:
        await check_sealing_key(db, Sealer(settings.sealing_keys()))
    except (WrongSealingKey, SettingsError) as error:
        return Check("credentials", "failed", str(error))
    return Check("credentials", "ok", "the sealing key opens what is stored")


async def _contents(conn: Connection) -> AsyncIterator[Check]:
    organizations = await accounts.list_organizations(conn)
    if not organizations:
        remedy = "Run: convene admin create-user --email you@example.com --name You --tzid Europe/London"
        yield Check("people", "warning", "nobody can sign in yet", remedy)
    for organization in organizations:
        owners = await accounts.count_other_owners(conn, organization.org_id, "")
        if owners == 0:
            remedy = "Run: convene admin create-user; an organisation's first account is made its owner."
            yield Check("people", "warning", f"{organization.name} has no owner", remedy)
        broken = await audit.first_broken(conn, organization.org_id)
        if broken is not None:
            detail = f"{organization.name}: entry {broken} was changed or removed behind Convene's back"
            yield Check(
                "audit log",
                "failed",
                detail,
                "Compare it with a backup; somebody had access to the database.",
            )
        else:
            yield Check("audit log", "ok", f"{organization.name}: the chain holds")
    workers = await installation.live_workers(conn)
    if workers:
        yield Check("worker", "ok", f"{workers} running")
    else:
        yield Check(
            "worker", "warning", "none has run within a minute", "Run: convene serve (or convene worker)."
        )
    async for check in post(conn):
        yield check
    figures = await health.figures(conn, present())
    for name, words, remedy in (
        (
            "jobs_stalled",
            "jobs belong to workers that are gone",
            "A running worker takes them over within a minute: convene serve (or convene worker).",
        ),
        ("jobs_failed", "jobs were put aside", "Look for their errors in the worker's log."),
        (
            "calendar_writes_failed",
            "meetings could not be written to a calendar",
            "Their cards tell whose and why.",
        ),
        (
            "connections_needing_attention",
            "calendars need their owner",
            "Their owners are told on their pages.",
        ),
    ):
        if figures.get(name):
            yield Check("work", "warning", f"{figures[name]:.0f} {words}", remedy)
