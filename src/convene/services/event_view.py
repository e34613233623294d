"""Events and free/busy time as Cronofy's clients read them (docs/reference/v1-api.md)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from convene.core.applications import Application
from convene.core.instants import zone
from convene.services.attachments import told
from convene.services.event_rows import event_uid
from convene.services.events import EventPage
from convene.storage.event_listing import BookingDetails, ComponentRow, ListedEvent, ReadableCalendar

EXTERNAL_WRITE_SCOPES = ("read_write", "write_only")
"""Scopes that change events which the application does not manage."""
ANSWER_SCOPES = ("change_participation_status", *EXTERNAL_WRITE_SCOPES)
_UTC = "Etc/UTC"


def event_json(application: Application, page: EventPage, event: ListedEvent) -> dict[str, Any]:
    """Return one event of a page."""
    booking = page.bookings.get(event.booking_id)
    row = page.details.get((event.calendar_id, event.remote_id, event.component))
    if booking is not None:
        said, tzid = _of_booking(booking, application.sub), booking.tzid
    elif row is not None:
        said, tzid = _of_component(row, with_geo=page.question.include_geo), row.details.get("start_tzid", "")
    else:
        said, tzid = {**_NOTHING, "summary": event.summary, "recurring": event.is_recurring}, ""
    calendar = page.calendars[event.calendar_id]
    found = {
        "calendar_id": event.calendar_id,
        **({"event_id": event.event_id} if event.event_id is not None else {}),
        "event_uid": event.event_uid,
        **said,
        **_color(event, row, booking),
        **_attachments(event, row),
        **_times(event, page, tzid),
        "deleted": event.is_deleted,
        "created": _utc(event.created_at),
        "updated": _utc(event.updated_at),
        "options": _options(application, event, row, calendar),
    }
    if event.is_deleted:
        found["status"] = "cancelled"
    if found["recurring"] and row is not None:
        found["series_identifier"] = event_uid(event.calendar_id, event.remote_id, f"series {row.uid}")
    return found


def _color(event: ListedEvent, row: ComponentRow | None, booking: BookingDetails | None) -> dict[str, str]:
    """Return the colour that the application has given its event: kept for it, and written nowhere."""
    if event.event_id is None:
        return {}
    color = (
        booking.event_details.get("color")
        if booking is not None
        else ((row and row.content) or {}).get("color")
    )
    return {"color": str(color)} if color else {}


def _attachments(event: ListedEvent, row: ComponentRow | None) -> dict[str, list[dict[str, str]]]:
    """Return the files that the application has attached to its event."""
    files = ((row and row.content) or {}).get("attachments") if event.event_id is not None else None
    return {"attachments": [told(item) for item in files]} if files else {}


def free_busy_json(page: EventPage, event: ListedEvent) -> dict[str, Any]:
    """Return one stretch of time of a page."""
    return {
        "calendar_id": event.calendar_id,
        **({"event_id": event.event_id} if event.event_id is not None else {}),
        **({"event_uid": event.event_uid} if event.event_uid else {}),
        **_times(event, page, ""),
        **({"deleted": event.is_deleted} if page.question.include_deleted else {}),
        "free_busy_status": "free" if event.is_deleted else event.kind,
    }


_NOTHING: dict[str, Any] = {
    "summary": "",
    "description": "",
    "participation_status": "unknown",
    "attendees": [],
    "transparency": "opaque",
    "status": "confirmed",
    "categories": [],
    "recurring": False,
    "event_private": False,
}


def _of_component(row: ComponentRow, *, with_geo: bool) -> dict[str, Any]:
    said = row.details
    found: dict[str, Any] = {
        **_NOTHING,
        "summary": said.get("summary", ""),
        "description": said.get("description", ""),
        "participation_status": said.get("participation") or "unknown",
        "attendees": [
            {
                "email": person["email"],
                "display_name": person.get("display_name") or None,
                "status": person["status"],
            }
            for person in said.get("attendees", [])
        ],
        "transparency": said.get("transparency", "opaque"),
        "status": said.get("status") or "confirmed",
        "categories": said.get("categories", []),
        "recurring": said.get("is_recurring", False),
        "event_private": said.get("is_private", False),
    }
    location = {"description": said.get("location", "")}
    if with_geo and said.get("latitude"):
        location |= {"lat": said["latitude"], "long": said["longitude"]}
    if any(location.values()):
        found["location"] = location
    organizer = said.get("organizer")
    if organizer:
        found["organizer"] = {
            "email": organizer["email"],
            "display_name": organizer.get("display_name") or None,
        }
    if said.get("extended_transparency"):
        found["extended_transparency"] = said["extended_transparency"]
    if said.get("url"):
        found["url"] = said["url"]
    return found | _meeting(said.get("meeting_url", ""), (row.content or {}).get("conferencing"))


def _of_booking(booking: BookingDetails, account_id: str) -> dict[str, Any]:
    """Return what a meeting booked here says in the calendar of `account_id`, as `booking_calendar` writes it there."""
    details = {**booking.event_details, **booking.event_details.get("of", {}).get(account_id, {})}
    join_url = (booking.conferencing or {}).get("join_url", "")
    location = details.get("location") or join_url
    people = [
        {"email": person["email"], "display_name": person["display_name"], "status": person["status"]}
        for person in booking.people
    ]
    organizer = next((person for person in booking.people if person["role"] == "organizer"), None)
    return {
        **_NOTHING,
        "summary": details.get("summary") or booking.title,
        "description": details.get("description") or booking.note,
        "participation_status": "accepted",
        "attendees": people,
        **({"organizer": {name: organizer[name] for name in ("email", "display_name")}} if organizer else {}),
        "event_private": bool(details.get("private")),
        **({"location": {"description": location}} if location else {}),
        **({"url": details["url"]} if details.get("url") else {}),
        **_meeting(join_url, None),
    }


def _meeting(join_url: str, conferencing: dict[str, Any] | None) -> dict[str, Any]:
    """Return where a video call is joined: both of the members in which clients look for it."""
    address = str((conferencing or {}).get("join_url") or join_url)
    if not address:
        return {}
    name = str((conferencing or {}).get("provider_description") or "explicit")
    return {"meeting_url": address, "conferencing": {"provider_name": name, "join_url": address}}


def _times(event: ListedEvent, page: EventPage, tzid: str) -> dict[str, Any]:
    """Return `start` and `end`: dates, times in UTC, or both with their zone where that was asked for."""
    start: datetime | date = event.starts_at if event.start_date is None else event.start_date
    end: datetime | date = event.ends_at if event.end_date is None else event.end_date
    if not page.question.localized_times:
        return {"start": _plain(start), "end": _plain(end)}
    shown = tzid or (
        page.question.tzid if event.start_date is None else page.calendars[event.calendar_id].tzid
    )
    return {"start": _localized(start, shown), "end": _localized(end, shown)}


def _plain(value: datetime | date) -> str:
    return _utc(value) if isinstance(value, datetime) else value.isoformat()


def _localized(value: datetime | date, tzid: str) -> dict[str, str]:
    if not isinstance(value, datetime):
        return {"time": value.isoformat(), "tzid": tzid}
    if tzid in ("UTC", _UTC):
        return {"time": _utc(value), "tzid": tzid}
    return {"time": value.astimezone(zone(tzid)).isoformat(timespec="seconds"), "tzid": tzid}


def _utc(value: datetime) -> str:
    return value.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _options(
    application: Application, event: ListedEvent, row: ComponentRow | None, calendar: ReadableCalendar
) -> dict[str, bool]:
    """Return what the application may do to the event."""
    is_open = (
        not event.is_deleted
        and not event.booking_id
        and calendar.is_writable
        and application.kind == "access_token"
    )
    is_managed = event.event_id is not None
    may_change = bool(application.scope & set(EXTERNAL_WRITE_SCOPES)) and row is not None
    is_single = row is not None and not row.details.get("is_recurring", False)
    changes = is_open and (is_managed or (may_change and is_single))
    may_answer = bool(application.scope & set(ANSWER_SCOPES))
    is_invited = row is not None and bool(row.details.get("participation"))
    return {
        "delete": changes,
        "update": changes,
        "change_participation_status": is_open and may_answer and is_invited,
    }
