"""Our feeds, read by ical.js: the library under Thunderbird and Nextcloud."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

from node_client import node_program
from packages import FOLDER, install_packages

from convene.formats.booking_event import BookedMeeting
from convene.formats.calendar_feed import busy_feed, full_feed

# Winter in New York, summer in Sydney; the second is after the clocks have changed in both.
TIMES = (datetime(2026, 12, 1, 15, 30, tzinfo=UTC), datetime(2027, 6, 1, 15, 30, tzinfo=UTC))
HOUR = timedelta(hours=1)


def read(text: str) -> dict[str, Any]:
    install_packages()
    done = subprocess.run(
        [node_program(), str(FOLDER / "read_feed.cjs")],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def meeting(number: int, start: datetime, tzid: str) -> BookedMeeting:
    title = f"Über, alles; {number}\nBEGIN:VALARM " + "é" * 120
    return BookedMeeting(f"{number}@convene", f"bkg_{number}", 1, title, start, start + HOUR, tzid, TIMES[0])


def test_a_full_feed_says_the_same_there():
    zones = ("America/New_York", "Australia/Sydney", "Asia/Kolkata", "UTC")
    meetings = [
        meeting(number * 10 + part, start, tzid)
        for number, tzid in enumerate(zones)
        for part, start in enumerate(TIMES)
    ]
    found = read(full_feed("Ana, work; & more", meetings, [], tzid="Europe/Berlin", since=TIMES[0]))
    assert found["name"] == "Ana, work; & more"
    assert [event["uid"] for event in found["events"]] == [one.uid for one in meetings]
    for event, one in zip(found["events"], meetings, strict=True):
        assert event["start"] == f"{one.start:%Y-%m-%dT%H:%M:%S}.000Z"
        assert event["end"] == f"{one.end:%Y-%m-%dT%H:%M:%S}.000Z"
        assert event["zone"] == one.tzid
        assert event["summary"] == one.title


def test_a_busy_feed_says_the_same_there():
    spans = tuple((int(start.timestamp()), int((start + HOUR).timestamp())) for start in TIMES)
    found = read(busy_feed("Ana", spans, salt=b"salt", stamp=TIMES[0]))
    assert [(event["start"], event["summary"]) for event in found["events"]] == [
        (f"{start:%Y-%m-%dT%H:%M:%S}.000Z", "Busy") for start in TIMES
    ]
