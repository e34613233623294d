"""Push from Google: channels from opening to closing, what they tell, and what happens when they do not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from convene.core.permissions import Caller
from convene.services.connection_views import ConnectionView
from convene.services.connections import CalendarChange
from factories.google import GoogleWorld, google_world
from factories.push import ADDRESS, PushWorld, push_world
from fakes.google_calendar import EMAIL, GoogleCalendarFake, google_calendar

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


@pytest.fixture
def fake(clock) -> Iterator[GoogleCalendarFake]:
    with google_calendar() as found:
        found.channels.clock = clock
        yield found


@pytest.fixture
async def google(db, clock, fake) -> AsyncIterator[GoogleWorld]:
    async with google_world(db, clock, fake) as found:
        yield found


@pytest.fixture
async def push(google: GoogleWorld) -> AsyncIterator[PushWorld]:
    async with push_world(google.place) as found:
        yield found


@pytest.fixture
async def ana(google: GoogleWorld) -> Caller:
    return await google.place.world.person("Ana Ruiz")


@pytest.fixture
async def view(google: GoogleWorld, ana: Caller, push: PushWorld) -> ConnectionView:
    """A connection that was read and is told of changes."""
    found = await google.connect(ana)
    assert await push.run() == 1
    assert await push.run_reads() == 1
    return found


def meeting(name: str, start: datetime = START) -> dict[str, object]:
    times = {
        key: {"dateTime": value.isoformat(), "timeZone": "UTC"}
        for key, value in (("start", start), ("end", start + timedelta(hours=1)))
    }
    return {"id": name, "summary": "Dentist", **times}


async def deliver(push: PushWorld, fake: GoogleCalendarFake) -> list[int]:
    """Let Google's notifications arrive; return how they were answered."""
    found = []
    for item in fake.channels.take():
        assert item.address.startswith(ADDRESS)
        answer = await push.client.post(item.address, headers=item.headers)
        assert answer.content == b"" or answer.status_code >= 400
        found.append(answer.status_code)
    return found


def asked(fake: GoogleCalendarFake, ending: str) -> int:
    return sum(path.endswith(ending) for _, path, _ in fake.requests)


async def test_a_change_is_read_when_google_tells_of_it(google, push, ana, fake, view):
    assert await push.health(ana.org_id, view.row.connection_id) == "active"
    # That the channel is open says nothing of changes.
    assert await deliver(push, fake) == [202]
    assert await push.run_reads() == 0
    fake.put(meeting("event1"))
    fake.change("event1", summary="Doctor")
    assert await deliver(push, fake) == [202, 202]
    assert await push.run_reads() == 1
    assert [start for start, _, _ in await google.place.busy(ana)] == [START]


async def test_lost_doubled_and_reordered_notifications_change_nothing_but_the_moment(
    google, push, ana, fake, view
):
    await deliver(push, fake)
    for n in range(6):
        fake.put(meeting(f"event{n}", START + timedelta(days=n)))
        if n % 2:
            fake.remove(f"event{n - 1}")
    fake.channels.lost, fake.channels.each, fake.channels.is_reversed = 2, 3, True
    assert set(await deliver(push, fake)) == {202}
    assert await push.run_reads() == 1
    assert [(start - START).days for start, _, _ in await google.place.busy(ana)] == [1, 3, 5]
    # All are lost: the poll finds it.
    fake.channels.lost = 9
    fake.remove("event1")
    assert await deliver(push, fake) == []
    await google.read(ana, view.row.connection_id)
    assert [(start - START).days for start, _, _ in await google.place.busy(ana)] == [3, 5]


async def test_a_new_channel_takes_over_before_the_old_one_ends(push, ana, fake, view, clock):
    (first,) = fake.channels.open.values()
    fake.requests.clear()
    clock.advance(days=5.5)
    assert await push.run() == 0
    clock.advance(days=0.7)
    assert await push.run() == 1
    (second,) = fake.channels.open.values()
    assert second.id != first.id
    assert second.expires_at == clock() + timedelta(days=7)
    changes = [
        path.rpartition("/")[2] for _, path, _ in fake.requests if "/channels/" in path or "watch" in path
    ]
    assert changes == ["watch", "stop"]
    # Nothing was without a channel, so nothing is read for it. The sync messages are all that came.
    assert await push.run_reads() == 0
    assert await deliver(push, fake) == [404, 202]
    assert await push.run() == 0


async def test_a_job_that_runs_twice_opens_one_channel(push, ana, fake, view):
    place = view.calendars[0].calendar_id
    await push.push.look_after(ana.org_id, place)
    assert len(fake.channels.open) == 1
    assert asked(fake, "/watch") == 1


async def test_calendars_of_which_google_never_tells_are_polled(google, push, ana, fake, clock):
    fake.channels.unsupported.add(EMAIL)
    view = await google.connect(ana)
    assert await push.run() == 1
    assert await push.health(ana.org_id, view.row.connection_id) == "unsupported"
    view = await google.read(ana, view.row.connection_id)
    assert view.row.next_poll_at == clock() + timedelta(minutes=15)
    clock.advance(days=29)
    assert await push.run() == 0
    fake.channels.unsupported.clear()
    clock.advance(days=2)
    assert await push.run() == 1
    assert await push.health(ana.org_id, view.row.connection_id) == "active"


async def test_who_cannot_be_reached_opens_no_channel(google, ana, fake):
    async with push_world(google.place, None) as push:
        view = await google.connect(ana)
        assert await push.run() == 0
        assert await push.health(ana.org_id, view.row.connection_id) == "unsupported"
        assert asked(fake, "/watch") == 0


async def test_a_channel_that_cannot_be_opened_is_tried_again(google, push, ana, fake, clock):
    view = await google.connect(ana)
    fake.faults.answers = [(500, "backendError", "")]
    assert await push.run() == 1
    assert await push.health(ana.org_id, view.row.connection_id) == "off"
    view = await google.read(ana, view.row.connection_id)
    # Where nothing ever told of changes, nothing is missed.
    assert view.row.next_poll_at == clock() + timedelta(minutes=15)
    assert await push.run() == 0
    clock.advance(minutes=2)
    assert await push.run() == 1
    assert await push.health(ana.org_id, view.row.connection_id) == "active"


async def test_a_renewal_that_fails_has_time_for_more(google, push, ana, fake, view, clock):
    clock.advance(days=6.2)
    fake.faults.answers = [(500, "backendError", "")]
    assert await push.run() == 1
    assert await push.health(ana.org_id, view.row.connection_id) == "active"
    (held,) = fake.channels.open.values()
    assert await push.run() == 0
    clock.advance(hours=6)
    assert await push.run() == 1
    assert held.id not in fake.channels.open


async def test_a_channel_that_ended_makes_polls_come_sooner(google, push, ana, fake, view, clock):
    view = await google.read(ana, view.row.connection_id)
    assert view.row.next_poll_at == clock() + timedelta(minutes=15)
    clock.advance(days=8)
    assert await push.health(ana.org_id, view.row.connection_id) == "off"
    view = await google.read(ana, view.row.connection_id)
    assert view.row.next_poll_at == clock() + timedelta(minutes=2)
    assert await push.run() == 1
    view = await google.read(ana, view.row.connection_id)
    assert view.row.next_poll_at == clock() + timedelta(minutes=15)


async def test_a_channel_that_falls_silent_is_replaced(google, push, ana, fake, view, clock):
    (silent,) = fake.channels.open.values()
    for n in range(2):
        fake.put(meeting(f"event{n}", START + timedelta(days=n)))
        fake.channels.lost = 1_000
        assert await deliver(push, fake) == []
        fake.channels.lost = 0
        clock.advance(minutes=15)
        await google.read(ana, view.row.connection_id)
        assert silent.id in fake.channels.open
        clock.advance(minutes=3)
        await push.run()
    assert silent.id not in fake.channels.open
    assert len(fake.channels.open) == 1
    assert await push.health(ana.org_id, view.row.connection_id) == "active"


async def test_what_is_told_soon_after_a_poll_was_not_missed(google, push, ana, fake, view, clock):
    (channel,) = fake.channels.open.values()
    for n in range(3):
        fake.put(meeting(f"event{n}", START + timedelta(days=n)))
        await google.read(ana, view.row.connection_id)
        clock.advance(minutes=1)
        assert 202 in await deliver(push, fake)
        await push.run_reads()
        clock.advance(minutes=5)
        await push.run()
    assert [*fake.channels.open] == [channel.id]


async def test_channels_end_with_their_calendar(google, push, ana, fake, view):
    (calendar,) = view.calendars
    quiet = CalendarChange(calendar.calendar_id, is_checked=False, is_target=False)
    await google.place.connections.change(ana, view.row.connection_id, changes=[quiet])
    assert await push.run() == 1
    assert fake.channels.open == {}
    assert await push.run() == 0
    assert set(await deliver(push, fake)) == {404}


async def test_disconnecting_closes_channels_while_access_lasts(google, push, ana, fake, view):
    await google.place.connections.disconnect(ana, view.row.connection_id)
    assert fake.channels.open == {}
    assert len(fake.revoked) == 1
    assert await deliver(push, fake) == [404]


async def test_who_is_back_is_told_again(google, push, ana, fake, view):
    fake.withdraw()
    fake.channels.open.clear()
    await google.read(ana, view.row.connection_id)
    assert (await google.place.connections.get(ana, view.row.connection_id)).row.state == "needs_attention"
    assert await push.run() == 0
    done = await google.consent(ana, connection_id=view.row.connection_id)
    assert done.problem == ""
    await google.read(ana, view.row.connection_id)
    assert await push.run() == 1
    assert len(fake.channels.open) == 1


async def test_strangers_learn_and_change_nothing(push, ana, fake, view):
    (channel,) = fake.channels.open.values()
    await deliver(push, fake)
    right = {"X-Goog-Channel-ID": channel.id, "X-Goog-Channel-Token": channel.token}
    for wrong in (
        {},
        {"X-Goog-Channel-ID": channel.id},
        {**right, "X-Goog-Channel-Token": channel.token[:-1]},
        {**right, "X-Goog-Channel-ID": "psh_" + "0" * 26},
        {**right, "X-Goog-Channel-ID": "x"},
    ):
        answer = await push.client.post("/push/google", headers=wrong)
        assert answer.status_code == 404
    assert await push.run_reads() == 0
    answer = await push.client.post("/push/google", headers=right, content=b"x" * 2_000_000)
    assert answer.status_code == 413
    assert (await push.client.post("/push/google", headers=right)).status_code == 202
    assert await push.run_reads() == 1


async def test_a_flood_of_strangers_is_held_off(push):
    statuses = [
        (await push.client.post("/push/google", headers={"X-Goog-Channel-ID": "x"})).status_code
        for _ in range(130)
    ]
    assert (statuses[0], statuses[-1]) == (404, 429)


async def test_the_secret_is_not_kept(push, ana, fake, view, db):
    (channel,) = fake.channels.open.values()
    async with db.connection() as conn:
        cursor = await conn.execute("SELECT string_agg(row_to_json(c)::text, '') FROM calendar_channel c")
        (text,) = await cursor.fetchone()
    assert channel.id in text
    assert channel.token not in text
