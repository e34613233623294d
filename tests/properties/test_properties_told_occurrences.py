"""What readers are told of a series is what another reader of the same text says, with names that stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st

from convene.formats.icalendar import calendar_times, read_calendar
from convene.formats.told_occurrences import told_occurrences
from factories.icalendar_texts import calendar, event, timed

OWNER = ZoneInfo("Europe/Berlin")
ZONES = ["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Sydney"]
WINDOW = datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC)
FORM = "%Y%m%dT%H%M%S"


def told(text: str) -> list[tuple[int, int, str, str]]:
    """Start, end, title and name of every occurrence in the window."""
    found = read_calendar(text, OWNER)
    window = tuple(int(moment.timestamp()) for moment in WINDOW)
    occurrences, components = told_occurrences(
        found, calendar_times(found, (window[0], window[1]), OWNER).occurrences, OWNER
    )
    return [(one.start, one.end, components[one.component].summary, one.key) for one in occurrences]


@st.composite
def series(draw: st.DrawFn) -> tuple[str, str]:
    """Return a series' text as it is, and with some of its occurrences moved or taken out."""
    tzid = draw(st.sampled_from(ZONES))
    start = datetime(2026, 10, 1, 9, 5) + timedelta(days=draw(st.integers(0, 30)))
    rule = draw(
        st.sampled_from(["FREQ=DAILY;COUNT=60", "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=30", "FREQ=MONTHLY;COUNT=6"])
    )
    master = [*timed(f"{start:{FORM}}", f"{start + timedelta(minutes=45):{FORM}}", tzid), f"RRULE:{rule}"]
    plain = calendar(event(*master, uid="s"))
    days = sorted({one[0] for one in told(plain)})
    chosen = draw(st.lists(st.sampled_from(days), max_size=4, unique=True))
    parts: list[str] = []
    for number, instant in enumerate(chosen):
        local = datetime.fromtimestamp(instant, ZoneInfo(tzid)).replace(tzinfo=None)
        if draw(st.booleans()):
            master.append(f"EXDATE;TZID={tzid}:{local:{FORM}}")
            continue
        moved = local + timedelta(minutes=draw(st.integers(-500, 500)))
        times = timed(f"{moved:{FORM}}", f"{moved + timedelta(minutes=20):{FORM}}", tzid)
        parts.append(
            event(*times, f"RECURRENCE-ID;TZID={tzid}:{local:{FORM}}", uid="s", summary=f"Moved {number}")
        )
    return plain, calendar(event(*master, uid="s"), *parts)


@given(series())
def test_occurrences_and_titles_are_those_of_another_reader(made: tuple[str, str]) -> None:
    _, text = made
    query = recurring_ical_events.of(icalendar.Calendar.from_ical(text))
    expected = sorted(
        (int(one["DTSTART"].dt.timestamp()), int(one["DTEND"].dt.timestamp()), str(one["SUMMARY"]))
        for one in query.between(*WINDOW)
    )
    assert sorted(one[:3] for one in told(text)) == expected


@given(series())
def test_names_are_kept_by_what_is_moved_and_by_everything_else(made: tuple[str, str]) -> None:
    plain, changed = (told(text) for text in made)
    names = [one[3] for one in changed]
    assert len(names) == len(set(names))
    assert set(names) <= {one[3] for one in plain}
    untouched = {one[3]: one[:3] for one in changed if not one[2].startswith("Moved")}
    assert untouched.items() <= {one[3]: one[:3] for one in plain}.items()
