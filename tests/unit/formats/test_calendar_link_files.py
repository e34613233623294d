"""What puts a meeting into other calendars: letter by letter as in `tests/fixtures/calendar_links`, and what it says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from cases.added_meetings import CASES, FOLDER, Case, files
from convene.formats.calendar_links import MAX_LENGTH

by_name = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@by_name
def test_links_and_files_are_as_they_were_looked_at(case: Case) -> None:
    assert {path.name: path.read_text() for path in (FOLDER / case.name).iterdir()} == dict(files(case))
    assert case.file.count("\r\n") == case.file.count("\n")


def test_no_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {case.name for case in CASES}


def instant(text: str) -> datetime | date:
    """Return what one of the services' four forms of time means."""
    compact = text.replace("-", "").replace(":", "")
    if len(compact) == 8:
        return datetime.strptime(compact, "%Y%m%d").date()
    return datetime.strptime(compact, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def said(link: str) -> dict[str, object]:
    """Return what a link says, in one form for all services."""
    fields = dict(parse_qsl(urlsplit(link).query, strict_parsing=True))
    if "dates" in fields:
        start, end = (instant(part) for part in fields["dates"].split("/"))
    elif "startdt" in fields:
        start, end = instant(fields["startdt"]), instant(fields["enddt"])
    else:
        start = instant(fields["st"])
        dur = fields.get("dur", "")
        end = (
            start + timedelta(hours=int(dur[:2]), minutes=int(dur[2:]))
            if dur.isdigit()
            else instant(fields["et"])
        )
        assert (dur == "allday") is not isinstance(start, datetime)
    if "startdt" in fields:
        assert (fields.get("allday") == "true") is not isinstance(start, datetime)
    names = {
        "title": ("text", "subject", "title"),
        "details": ("details", "body", "desc"),
        "place": ("location", "in_loc"),
    }
    found = {key: next((fields[name] for name in of if name in fields), "") for key, of in names.items()}
    return {**found, "start": start, "end": end}


@by_name
def test_every_link_says_the_meeting(case: Case) -> None:
    for link in case.links.values():
        assert len(link) <= MAX_LENGTH
        assert link.isascii()
        found = said(link)
        assert (found["start"], found["end"], found["title"]) == (case.starts[0], case.end, case.title)
        assert found["place"] == (case.location or case.join_url)
        details = str(found["details"])
        assert details == case.details or (case.name == "long" and details.endswith("…"))
        assert details.removesuffix("…") in case.details


def test_google_alone_repeats_in_the_zone_of_the_meeting() -> None:
    rules = {case.name: dict(parse_qsl(urlsplit(case.links["google"]).query)) for case in CASES}
    assert {name: fields["recur"] for name, fields in rules.items() if "recur" in fields} == {
        "weekly": "RRULE:FREQ=WEEKLY;COUNT=4",
        "fortnightly": "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3",
    }
    assert {case.name: case.tzid for case in CASES} == {name: fields["ctz"] for name, fields in rules.items()}
    assert not any("recur" in link for case in CASES for name, link in case.links.items() if name != "google")
