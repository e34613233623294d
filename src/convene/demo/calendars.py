"""What is in the demonstration's calendars: series across a change of clocks, all-day, tentative and private entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vRecur


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `weekday` (Monday is 0) and `weeks` place it relative to the current week; a negative number of weeks
    lets a series begin in the past. Without `start` it is all day and lasts `days`."""

    summary: str
    weekday: int
    start: str | None = None
    minutes: int = 30
    weeks: int = 0
    days: int = 1
    rule: str = ""
    skip_weeks: tuple[int, ...] = ()
    status: str = "CONFIRMED"
    is_free: bool = False
    is_private: bool = False


# Half a year back and forward: every weekly series runs over at least one change of clocks.
LONG_AGO = -26
CALENDARS: dict[str, dict[str, tuple[Entry, ...]]] = {
    "ana": {
        "Work": (
            Entry("Product stand-up", 0, "09:30", 15, LONG_AGO, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
            Entry("Roadmap review", 1, "11:00", 60, LONG_AGO, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
            Entry("Customer interviews", 3, "13:00", 90, -8, rule="FREQ=WEEKLY;BYDAY=TH", skip_weeks=(1,)),
            Entry("Pricing workshop", 2, "14:00", 120, 1),
            Entry("Quarterly planning", 4, None, weeks=2, days=1),
            Entry("Maybe: analyst call", 2, "10:00", 30, 0, status="TENTATIVE"),
            Entry("One to one with the board", 1, "15:00", 45, 0, is_private=True),
        ),
        "Personal": (
            Entry("School run", 0, "08:00", 45, LONG_AGO, rule="FREQ=WEEKLY;BYDAY=MO,WE,FR"),
            Entry("Dentist", 3, "16:00", 60, 0, is_private=True),
            Entry("Mum's birthday", 5, None, weeks=1, is_free=True),
        ),
    },
    "bo": {
        "Calendar": (
            Entry("Engineering stand-up", 0, "09:45", 15, LONG_AGO, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
            Entry("Architecture hour", 2, "15:00", 60, LONG_AGO, rule="FREQ=WEEKLY;BYDAY=WE"),
            Entry("Release train", 3, "10:00", 90, -10, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"),
            Entry("Focus time", 1, "13:30", 120, -4, rule="FREQ=WEEKLY;BYDAY=TU,FR"),
            Entry("Interview: platform engineer", 0, "14:00", 60, 1),
            Entry("Team offsite", 3, None, weeks=3, days=2),
        ),
    },
    "priya": {
        "Calendar": (
            Entry("Design critique", 1, "11:30", 60, LONG_AGO, rule="FREQ=WEEKLY;BYDAY=TU"),
            Entry("Research read-out", 3, "16:30", 45, -12, rule="FREQ=MONTHLY;BYDAY=1TH"),
            Entry("Handover with Auckland", 0, "10:00", 30, -6, rule="FREQ=WEEKLY;BYDAY=MO,WE"),
            Entry("Family day", 4, None, weeks=1),
        ),
    },
    "tama": {
        "Calendar": (
            Entry("Queue triage", 0, "08:30", 45, LONG_AGO, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
            Entry("Handover with Kolkata", 0, "17:30", 30, -6, rule="FREQ=WEEKLY;BYDAY=MO,WE"),
            Entry("Regional holiday", 4, None, weeks=1),
        ),
    },
    "sam": {
        "Calendar": (
            Entry("Pipeline review", 0, "10:00", 60, LONG_AGO, rule="FREQ=WEEKLY;BYDAY=MO"),
            Entry("Travel to Chicago", 2, None, weeks=1, days=2),
            Entry("Maybe: demo for Initech", 3, "15:00", 60, 0, status="TENTATIVE"),
        ),
    },
}


def texts(key: str, calendar: str, tzid: str, today: date) -> list[tuple[str, str]]:
    """Return (name, VCALENDAR text) of every entry of a person's calendar, for the week of `today`."""
    return [
        (_name(key, calendar, entry), _text(key, calendar, entry, tzid, today))
        for entry in CALENDARS[key][calendar]
    ]


def _name(key: str, calendar: str, entry: Entry) -> str:
    return sha256(f"{key}/{calendar}/{entry.summary}".encode()).hexdigest()[:24]


def _text(key: str, calendar: str, entry: Entry, tzid: str, today: date) -> str:
    monday = today - timedelta(days=today.weekday())
    day = monday + timedelta(weeks=entry.weeks, days=entry.weekday)
    event = Event()
    event.add("uid", f"{_name(key, calendar, entry)}@globex.example")
    event.add("dtstamp", datetime.combine(monday, time(), ZoneInfo("UTC")))
    event.add("summary", entry.summary)
    event.add("status", entry.status)
    event.add("transp", "TRANSPARENT" if entry.is_free else "OPAQUE")
    if entry.is_private:
        event.add("class", "PRIVATE")
    if entry.start is None:
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=entry.days))
    else:
        start = datetime.combine(day, time.fromisoformat(entry.start), ZoneInfo(tzid))
        event.add("dtstart", start)
        event.add("dtend", start + timedelta(minutes=entry.minutes))
        for week in entry.skip_weeks:
            skipped = monday + timedelta(weeks=week, days=entry.weekday)
            event.add(
                "exdate", datetime.combine(skipped, start.timetz().replace(tzinfo=None), ZoneInfo(tzid))
            )
    if entry.rule:
        event.add("rrule", vRecur.from_ical(entry.rule))
    whole = Calendar()
    whole.add("prodid", "-//Convene//Demonstration//EN")
    whole.add("version", "2.0")
    whole.add_component(event)
    whole.add_missing_timezones()
    return str(whole.to_ical().decode())
