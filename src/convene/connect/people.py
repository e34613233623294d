"""People as colleagues see them. The identity layer keeps them; Connect only reads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from convene.connect.views import View
from convene.core.errors import NotFound
from convene.identity.sessions import IDLE
from convene.storage.database import Connection, fetch_all, fetch_one
from convene.storage.named_sql import load

SQL = load("people", "convene.connect.queries")


@dataclass(frozen=True, slots=True)
class Person:
    sub: str
    name: str
    title: str
    pronouns: str
    tzid: str
    role: str
    email: str
    phone: str
    sharing: str
    suspended: bool


@dataclass(frozen=True, slots=True)
class Organization:
    org_id: str
    name: str


@dataclass(frozen=True, slots=True)
class _Session:
    org_id: str
    session_id: str


def view(person: Person) -> View:
    """Return a person as events show them: the same for everybody, without presence."""
    return {
        "sub": person.sub,
        "name": person.name,
        "title": person.title,
        "pronouns": person.pronouns,
        "tzid": person.tzid,
        "role": person.role,
        "is_suspended": person.suspended,
    }


def view_for(person: Person, viewer: str, present: dict[str, Any]) -> View:
    """Return a person as `viewer` sees them now; `present` comes from `presence.Board.of`."""
    return {**view(person), **present, "is_me": person.sub == viewer}


async def list_people(conn: Connection, org_id: str) -> list[Person]:
    """Return everybody of an organisation by name, suspended people too: their messages stay."""
    return await fetch_all(conn, SQL["list_people"], {"org_id": org_id}, Person)


async def list_some(conn: Connection, org_id: str, account_ids: Collection[str]) -> list[Person]:
    """Return those of `account_ids` who exist, by name."""
    return await fetch_all(
        conn, SQL["list_some_people"], {"org_id": org_id, "account_ids": list(account_ids)}, Person
    )


async def get_person(conn: Connection, org_id: str, account_id: str) -> Person:
    """Return one person; raises `NotFound`."""
    found = await list_some(conn, org_id, [account_id])
    if not found:
        raise NotFound("There is no such person here.")
    return found[0]


async def get_organization(conn: Connection, org_id: str) -> Organization:
    found = await fetch_one(conn, SQL["find_organization"], {"org_id": org_id}, Organization)
    if found is None:
        raise NotFound("There is no such organisation.")
    return found


async def live_sessions(conn: Connection, session_ids: Collection[str], now: datetime) -> set[str]:
    """Return which of these sessions may still be used: not ended, not expired, the person not suspended."""
    asked = {"session_ids": list(session_ids), "now": now, "idle_since": now - IDLE}
    rows = await fetch_all(conn, SQL["list_live_sessions"], asked, _Session)
    return {row.session_id for row in rows}
