"""Links into other calendars, letter by letter."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from convene.formats.calendar_links import MAX_LENGTH, calendar_links

START = datetime(2026, 12, 1, 10, 0, tzinfo=timezone(timedelta(hours=1)))
LINKS = calendar_links(
    title="Q&A: 1+1 = 2?",
    start=START,
    end=START + timedelta(minutes=90),
    details="Bring tea\nJoin: https://meet.example/x",
    location="https://meet.example/x",
    tzid="Europe/Berlin",
)


TITLE = "Q%26A%3A%201%2B1%20%3D%202%3F"
TEXT = "Bring%20tea%0AJoin%3A%20https%3A%2F%2Fmeet.example%2Fx"
PLACE = "https%3A%2F%2Fmeet.example%2Fx"
MICROSOFT = (
    "/calendar/deeplink/compose?path=/calendar/action/compose&rru=addevent"
    f"&startdt=2026-12-01T09:00:00Z&enddt=2026-12-01T10:30:00Z&subject={TITLE}&body={TEXT}&location={PLACE}"
)
GOOGLE = (
    "https://calendar.google.com/calendar/render?action=TEMPLATE&dates=20261201T090000Z/20261201T103000Z"
    f"&ctz=Europe/Berlin&text={TITLE}&details={TEXT}&location={PLACE}"
)
YAHOO = (
    f"https://calendar.yahoo.com/?v=60&st=20261201T090000Z&dur=0130&title={TITLE}&desc={TEXT}&in_loc={PLACE}"
)


def test_links() -> None:
    assert LINKS == {
        "google": GOOGLE,
        "outlook": "https://outlook.live.com" + MICROSOFT,
        "office365": "https://outlook.office.com" + MICROSOFT,
        "yahoo": YAHOO,
    }


def test_empty_texts_are_left_out() -> None:
    links = calendar_links(title="Tea", start=START, end=START + timedelta(hours=1))
    assert all(name not in link for link in links.values() for name in ("details=", "body=", "desc=", "loc"))


def test_yahoo_learns_the_end_of_a_long_meeting() -> None:
    links = calendar_links(title="Camp", start=START, end=START + timedelta(hours=30))
    assert "et=20261202T150000Z" in links["yahoo"]
    assert "dur=" not in links["yahoo"]


@pytest.mark.parametrize("letter", ["a", "é", "😀", "%", "\n"])
def test_long_texts_are_cut_from_the_description(letter: str) -> None:
    links = calendar_links(
        title="Launch", start=START, end=START, details=letter * 5_000, location="https://meet.example/x"
    )
    for link in links.values():
        assert MAX_LENGTH - 40 <= len(link) <= MAX_LENGTH
        fields = parse_qs(urlsplit(link).query, strict_parsing=True)
        cut = next(fields[name][0] for name in ("details", "body", "desc") if name in fields)
        assert cut == letter * (len(cut) - 1) + "…"
        assert "https://meet.example/x" in next(
            fields[name] for name in ("location", "in_loc") if name in fields
        )


def test_even_a_title_is_cut_before_a_link_is_too_long() -> None:
    links = calendar_links(
        title="é" * 3_000, start=START, end=START, details="d" * 99, location="https://l/" * 300
    )
    for link in links.values():
        assert len(link) <= MAX_LENGTH
        assert "loc" not in urlsplit(link).query
        assert link.isascii()


def test_instants_are_utc_whatever_the_zone_of_the_argument() -> None:
    at = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    assert calendar_links(title="x", start=at, end=at) == calendar_links(title="x", start=START, end=START)
