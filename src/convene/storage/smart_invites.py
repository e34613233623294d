"""Rows of `smart_invite` and `smart_invite_person`: invitations that applications mail, and what people answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

_SQL = load("smart_invites")


@dataclass(frozen=True, slots=True)
class InviteRow:
    """An invitation. `recipient_email` is "" where several are invited together; `event` is as the API shows it."""

    org_id: str
    client_id: str
    smart_invite_id: str
    recipient_email: str
    invite_uid: str
    method: str
    sequence: int
    callback_url: str
    organizer: dict[str, Any] | None
    event: dict[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class InvitedRow:
    """Somebody who was invited, or answered without having been (`is_recipient` false)."""

    email: str
    is_recipient: bool
    position: int
    status: str
    comment: str
    proposal: dict[str, Any] | None
    reply_sequence: int | None
    replied_at: datetime | None


async def lock_invite(
    conn: Connection, org_id: str, client_id: str, smart_invite_id: str, recipient_email: str
) -> InviteRow | None:
    """Return an application's invitation, locked, by its own name and whose it is."""
    params = {
        "org_id": org_id,
        "client_id": client_id,
        "smart_invite_id": smart_invite_id,
        "recipient_email": recipient_email,
    }
    return await fetch_one(conn, _SQL["lock_invite"], params, InviteRow)


async def find_invite(
    conn: Connection, org_id: str, client_id: str, smart_invite_id: str, email: str
) -> InviteRow | None:
    """Return the invitation of this person; without `email` the one to several."""
    params = {
        "org_id": org_id,
        "client_id": client_id,
        "smart_invite_id": smart_invite_id,
        "email": email,
    }
    return await fetch_one(conn, _SQL["find_invite"], params, InviteRow)


async def lock_by_uid(conn: Connection, org_id: str, invite_uid: str) -> InviteRow | None:
    """Return the invitation with this UID, of whatever application of the organisation, locked."""
    params = {"org_id": org_id, "invite_uid": invite_uid}
    return await fetch_one(conn, _SQL["lock_by_uid"], params, InviteRow)


async def insert_invite(
    conn: Connection,
    *,
    org_id: str,
    client_id: str,
    smart_invite_id: str,
    recipient_email: str,
    invite_uid: str,
    callback_url: str,
    organizer: Mapping[str, Any] | None,
    event: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Store a new invitation; False if there is one of this name already."""
    params = {
        "org_id": org_id,
        "client_id": client_id,
        "smart_invite_id": smart_invite_id,
        "recipient_email": recipient_email,
        "invite_uid": invite_uid,
        "callback_url": callback_url,
        "organizer": None if organizer is None else Jsonb(dict(organizer)),
        "event": Jsonb(dict(event)),
        "now": now,
    }
    return await execute(conn, _SQL["insert_invite"], params) == 1


async def update_invite(conn: Connection, row: InviteRow) -> None:
    """Store a changed invitation (`updated_at` is the present)."""
    params = {
        "org_id": row.org_id,
        "invite_uid": row.invite_uid,
        "method": row.method,
        "sequence": row.sequence,
        "callback_url": row.callback_url,
        "organizer": None if row.organizer is None else Jsonb(row.organizer),
        "event": Jsonb(row.event),
        "now": row.updated_at,
    }
    await execute(conn, _SQL["update_invite"], params)


async def list_people(conn: Connection, row: InviteRow) -> list[InvitedRow]:
    """Return who was invited, in order, then who else answered."""
    params = {"org_id": row.org_id, "invite_uid": row.invite_uid}
    return await fetch_all(conn, _SQL["list_people"], params, InvitedRow)


async def invite_people(conn: Connection, row: InviteRow, emails: Sequence[str]) -> None:
    """Invite these people; who is invited already keeps the answer given."""
    params = {"org_id": row.org_id, "invite_uid": row.invite_uid, "emails": list(emails)}
    await execute(conn, _SQL["invite_people"], params)


async def remove_people(conn: Connection, row: InviteRow, emails: Collection[str]) -> int:
    params = {"org_id": row.org_id, "invite_uid": row.invite_uid, "emails": list(emails)}
    return await execute(conn, _SQL["remove_people"], params)


async def ask_again(conn: Connection, row: InviteRow) -> None:
    """Forget all answers, and those on their way to versions before `row.sequence`."""
    params = {"org_id": row.org_id, "invite_uid": row.invite_uid, "sequence": row.sequence}
    await execute(conn, _SQL["ask_again"], params)


async def store_reply(conn: Connection, row: InviteRow, person: InvitedRow) -> None:
    """Store what somebody answered; who was not invited is kept as such."""
    await execute(
        conn,
        _SQL["store_reply"],
        {
            "org_id": row.org_id,
            "invite_uid": row.invite_uid,
            "email": person.email,
            "status": person.status,
            "comment": person.comment,
            "proposal": None if person.proposal is None else Jsonb(person.proposal),
            "sequence": person.reply_sequence,
            "replied_at": person.replied_at,
        },
    )
