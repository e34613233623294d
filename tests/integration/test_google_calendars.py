"""Google calendars from consent to disconnection: connected, read, written once, withdrawn and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from convene.core.errors import Invalid, NotFound
from convene.core.permissions import Caller
from convene.services.bookings import Draft
from convene.services.connections import CalendarChange
from factories.google import GoogleWorld, google_world
from fakes.google_calendar import BUSY, EMAIL, LIST, READ, WRITE, GoogleCalendarFake, google_calendar

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


@pytest.fixture
def fake() -> Iterator[GoogleCalendarFake]:
    with google_calendar() as found:
        yield found


@pytest.fixture
async def google(db, clock, fake) -> AsyncIterator[GoogleWorld]:
    async with google_world(db, clock, fake) as found:
        yield found


@pytest.fixture
async def ana(google: GoogleWorld) -> Caller:
    return await google.place.world.person("Ana Ruiz")


@pytest.fixture
async def bo(google: GoogleWorld) -> Caller:
    return await google.place.world.person("Bo Lind")


def timed(name: str, start: datetime, minutes: int = 60, **more: object) -> dict[str, object]:
    times = {
        key: {"dateTime": value.isoformat(), "timeZone": "UTC"}
        for key, value in (("start", start), ("end", start + timedelta(minutes=minutes)))
    }
    return {"id": name, "summary": "Dentist", **times, **more}


async def book(google: GoogleWorld, by: Caller, who: Caller) -> dict:
    return (
        await google.place.world.bookings.confirm(by, Draft([who.member_id], START, 30, "Launch chat"))
    ).body


async def stored_texts(google: GoogleWorld) -> str:
    async with google.place.world.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT coalesce(string_agg(row_to_json(e)::text, ' '), '') FROM calendar_event e"
        )
        return (await cursor.fetchone())[0]


async def test_connecting_reads_and_takes_over_the_writing(google, ana, fake):
    fake.add_calendar("team@group.calendar.google.com", "Team")
    fake.add_calendar("cy@globex.example", "Cy", "reader")
    fake.put(timed("event1", START))
    view = await google.connect(ana)
    assert (view.row.kind, view.row.state, view.row.username) == ("google", "ok", EMAIL)
    assert view.row.profile["access"] == "two_way"
    assert [(item.name, item.is_checked, item.is_target) for item in view.calendars] == [
        ("Ana Ruiz", True, True),
        ("Team", True, False),
        ("Cy", False, False),
    ]
    assert await google.place.busy(ana) == [(START, START + timedelta(hours=1), "busy")]
    fake.change("event1", transparency="transparent")
    fake.put(timed("event2", START + timedelta(days=1)))
    await google.read(ana, view.row.connection_id)
    assert [start for start, _, _ in await google.place.busy(ana)] == [START + timedelta(days=1)]
    fake.remove("event2")
    await google.read(ana, view.row.connection_id)
    assert await google.place.busy(ana) == []


async def test_a_series_loses_one_occurrence_by_a_delta(google, ana, fake):
    fake.put(timed("series0", START, recurrence=["RRULE:FREQ=DAILY;COUNT=3"]))
    view = await google.connect(ana)
    second = {"dateTime": (START + timedelta(days=1)).isoformat(), "timeZone": "UTC"}
    exception = {"id": "series0_2", "recurringEventId": "series0", "originalStartTime": second}
    fake.put({**exception, "status": "cancelled"})
    await google.read(ana, view.row.connection_id)
    assert [start for start, _, _ in await google.place.busy(ana)] == [START, START + timedelta(days=2)]
    fake.put({**timed("series0_2", START + timedelta(days=1, hours=3)), **exception})
    await google.read(ana, view.row.connection_id)
    assert [start - START for start, _, _ in await google.place.busy(ana)] == [
        timedelta(0),
        timedelta(days=1, hours=3),
        timedelta(days=2),
    ]


async def test_busy_only_asks_and_keeps_times_alone(google, ana, fake):
    fake.put(timed("event1", START, description="Root canal", location="High Street"))
    view = await google.connect(ana, "busy")
    assert [item.is_writable for item in view.calendars] == [False]
    assert [start for start, _, _ in await google.place.busy(ana)] == [START]
    text = await stored_texts(google)
    assert "event1" in text
    assert not any(word in text for word in ("Dentist", "Root", "High"))
    # More is granted later, and less again.
    done = await google.consent(ana, "read", connection_id=view.row.connection_id)
    assert (done.problem, done.granted, done.connection_id) == ("", "read", view.row.connection_id)
    await google.read(ana, view.row.connection_id)
    assert "Dentist" in await stored_texts(google)
    await google.consent(ana, "busy", connection_id=view.row.connection_id)
    await google.read(ana, view.row.connection_id)
    assert "Dentist" not in await stored_texts(google)


async def test_what_was_unticked_is_told(google, ana, fake):
    done = await google.consent(ana, without=(LIST,))
    assert (done.problem, done.connection_id) == ("unticked", "")
    assert len(fake.revoked) == 1
    done = await google.consent(ana, "read", without=(READ,))
    assert done.problem == "unticked"
    done = await google.consent(ana, denies=True)
    assert done.problem == "denied"
    assert [view.row.kind for view in await google.place.connections.mine(ana)] == ["builtin"]


async def test_only_who_left_comes_back(google, ana, bo, clock, fake):
    url = await google.oauth.start(ana, "google", "two_way")
    address = fake.consent(url)
    for somebody in (bo, None, replace(ana, org_id="org_elsewhere")):
        assert (await google.come_back(somebody, address)).problem == "expired"
    assert (await google.come_back(ana, address.replace("state=", "state=x"))).problem == "expired"
    # Another session of the same person is not the one that left.
    session = replace(ana, credential_id="ses_1")
    away = fake.consent(await google.oauth.start(session, "google", "two_way"))
    assert (await google.come_back(replace(ana, credential_id="ses_2"), away)).problem == "expired"
    clock.advance(minutes=16)
    assert (await google.come_back(ana, address)).problem == "expired"
    late = await google.oauth.start(ana, "google", "two_way")
    back = fake.consent(late)
    assert (await google.come_back(ana, back)).problem == ""
    assert (await google.come_back(ana, back)).problem == "invalid_grant"  # a code works once
    assert len(await google.place.connections.mine(ana)) == 2


async def test_secrets_are_sealed_and_never_typed(google, ana, fake):
    view = await google.connect(ana)
    async with google.place.world.db.connection() as conn:
        cursor = await conn.execute("SELECT secret FROM calendar_connection WHERE kind = 'google'")
        (secret,) = await cursor.fetchone()
    for token in (*fake.refresh_tokens, *fake.access_tokens):
        assert token.encode() not in bytes(secret)
        assert token not in repr(view)
    with pytest.raises(Invalid) as caught:
        await google.place.connections.connect(ana, kind="google", url="x", username="x", password="x")
    assert caught.value.fields["field"] == "kind"
    with pytest.raises(Invalid):
        await google.oauth.start(ana, "caldav", "two_way")


async def test_a_booking_is_written_once_though_the_answer_is_lost(google, ana, bo, fake):
    await google.connect(ana)
    fake.faults.lost_replies = ["POST"]
    booking = await book(google, bo, ana)
    await google.place.run_writes()
    await google.place.run_writes()
    [item] = fake.live()
    assert (item["summary"], item["start"]["dateTime"]) == ("Launch chat", "2026-12-01T14:30:00+00:00")
    assert item["extendedProperties"]["private"]["convene_booking"] == booking["booking_id"]
    assert "attendees" not in item
    found = await google.place.world.bookings.get(ana, booking["booking_id"])
    assert (
        next(one["calendar"]["state"] for one in found["participants"] if one["sub"] == ana.member_id)
        == "written"
    )
    # Read back, it is no second busy time; cancelled, it goes.
    view = (await google.place.connections.mine(ana))[1]
    await google.read(ana, view.row.connection_id)
    assert await google.place.busy(ana) == []
    await google.place.world.bookings.cancel(bo, booking["booking_id"])
    await google.place.run_writes()
    assert fake.live() == []


async def test_tokens_are_renewed_by_one_of_many_and_rotation_is_kept(google, ana, clock, fake):
    view = await google.connect(ana)
    clock.advance(hours=2)
    fake.faults.rotates = True
    before = len([1 for _, path, _ in fake.requests if path == "/token"])
    tokens = google.place.sync.tokens
    found = await asyncio.gather(*(tokens.credentials(view.row) for _ in range(5)))
    assert len({item.secret for item in found}) == 1
    assert len([1 for _, path, _ in fake.requests if path == "/token"]) == before + 1
    clock.advance(hours=2)
    again = await google.read(ana, view.row.connection_id)
    assert again.row.state == "ok"


async def test_a_token_that_ends_early_costs_nobody_a_round(google, ana, fake):
    view = await google.connect(ana)
    fake.access_tokens.clear()
    assert (await google.read(ana, view.row.connection_id)).row.state == "ok"


async def test_withdrawn_access_needs_its_owner_and_one_click(google, ana, bo, fake):
    view = await google.connect(ana)
    fake.withdraw()
    booking = await book(google, bo, ana)
    await google.place.run_writes()
    seen = await google.read(ana, view.row.connection_id)
    assert (seen.row.state, seen.row.error_code, seen.row.next_poll_at) == (
        "needs_attention",
        "invalid_grant",
        None,
    )
    assert [told["code"] for told in google.place.told.attention] == ["invalid_grant"]
    url = await google.oauth.start(ana, "google", "two_way", view.row.connection_id)
    assert "login_hint=ana%40globex.example" in url
    done = await google.come_back(ana, fake.consent(url))
    assert (done.problem, done.connection_id) == ("", view.row.connection_id)
    assert (await google.read(ana, view.row.connection_id)).row.state == "ok"
    await google.place.run_writes()
    assert [item["summary"] for item in fake.live()] == ["Launch chat"]
    assert booking["title"] == "Launch chat"


async def test_another_account_does_not_take_the_place(google, ana, fake):
    view = await google.connect(ana)
    entry = fake.calendars.pop(EMAIL).entry
    fake.add_calendar("other@globex.example", "Other", primary=True)
    done = await google.consent(ana, connection_id=view.row.connection_id)
    assert done.problem == "other_account"
    assert entry["id"] == EMAIL
    with pytest.raises(NotFound):
        await google.oauth.start(ana, "google", "two_way", "pro_none")


async def test_a_dead_token_and_slow_answers_keep_what_is_known(google, ana, fake):
    for n in range(3):
        fake.put(timed(f"event{n}", START + timedelta(days=n)))
    view = await google.connect(ana)
    before = await google.place.busy(ana)
    fake.faults.dead_token = True
    fake.faults.page_size, fake.faults.empty_pages = 1, True
    assert (await google.read(ana, view.row.connection_id)).row.state == "ok"
    assert await google.place.busy(ana) == before
    fake.faults.answers = [(403, "rateLimitExceeded", "120")]
    slowed = await google.read(ana, view.row.connection_id)
    assert slowed.row.state == "rate_limited"
    assert slowed.row.next_poll_at >= google.place.world.clock() + timedelta(seconds=120)
    assert await google.place.busy(ana) == before


async def test_disconnecting_gives_the_access_back(google, ana, bo, fake):
    view = await google.connect(ana)
    await book(google, bo, ana)
    await google.place.run_writes()
    [refresh] = fake.refresh_tokens
    await google.place.connections.disconnect(ana, view.row.connection_id, removes_future=True)
    assert fake.live() == []
    assert fake.revoked == [refresh]
    assert fake.refresh_tokens == {}


async def test_access_that_somebody_else_lives_on_is_not_given_back(google, ana, bo, fake):
    view = await google.connect(ana)
    await google.connect(bo)
    await google.place.connections.disconnect(ana, view.row.connection_id)
    assert fake.revoked == []


async def test_less_access_takes_the_writing_back(google, ana, fake):
    view = await google.connect(ana)
    done = await google.consent(ana, "read", connection_id=view.row.connection_id)
    assert done.granted == "read"
    views = await google.place.connections.mine(ana)
    targets = [(one.row.kind, item.is_target) for one in views for item in one.calendars]
    assert targets == [("builtin", True), ("google", False)]
    with pytest.raises(Invalid):
        await google.place.connections.change(
            ana,
            view.row.connection_id,
            changes=[CalendarChange(views[1].calendars[0].calendar_id, is_target=True)],
        )
    assert {BUSY, READ, WRITE, LIST} >= set().union(*fake.refresh_tokens.values())
