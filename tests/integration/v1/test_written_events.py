"""Applications' events in calendars on real CalDAV servers: there exactly once, changed, gone, whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import icalendar
import pytest
import recurring_ical_events

from caldav_servers import CalDavServer, Radicale, Xandikos, event_text
from convene.ports.calendars import ProviderError
from factories.event_world import EventWorld, delete, event_world, listed, put
from factories.icalendar_texts import calendar, event, timed
from fakes.faulty_proxy import FaultyProxy, faulty_proxy

ALL = {"include_managed": "true"}
MANAGED = {"only_managed": "true"}


@pytest.fixture(scope="module")
def running_xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Xandikos]:
    found = Xandikos(tmp_path_factory.mktemp("xandikos"))
    found.start()
    yield found
    found.stop()


@pytest.fixture(params=["radicale", "xandikos"])
def remote(request: pytest.FixtureRequest) -> CalDavServer:
    """An empty calendar on one of two servers."""
    if request.param == "radicale":
        return request.getfixturevalue("radicale")
    found: Xandikos = request.getfixturevalue("running_xandikos")
    for name in found.names():
        found.delete(name)
    return found


@pytest.fixture
async def world(db, database_url, tmp_path, clock) -> AsyncIterator[EventWorld]:
    async with event_world(database_url, tmp_path, clock) as found:
        yield found


@pytest.fixture
async def http(world):
    return await world.http(world.ana)


@pytest.fixture
async def proxy(radicale: Radicale) -> AsyncIterator[FaultyProxy]:
    async with faulty_proxy(radicale.url) as found:
        yield found


def there(remote: CalDavServer) -> icalendar.Event:
    """The only event in the calendar, as another program reads it."""
    [name] = remote.names()
    [found] = icalendar.Calendar.from_ical(remote.get(name)).walk("VEVENT")
    return found


async def test_an_event_is_written_changed_and_removed(world, http, remote):
    view, calendar_id = await world.connect(remote.url)
    await put(
        http,
        calendar_id,
        description="Bring\nnotes; and, more",
        tzid="Europe/Berlin",
        location={"description": "Room 5"},
        reminders=[{"minutes": 30}, {"minutes": 5}],
        event_private=True,
    )
    # It counts at once, before the calendar has it.
    assert remote.names() == []
    [found] = await listed(http, **MANAGED)
    assert [one["event_id"] for one in await listed(http, "free_busy", **ALL)] == ["e1"]
    await world.write()
    assert await world.write_states() == ["written"]
    event = there(remote)
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == ("Board meeting", "Bring\nnotes; and, more")
    assert event["DTSTART"].dt == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert (str(event["LOCATION"]), str(event["CLASS"])) == ("Room 5", "PRIVATE")
    assert len(event.walk("VALARM")) == 2
    # Reading it back changes nothing for readers, and it stays the application's.
    for _ in range(2):
        await world.read(view)
    [read] = await listed(http, **MANAGED)
    assert (read["event_uid"], read["event_id"]) == (found["event_uid"], "e1")
    assert await listed(http) == []

    await put(http, calendar_id, summary="Moved", start="2026-12-02T10:00:00Z", end="2026-12-02T11:00:00Z")
    await world.write()
    assert str(there(remote)["SUMMARY"]) == "Moved"
    assert there(remote)["DTSTART"].dt == datetime(2026, 12, 2, 10, tzinfo=UTC)
    assert "LOCATION" not in there(remote)

    assert (await delete(http, calendar_id, event_id="e1")).status_code == 202
    # Reading before it is removed there does not bring it back.
    await world.read(view)
    assert await listed(http, **ALL) == []
    await world.write()
    assert remote.names() == []
    await world.read(view)
    assert [one["deleted"] for one in await listed(http, include_deleted="true", **ALL)] == [True]


async def test_what_the_owner_added_stays_and_is_told(world, http, remote):
    view, calendar_id = await world.connect(remote.url)
    await put(http, calendar_id, reminders=[{"minutes": 30}])
    await world.write()
    [name] = remote.names()
    added = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Ring\r\nTRIGGER:-PT7M\r\nEND:VALARM\r\nEND:VEVENT"
    remote.put(name, remote.get(name).replace("END:VEVENT", "CATEGORIES:mine\r\n" + added))
    await put(http, calendar_id, summary="Renamed", reminders=[{"minutes": 15}])
    await world.write()
    event = there(remote)
    assert sorted(str(alarm["TRIGGER"].to_ical()) for alarm in event.walk("VALARM")) == [
        "b'-PT15M'",
        "b'-PT7M'",
    ]
    await world.read(view)
    [found] = await listed(http, **MANAGED)
    assert (found["summary"], found["categories"], found["event_id"]) == ("Renamed", ["mine"], "e1")


async def test_what_the_owner_moves_or_deletes_is_told(world, http, remote):
    view, calendar_id = await world.connect(remote.url)
    await put(http, calendar_id)
    await world.write()
    await world.read(view)
    [name] = remote.names()
    text = remote.get(name)
    assert "T100000Z" in text
    remote.put(name, text.replace("T100000Z", "T103000Z"))
    await world.read(view)
    [moved] = await listed(http, **MANAGED)
    assert moved["start"] == "2026-12-01T10:30:00Z"
    remote.delete(name)
    await world.read(view)
    [gone] = await listed(http, include_deleted="true", **MANAGED)
    assert (gone["event_id"], gone["deleted"]) == ("e1", True)
    # The application may put it there again.
    await put(http, calendar_id)
    await world.write()
    assert remote.names() == [name]


async def test_the_same_event_from_twenty_sides_at_once_is_one_event(world, http, remote):
    _, calendar_id = await world.connect(remote.url)
    await asyncio.gather(*[put(http, calendar_id, summary=f"Version {number}") for number in range(20)])
    await asyncio.gather(*[world.write() for _ in range(3)])
    [found] = await listed(http, **MANAGED)
    assert str(there(remote)["SUMMARY"]) == found["summary"]


async def test_an_event_of_somebody_else_is_changed_there(world, http, remote):
    remote.put("theirs.ics", event_text("theirs", summary="Lunch", LOCATION="Bistro", COLOR="teal"))
    view, calendar_id = await world.connect(remote.url)
    [found] = await listed(http)
    path = f"/v1/calendars/{calendar_id}/events"
    times = {"start": "2026-12-03T12:00:00Z", "end": "2026-12-03T13:00:00Z"}
    assert (await http.post(path, json={"event_uid": found["event_uid"], **times})).status_code == 202
    assert (
        await http.post(path, json={"event_uid": found["event_uid"], "summary": "Late lunch"})
    ).status_code == 202
    [changed] = await listed(http)
    assert (changed["start"], changed["summary"]) == ("2026-12-03T12:00:00Z", "Late lunch")
    await world.read(view)  # not yet written: what is read is older
    assert await listed(http) == [changed]
    await world.write()
    event = there(remote)
    assert (str(event["SUMMARY"]), str(event["LOCATION"]), str(event["COLOR"])) == (
        "Late lunch",
        "Bistro",
        "teal",
    )
    assert event["DTSTART"].dt == datetime(2026, 12, 3, 12, tzinfo=UTC)
    await world.read(view)
    assert [one["event_uid"] for one in await listed(http)] == [found["event_uid"]]
    assert (await delete(http, calendar_id, event_uid=found["event_uid"])).status_code == 202
    await world.write()
    assert remote.names() == []


async def test_an_invitation_is_answered_there(world, http, radicale):
    invitation = event_text("party").replace(
        "END:VEVENT",
        "ORGANIZER:mailto:cy@example.com\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ana@example.com\r\nEND:VEVENT",
    )
    radicale.put("party.ics", invitation)
    view, calendar_id = await world.connect(radicale.url, read=False)
    async with world.platform.db.transaction() as conn:
        await conn.execute(
            """UPDATE calendar_connection SET profile = profile || '{"addresses": ["mailto:ana@example.com"]}'"""
            " WHERE kind = 'caldav'"
        )
    await world.read(view)
    [found] = await listed(http)
    assert (found["participation_status"], found["options"]["change_participation_status"]) == (
        "needs_action",
        True,
    )
    path = f"/v1/calendars/{calendar_id}/events/{found['event_uid']}/participation_status"
    narrow = await world.http(world.ana, "change_participation_status")
    assert (await narrow.post(path, json={"status": "declined"})).status_code == 202
    [answered] = await listed(http)
    assert answered["participation_status"] == "declined"
    assert (await listed(http, "free_busy"))[0]["free_busy_status"] == "free"
    await world.write()
    assert there(radicale)["ATTENDEE"].params["PARTSTAT"] == "DECLINED"


# -- what can fail


@pytest.mark.parametrize("at_once", [1, 3])
async def test_a_lost_answer_makes_no_twin(world, http, radicale, proxy, at_once):
    _, calendar_id = await world.connect(proxy.url)
    await put(http, calendar_id)
    proxy.faults.lost_replies = ["PUT"]
    await asyncio.gather(*[world.write() for _ in range(at_once)])
    assert len(radicale.names()) == 1
    assert proxy.count("PUT") == 1
    assert await world.write_states() == ["written"]


async def test_an_outage_is_survived_and_nothing_is_lost(world, http, radicale, clock):
    view, calendar_id = await world.connect(radicale.url)
    radicale.stop()
    await put(http, calendar_id)
    await world.write()
    assert await world.write_states() == ["retrying"]
    await world.read(view)
    assert len(await listed(http, **MANAGED)) == 1
    radicale.start()
    # A full read of a calendar without the event does not remove what waits to be written.
    clock.advance(minutes=10)
    await world.read(view)
    assert len(await listed(http, **MANAGED)) == 1
    await world.write()
    assert len(radicale.names()) == 1
    assert await world.write_states() == ["written"]


async def test_a_write_that_is_refused_gives_way_to_what_is_there(world, http, radicale, proxy, clock):
    view, calendar_id = await world.connect(proxy.url)
    await put(http, calendar_id)
    await world.write()
    await world.read(view)
    proxy.faults.put_statuses = [403]
    await put(http, calendar_id, summary="Refused", start="2026-12-05T10:00:00Z", end="2026-12-05T11:00:00Z")
    await world.write()
    assert await world.write_states() == ["failed"]
    clock.advance(minutes=5)
    await world.read(view)
    [found] = await listed(http, **MANAGED)
    assert (found["summary"], found["start"]) == ("Board meeting", "2026-12-01T10:00:00Z")
    # A refused deletion comes back, as the application's event.
    assert (await delete(http, calendar_id, event_id="e1")).status_code == 202
    assert await listed(http, **MANAGED) == []
    place = world.platform.event_writing
    reach = place._remove

    async def refused(*_):
        raise ProviderError("permanent", "forbidden", "The server refuses.")

    place._remove = refused
    await world.write()
    place._remove = reach
    assert await world.write_states() == ["failed"]
    clock.advance(minutes=5)
    await world.read(view)
    assert [one["event_id"] for one in await listed(http, **MANAGED)] == ["e1"]
    assert (await delete(http, calendar_id, event_id="e1")).status_code == 202
    await world.write()
    assert radicale.names() == []


async def test_availability_counts_an_event_before_its_calendar_has_it(world, radicale):
    http = await world.http(world.ana, "free_busy_write")
    _, calendar_id = await world.connect(radicale.url)
    await put(http, calendar_id)
    query = {
        "participants": [{"members": [{"sub": world.ana.account_id}], "required": "all"}],
        "required_duration": {"minutes": 60},
        "query_periods": [{"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T13:00:00Z"}],
    }
    answer = await http.post("/v1/availability", json=query)
    assert [(one["start"], one["end"]) for one in answer.json()["available_periods"]] == [
        ("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z"),
        ("2026-12-01T11:00:00Z", "2026-12-01T13:00:00Z"),
    ]


async def test_channels_hear_of_what_others_change(world, http, radicale):
    """The application that changed it knows; another one is told, also where nobody's time changed."""
    radicale.put("a.ics", event_text("a"))
    view, calendar_id = await world.connect(radicale.url)
    other = await world.http(world.ana, client_id=world.other_id)
    for client, path in ((http, "mine"), (other, "theirs")):
        url = f"https://app.example.com/{path}"
        made = await client.post("/v1/channels", json={"callback_url": url})
        assert made.status_code == 200, made.text

    async def pushes() -> list[tuple[str, str]]:
        async with world.platform.db.connection() as conn:
            rows = await conn.execute(
                "SELECT s.url, d.type FROM webhook_delivery d JOIN webhook_subscription s USING (org_id, webhook_id)"
                " WHERE d.type = 'change' ORDER BY s.url"
            )
            return [(row[0].rpartition("/")[2], row[1]) for row in await rows.fetchall()]

    await put(http, calendar_id, transparency="transparent")
    assert await pushes() == [("theirs", "change")]
    radicale.put("a.ics", event_text("a", summary="Another title"))
    await world.read(view)
    assert {name for name, _ in await pushes()} == {"mine", "theirs"}


async def test_a_round_that_read_before_a_write_does_not_undo_it(world, http, radicale, proxy, clock):
    """The listing is taken, then the event is written, then the round is stored."""
    view, calendar_id = await world.connect(proxy.url)
    rounds = world.platform.sync.rounds
    fetch = rounds._fetch

    async def slow(*args):
        found = await fetch(*args)
        clock.advance(seconds=1)
        await put(http, calendar_id)
        await world.write()
        return found

    rounds._fetch = slow
    async with world.platform.db.transaction() as conn:
        await conn.execute("UPDATE calendar SET cursor = '{}', full_read_at = NULL")
    await world.read(view)
    rounds._fetch = fetch
    assert len(await listed(http, **MANAGED)) == 1
    await world.read(view)
    assert [one["event_id"] for one in await listed(http, include_deleted="true", **MANAGED)] == ["e1"]


async def test_a_place_that_is_taken_is_told_to_a_person(world, http, radicale):
    _, calendar_id = await world.connect(radicale.url)
    await put(http, calendar_id)
    await world.write()
    [name] = radicale.names()
    radicale.delete(name)
    radicale.put(name, event_text("somebody-elses"))
    await put(http, calendar_id, summary="Again")
    await world.write()
    assert await world.write_states() == ["failed"]
    assert "somebody-elses" in radicale.get(name)


# -- reading


SERIES = calendar(
    event(
        *timed("20261012T083000", "20261012T090000", "America/New_York"),
        "RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=40",
        "EXDATE;TZID=America/New_York:20261029T083000",
        uid="s",
        summary="Standup",
    ),
    event(
        *timed("20261102T150000", "20261102T154500", "America/New_York"),
        "RECURRENCE-ID;TZID=America/New_York:20261102T083000",
        uid="s",
        summary="Standup (late)",
    ),
)


async def test_a_series_across_a_change_of_clocks_is_what_another_reader_says(world, http, radicale):
    radicale.put("s.ics", SERIES)
    await world.connect(radicale.url)
    since, until = datetime(2026, 10, 13, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC)
    expected = sorted(
        (event["DTSTART"].dt.astimezone(UTC), event["DTEND"].dt.astimezone(UTC), str(event["SUMMARY"]))
        for event in recurring_ical_events.of(icalendar.Calendar.from_ical(SERIES)).between(since, until)
    )
    found = await listed(http, **{"from": "2026-10-13", "to": "2027-04-01"})
    assert len(expected) > 30
    assert [
        (datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"]), one["summary"])
        for one in found
    ] == expected


async def test_the_moving_window_adds_what_comes_and_deletes_nothing(world, radicale, clock):
    radicale.put("s.ics", event_text("s", "20261015T090000Z", "20261015T093000Z", RRULE="FREQ=WEEKLY"))
    radicale.put("far.ics", event_text("far", "20280201T100000Z", "20280201T110000Z", TRANSP="TRANSPARENT"))
    view, calendar_id = await world.connect(radicale.url)
    http = await world.http(world.ana)
    await put(http, calendar_id, "ours", start="2029-01-01T10:00:00Z", end="2029-01-01T11:00:00Z")
    await world.write()
    await world.read(view)
    span = {"from": "2026-01-01", "to": "2030-01-01"}
    before = await listed(http, **span)
    assert [one["event_id"] for one in await listed(http, **MANAGED)] == ["ours"]
    clock.advance(days=90)
    await world.read(view)
    http = await world.http(world.ana)
    after = await listed(http, include_deleted="true", **span)
    assert "far" not in {one["summary"] for one in before}
    assert "far" in {one["summary"] for one in after}
    assert [one for one in after if one["deleted"]] == []
    # What was told before and is still in the window is told as it was.
    by_uid = {one["event_uid"]: one for one in after}
    kept = [one for one in before if one["start"] >= "2027-01-08"]
    assert kept
    assert [by_uid.get(one["event_uid"]) for one in kept] == kept
    assert [one["event_id"] for one in await listed(http, **MANAGED)] == ["ours"]
