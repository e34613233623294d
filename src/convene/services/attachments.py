"""Files that applications attach to their events: kept here, and opened at private addresses that the events name.

An address is as secret as a booking link's: random, found by its hash, sealed so that it can be written into further
events. A file is kept as long as an event names it, and for 30 days besides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from convene.core.applications import Application
from convene.core.attachments import (
    MAX_FILE_BYTES,
    MAX_TOTAL_BYTES,
    TOKEN_PREFIX,
    address,
    decoded,
    is_content_type,
    name_problem,
)
from convene.core.errors import Invalid, NotFound
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.storage import attachments
from convene.storage.attachments import AttachedFile, NamedAttachment, NewAttachment
from convene.storage.database import Connection, Database

KEPT_UNNAMED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class FileDraft:
    """A file as an application sends it; `content` is base64."""

    file_name: str
    content_type: str
    content: str = field(repr=False)


class AttachmentService:
    """Args:
    base_url: where people reach this installation.
    """

    def __init__(self, db: Database, clock: Clock, sealer: Sealer, base_url: str) -> None:
        self.db = db
        self.clock = clock
        self.sealer = sealer
        self.base_url = base_url

    async def create(self, application: Application, draft: FileDraft) -> dict[str, str]:
        """Keep a file for the application; return what it is called by from now on (`told`).

        The same file sent twice is kept twice: each answer names a file of its own.

        Raises:
            Invalid: names the field; `attachment` with the code `too_many_bytes` once the application has no room left.
        """
        content = _checked(draft)
        attachment_id, token = new_id("attachment"), new_secret(TOKEN_PREFIX)
        new = NewAttachment(
            application.org_id,
            application.client_id,
            attachment_id,
            draft.file_name,
            draft.content_type.lower(),
            hashlib.md5(content, usedforsecurity=False).hexdigest(),
            content,
            self.sealer.seal(token, *_context(application.org_id, attachment_id)),
            fingerprint(token),
        )
        async with self.db.transaction() as conn:
            total = await attachments.lock_total(conn, application.org_id, application.client_id)
            if total + len(content) > MAX_TOTAL_BYTES:
                raise Invalid(
                    "attachment",
                    f"attachment: an application's files may have {MAX_TOTAL_BYTES:,} bytes in all, and yours have"
                    f" {total:,}. Files go {KEPT_UNNAMED.days} days after the last event that names them.",
                    code="too_many_bytes",
                )
            await attachments.insert_attachment(conn, new, self.clock())
        return told(
            {
                "attachment_id": new.attachment_id,
                "file_name": new.file_name,
                "content_type": new.content_type,
                "md5": new.md5,
            }
        )

    async def named(
        self, conn: Connection, application: Application, attachment_ids: Sequence[str]
    ) -> list[dict[str, str]]:
        """Return files as an event's content holds them (`formats.event_content`), locked until the transaction ends.

        Raises:
            Invalid: names the first that is no file of this application.
        """
        wanted = list(dict.fromkeys(attachment_ids))
        if not wanted:
            return []
        rows = await attachments.lock_named(conn, application.org_id, application.client_id, wanted)
        found = {row.attachment_id: row for row in rows}
        for number, attachment_id in enumerate(attachment_ids):
            if attachment_id not in found:
                name = f"attachments.{number}.attachment_id"
                raise Invalid(name, f"{name}: {attachment_id[:60]!r} is no attachment of this application.")
        return [self._content(application.org_id, found[attachment_id]) for attachment_id in wanted]

    def _content(self, org_id: str, row: NamedAttachment) -> dict[str, str]:
        token = self.sealer.open(row.token, *_context(org_id, row.attachment_id)).reveal()
        return {
            "attachment_id": row.attachment_id,
            "file_name": row.file_name,
            "content_type": row.content_type,
            "md5": row.md5,
            "url": address(self.base_url, token, row.file_name),
        }

    async def opened(self, token: str) -> AttachedFile:
        """Return the file at an address, for whoever knows it; raise `NotFound` if none is there."""
        async with self.db.connection() as conn:
            found = await attachments.find_file(conn, fingerprint(token))
        if found is None:
            raise NotFound("There is no file at this address, or not any more.")
        return found

    async def prune(self) -> None:
        """Remove what no event has named for 30 days, and at once what is left of applications that are gone."""
        now = self.clock()
        async with self.db.transaction() as conn:
            await attachments.prune(conn, now - KEPT_UNNAMED, now)


def told(content: dict[str, Any]) -> dict[str, str]:
    """Return a file as its application is told of it: without its address, which is for those who have the event."""
    return {name: str(content[name]) for name in ("attachment_id", "file_name", "content_type", "md5")}


def _checked(draft: FileDraft) -> bytes:
    """Return the file's bytes; raise `Invalid` for what cannot be taken."""
    problem = name_problem(draft.file_name)
    if problem:
        raise Invalid("attachment.file_name", f"attachment.file_name {problem}")
    name = "attachment.content_type"
    if not is_content_type(draft.content_type):
        raise Invalid(name, f"{name} must be a media type such as application/pdf, without parameters")
    name = "attachment.base64_content"
    content = decoded(draft.content)
    if content is None:
        raise Invalid(name, f"{name} must be base64 (RFC 4648, section 4), padded and without line ends")
    if not content:
        raise Invalid(name, f"{name}: the file is empty.")
    if len(content) > MAX_FILE_BYTES:
        raise Invalid(
            name,
            f"{name}: a file may have at most {MAX_FILE_BYTES:,} bytes; this one has {len(content):,}.",
            code="file_too_large",
        )
    return content


def _context(org_id: str, attachment_id: str) -> tuple[str, ...]:
    """Return what a sealed token is bound to."""
    return ("attachment", org_id, attachment_id, "token")
