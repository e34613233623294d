"""What an application wants an event to say, as iCalendar: a new event, or changes to one that was fetched.

The content is a JSON object, as it is stored; a member that is absent leaves what is there, an empty one removes it:

    summary, description, url, color      text
    location                              {"description", "lat", "long"}
    start, end                            a date, or an instant in UTC, each with start_tzid, end_tzid
    transparency                          "opaque" or "transparent"
    event_private                         true or false
    attachments                           [{"file_name", "content_type", "url"}], files of ours
    reminders, reminders_create_only      minutes before the start; only where the event is new
    attendees, removed_attendees          [{"email", "display_name"}], ["email"]
    conferencing                          {"join_url", "provider_description"}
    participation                         the owner's answer, a PARTSTAT in lower case
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vText, vUri

from convene.core.attachments import OUR_ADDRESS
from convene.formats.event_editing import (
    PRODUCT,
    UTC_NAMES,
    add_zone,
    canonical,
    clean,
    editable,
    integer,
    one_line,
    replace,
    text_of,
)
from convene.formats.event_reader import normal_address
from convene.formats.icalendar_limits import CalendarRefused

REMINDER_TAG = "X-CONVENE-REMINDER"
MAX_DESCRIPTION_WRITTEN = 8_192
_PLACEHOLDERS = ("{{ cronofy.conferencing.join_url }}", "{{cronofy.conferencing.join_url}}")
_BLOCKS = ("{{ cronofy.conferencing.invite_block }}", "{{cronofy.conferencing.invite_block}}")
Content = Mapping[str, Any]


def content_text(
    uid: str, content: Content, stamp: datetime, owner: str = "", *, method: Literal["PUBLISH", ""] = ""
) -> str:
    """Return a VCALENDAR with one new event. `owner` is the mail address of the calendar's owner, who invites.

    method: PUBLISH for download; none for a calendar server, which allows none.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    if method:
        calendar.add("method", method)
    event = Event()
    event.add("uid", one_line(uid))
    calendar.add_component(event)
    _write(calendar, event, content, owner, is_new=True)
    event.add("sequence", 0)
    event.add("created", stamp.astimezone(UTC))
    _stamp(event, stamp)
    return text_of(calendar)


def apply_content(
    raw: str,
    uid: str,
    content: Content,
    stamp: datetime,
    *,
    owner: str = "",
    own_addresses: Iterable[str] = (),
) -> str | None:
    """Return a fetched resource with the content written into its event, or None if it says so already.

    own_addresses: by which the owner is found among the attendees. Raises `CalendarRefused` if the text cannot be read
    or does not hold the event.
    """
    calendar = editable(raw)
    events = [
        part for part in calendar.subcomponents if isinstance(part, Event) and str(part.get("UID", "")) == uid
    ]
    masters = [event for event in events if "RECURRENCE-ID" not in event] or events
    if not masters:
        raise CalendarRefused("not_this_event", "The resource in the calendar does not hold this event.")
    before = [canonical(event) for event in events]
    event = masters[0]
    moved = _write(calendar, event, content, owner, is_new=False)
    if content.get("participation"):
        own = frozenset(filter(None, map(normal_address, own_addresses)))
        for part in events:
            _answer(part, own, str(content["participation"]))
    if [canonical(part) for part in events] == before:
        return None
    if moved:
        replace(event, "sequence", integer(event.get("SEQUENCE")) + 1)
    for part in events:
        _stamp(part, stamp)
    calendar.pop("METHOD", None)
    return text_of(calendar)


def holds(raw: str, uid: str) -> bool:
    """Tell whether a text holds an event of this UID."""
    try:
        calendar = editable(raw)
    except CalendarRefused:
        return False
    return any(str(part.get("UID", "")) == uid for part in calendar.walk("VEVENT"))


def _write(calendar: Calendar, event: Event, content: Content, owner: str, *, is_new: bool) -> bool:
    """Write everything that the content names; return whether the time changed."""
    join_url = str((content.get("conferencing") or {}).get("join_url") or "")
    if "summary" in content:
        replace(event, "summary", one_line(content["summary"]))
    _write_texts(event, content, join_url)
    if "url" in content:
        replace(event, "url", one_line(content["url"]))
    if "conferencing" in content:
        event.pop("CONFERENCE", None)
        if join_url:
            event.add(
                "conference",
                one_line(join_url),
                parameters={"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": "Join"},
            )
    if "attachments" in content:
        _write_attachments(event, content["attachments"])
    if "transparency" in content:
        replace(event, "transp", content["transparency"].upper())
    if "event_private" in content:
        replace(event, "class", "PRIVATE" if content["event_private"] else "")
    if "reminders" in content and (is_new or not content.get("reminders_create_only")):
        _write_reminders(
            event, content["reminders"], str(content.get("summary") or event.get("SUMMARY") or "")
        )
    if content.get("attendees") or content.get("removed_attendees"):
        _write_attendees(event, content.get("attendees", ()), content.get("removed_attendees", ()), owner)
    return _write_time(calendar, event, content) if "start" in content else False


def _write_texts(event: Event, content: Content, join_url: str) -> None:
    """Write description and place, with the video call's address in one of them."""
    place = content.get("location")
    if "description" in content:
        text = clean(content["description"])
        for mark in (*_PLACEHOLDERS, *_BLOCKS):
            text = text.replace(
                mark, join_url if mark in _PLACEHOLDERS else f"Join: {join_url}" if join_url else ""
            )
        shown = str(event.get("LOCATION", "")) if place is None else str(place.get("description") or "")
        if join_url and join_url not in text and shown and join_url not in shown:
            text = f"{text}\n\nJoin: {join_url}".strip()
        replace(event, "description", text[:MAX_DESCRIPTION_WRITTEN])
    if place is None:
        return
    replace(event, "location", one_line(place.get("description") or join_url))
    event.pop("GEO", None)
    if place.get("lat") and place.get("long"):
        event.add("geo", (float(place["lat"]), float(place["long"])))


def _write_time(calendar: Calendar, event: Event, content: Content) -> bool:
    """Write start and end; return whether they changed."""
    times = [_value(content[name], content.get(f"{name}_tzid") or "UTC") for name in ("start", "end")]
    if _says_time(event, times):
        return False
    for name in ("DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE"):
        event.pop(name, None)
    for name, value in zip(("start", "end"), times, strict=True):
        replace(event, f"dt{name}", value)
        tzid = content.get(f"{name}_tzid") or "UTC"
        if isinstance(value, datetime) and tzid not in UTC_NAMES:
            add_zone(calendar, tzid, value.year)
    return True


def _value(text: str, tzid: str) -> date | datetime:
    if len(text) == len("2027-01-12"):
        return date.fromisoformat(text)
    # Not `core.instants.zone`, whose zones cannot be copied; the pinned database is used for this one as well.
    return datetime.fromisoformat(text).astimezone(UTC if tzid in UTC_NAMES else ZoneInfo(tzid))


def _says_time(event: Event, times: Sequence[date | datetime]) -> bool:
    if any(name in event for name in ("RRULE", "RDATE")):
        return False
    try:
        held = [event.get("DTSTART").dt, event.get("DTEND").dt]
    except AttributeError:
        return False
    for there, wanted in zip(held, times, strict=True):
        if isinstance(there, datetime) != isinstance(wanted, datetime) or there != wanted:
            return False
    return all(not isinstance(there, datetime) or there.tzinfo is not None for there in held)


def _write_attachments(event: Event, wanted: Sequence[Mapping[str, str]]) -> None:
    """Replace our files (RFC 5545 section 3.8.1.1, with the name after RFC 8607); what others attached stays."""
    there = event.pop("ATTACH", [])
    for item in there if isinstance(there, list) else [there]:
        if OUR_ADDRESS.match(str(item)) is None:
            event.add("attach", item, encode=False)
    for file in wanted:
        address = vUri(file["url"])
        address.params["FMTTYPE"] = vText(file["content_type"])
        address.params["FILENAME"] = vText(one_line(file["file_name"]))  # quoted, escaped after RFC 6868
        event.add("attach", address, encode=False)


def _write_reminders(event: Event, minutes: Sequence[int], summary: str) -> None:
    """Replace our reminders; those of the owner stay."""
    event.subcomponents = [
        part for part in event.subcomponents if part.name != "VALARM" or REMINDER_TAG not in part
    ]
    for number in dict.fromkeys(minutes):
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", one_line(summary) or "Reminder")
        alarm.add("trigger", timedelta(minutes=-number))
        alarm.add(REMINDER_TAG, "1")
        event.add_component(alarm)


def _write_attendees(
    event: Event, invited: Sequence[Mapping[str, str]], removed: Sequence[str], owner: str
) -> None:
    """Invite and uninvite people; others, and the answers that were given, stay. The calendar's server tells them."""
    there = event.get("ATTENDEE", [])
    there = there if isinstance(there, list) else [there]
    gone = {normal_address(email) for email in removed}
    kept = [item for item in there if normal_address(str(item)) not in gone]
    known = {normal_address(str(item)) for item in kept}
    for person in invited:
        if normal_address(person["email"]) in known | gone:
            continue
        address = vCalAddress(f"mailto:{one_line(person['email'])}")
        if person.get("display_name"):
            address.params["CN"] = vText(one_line(person["display_name"]))
        address.params["ROLE"] = vText("REQ-PARTICIPANT")
        address.params["PARTSTAT"] = vText("NEEDS-ACTION")
        address.params["RSVP"] = vText("TRUE")
        kept.append(address)
    event.pop("ATTENDEE", None)
    for item in kept:
        event.add("attendee", item, encode=False)
    if kept and owner and "ORGANIZER" not in event:
        event.add("organizer", vCalAddress(f"mailto:{one_line(owner)}"), encode=False)


def _answer(event: Event, own: frozenset[str], participation: str) -> None:
    there = event.get("ATTENDEE", [])
    for attendee in there if isinstance(there, list) else [there]:
        names = {normal_address(str(attendee)), normal_address(str(attendee.params.get("EMAIL", "")))}
        if names & own:
            attendee.params["PARTSTAT"] = vText(participation.upper())
            attendee.params.pop("RSVP", None)


def _stamp(event: Event, stamp: datetime) -> None:
    replace(event, "dtstamp", stamp.astimezone(UTC))
    replace(event, "last-modified", stamp.astimezone(UTC))
