"""Every call as a value: what is sent and what it answers. `Client` and `AsyncClient` send them.

Instants are aware datetimes; ids are those the server gave. All calls but `create_link` and what goes with it take a
personal token or service key; links take an application's client secret.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from convene.client import types

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request. `is_repeatable`: sending it twice does what sending it once does, so lost answers are retried."""

    method: str
    path: str
    answer: type[T]
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_repeatable: bool = True


def instant(value: datetime) -> str:
    """Return RFC 3339 in UTC; raises `ValueError` for a datetime without a zone."""
    if value.tzinfo is None:
        raise ValueError("a datetime without a zone names no instant: give it a tzinfo")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def members() -> Call[types.Members]:
    """The organisation's people."""
    return Call("GET", "/api/members", types.Members)


def availability(
    participants: Sequence[str],
    start: datetime,
    end: datetime,
    *,
    duration_minutes: int = 30,
    flexible: Sequence[str] = (),
    excluded_booking: str | None = None,
) -> Call[types.Availability]:
    """Times between `start` and `end` at which all participants are free.

    Args:
        flexible: yourself, if your working hours shall not bound the answer.
        excluded_booking: a meeting that is to be moved and so does not count.
    """
    params = {
        "participants": ",".join(participants),
        "from": instant(start),
        "to": instant(end),
        "duration_minutes": str(duration_minutes),
    }
    if flexible:
        params["flexible"] = ",".join(flexible)
    if excluded_booking:
        params["excluded_booking"] = excluded_booking
    return Call("GET", "/api/availability", types.Availability, params)


def book(
    participants: Sequence[str],
    start: datetime,
    duration_minutes: int,
    *,
    title: str = "",
    note: str = "",
    conferencing: bool | str = True,
    idempotency_key: str | None = None,
) -> Call[types.Booking]:
    """Book a meeting with `participants`, you as organizer. Raises `SlotTaken` with alternatives.

    Args:
        conferencing: True for the installation's own, "calendar" for one of your calendar account, False for none, or an
            https address.
        idempotency_key: the same key books once, also over restarts of your program; a fresh one by default.
    """
    body = {
        "participants": list(participants),
        "start": instant(start),
        "duration_minutes": duration_minutes,
        "title": title,
        "note": note,
        "conferencing": conferencing,
    }
    return Call("POST", "/api/bookings", types.Booking, body=body, headers=_key(idempotency_key))


def booking(booking_id: str) -> Call[types.Booking]:
    """One of your meetings."""
    return Call("GET", f"/api/bookings/{booking_id}", types.Booking)


def bookings(start: datetime, end: datetime, *, limit: int = 50) -> Call[types.Bookings]:
    """Your meetings that touch the range, cancelled ones too, by start."""
    params = {"from": instant(start), "to": instant(end), "limit": str(limit)}
    return Call("GET", "/api/bookings", types.Bookings, params)


def reschedule(
    booking_id: str,
    start: datetime,
    *,
    duration_minutes: int | None = None,
    message: str = "",
    revision: int | None = None,
    idempotency_key: str | None = None,
) -> Call[types.Booking]:
    """Move a meeting. With `revision`, raises `StaleBooking` if it is no longer what you saw."""
    body: dict[str, Any] = {"start": instant(start), "message": message}
    if duration_minutes is not None:
        body["duration_minutes"] = duration_minutes
    headers = {**_key(idempotency_key), **_match(revision)}
    return Call("POST", f"/api/bookings/{booking_id}/reschedule", types.Booking, body=body, headers=headers)


def cancel(
    booking_id: str, *, reason: str = "", revision: int | None = None, idempotency_key: str | None = None
) -> Call[types.Booking]:
    """Cancel a meeting; its people are told. Cancelling twice is harmless."""
    headers = {**_key(idempotency_key), **_match(revision)}
    body = {"reason": reason}
    return Call("POST", f"/api/bookings/{booking_id}/cancel", types.Booking, body=body, headers=headers)


def accept(booking_id: str, *, revision: int | None = None) -> Call[types.Booking]:
    """Make a meeting of what somebody asked for. Accepting twice is harmless."""
    return Call("POST", f"/api/bookings/{booking_id}/accept", types.Booking, headers=_match(revision))


def decline(booking_id: str, *, reason: str = "", revision: int | None = None) -> Call[types.Booking]:
    """Decline what somebody asked for; they read the reason. Declining twice is harmless."""
    path, body = f"/api/bookings/{booking_id}/decline", {"reason": reason}
    return Call("POST", path, types.Booking, body=body, headers=_match(revision))


def subscribe(url: str, events: Sequence[str], *, organization: bool = False) -> Call[types.Webhook]:
    """Have events sent to `url`. The answer's `secret` is shown this once: keep it for `verified`."""
    body: dict[str, Any] = {"url": url, "events": list(events)}
    if organization:
        body["scope"] = "organization"
    return Call("POST", "/api/webhooks", types.Webhook, body=body, is_repeatable=False)


def create_link(request: Mapping[str, Any]) -> Call[types.LinkAnswer]:
    """Make a booking link (docs/reference/v1-api.md, `POST /v1/real_time_scheduling`)."""
    path = "/v1/real_time_scheduling"
    return Call("POST", path, types.LinkAnswer, body=dict(request), is_repeatable=False)


def link(link_id: str) -> Call[types.LinkAnswer]:
    """What has become of a booking link."""
    return Call("GET", f"/v1/real_time_scheduling/{link_id}", types.LinkAnswer)


def disable_link(link_id: str, *, message: str = "") -> Call[types.LinkAnswer]:
    """Close a booking link; visitors read `message`."""
    path = f"/v1/real_time_scheduling/{link_id}/disable"
    return Call("POST", path, types.LinkAnswer, body={"display_message": message})


def _key(given: str | None) -> dict[str, str]:
    return {"Idempotency-Key": given or secrets.token_urlsafe(18)}


def _match(revision: int | None) -> dict[str, str]:
    return {} if revision is None else {"If-Match": f'"{revision}"'}
