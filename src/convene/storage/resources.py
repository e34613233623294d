"""Rooms and other things that are booked: accounts of kind `resource` with their details."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import errors

from convene.core.errors import Conflict
from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_one
from convene.storage.named_sql import load

SQL = load("resources")


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """One room. `seats` is None where nobody counted them; `email` is unique among the organisation's rooms."""

    account_id: str
    name: str
    email: str
    tzid: str
    seats: int | None
    place: str
    equipment: list[str]
    created_at: datetime


async def insert_resource(conn: Connection, org_id: str, room: ResourceRow) -> None:
    """Add a room. Raises `Conflict` (`email_taken`) if another one has its address."""
    params = {**_params(org_id, room), "now": room.created_at}
    await _unique_email(conn, "insert_account", params)
    await execute(conn, SQL["insert_detail"], params)


async def list_resources(conn: Connection, org_id: str) -> list[ResourceRow]:
    """Return an organisation's rooms by name."""
    return await fetch_all(conn, SQL["list_resources"], {"org_id": org_id}, ResourceRow)


async def find_resource(conn: Connection, org_id: str, account_id: str) -> ResourceRow | None:
    return await fetch_one(
        conn, SQL["find_resource"], {"org_id": org_id, "account_id": account_id}, ResourceRow
    )


async def lock_resource(conn: Connection, org_id: str, account_id: str) -> bool:
    """Let nobody else change or book the room before this transaction ends; False if there is none."""
    params = {"org_id": org_id, "account_id": account_id}
    return await fetch_dict(conn, SQL["lock_resource"], params) is not None


async def update_resource(conn: Connection, org_id: str, room: ResourceRow) -> None:
    """Store all fields. Raises `Conflict` (`email_taken`) if another room has the address."""
    await _unique_email(conn, "update_account", _params(org_id, room))
    await execute(conn, SQL["update_detail"], _params(org_id, room))


async def retire(conn: Connection, org_id: str, account_id: str, now: datetime) -> None:
    """Take a room out of use: it is listed and booked no more, and its holds are over."""
    params = {"org_id": org_id, "account_id": account_id, "now": now}
    await execute(conn, SQL["release_holds"], params)
    await execute(conn, SQL["retire"], params)


async def _unique_email(conn: Connection, statement: str, params: dict[str, object]) -> None:
    try:
        async with conn.transaction():
            await execute(conn, SQL[statement], params)
    except errors.UniqueViolation as error:
        if error.diag.constraint_name != "account_resource_email":
            raise
        raise Conflict(
            "There is a room with this e-mail address already. Use another address.", code="email_taken"
        ) from error


def _params(org_id: str, room: ResourceRow) -> dict[str, object]:
    return {
        "org_id": org_id,
        "account_id": room.account_id,
        "name": room.name,
        "email": room.email,
        "tzid": room.tzid,
        "seats": room.seats,
        "place": room.place,
        "equipment": room.equipment,
    }
