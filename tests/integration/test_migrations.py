"""Migrations on a real server: from nothing, again, from many processes at once; the guard in both of its forms."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from convene.storage import migrate as migrations
from convene.storage.migrate import all_migrations, migrate, pending

# Takes the extension out of reach of the migration, as on servers that do not ship it.
HIDE_BTREE_GIST = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'extensions are not to be had here'; END $$;
CREATE EVENT TRIGGER no_extensions ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION')
EXECUTE FUNCTION refuse();
"""


def ask(url: str, query: str, *params: object) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as conn:
        return conn.execute(query, params).fetchall()


async def test_a_new_database_gets_everything_once(empty_database_url: str) -> None:
    names = [item.name for item in all_migrations()]
    assert await pending(empty_database_url) == names
    assert await migrate(empty_database_url) == names
    assert await pending(empty_database_url) == []
    assert await migrate(empty_database_url) == []


async def test_four_that_migrate_at_once_do_it_once_together(empty_database_url: str) -> None:
    done = await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))
    assert sorted(itertools.chain(*done)) == sorted(item.name for item in all_migrations())
    assert ask(empty_database_url, "SELECT count(*) FROM schema_migration") == [(len(all_migrations()),)]


async def test_a_migration_that_fails_leaves_nothing_and_the_next_run_goes_on(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = migrations.Migration("test:0001_good", "CREATE TABLE good ()")
    bad = migrations.Migration("test:0002_bad", "CREATE TABLE half (); SELECT 1/0")
    monkeypatch.setattr(migrations, "all_migrations", lambda: [good, bad])
    with pytest.raises(psycopg.errors.DivisionByZero):
        await migrate(empty_database_url)
    assert ask(empty_database_url, "SELECT to_regclass('good') IS NULL, to_regclass('half') IS NULL") == [
        (False, True)
    ]
    mended = migrations.Migration("test:0002_bad", "CREATE TABLE whole ()")
    monkeypatch.setattr(migrations, "all_migrations", lambda: [good, mended])
    assert await migrate(empty_database_url) == ["test:0002_bad"]


def guard(url: str) -> str:
    [(definition,)] = ask(
        url,
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'booking_participant_no_overlap'",
    )
    return str(definition)


async def test_the_guard_uses_plain_columns_where_btree_gist_can_be_had(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    offered = ask(empty_database_url, "SELECT FROM pg_available_extensions WHERE name = 'btree_gist'")
    assert ("lane WITH =" in guard(empty_database_url)) == bool(offered)


async def test_the_guard_uses_ranges_where_btree_gist_cannot_be_had(
    empty_database_url: str, server_url: str
) -> None:
    database = conninfo_to_dict(empty_database_url)["dbname"]
    with psycopg.connect(server_url, dbname=database, autocommit=True) as conn:
        conn.execute(HIDE_BTREE_GIST)
    await migrate(empty_database_url)
    assert "int8range(lane, lane, '[]'::text) WITH &&" in guard(empty_database_url)
    assert ask(empty_database_url, "SELECT FROM pg_extension WHERE extname = 'btree_gist'") == []
    refuses_overlaps_of_one_person_only(empty_database_url)


async def test_the_guard_refuses_overlaps_of_one_person_only(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    refuses_overlaps_of_one_person_only(empty_database_url)


def refuses_overlaps_of_one_person_only(url: str) -> None:
    """What the guard promises, whichever form it has."""
    nine = datetime(2026, 11, 23, 9, tzinfo=UTC)
    half_hour = timedelta(minutes=30)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("INSERT INTO organization VALUES ('org', 'Org', now())")
        for person in ("ana", "ben"):
            conn.execute(
                "INSERT INTO account (org_id, account_id, email, name, tzid, role, created_at)"
                " VALUES ('org', %s, %s, %s, 'UTC', 'member', now())",
                [person, f"{person}@example.com", person],
            )

        def take(booking: str, person: str, start: datetime, *, live: bool = True) -> None:
            conn.execute(
                "INSERT INTO booking (org_id, booking_id, revision, state, title, organizer_id, starts_at, ends_at,"
                " local_start, tzid, tzdata_version, changed_by, changed_at, created_at, uid)"
                " VALUES ('org', %s, 1, 'confirmed', 't', %s, %s, %s, %s, 'UTC', 'x', %s, now(), now(), %s)",
                [booking, person, start, start + half_hour, start.replace(tzinfo=None), person, booking],
            )
            conn.execute(
                "INSERT INTO booking_participant (org_id, booking_id, account_id, lane, role, during, live)"
                " SELECT 'org', %s, account_id, lane, 'organizer', tstzrange(%s, %s), %s FROM account"
                " WHERE account_id = %s",
                [booking, start, start + half_hour, live, person],
            )

        take("first", "ana", nine)
        take("after", "ana", nine + half_hour)
        take("other person", "ben", nine)
        take("cancelled", "ana", nine, live=False)
        with pytest.raises(psycopg.errors.ExclusionViolation, match="booking_participant_no_overlap"):
            take("overlapping", "ana", nine + timedelta(minutes=29))
