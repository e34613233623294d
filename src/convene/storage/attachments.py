"""Files that applications attach to events, and which events name them.

Lock order: the calendar of the event, then files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from convene.storage.calendars import Calendar
from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_one
from convene.storage.named_sql import load

_SQL = load("attachments")


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A file to be kept. `token` is sealed, `token_hash` what it is found by."""

    org_id: str
    client_id: str
    attachment_id: str
    file_name: str
    content_type: str
    md5: str
    content: bytes = field(repr=False)
    token: bytes = field(repr=False)
    token_hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NamedAttachment:
    """A file as events name it. `token` is sealed."""

    attachment_id: str
    file_name: str
    content_type: str
    md5: str
    token: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file as it is opened."""

    file_name: str
    content_type: str
    content: bytes = field(repr=False)


async def lock_total(conn: Connection, org_id: str, client_id: str) -> int:
    """Lock an application's files against additions; return how many bytes they have."""
    params = {"org_id": org_id, "client_id": client_id}
    await execute(conn, _SQL["lock_client"], params)
    row = await fetch_dict(conn, _SQL["total_size"], params)
    assert row is not None
    return int(row["total"])


async def insert_attachment(conn: Connection, new: NewAttachment, now: datetime) -> None:
    """Keep a file that no event names yet."""
    params = {
        "org_id": new.org_id,
        "client_id": new.client_id,
        "attachment_id": new.attachment_id,
        "file_name": new.file_name,
        "content_type": new.content_type,
        "md5": new.md5,
        "size": len(new.content),
        "content": new.content,
        "token": new.token,
        "token_hash": new.token_hash,
        "now": now,
    }
    await execute(conn, _SQL["insert_attachment"], params)


async def lock_named(
    conn: Connection, org_id: str, client_id: str, attachment_ids: Sequence[str]
) -> list[NamedAttachment]:
    """Lock and return those of the files that are the application's."""
    params = {"org_id": org_id, "client_id": client_id, "attachment_ids": list(attachment_ids)}
    return await fetch_all(conn, _SQL["lock_named"], params, NamedAttachment)


async def set_event(
    conn: Connection, calendar: Calendar, remote_id: str, attachment_ids: Sequence[str]
) -> None:
    """Say which files an event names from now on. The files are locked."""
    params = {
        "org_id": calendar.org_id,
        "calendar_id": calendar.calendar_id,
        "remote_id": remote_id,
        "attachment_ids": list(attachment_ids),
    }
    await execute(conn, _SQL["clear_event"], params)
    if attachment_ids:
        await execute(conn, _SQL["insert_event"], params)
        await execute(conn, _SQL["note_event"], params)


async def find_file(conn: Connection, token_hash: bytes) -> AttachedFile | None:
    """Return the file at an address."""
    return await fetch_one(conn, _SQL["find_file"], {"token_hash": token_hash}, AttachedFile)


async def prune(conn: Connection, before: datetime, now: datetime) -> int:
    """Remove what no event has named since `before`; return how many files that were."""
    await execute(conn, _SQL["note_named"], {})
    await execute(conn, _SQL["note_unnamed"], {"now": now})
    return await execute(conn, _SQL["delete_unnamed"], {"before": before})
