"""Google's JSON read through iCalendar text is busy when a plain reading of the JSON says so, whole or in deltas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from convene.formats.google_events import is_cancelled, resource_text
from convene.formats.google_joining import joined_text
from convene.formats.icalendar import calendar_times, read_calendar

OWNER, ADDRESS = ZoneInfo("Europe/Berlin"), "ana@globex.example"
ZONES = ["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "UTC"]
OPENS, CLOSES = datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC)
WINDOW = int(OPENS.timestamp()), int(CLOSES.timestamp())
Item = dict[str, Any]


# -- the plain reading


def kind_of(item: Mapping[str, Any]) -> str | None:
    """What the item does to its owner's time, as Google's documentation of `events` has it."""
    if item.get("status") == "cancelled" or item.get("transparency") == "transparent":
        return None
    if item.get("eventType") in ("workingLocation", "birthday"):
        return None
    answer = next((one["responseStatus"] for one in item.get("attendees", ()) if one.get("self")), "accepted")
    if answer == "declined":
        return None
    return "tentative" if answer != "accepted" or item.get("status") == "tentative" else "busy"


def instant(value: Mapping[str, str]) -> datetime:
    if "date" in value:
        return datetime.fromisoformat(value["date"]).replace(tzinfo=OWNER).astimezone(UTC)
    return datetime.fromisoformat(value["dateTime"]).astimezone(UTC)


def local(value: Mapping[str, str]) -> datetime:
    if "date" in value:
        return datetime.fromisoformat(value["date"])
    return (
        datetime.fromisoformat(value["dateTime"]).astimezone(ZoneInfo(value["timeZone"])).replace(tzinfo=None)
    )


def plain_minutes(items: Sequence[Item]) -> dict[str, set[int]]:
    """Every busy minute of the items inside the window, by kind."""
    found: dict[str, set[int]] = {"busy": set(), "tentative": set()}

    def add(item: Item, start: datetime, end: datetime) -> None:
        kind = kind_of(item)
        if kind is not None:
            first, last = max(start, OPENS), min(end, CLOSES)
            found[kind].update(range(int(first.timestamp()) // 60, int(last.timestamp()) // 60))

    replaced = {instant(item["originalStartTime"]) for item in items if "recurringEventId" in item}
    for item in items:
        if item["status"] == "cancelled":
            continue
        if "recurrence" not in item:
            add(item, instant(item["start"]), instant(item["end"]))
            continue
        begin, length = local(item["start"]), local(item["end"]) - local(item["start"])
        zone = OWNER if "date" in item["start"] else ZoneInfo(item["start"]["timeZone"])
        for start in rrulestr(item["recurrence"][0], dtstart=begin):
            if start.replace(tzinfo=zone).astimezone(UTC) not in replaced:
                add(item, start.replace(tzinfo=zone), (start + length).replace(tzinfo=zone))
    return found


def read_minutes(text: str) -> dict[str, set[int]]:
    """The same, through the text."""
    calendar = read_calendar(text, OWNER, [ADDRESS])
    assert [notice for notice in calendar.notices if notice.code != "unreadable_value"] == []
    found: dict[str, set[int]] = {"busy": set(), "tentative": set()}
    for block in calendar_times(calendar, WINDOW, OWNER).blocks:
        found[block.kind].update(range(block.start // 60, block.end // 60))
    return found


# -- what Google tells


@st.composite
def said(draw: st.DrawFn) -> Item:
    """What is said of an event beside its time."""
    item: Item = {"status": draw(st.sampled_from(["confirmed", "confirmed", "tentative"]))}
    item["summary"] = draw(st.text(max_size=90))
    if draw(st.integers(0, 4)) == 0:
        item["transparency"] = "transparent"
    kind = draw(
        st.sampled_from([None, None, "default", "outOfOffice", "workingLocation", "birthday", "focusTime"])
    )
    if kind is not None:
        item["eventType"] = kind
    answer = draw(st.sampled_from([None, None, "accepted", "declined", "tentative", "needsAction"]))
    if answer is not None:
        # On a calendar of the account's that has an address of its own.
        own = draw(st.sampled_from([ADDRESS, "team@group.calendar.example"]))
        item["attendees"] = [
            {
                "email": "bo@globex.example",
                "displayName": draw(st.text(max_size=20)),
                "responseStatus": "declined",
            },
            {"email": own, "self": True, "responseStatus": answer},
        ]
    return item


def timed(start: datetime, minutes: int, tzid: str) -> Item:
    end = start + timedelta(minutes=minutes)
    zone = ZoneInfo(tzid)
    return {
        name: {"dateTime": value.replace(tzinfo=zone).isoformat(), "timeZone": tzid}
        for name, value in (("start", start), ("end", end))
    }


def whole(first: date, days: int) -> Item:
    return {"start": {"date": first.isoformat()}, "end": {"date": (first + timedelta(days=days)).isoformat()}}


@st.composite
def resources(draw: st.DrawFn) -> tuple[Item, list[Item]]:
    """A master and its exceptions."""
    rule = draw(
        st.sampled_from(["FREQ=DAILY;COUNT=60", "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=30", "FREQ=MONTHLY;COUNT=6"])
    )
    tzid, is_day = draw(st.sampled_from(ZONES)), draw(st.booleans())
    start = datetime(2026, 10, 1, 9, 5) + timedelta(days=draw(st.integers(0, 30)))
    start = rrulestr(f"RRULE:{rule}", dtstart=start)[0]  # a series begins with an occurrence of its own
    time = (
        whole(start.date(), draw(st.integers(1, 3)))
        if is_day
        else timed(start, draw(st.integers(1, 300)), tzid)
    )
    master: Item = {"id": "m1", "iCalUID": "m1@google.com", **draw(said()), **time}
    if draw(st.integers(0, 3)) == 0:
        return master, []
    master["recurrence"] = [f"RRULE:{rule}"]
    starts = list(rrulestr(f"RRULE:{rule}", dtstart=local(master["start"])))
    exceptions = []
    for original in draw(st.lists(st.sampled_from(starts), max_size=5, unique=True)):
        first = {"date": f"{original:%Y-%m-%d}"} if is_day else timed(original, 1, tzid)["start"]
        item: Item = {
            "id": f"m1_{original:%Y%m%dT%H%M}",
            "recurringEventId": "m1",
            "originalStartTime": first,
        }
        if draw(st.booleans()):
            exceptions.append({**item, "status": "cancelled"})
            continue
        moved = original + timedelta(minutes=draw(st.integers(-3000, 3000)))
        time = whole(moved.date(), 1) if draw(st.booleans()) else timed(moved.replace(hour=12), 20, tzid)
        exceptions.append({**item, "iCalUID": "m1@google.com", **draw(said()), **time})
    return master, exceptions


@given(resources())
def test_a_resource_is_busy_when_the_json_says_so(made: tuple[Item, list[Item]]) -> None:
    master, exceptions = made
    expected = plain_minutes([master, *exceptions])
    assert read_minutes(resource_text(master, exceptions, owner=ADDRESS)) == expected


@given(resources(), st.data())
def test_deltas_lead_to_the_same(made: tuple[Item, list[Item]], data: st.DataObject) -> None:
    """Exceptions that come one by one, come back to life, and masters that come after them."""
    master, exceptions = made
    earlier = (
        data.draw(st.lists(st.sampled_from(exceptions), unique_by=lambda item: item["id"]))
        if exceptions
        else []
    )
    before = [{**item, "status": "cancelled"} for item in earlier]
    text = resource_text({**master, "summary": "Before"}, before, owner=ADDRESS)
    for item in data.draw(st.permutations(exceptions)):
        text = joined_text(text, None, [item], owner=ADDRESS)
    if data.draw(st.booleans()):
        text = joined_text(text, master, [], owner=ADDRESS)
    assert read_minutes(text) == plain_minutes([master, *exceptions])


@given(resources())
def test_occurrences_outlive_their_series(made: tuple[Item, list[Item]]) -> None:
    _, exceptions = made
    expected = plain_minutes(exceptions)
    assert read_minutes(resource_text(None, exceptions, owner=ADDRESS)) == expected
    live = [item for item in exceptions if not is_cancelled(item)]
    if live:
        assert read_minutes(joined_text("", None, live, owner=ADDRESS)) == expected
