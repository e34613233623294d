"""The files that put a meeting into other calendars, read by what other calendars are built on: icalendar, ical.js and
libical understand the same.
"""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, date, datetime
from typing import Any

import libical
import pytest
from icalendar import Calendar
from node_client import node_program
from packages import FOLDER, install_packages

from cases.added_meetings import CASES, Case


def seconds(at: datetime | date) -> int | str:
    return int(at.timestamp()) if isinstance(at, datetime) else at.isoformat()


def meant(case: Case) -> list[dict[str, Any]]:
    """Return what every reader should find."""
    first = case.starts[0]
    return [
        {
            "uid": case.uid(number),
            "title": case.title,
            "start": seconds(start),
            "end": seconds(start + (case.end - first)),
            "details": case.details,
            "place": case.location or case.join_url,
            "sequence": 2 if isinstance(first, datetime) else 0,
        }
        for number, start in enumerate(case.starts, 1)
    ]


def read_by_icalendar(text: str) -> list[dict[str, Any]]:
    return [
        {
            "uid": str(event["UID"]),
            "title": str(event["SUMMARY"]),
            "start": seconds(event["DTSTART"].dt),
            "end": seconds(event["DTEND"].dt),
            "details": str(event.get("DESCRIPTION", "")),
            "place": str(event.get("LOCATION", "")),
            "sequence": int(event["SEQUENCE"]),
        }
        for calendar in Calendar.from_ical(text, multiple=True)
        for event in calendar.walk("VEVENT")
    ]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_icalendar_reads_what_is_meant(case: Case) -> None:
    assert read_by_icalendar(case.file) == meant(case)


def test_icaljs_reads_what_is_meant() -> None:
    install_packages()
    done = subprocess.run(
        [node_program(), str(FOLDER / "read_files.cjs")],
        input=json.dumps([case.file for case in CASES]),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"TZ": "America/St_Johns", "PATH": ""},
    )
    assert done.returncode == 0, done.stderr
    for case, found in zip(CASES, json.loads(done.stdout), strict=True):
        assert found == meant(case), case.name


@pytest.mark.cyrus
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_libical_reads_what_is_meant(case: Case) -> None:
    assert libical.read(case.file) == meant(case)


@pytest.mark.cyrus
def test_libical_says_what_is_wrong() -> None:
    broken = CASES[0].file.replace("DTEND;TZID=America/New_York:", "DTEND;TZID=America/New_York:x")
    with pytest.raises(AssertionError):
        libical.read(broken)
    assert datetime.fromtimestamp(meant(CASES[0])[0]["start"], UTC) == CASES[0].starts[0]
