"""Whom we invite to meetings by mail, and what they answer. The booking is locked by whoever changes any of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from convene.storage import bookings
from convene.storage.database import Connection, execute, fetch_all, fetch_dicts
from convene.storage.named_sql import load

_SQL = load("invitees")


@dataclass(frozen=True, slots=True)
class WantedRow:
    """Somebody whom mail about a meeting should reach. `rsvp` is what they have answered so far."""

    kind: str
    invitee_id: str
    name: str
    email: str
    tzid: str
    locale: str
    rsvp: str
    answers: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class InviteeRow:
    """Somebody who was told of a meeting by mail; `token` is sealed."""

    org_id: str
    booking_id: str
    invitee_id: str
    kind: str
    email: str
    name: str
    tzid: str
    locale: str
    phase: str
    token: bytes = field(repr=False)
    told: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    asked_sequence: int
    thread_id: str
    reply_sequence: int | None = None
    replied_at: datetime | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """Another time that an invitee has proposed."""

    org_id: str
    proposal_id: str
    booking_id: str
    invitee_id: str
    starts_at: datetime
    ends_at: datetime
    comment: str
    state: str
    proposed_at: datetime
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnprovenRow:
    """An answer that counts for nobody."""

    sender: str
    attendee: str
    status: str
    why: str
    received_at: datetime


def _of(org_id: str, booking_id: str, **more: Any) -> dict[str, Any]:
    return {"org_id": org_id, "booking_id": booking_id, **more}


async def list_wanted(conn: Connection, org_id: str, booking_id: str) -> list[WantedRow]:
    """Return everybody whom mail about a meeting should reach as it is now."""
    return await fetch_all(conn, _SQL["list_wanted"], _of(org_id, booking_id), WantedRow)


async def list_invitees(conn: Connection, org_id: str, booking_id: str) -> dict[str, InviteeRow]:
    """Return everybody who was told of a meeting by mail, by id."""
    rows = await fetch_all(conn, _SQL["list_invitees"], _of(org_id, booking_id), InviteeRow)
    return {row.invitee_id: row for row in rows}


async def find_by_token(conn: Connection, token_hashes: Sequence[bytes]) -> InviteeRow | None:
    """Return whose answer address it is, of whatever organisation."""
    rows = await fetch_all(conn, _SQL["find_by_token"], {"token_hashes": list(token_hashes)}, InviteeRow)
    return rows[0] if len(rows) == 1 else None


async def list_by_uid(conn: Connection, uid: str) -> list[InviteeRow]:
    """Return who was invited to the meeting with this UID, of whatever organisation."""
    return await fetch_all(conn, _SQL["list_by_uid"], {"uid": uid}, InviteeRow)


async def insert_invitee(conn: Connection, row: InviteeRow, token_hash: bytes) -> None:
    await execute(conn, _SQL["insert_invitee"], {**asdict(row), "token_hash": token_hash})


async def update_invitee(conn: Connection, row: InviteeRow) -> None:
    """Store what an invitee was told last."""
    await execute(conn, _SQL["update_invitee"], asdict(row))


async def store_answer(conn: Connection, row: InviteeRow) -> None:
    """Store the newest answer's SEQUENCE, time and words."""
    await execute(conn, _SQL["store_answer"], asdict(row))


async def set_rsvp(conn: Connection, row: InviteeRow, rsvp: str) -> bool:
    """Store an answer; False if it is what was known."""
    if row.kind == "member":
        return await bookings.set_rsvp(conn, row.org_id, row.booking_id, row.invitee_id, rsvp)
    params = _of(row.org_id, row.booking_id, invitee_id=row.invitee_id, rsvp=rsvp)
    return await execute(conn, _SQL["set_guest_rsvp"], params) > 0


async def supersede_proposals(
    conn: Connection, org_id: str, booking_id: str, now: datetime, invitee_id: str | None = None
) -> None:
    """Settle the open proposals of an invitee, or of all, without a decision."""
    await execute(conn, _SQL["supersede_proposals"], _of(org_id, booking_id, invitee_id=invitee_id, now=now))


async def accept_proposals(
    conn: Connection, org_id: str, booking_id: str, starts_at: datetime, ends_at: datetime, now: datetime
) -> frozenset[str]:
    """Settle the open proposals of this very time as accepted; return whose they are."""
    params = _of(org_id, booking_id, starts_at=starts_at, ends_at=ends_at, now=now)
    return frozenset(row["invitee_id"] for row in await fetch_dicts(conn, _SQL["accept_proposals"], params))


async def insert_proposal(conn: Connection, row: ProposalRow) -> None:
    await execute(conn, _SQL["insert_proposal"], {**asdict(row), "now": row.proposed_at})


async def list_proposals(conn: Connection, org_id: str, booking_id: str) -> list[ProposalRow]:
    """Return up to 50 proposals, newest first."""
    return await fetch_all(conn, _SQL["list_proposals"], _of(org_id, booking_id), ProposalRow)


async def decline_proposal(conn: Connection, row: ProposalRow, now: datetime) -> bool:
    """Settle a proposal as declined; False if it was settled meanwhile."""
    params: Mapping[str, Any] = {"org_id": row.org_id, "proposal_id": row.proposal_id, "now": now}
    return await execute(conn, _SQL["decline_proposal"], dict(params)) == 1


async def note_unproven(conn: Connection, org_id: str, booking_id: str, row: UnprovenRow) -> None:
    """Keep an answer that counts for nobody, the newest of each sender."""
    params = _of(
        org_id,
        booking_id,
        sender=row.sender,
        attendee=row.attendee,
        status=row.status,
        why=row.why,
        now=row.received_at,
    )
    await execute(conn, _SQL["note_unproven"], params)


async def list_unproven(conn: Connection, org_id: str, booking_id: str) -> list[UnprovenRow]:
    return await fetch_all(conn, _SQL["list_unproven"], _of(org_id, booking_id), UnprovenRow)
