"""Places to meet online in texts: how they are asked for, and how a service tells of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convene.formats import google_items, graph_items
from convene.formats.booking_event import BookedMeeting, booking_event
from convene.formats.google_events import resource_text
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.online_meetings import join_link, without_place

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


def text(*, asks_online: bool) -> str:
    return booking_event(
        BookedMeeting(
            uid="u1@convene",
            booking_id="bkg_1",
            revision=2,
            title="Launch chat",
            start=START,
            end=START + timedelta(minutes=30),
            tzid="UTC",
            stamp=START,
            asks_online=asks_online,
        )
    )


def item(**more: Any) -> dict[str, Any]:
    time = {"dateTime": "2026-12-01T14:30:00Z", "timeZone": "UTC"}
    return {"id": "e1", "summary": "Launch chat", "start": time, "end": time, **more}


def told(status: str) -> dict[str, Any]:
    return {"createRequest": {"requestId": "r", "status": {"statusCode": status}}}


def test_google_is_asked_once_per_booking_and_revision():
    asked = google_items.item_of(text(asks_online=True))["conferenceData"]["createRequest"]
    assert asked == {"requestId": "bkg_1-2", "conferenceSolutionKey": {"type": "hangoutsMeet"}}
    assert "conferenceData" not in google_items.item_of(text(asks_online=False))


def test_microsoft_is_asked_for_teams():
    asked = graph_items.item_of(text(asks_online=True))
    assert (asked["isOnlineMeeting"], asked["onlineMeetingProvider"]) == (True, "teamsForBusiness")
    assert "isOnlineMeeting" not in graph_items.item_of(text(asks_online=False))


@pytest.mark.parametrize(
    ("members", "link"),
    [
        ({}, ""),
        ({"conferenceData": told("pending")}, ""),
        ({"conferenceData": told("failure")}, None),
        ({"hangoutLink": "https://meet.google.com/abc"}, "https://meet.google.com/abc"),
    ],
)
def test_what_google_tells_of_a_meet(members: dict[str, Any], link: str | None):
    assert join_link(resource_text(item(**members), ())) == link


def test_what_will_have_no_place_says_so_and_asks_no_more():
    refused = without_place(text(asks_online=True))
    assert join_link(refused) is None
    assert "conferenceData" not in google_items.item_of(refused)


def test_what_is_no_calendar_is_refused():
    with pytest.raises(CalendarRefused):
        join_link("no calendar")


def test_the_text_of_our_online_meeting_is_left_to_teams():
    wanted = text(asks_online=False)
    made = {**graph_items.item_of(wanted), "id": "g1", "transactionId": "convene:u1@convene"}
    made["body"] = {"contentType": "text", "content": "How to join"}
    assert "body" in graph_items.changed_members(made, wanted)
    assert "body" not in graph_items.changed_members({**made, "isOnlineMeeting": True}, wanted)
