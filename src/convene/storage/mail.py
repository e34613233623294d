"""Mail that is to be sent or was, and how far mailboxes have been read. The rows are the truth; jobs only say when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.ports.mail import Position
from convene.storage.database import Connection, execute, fetch_all, fetch_dicts, fetch_one
from convene.storage.named_sql import load

_SQL = load("mail")


@dataclass(frozen=True, slots=True)
class NewMail:
    """Something to be sent. `about` tells it from others to the same person with the same SEQUENCE and method."""

    org_id: str
    mail_id: str
    booking_id: str
    recipient_id: str
    email: str
    kind: str
    method: str
    sequence: int
    content: Mapping[str, Any]
    about: str = ""


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail that somebody has claimed."""

    org_id: str
    mail_id: str
    booking_id: str
    recipient_id: str
    email: str
    kind: str
    method: str
    sequence: int
    about: str
    content: dict[str, Any]
    state: str
    attempts: int
    unknowns: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MailState:
    """What became of the newest mail to somebody."""

    recipient_id: str
    email: str
    kind: str
    state: str
    error_detail: str
    created_at: datetime
    sent_at: datetime | None
    next_try_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailboxState:
    name: str
    read_at: datetime | None
    error_detail: str


@dataclass(frozen=True, slots=True)
class Figures:
    waiting: int
    failed: int


async def insert_mail(conn: Connection, new: NewMail, now: datetime) -> bool:
    """Add a mail to be sent; False if that very mail is there already."""
    params = {
        "org_id": new.org_id,
        "mail_id": new.mail_id,
        "booking_id": new.booking_id,
        "recipient_id": new.recipient_id,
        "email": new.email,
        "kind": new.kind,
        "method": new.method,
        "sequence": new.sequence,
        "about": new.about,
        "content": Jsonb(dict(new.content)),
        "now": now,
    }
    return await execute(conn, _SQL["insert_mail"], params) == 1


async def supersede(conn: Connection, org_id: str, booking_id: str, recipient_id: str) -> None:
    """Leave unsent what waits to be told somebody about a meeting: there is something newer to be told."""
    params = {"org_id": org_id, "booking_id": booking_id, "recipient_id": recipient_id}
    await execute(conn, _SQL["supersede"], params)


async def count_to(conn: Connection, org_id: str, email: str, since: datetime) -> int:
    """Return how many mails an address was to be sent since an instant."""
    params = {"org_id": org_id, "email": email, "since": since}
    return int((await fetch_dicts(conn, _SQL["count_to"], params))[0]["n"])


async def claim(
    conn: Connection, org_id: str, mail_id: str, now: datetime, until: datetime
) -> MailRow | None:
    """Claim a mail that is due, until an instant; None if it is not due, or another's."""
    params = {"org_id": org_id, "mail_id": mail_id, "now": now, "until": until}
    return await fetch_one(conn, _SQL["claim"], params, MailRow)


async def settle(
    conn: Connection,
    row: MailRow,
    state: str,
    *,
    error_detail: str = "",
    next_try_at: datetime | None = None,
    sent_at: datetime | None = None,
    unknowns: int | None = None,
) -> None:
    """Write down what became of a claimed mail."""
    params = {
        "org_id": row.org_id,
        "mail_id": row.mail_id,
        "attempts": row.attempts,
        "state": state,
        "error_detail": error_detail,
        "next_try_at": next_try_at,
        "sent_at": sent_at,
        "unknowns": row.unknowns if unknowns is None else unknowns,
    }
    await execute(conn, _SQL["settle"], params)


async def list_due(conn: Connection, now: datetime) -> Sequence[tuple[str, str]]:
    """Return (organisation, mail) of up to 200 mails that wait to be sent, or whose claim has ended."""
    rows = await fetch_dicts(conn, _SQL["list_due"], {"now": now})
    return [(row["org_id"], row["mail_id"]) for row in rows]


async def list_of_booking(conn: Connection, org_id: str, booking_id: str) -> Mapping[str, MailState]:
    """Return what became of the newest mail about a meeting, by recipient."""
    params = {"org_id": org_id, "booking_id": booking_id}
    rows = await fetch_all(conn, _SQL["list_of_booking"], params, MailState)
    return {row.recipient_id: row for row in rows}


async def figures(conn: Connection, since: datetime) -> Figures:
    """Return how many mails wait, and how many since an instant could not be sent, in all organisations."""
    found = await fetch_one(conn, _SQL["figures"], {"since": since}, Figures)
    assert found is not None
    return found


async def prune(conn: Connection, before: datetime) -> None:
    """Forget mail that was settled long ago."""
    await execute(conn, _SQL["prune"], {"before": before})


async def claim_mailbox(conn: Connection, name: str, now: datetime, until: datetime) -> Position | None:
    """Claim a mailbox that is due to be read, and return where its reading goes on; None if it is not due."""
    params = {"name": name, "now": now, "until": until}
    return await fetch_one(conn, _SQL["claim_mailbox"], params, Position)


async def move_mailbox(conn: Connection, name: str, to: Position, now: datetime) -> None:
    """Say that everything up to a position is settled."""
    params = {"name": name, "uid_validity": to.uid_validity, "last_uid": to.last_uid, "now": now}
    await execute(conn, _SQL["move_mailbox"], params)


async def mailbox_failed(conn: Connection, name: str, error_detail: str) -> None:
    await execute(conn, _SQL["mailbox_failed"], {"name": name, "error_detail": error_detail})


async def mailbox_again(conn: Connection, name: str, now: datetime) -> None:
    """Let a mailbox be read on at once."""
    await execute(conn, _SQL["mailbox_again"], {"name": name, "now": now})


async def list_mailboxes(conn: Connection) -> list[MailboxState]:
    return await fetch_all(conn, _SQL["list_mailboxes"], None, MailboxState)
