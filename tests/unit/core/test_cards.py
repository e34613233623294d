"""Cards: the same snapshot gives the same card; its text tells every participant's time; nothing in it is active."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convene.core import cards, chat_notices

ORG, BOOKING = "org_1", "bkg_1"


def person(sub: str, name: str, tzid: str, role: str = "participant") -> dict[str, Any]:
    told = {"state": "written", "name": "Work", "detail": "", "changed_at": "2026-11-20T09:00:00Z"}
    calendar = {**told, "service": "google", "next_try_at": None}
    return {"sub": sub, "name": name, "tzid": tzid, "role": role, "rsvp": "accepted", "calendar": calendar}


def snapshot(**changes: Any) -> dict[str, Any]:
    return {
        "booking_id": BOOKING,
        "organization_id": ORG,
        "revision": 1,
        "sync_revision": 1,
        "state": "confirmed",
        "title": "Launch chat",
        "note": "Bring numbers",
        "start": "2026-11-24T14:30:00Z",
        "end": "2026-11-24T15:00:00Z",
        "duration_minutes": 30,
        "organizer_id": "acc_bo",
        "tzid": "Europe/London",
        "participants": [
            person("acc_bo", "Bo Lind", "Europe/London", "organizer"),
            person("acc_ana", "Ana Ruiz", "America/New_York"),
        ],
        "conferencing": {"provider": "jitsi", "join_url": "https://meet.jit.si/room"},
        "previous": None,
        "reason": "",
        "changed_by": "acc_bo",
        "changed_by_name": "Bo Lind",
        "changed_at": "2026-11-20T09:00:00Z",
        "created_at": "2026-11-20T09:00:00Z",
        "origin": {},
        "links": {"manage": "https://convene.test/bookings/bkg_1", "google": "https://calendar.google.com/x"},
        **changes,
    }


MOVED = snapshot(
    revision=2,
    start="2026-11-26T23:30:00Z",
    end="2026-11-27T00:30:00Z",
    previous={"start": "2026-11-24T14:30:00Z", "end": "2026-11-24T15:00:00Z"},
    changed_by="acc_ana",
    changed_by_name="Ana Ruiz",
)
CANCELLED = snapshot(revision=3, state="cancelled", reason="ill")


def test_a_card_tells_its_rooms_to_those_who_meet() -> None:
    shown = cards.card(snapshot(resources=[{"sub": "res_1", "name": "Fountain\x00 room"}]))
    assert shown["rooms"] == ["Fountain room"]
    assert "\nPlace: Fountain room\n" in cards.body(shown)
    assert "Fountain" not in str(cards.seen_by({"card": shown}, "acc_else"))
    assert "rooms" not in cards.card(snapshot(resources=[]))


def test_a_card_has_the_documented_fields() -> None:
    assert cards.card(snapshot()) == {
        "schema": 1,
        "booking_id": BOOKING,
        "organization_id": ORG,
        "revision": 1,
        "sync_revision": 1,
        "state": "confirmed",
        "title": "Launch chat",
        "note": "Bring numbers",
        "start_utc": "2026-11-24T14:30:00Z",
        "end_utc": "2026-11-24T15:00:00Z",
        "duration_min": 30,
        "organizer_id": "acc_bo",
        "host_tz": "Europe/London",
        "participants": [
            {
                "user_id": user_id,
                "display_name": name,
                "tz": tz,
                "role": role,
                "rsvp": "accepted",
                "calendar": {
                    "state": "written",
                    "name": "Work",
                    "detail": "",
                    "changed_at": "2026-11-20T09:00:00Z",
                    "service": "google",
                    "next_try_at": None,
                },
            }
            for user_id, name, tz, role in (
                ("acc_bo", "Bo Lind", "Europe/London", "host"),
                ("acc_ana", "Ana Ruiz", "America/New_York", "guest"),
            )
        ],
        "conferencing": {"provider": "jitsi", "join_url": "https://meet.jit.si/room"},
        "previous": None,
        "reason": "",
        "changed_by": "acc_bo",
        "changed_by_name": "Bo Lind",
        "changed_at": "2026-11-20T09:00:00Z",
        "links": {
            "manage": "https://convene.test/bookings/bkg_1",
            "reschedule": "",
            "cancel": "",
            "ics": "",
            "google": "https://calendar.google.com/x",
            "outlook": "",
            "office365": "",
            "yahoo": "",
        },
    }


def test_the_text_of_a_card_is_complete() -> None:
    assert cards.body(cards.card(snapshot())).splitlines() == [
        "Launch chat",
        "Tue 24 Nov 2026, 14:30–15:00 Europe/London (09:30–10:00 America/New_York)",
        "With: Bo Lind, Ana Ruiz",
        "Note: Bring numbers",
        "Join: https://meet.jit.si/room",
        "Details: https://convene.test/bookings/bkg_1",
    ]
    moved = cards.body(cards.card(MOVED)).splitlines()
    assert moved[0] == "Moved: Launch chat"
    assert moved[2].startswith("Before: Tue 24 Nov 2026, 14:30–15:00 Europe/London")
    cancelled = cards.body(cards.card(CANCELLED))
    assert cancelled.startswith("Cancelled: Launch chat\nIt was planned for Tue 24 Nov")
    assert "Reason: ill" in cancelled
    assert "Join:" not in cancelled


@pytest.mark.parametrize(
    ("start", "end", "zones", "text"),
    [
        # Across midnight for one of them: the date is told where it differs.
        (
            "2026-11-26T23:30:00Z",
            "2026-11-27T00:30:00Z",
            ["Europe/London", "America/New_York"],
            "Thu 26 Nov 2026, 23:30 – Fri 27 Nov 2026, 00:30 Europe/London (18:30–19:30 America/New_York)",
        ),
        (
            "2026-11-24T20:00:00Z",
            "2026-11-24T20:30:00Z",
            ["America/New_York", "Asia/Tokyo"],
            "Tue 24 Nov 2026, 15:00–15:30 America/New_York (Wed 25 Nov 2026, 05:00–05:30 Asia/Tokyo)",
        ),
        # The same wall clock is told once, under the first zone's name.
        (
            "2026-11-24T14:30:00Z",
            "2026-11-24T15:00:00Z",
            ["Europe/London", "Europe/Lisbon", "Europe/London"],
            "Tue 24 Nov 2026, 14:30–15:00 Europe/London",
        ),
        # In the weeks when only one of them has changed its clocks.
        (
            "2026-10-27T14:00:00Z",
            "2026-10-27T14:30:00Z",
            ["Europe/London", "America/New_York"],
            "Tue 27 Oct 2026, 14:00–14:30 Europe/London (10:00–10:30 America/New_York)",
        ),
    ],
)
def test_times_are_told_in_each_zone(start: str, end: str, zones: list[str], text: str) -> None:
    assert cards.span(start, end, zones) == text


def test_an_unknown_zone_is_not_told() -> None:
    odd = snapshot(
        tzid="Mars/Olympus", participants=[person("acc_bo", "Bo", "../../etc/passwd", "organizer")]
    )
    assert "14:30–15:00 UTC" in cards.body(cards.card(odd))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "http://plain.test/",
        "https:",
        "//evil.test",
        "https://a b",
        "https://a\n.test",
        "https://[",
        None,
        7,
    ],
)
def test_only_safe_addresses_become_join_links(url: object) -> None:
    shown = cards.card(snapshot(conferencing={"provider": "x", "join_url": url}))
    assert shown["conferencing"] is None
    assert "Join:" not in cards.body(shown)
    linked = cards.card(snapshot(links={"manage": url}))
    assert linked["links"]["manage"] in ("", "http://plain.test/")


def test_control_characters_do_not_reach_a_card() -> None:
    shown = cards.card(snapshot(title="a\x1b[31m\u0000b", note="one\ntwo\x07"))
    assert (shown["title"], shown["note"]) == ("a[31mb", "one\ntwo")


def test_outsiders_see_who_and_when_only() -> None:
    shown = cards.card(snapshot(reason="secret reason"))
    message = {"card": shown, "body": cards.body(shown), "seq": 4}
    assert cards.seen_by(message, "acc_ana") == message
    hidden = cards.seen_by(message, "acc_eve")
    for secret in ("Launch", "numbers", "meet.jit.si", "secret", "Work", "convene.test"):
        assert secret not in str(hidden)
    assert hidden["card"]["start_utc"] == "2026-11-24T14:30:00Z"
    assert hidden["card"]["title"] == "Private meeting"
    assert set(hidden["card"]) == set(shown)
    assert cards.seen_by({"card": None, "body": "Hi"}, "acc_eve") == {"card": None, "body": "Hi"}


def test_upcoming_are_the_next_three_by_start() -> None:
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)

    def at(minutes: int, name: str, **changes: Any) -> dict[str, Any]:
        start = now + timedelta(minutes=minutes)
        end = start + timedelta(minutes=30)
        return snapshot(booking_id=name, start=start.isoformat(), end=end.isoformat(), **changes)

    given = [
        at(500, "d"),
        at(-10, "running"),
        at(-30, "just over"),
        at(60, "b", state="cancelled"),
        at(90, "c"),
        at(45, "a"),
    ]
    assert [shown["booking_id"] for shown in cards.upcoming(given, now)] == ["running", "a", "c"]


class TestChanges:
    def kind(self, old: dict[str, Any] | None, new: dict[str, Any]) -> str | None:
        found = chat_notices.change(old, new)
        return found.kind if found else None

    def test_kinds(self) -> None:
        first, synced = snapshot(), snapshot(sync_revision=2)
        assert self.kind(None, first) == "confirmed"
        assert self.kind(None, MOVED) == "confirmed"
        assert self.kind(None, CANCELLED) == "cancelled"
        assert self.kind(first, synced) is None
        assert self.kind(first, snapshot(revision=2, title="Other")) is None
        assert self.kind(first, MOVED) == "rescheduled"
        assert self.kind(first, CANCELLED) == "cancelled"
        assert self.kind(CANCELLED, snapshot(revision=4, state="cancelled")) is None
        assert self.kind(CANCELLED, snapshot(revision=4)) == "confirmed"

    def test_requests_and_their_answers(self) -> None:
        guest = {"changed_by": "gst_1", "changed_by_name": "Cy Young"}
        asked = snapshot(state="requested", **guest)
        accepted = snapshot(revision=2)
        declined = snapshot(revision=2, state="declined", reason="Away")
        told = {}
        for old, new in ((None, asked), (asked, accepted), (asked, declined)):
            said = chat_notices.change(old, new)
            assert said is not None
            told[said.kind] = chat_notices.notice(said, among_participants=True)
        assert told["requested"][0].startswith("Cy Young asks for “Launch chat” on Tue 24 Nov")
        assert told["confirmed"][0].startswith("Bo Lind accepted “Launch chat” on")
        assert told["confirmed"][1]["was_requested"] is True
        assert told["declined"][0].startswith("Bo Lind declined “Launch chat” on")
        assert told["declined"][0].endswith(": Away")
        assert self.kind(declined, snapshot(revision=3, state="declined")) is None
        assert self.kind(None, accepted) == "confirmed", "an answer that is heard of first"

    def test_what_is_requested_is_shown_as_that(self) -> None:
        shown = cards.card(snapshot(state="requested", previous=MOVED["previous"]))
        assert shown["state"] == "requested"
        assert cards.body(shown).startswith("Requested: Launch chat\n")
        now = datetime(2026, 11, 20, 9, tzinfo=UTC)
        states = ["requested", "declined", "confirmed"]
        given = [snapshot(state=state, booking_id=state) for state in states]
        assert [card["booking_id"] for card in cards.upcoming(given, now)] == ["confirmed", "requested"]

    def test_moves_that_were_never_told_are_one(self) -> None:
        again = {**MOVED, "revision": 5, "start": "2026-11-28T10:00:00Z", "end": "2026-11-28T10:30:00Z"}
        said = chat_notices.change(snapshot(), again)
        assert said is not None
        text, facts = chat_notices.notice(said, among_participants=True)
        assert text.startswith("Ana Ruiz moved “Launch chat” from Tue 24 Nov 2026, 14:30–15:00 Europe/London")
        assert facts["previous"] == {"start_utc": "2026-11-24T14:30:00Z", "end_utc": "2026-11-24T15:00:00Z"}

    def test_others_are_told_neither_title_nor_reason(self) -> None:
        said = chat_notices.change(snapshot(), CANCELLED)
        assert said is not None
        text, facts = chat_notices.notice(said, among_participants=False)
        assert text.startswith("Bo Lind cancelled the meeting on Tue 24 Nov 2026")
        assert "ill" not in text.removeprefix("Bo Lind cancelled")
        assert "Launch" not in str(facts)
        assert (facts["title"], facts["reason"]) == ("", "")

    def test_a_fresh_card_speaks_for_itself(self) -> None:
        said = chat_notices.change(None, snapshot())
        assert said is not None
        assert not said.needs_notice
        again = chat_notices.change(CANCELLED, snapshot(revision=4))
        assert again is not None
        assert again.needs_notice
        assert "reinstated" in chat_notices.notice(again, among_participants=True)[0]

    def test_a_reminder_tells_the_own_time_and_the_others(self) -> None:
        text = chat_notices.reminder(cards.card(snapshot()), "acc_ana")
        assert text == "Soon: Launch chat with Bo Lind, Tue 24 Nov 2026, 09:30–10:00 America/New_York"
