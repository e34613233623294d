"""Reading and writing events over HTTP, in calendars that live here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convene.jobs.worker import prune_once
from convene.services.bookings import Draft
from convene.services.event_rows import details_of, occurrences_of, store_rows
from convene.storage import calendars
from convene.storage.events import NewEvent
from factories.event_world import EventWorld, delete, event_world, listed, put
from factories.icalendar_texts import calendar as calendar_text
from factories.icalendar_texts import event, timed
from factories.platform import always_open

ALL = {"include_managed": "true"}
MANAGED = {"only_managed": "True"}


@pytest.fixture
async def world(db, database_url, tmp_path, clock) -> AsyncIterator[EventWorld]:
    async with event_world(database_url, tmp_path, clock) as found:
        yield found


@pytest.fixture
async def http(world):
    return await world.http(world.ana)


@pytest.fixture
async def mine(world) -> str:
    return await world.builtin(world.ana)


async def store(world: EventWorld, calendar_id: str, *texts: str) -> None:
    """Put texts into a calendar as if they had been read from a server."""
    now = world.platform.clock()
    async with world.platform.db.transaction() as conn:
        row = await calendars.get_calendar(conn, world.org_id, calendar_id)
        window = now - timedelta(days=42), now + timedelta(days=400)
        items = [(f"r{number}.ics", text) for number, text in enumerate(texts)]
        parsed = await world.installation.parser.read(items, row.tzid, *window, ["mailto:ana@example.com"])
        found = [
            NewEvent(
                item.remote_id,
                item.uid,
                "",
                dict(items)[item.remote_id],
                item.summary,
                None,
                item.problem,
                [
                    (datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC), kind)
                    for a, b, kind in item.blocks
                ],
                details_of(item),
                occurrences_of(item, row),
            )
            for item in parsed
        ]
        await store_rows(conn, row, found, 1, now=now, window_start=window[0])


# -- what is told of an event

FULL = calendar_text(
    event(
        *timed("20261201T090000", "20261201T100000", "Europe/London"),
        "DESCRIPTION:First line\\nsecond\\, with a comma",
        "LOCATION:Board room",
        "GEO:51.5;-0.12",
        "CATEGORIES:work,plans\\, big",
        "CLASS:PRIVATE",
        "URL:https://example.com/agenda",
        "CONFERENCE;VALUE=URI:https://meet.example.com/abc",
        "STATUS:TENTATIVE",
        "ORGANIZER;CN=Cy:mailto:cy@example.com",
        "ATTENDEE;CN=Ana;PARTSTAT=ACCEPTED:mailto:ana@example.com",
        "ATTENDEE;CN=Bo:mailto:bo@example.com",
        "CREATED:20261101T080000Z",
    )
)


async def test_everything_that_an_event_says_is_told(world, http, mine):
    await store(world, mine, FULL)
    [found] = await listed(http, include_geo="true")
    uid = found.pop("event_uid")
    assert uid.startswith("evt_external_")
    assert found == {
        "calendar_id": mine,
        "summary": "Weekly review",
        "description": "First line\nsecond, with a comma",
        "location": {"description": "Board room", "lat": "51.5", "long": "-0.12"},
        "start": "2026-12-01T09:00:00Z",
        "end": "2026-12-01T10:00:00Z",
        "deleted": False,
        "created": "2026-11-01T08:00:00Z",
        "updated": "2026-11-20T09:00:00Z",
        "participation_status": "accepted",
        "attendees": [
            {"email": "ana@example.com", "display_name": "Ana", "status": "accepted"},
            {"email": "bo@example.com", "display_name": "Bo", "status": "needs_action"},
        ],
        "organizer": {"email": "cy@example.com", "display_name": "Cy"},
        "transparency": "opaque",
        "status": "tentative",
        "categories": ["work", "plans, big"],
        "recurring": False,
        "event_private": True,
        "url": "https://example.com/agenda",
        "meeting_url": "https://meet.example.com/abc",
        "conferencing": {"provider_name": "explicit", "join_url": "https://meet.example.com/abc"},
        "options": {"delete": True, "update": True, "change_participation_status": True},
    }
    [plain] = await listed(http)
    assert plain["location"] == {"description": "Board room"}
    [busy] = await listed(http, "free_busy")
    assert busy == {
        "calendar_id": mine,
        "event_uid": uid,
        "start": "2026-12-01T09:00:00Z",
        "end": "2026-12-01T10:00:00Z",
        "free_busy_status": "tentative",
    }


async def test_localized_times_name_the_zone(world, http, mine):
    day = calendar_text(event("DTSTART;VALUE=DATE:20261205", "DTEND;VALUE=DATE:20261207", uid="day"))
    tokyo = calendar_text(event(*timed("20261201T090000", "20261201T100000", "Asia/Tokyo")))
    await store(world, mine, tokyo, day)
    found = await listed(http, localized_times="True")
    assert [(one["start"], one["end"]) for one in found] == [
        (
            {"time": "2026-12-01T09:00:00+09:00", "tzid": "Asia/Tokyo"},
            {"time": "2026-12-01T10:00:00+09:00", "tzid": "Asia/Tokyo"},
        ),
        (
            {"time": "2026-12-05", "tzid": "America/New_York"},
            {"time": "2026-12-07", "tzid": "America/New_York"},
        ),
    ]
    assert [one["start"] for one in await listed(http)] == ["2026-12-01T00:00:00Z", "2026-12-05"]


@pytest.mark.parametrize(
    ("since", "until", "is_told"),
    [
        ("2026-12-07", "2026-12-20", True),  # ends as the period begins
        ("2026-12-08", "2026-12-20", False),
        ("2026-12-01", "2026-12-05", False),  # begins as the period ends
        ("2026-12-01", "2026-12-06", True),
        ("2026-12-05T12:00:00Z", "2026-12-05T13:00:00Z", True),
    ],
)
@pytest.mark.parametrize("tzid", ["Pacific/Kiritimati", "Etc/UTC", "Pacific/Pago_Pago"])
async def test_whole_days_are_days_in_every_zone(world, http, mine, since, until, is_told, tzid):
    await store(world, mine, calendar_text(event("DTSTART;VALUE=DATE:20261205", "DTEND;VALUE=DATE:20261207")))
    assert bool(await listed(http, **{"from": since, "to": until, "tzid": tzid})) is is_told


@pytest.mark.parametrize(
    ("since", "until", "is_told"),
    [
        ("2026-12-01T10:00:00Z", "2026-12-01T12:00:00Z", True),
        ("2026-12-01T10:00:01Z", "2026-12-01T12:00:00Z", False),
        ("2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z", False),
        ("2026-12-01T08:00:00Z", "2026-12-01T09:00:01Z", True),
    ],
)
async def test_the_range_is_start_before_to_and_end_from_from(world, http, mine, since, until, is_told):
    await store(world, mine, FULL)
    assert bool(await listed(http, **{"from": since, "to": until})) is is_told


async def test_a_series_is_told_as_its_occurrences(world, http, mine):
    series = calendar_text(
        event(
            *timed("20261023T090000", "20261023T093000", "Europe/London"),
            "RRULE:FREQ=DAILY;COUNT=5",
            "EXDATE;TZID=Europe/London:20261024T090000",
            uid="s",
        ),
        event(
            *timed("20261026T140000", "20261026T150000", "Europe/London"),
            "RECURRENCE-ID;TZID=Europe/London:20261026T090000",
            uid="s",
            summary="Moved",
        ),
    )
    await store(world, mine, series)
    found = await listed(http)
    assert [(one["start"], one["summary"]) for one in found] == [
        ("2026-10-23T08:00:00Z", "Weekly review"),
        ("2026-10-25T09:00:00Z", "Weekly review"),
        ("2026-10-26T14:00:00Z", "Moved"),
        ("2026-10-27T09:00:00Z", "Weekly review"),
    ]
    assert {one["recurring"] for one in found} == {True}
    assert len({one["series_identifier"] for one in found}) == 1
    assert len({one["event_uid"] for one in found}) == 4
    assert {one["options"]["update"] for one in found} == {False}


async def test_transparent_events_are_told_and_leave_people_free(world, http, mine):
    free = calendar_text(event(*timed("20261201T090000", "20261201T100000"), "TRANSP:TRANSPARENT"))
    cancelled = calendar_text(
        event(*timed("20261201T090000", "20261201T100000"), "STATUS:CANCELLED", uid="no")
    )
    await store(world, mine, free, cancelled)
    [found] = await listed(http)
    assert found["transparency"] == "transparent"
    [busy] = await listed(http, "free_busy")
    assert busy["free_busy_status"] == "free"


async def test_time_that_cannot_be_told_is_unknown(world, http, mine):
    endless = calendar_text(
        event("DTSTART:20261201T090000Z", "DTEND:20261201T093000Z", "RRULE:FREQ=MINUTELY;COUNT=90")
    )
    await store(world, mine, endless)
    assert [one["start"] for one in await listed(http)] == ["2026-12-01T09:00:00Z"]
    found = await listed(http, "free_busy")
    unknown = {"calendar_id": mine, "start": "2026-12-01T09:00:00Z", "end": "2026-12-01T11:00:00Z"}
    assert {**unknown, "free_busy_status": "unknown"} in found


# -- changes


async def test_what_changed_and_what_vanished_is_told_to_those_who_ask(world, http, mine, clock):
    a = calendar_text(event(*timed("20261201T090000", "20261201T100000"), uid="a"))
    b = calendar_text(event(*timed("20261202T090000", "20261202T100000"), uid="b"))
    await store(world, mine, a, b)
    first = {one["start"]: one["event_uid"] for one in await listed(http)}
    clock.advance(minutes=10)
    # The same again is no change.
    await store(world, mine, a, b)
    since = "2026-11-20T09:10:00Z"
    assert await listed(http, last_modified=since) == []
    await store(world, mine, a.replace("Weekly review", "Another title"), b)
    [changed] = await listed(http, last_modified=since)
    assert (changed["summary"], changed["updated"]) == ("Another title", "2026-11-20T09:10:00Z")
    assert changed["created"] == "2026-11-20T09:00:00Z"
    assert changed["event_uid"] == first["2026-12-01T09:00:00Z"]
    # A move keeps the name; what vanishes leaves a mark.
    clock.advance(minutes=10)
    later = "2026-11-20T09:20:00Z"
    await store(
        world, mine, a.replace("T090000", "T093000"), b.replace("SUMMARY", "STATUS:CANCELLED\r\nSUMMARY")
    )
    moved, gone = await listed(http, last_modified=later, include_deleted="true")
    assert (moved["event_uid"], moved["start"]) == (changed["event_uid"], "2026-12-01T09:30:00Z")
    assert (gone["deleted"], gone["status"], gone["summary"]) == (True, "cancelled", "Weekly review")
    assert gone["event_uid"] == first["2026-12-02T09:00:00Z"]
    assert [one["deleted"] for one in await listed(http, last_modified=later)] == [False]
    # It comes back.
    await store(world, mine, a, b)
    assert [one["deleted"] for one in await listed(http, include_deleted="true")] == [False, False]


async def test_an_occurrence_that_is_taken_out_is_deleted_alone(world, http, mine):
    series = calendar_text(event(*timed("20261201T090000", "20261201T100000"), "RRULE:FREQ=DAILY;COUNT=3"))
    await store(world, mine, series)
    await store(world, mine, series.replace("RRULE", "EXDATE;TZID=Europe/London:20261202T090000\r\nRRULE"))
    found = await listed(http, include_deleted="true")
    assert [(one["start"][:10], one["deleted"]) for one in found] == [
        ("2026-12-01", False),
        ("2026-12-02", True),
        ("2026-12-03", False),
    ]


# -- pages


async def test_pages_hold_everything_once_whatever_changes_between_them(world, http, mine):
    texts = [
        calendar_text(event("DTSTART:20261201T090000Z", "DTEND:20261201T100000Z", uid=f"u{number}"))
        for number in range(40)
    ] + [
        calendar_text(event("DTSTART:20261202T090000Z", "DTEND:20261202T100000Z", uid=f"v{number}"))
        for number in range(40)
    ]
    world.platform.events.page_size = 25
    await store(world, mine, *texts)
    everything = {one["event_uid"] for one in await listed(http)}
    assert len(everything) == 80
    answer = (await http.get("/v1/events", params={"tzid": "Etc/UTC"})).json()
    assert (answer["pages"]["current"], answer["pages"]["total"]) == (1, 4)
    assert answer["pages"]["next_page"].startswith(world.installation.settings.base_url + "/v1/events/pages/")
    assert "?" not in answer["pages"]["next_page"]
    seen = [one["event_uid"] for one in answer["events"]]
    # Something before the page vanishes, something after it vanishes, something new comes before and after.
    await put(http, mine, "early", start="2026-11-30T09:00:00Z", end="2026-11-30T10:00:00Z")
    async with world.platform.db.transaction() as conn:
        await conn.execute(
            "DELETE FROM calendar_event WHERE remote_id IN (SELECT remote_id FROM event_occurrence"
            " WHERE event_uid = ANY(%s))",
            ([seen[3], *sorted(everything - set(seen))[:2]],),
        )
    gone = set(sorted(everything - set(seen))[:2])
    while "next_page" in answer["pages"]:
        answer = (await http.get(answer["pages"]["next_page"])).json()
        seen += [one["event_uid"] for one in answer["events"]]
    assert len(seen) == len(set(seen))
    assert set(seen) == everything - gone
    assert answer["pages"]["current"] == answer["pages"]["total"] == 4


async def test_pages_are_told_only_to_those_who_may_read_them(world, http, mine):
    world.platform.events.page_size = 1
    await put(http, mine, "a")
    await put(http, mine, "b")
    page = (await http.get("/v1/events", params={"tzid": "Etc/UTC", **MANAGED})).json()["pages"]["next_page"]
    assert len((await http.get(page)).json()["events"]) == 1
    bo = await world.http(world.bo)
    assert (await bo.get(page)).json().get("events", []) == []
    poor = await world.http(world.ana, "free_busy")
    assert (await poor.get(page)).status_code == 403
    for token in ("x", "A" * 40_000, "e30", page.rpartition("/")[2][:-4]):
        assert (await http.get(f"/v1/events/pages/{token}")).status_code == 404
    assert (await http.get(page.replace("/events/", "/free_busy/"))).status_code == 404


# -- who may read


@pytest.mark.parametrize("scope", ["read_free_busy", "free_busy", "free_busy_write", "create_event"])
async def test_details_are_for_scopes_that_read_them(world, mine, scope):
    http = await world.http(world.ana, scope)
    answer = await http.get("/v1/events", params={"tzid": "Etc/UTC"})
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    busy = await http.get("/v1/free_busy", params={"tzid": "Etc/UTC"})
    assert busy.status_code == (403 if scope == "create_event" else 200)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"tzid": "Mars/Olympus"}, "tzid"),
        ({}, "tzid"),
        ({"tzid": "Etc/UTC", "from": "soon"}, "from"),
        ({"tzid": "Etc/UTC", "from": "2026-12-02", "to": "2026-12-01"}, "to"),
        ({"tzid": "Etc/UTC", "calendar_ids[]": "cal_nobody"}, "calendar_ids"),
        ({"tzid": "Etc/UTC", "include_managed": "perhaps"}, "include_managed"),
    ],
)
async def test_questions_that_cannot_be_answered_name_the_field(http, query, field):
    for path in ("/v1/events", "/v1/free_busy"):
        answer = await http.get(path, params=query)
        assert answer.status_code == 422, answer.text
        assert list(answer.json()["errors"]) == [field]


async def test_the_first_page_says_whose_calendars_they_are(world, http, mine):
    answer = await http.get("/v1/events", params={"tzid": "Etc/UTC", "include_userinfo": "true", **ALL})
    body = answer.json()
    assert body["userinfo"]["sub"] == world.ana.account_id
    assert body["userinfo"]["cronofy.data"]["profiles"][0]["profile_calendars"][0]["calendar_id"] == mine


async def test_an_element_token_reads_for_its_permission_alone(world, http, mine):
    await put(http, mine)
    key = await world.key()
    statuses = []
    for permissions in (["agenda"], ["availability"]):
        asked = {
            "version": "1",
            "permissions": permissions,
            "subs": [world.ana.account_id],
            "origin": "http://localhost:3000",
        }
        made = await key.post("/v1/element_tokens", json=asked)
        assert made.status_code == 200, made.text
        token = made.json()["element_token"]["token"]
        query = {"tzid": "Etc/UTC", "et": token, **ALL}
        headers = {"Cronofy-Element": "v1.67.7, agenda", "Origin": "http://localhost:3000"}
        anonymous = await world.anonymous()
        answer = await anonymous.get("/v1/events", params=query, headers=headers)
        statuses.append(answer.status_code)
        if answer.status_code == 200:
            assert [one["event_id"] for one in answer.json()["events"]] == ["e1"]
            assert answer.json()["events"][0]["options"]["update"] is False
    assert statuses == [200, 403]


# -- bookings


async def test_bookings_are_events_on_the_calendar_that_they_are_written_to(world, http, mine):
    for who in (world.ana, world.bo):
        await world.platform.rules.put(world.caller(who), always_open(who.tzid))
    start = datetime(2026, 12, 1, 15, tzinfo=UTC)
    draft = Draft([world.ana.account_id], start, 30, "Launch", "Bring notes")
    booking = (await world.platform.bookings.confirm(world.caller(world.bo), draft)).body
    [found] = await listed(http)
    assert (found["summary"], found["description"], found["calendar_id"]) == ("Launch", "Bring notes", mine)
    assert found["conferencing"]["join_url"] == booking["conferencing"]["join_url"]
    assert {person["email"] for person in found["attendees"]} == {"ana@example.com", "bo@example.com"}
    assert found["options"] == {"delete": False, "update": False, "change_participation_status": False}
    [busy] = await listed(http, "free_busy")
    assert (busy["event_uid"], busy["free_busy_status"]) == (found["event_uid"], "busy")
    assert (await delete(http, mine, event_uid=found["event_uid"])).status_code == 404
    await world.platform.bookings.cancel(world.caller(world.bo), booking["booking_id"])
    assert await listed(http) == []
    [gone] = await listed(http, include_deleted="true")
    assert (gone["event_uid"], gone["deleted"]) == (found["event_uid"], True)


# -- writing


async def test_an_event_is_written_read_and_deleted(world, http, mine):
    await put(
        http,
        mine,
        description="Plans",
        location={"description": "Board room", "lat": "51.5", "long": "-0.1"},
        tzid="Europe/London",
        url="https://example.com/x",
        event_private=True,
        reminders=[{"minutes": 30}],
        attendees={"invite": [{"email": "cy@example.com", "display_name": "Cy"}]},
        conferencing={
            "profile_id": "explicit",
            "provider_description": "Desk",
            "join_url": "https://meet.example.com/a",
        },
    )
    assert await listed(http) == []
    [found] = await listed(http, **MANAGED)
    assert (found["event_id"], found["summary"], found["description"]) == (
        "e1",
        "Board meeting",
        "Plans\n\nJoin: https://meet.example.com/a",
    )
    assert (found["start"], found["end"]) == ("2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z")
    assert found["location"] == {"description": "Board room"}
    assert found["conferencing"] == {"provider_name": "Desk", "join_url": "https://meet.example.com/a"}
    assert found["event_private"] is True
    assert [person["email"] for person in found["attendees"]] == ["cy@example.com"]
    assert found["options"]["update"] is True
    # An upsert replaces what it says and removes what it leaves out; the video call and guests stay.
    await put(http, mine, summary="Moved", start="2026-12-01T12:00:00Z", end="2026-12-01T13:00:00Z")
    [again] = await listed(http, **MANAGED)
    assert (again["event_uid"], again["summary"]) == (found["event_uid"], "Moved")
    assert again["location"] == {"description": "https://meet.example.com/a"}
    assert "url" not in again
    assert again["conferencing"] == found["conferencing"]
    assert again["attendees"] == found["attendees"]
    await put(
        http, mine, attendees={"remove": [{"email": "cy@example.com"}]}, conferencing={"profile_id": "none"}
    )
    [less] = await listed(http, **MANAGED)
    assert (less["attendees"], "conferencing" in less, "location" in less) == ([], False, False)
    answer = await delete(http, mine, event_id="e1")
    assert (answer.status_code, answer.content) == (202, b"")
    assert await listed(http, **MANAGED) == []
    [gone] = await listed(http, include_deleted="true", **MANAGED)
    assert (gone["event_id"], gone["deleted"]) == ("e1", True)
    assert (await delete(http, mine, event_id="e1")).status_code == 202


async def test_the_same_event_from_twenty_sides_at_once_is_one_event(world, http, mine):
    calls = [put(http, mine, summary=f"Version {number}") for number in range(20)]
    await asyncio.gather(*calls)
    [found] = await listed(http, **MANAGED)
    assert found["summary"].startswith("Version ")
    [busy] = await listed(http, "free_busy", **ALL)
    assert busy["event_id"] == "e1"
    async with world.platform.db.connection() as conn:
        rows = await (await conn.execute("SELECT count(*) FROM busy_block")).fetchone()
    assert rows == (1,)


async def test_managed_events_are_told_whenever_they_are(world, http, mine):
    await put(http, mine, "old", start="2020-01-01T10:00:00Z", end="2020-01-01T11:00:00Z")
    await put(http, mine, "far", start="2031-01-01", end="2031-01-02")
    assert [one["event_id"] for one in await listed(http, **MANAGED)] == ["old", "far"]
    await put(http, mine, "farther", start="2032-01-01", end="2032-01-02")
    world.platform.events.page_size = 1
    assert [one["event_id"] for one in await listed(http, **ALL)] == ["old", "far", "farther"]
    assert await listed(http, **{"from": "2026-11-01", **MANAGED}) == []


async def test_events_of_another_application_are_anybodys(world, http, mine):
    other = await world.http(world.ana, client_id=world.other_id)
    await put(other, mine, "e1", summary="Theirs")
    await put(http, mine, "e1", summary="Ours")
    [theirs] = await listed(http)
    assert (theirs["summary"], "event_id" in theirs) == ("Theirs", False)
    [ours] = await listed(http, **MANAGED)
    assert (ours["summary"], ours["event_id"]) == ("Ours", "e1")
    await delete(http, mine, event_id="e1")
    assert [one["summary"] for one in await listed(http, **ALL)] == ["Theirs"]


async def test_others_events_are_changed_by_event_uid(world, http, mine):
    await store(world, mine, FULL)
    [found] = await listed(http)
    path, uid = f"/v1/calendars/{mine}/events", found["event_uid"]
    answer = await http.post(path, json={"event_uid": uid, "summary": "Renamed", "url": None})
    assert answer.status_code == 202, answer.text
    [renamed] = await listed(http)
    assert (renamed["summary"], renamed["event_uid"], renamed["start"]) == ("Renamed", uid, found["start"])
    assert renamed["description"] == found["description"]
    assert "url" not in renamed
    # Without the scope for it, only one's own events can be changed.
    narrow = await world.http(world.ana, "create_event delete_event read_events")
    assert (await narrow.post(path, json={"event_uid": uid, "summary": "No"})).status_code == 403
    assert (await delete(narrow, mine, event_uid=uid)).status_code == 403
    assert (await http.post(path, json={"event_uid": "evt_external_x", "summary": "No"})).status_code == 404
    answer = await http.post(path, json={"event_uid": uid, "start": "2026-12-01T10:00:00Z"})
    assert list(answer.json()["errors"]) == ["end"]
    assert (await delete(http, mine, event_uid=uid)).status_code == 202
    assert await listed(http) == []


async def test_an_invitation_is_answered(world, http, mine):
    await store(world, mine, FULL)
    [found] = await listed(http)
    path = f"/v1/calendars/{mine}/events/{found['event_uid']}/participation_status"
    answer = await http.post(path, json={"status": "perhaps"})
    assert list(answer.json()["errors"]) == ["status"]


async def test_an_event_of_a_series_is_not_changed_from_here(world, http, mine):
    await store(
        world,
        mine,
        calendar_text(event(*timed("20261201T090000", "20261201T100000"), "RRULE:FREQ=DAILY;COUNT=3")),
    )
    [found, *_] = await listed(http)
    answer = await delete(http, mine, event_uid=found["event_uid"])
    assert list(answer.json()["errors"]) == ["event_uid"]
    assert len(await listed(http)) == 3


BAD: list[tuple[dict[str, Any], str]] = [
    ({"summary": None}, "summary"),
    ({"summary": "x" * 1025}, "summary"),
    ({"description": "x" * 4097}, "description"),
    ({"event_id": None}, "event_id"),
    ({"event_id": ""}, "event_id"),
    ({"start": None}, "start"),
    ({"end": "2026-12-01T10:00:00Z"}, "end"),
    ({"end": "2026-12-02"}, "end"),
    ({"start": "2026-12-01T10:00:00"}, "start"),
    ({"tzid": "Mars/Olympus"}, "tzid"),
    ({"start": {"time": "2026-12-01T10:00:00Z", "tzid": "No/Where"}}, "start"),
    ({"reminders": [{"minutes": -1}]}, "reminders.0.minutes"),
    ({"transparency": "glass"}, "transparency"),
    ({"color": "red"}, "color"),
    ({"url": "javascript:alert(1)"}, "url"),
    ({"location": {"description": "x", "lat": "north"}}, "location.lat"),
    ({"attendees": {"invite": [{"email": "nobody"}]}}, "attendees.invite.0.email"),
    ({"conferencing": {"profile_id": "explicit"}}, "conferencing.join_url"),
]


@pytest.mark.parametrize(("members", "field"), BAD)
async def test_what_cannot_be_written_names_the_field(http, mine, members, field):
    body = {
        "event_id": "e1",
        "summary": "Board meeting",
        "start": "2026-12-01T10:00:00Z",
        "end": "2026-12-01T11:00:00Z",
        **members,
    }
    answer = await http.post(f"/v1/calendars/{mine}/events", json=body)
    assert answer.status_code == 422, answer.text
    assert list(answer.json()["errors"]) == [field]
    assert await listed(http, **MANAGED) == []


async def test_calendars_of_others_do_not_exist(world, http, mine):
    bos = await world.builtin(world.bo)
    body = {"event_id": "e", "summary": "x", "start": "2026-12-01", "end": "2026-12-02"}
    for calendar_id in (bos, "cal_unknown", "nothing"):
        assert (await http.post(f"/v1/calendars/{calendar_id}/events", json=body)).status_code == 404
        assert (await delete(http, calendar_id, event_id="e")).status_code == 404
    reader = await world.http(world.ana, "read_only")
    assert (await reader.post(f"/v1/calendars/{mine}/events", json=body)).status_code == 403
    assert (await delete(reader, mine, event_id="e")).status_code == 403


async def test_bulk_deletion_takes_only_what_the_application_manages(world, http, mine):
    other = await world.http(world.ana, client_id=world.other_id)
    await put(other, mine, "theirs")
    await put(http, mine, "a")
    await put(http, mine, "b")
    assert list((await http.request("DELETE", "/v1/events", json={})).json()["errors"]) == ["delete_all"]
    bos = await world.builtin(world.bo)
    answer = await http.request("DELETE", "/v1/events", json={"calendar_ids": [bos]})
    assert list(answer.json()["errors"]) == ["calendar_ids"]
    assert (
        await http.request("DELETE", "/v1/events", params={"calendar_ids[]": mine}, json={})
    ).status_code == 202
    assert [one["summary"] for one in await listed(http, **ALL)] == ["Board meeting"]
    await put(http, mine, "c")
    assert (
        await http.request("DELETE", "/v1/events", params={"delete_all": "True"}, json={})
    ).status_code == 202
    assert await listed(http, **MANAGED) == []


async def test_busy_time_that_changes_is_told_and_anything_else_is_not(world, http, mine):
    async def told() -> int:
        async with world.platform.db.connection() as conn:
            row = await (
                await conn.execute(
                    "SELECT count(*) FROM webhook_delivery WHERE type = 'availability.changed'"
                )
            ).fetchone()
        assert row is not None
        return int(row[0])

    before = await told()
    await put(http, mine)
    written = await told()
    assert written > before
    await put(http, mine, summary="Only its title")
    assert await told() == written
    await put(http, mine, transparency="transparent")
    assert await told() > written


async def test_an_application_calendar_holds_events_and_invites_nobody(world):
    anonymous = await world.anonymous()
    asked = {
        "client_id": world.client_id,
        "client_secret": world.client_secret,
        "application_calendar_id": "office",
    }
    made = await anonymous.post("/v1/application_calendars", json=asked)
    assert made.status_code == 200, made.text
    http = await world.anonymous(Authorization=f"Bearer {made.json()['access_token']}")
    calendar_id = (await http.get("/v1/calendars")).json()["calendars"][0]["calendar_id"]
    await put(http, calendar_id)
    assert [one["event_id"] for one in await listed(http, **MANAGED)] == ["e1"]
    body = {
        "event_id": "e2",
        "summary": "x",
        "start": "2026-12-01",
        "end": "2026-12-02",
        "attendees": {"invite": [{"email": "cy@example.com"}]},
    }
    answer = await http.post(f"/v1/calendars/{calendar_id}/events", json=body)
    assert list(answer.json()["errors"]) == ["attendees"]


async def test_marks_of_deleted_events_are_kept_for_a_while(world, http, mine, clock):
    await put(http, mine)
    await delete(http, mine, event_id="e1")
    clock.advance(days=89)
    await prune_once(world.platform, world.installation.identity)
    assert len(await listed(await world.http(world.ana), include_deleted="true", **MANAGED)) == 1
    clock.advance(days=2)
    await prune_once(world.platform, world.installation.identity)
    assert await listed(await world.http(world.ana), include_deleted="true", **MANAGED) == []


# -- batch


async def test_a_batch_does_each_of_its_writes(world, http, mine):
    path = f"/v1/calendars/{mine}/events"
    event_ = {
        "event_id": "b1",
        "summary": "One",
        "start": "2026-12-01T10:00:00Z",
        "end": "2026-12-01T11:00:00Z",
    }
    period = {"available_period_id": "p1", "start": "2026-12-01T10:00:00Z", "end": "2026-12-01T11:00:00Z"}
    entries = [
        {"method": "POST", "relative_url": path, "data": event_},
        {"method": "POST", "relative_url": path, "data": {**event_, "event_id": "b2", "summary": None}},
        {"method": "DELETE", "relative_url": path, "data": {"event_id": "nothing"}},
        {"method": "POST", "relative_url": "/v1/available_periods", "data": period},
        {"method": "GET", "relative_url": "/v1/events", "data": {}},
        {"method": "POST", "relative_url": "/v1/calendars/cal_other/events", "data": event_},
        {"method": "DELETE", "relative_url": path, "data": {"event_id": "b1"}},
    ]
    answer = await http.post("/v1/batch", json={"batch": entries})
    assert answer.status_code == 207
    found = answer.json()["batch"]
    assert [one["status"] for one in found] == [202, 422, 202, 202, 422, 404, 202]
    assert found[0] == {"status": 202}
    assert list(found[1]["data"]["errors"]) == ["summary"]
    assert await listed(http, **MANAGED) == []
    [gone] = await listed(http, include_deleted="true", **MANAGED)
    assert gone["event_id"] == "b1"


@pytest.mark.parametrize("batch", [[], None, "x", [1], [{"method": "POST"}]])
async def test_a_batch_that_is_none_is_refused(http, batch):
    answer = await http.post("/v1/batch", json={"batch": batch})
    assert answer.status_code == 422
    assert next(iter(answer.json()["errors"])).startswith("batch")
