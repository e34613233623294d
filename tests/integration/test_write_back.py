"""Bookings in participants' calendars on a real CalDAV server: there exactly once, moved, gone, whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from caldav_servers import PASSWORD, Radicale, event_text
from convene.core.errors import Forbidden, NotFound
from convene.core.permissions import Caller
from convene.formats.parser_process import CalendarParser
from convene.services.bookings import Draft
from convene.services.connections import CalendarChange
from factories.calendars import CalendarWorld, calendar_world
from fakes.faulty_proxy import FaultyProxy, faulty_proxy

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)
MOVED = START + timedelta(hours=2)


@pytest.fixture
async def place(db, clock) -> AsyncIterator[CalendarWorld]:
    async with calendar_world(db, clock) as found:
        yield found


@pytest.fixture
async def ana(place: CalendarWorld) -> Caller:
    return await place.world.person("Ana Ruiz", "America/New_York")


@pytest.fixture
async def bo(place: CalendarWorld) -> Caller:
    return await place.world.person("Bo Lind", "Europe/London")


@pytest.fixture
async def proxy(radicale: Radicale) -> AsyncIterator[FaultyProxy]:
    async with faulty_proxy(radicale.url) as found:
        yield found


async def book(place: CalendarWorld, by: Caller, who: Caller) -> dict:
    draft = Draft([who.member_id], START, 30, "Launch chat, with commas; and more", "Bring\nnotes")
    return (await place.world.bookings.confirm(by, draft)).body


async def receipt(place: CalendarWorld, who: Caller, booking: dict) -> dict:
    """Return how the booking shows this person's calendar."""
    found = await place.world.bookings.get(who, booking["booking_id"])
    return next(item["calendar"] for item in found["participants"] if item["sub"] == who.member_id)


async def times(radicale: Radicale) -> list[datetime]:
    """Return the starts of everything in the calendar, as a reader sees it."""
    async with CalendarParser() as parser:
        items = [(name, radicale.get(name) or "") for name in radicale.names()]
        found = await parser.read(items, "UTC", START - timedelta(days=30), START + timedelta(days=30))
    return [datetime.fromtimestamp(block[0], UTC) for resource in found for block in resource.blocks]


async def test_a_booking_appears_once_moves_and_disappears(place, ana, bo, radicale):
    await place.connect(ana, radicale.url)
    booking = await book(place, bo, ana)
    assert (await receipt(place, ana, booking))["state"] == "pending"
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "written"
    assert (await receipt(place, bo, booking))["state"] == "builtin"
    [name] = radicale.names()
    text = radicale.get(name)
    assert "Launch chat" in text
    assert f"X-CONVENE-BOOKING:{booking['booking_id']}" in text.replace("\r\n ", "")
    assert await times(radicale) == [START]
    assert place.told.synced == [booking["booking_id"]]
    assert (await place.world.bookings.get(ana, booking["booking_id"]))["sync_revision"] == 1

    await place.world.bookings.reschedule(ana, booking["booking_id"], MOVED)
    await place.run_writes()
    assert radicale.names() == [name]
    assert await times(radicale) == [MOVED]
    assert (await receipt(place, ana, booking))["state"] == "written"

    await place.world.bookings.cancel(bo, booking["booking_id"])
    await place.run_writes()
    assert radicale.names() == []
    assert (await receipt(place, ana, booking))["state"] == "written"


async def test_our_event_does_not_count_twice(place, ana, bo, radicale):
    view = await place.connect(ana, radicale.url)
    booking = await book(place, bo, ana)
    await place.run_writes()
    place.told.availability.clear()
    await place.read(view)
    assert await place.busy(ana) == []
    assert place.told.availability == []
    # A copy that somebody made of it is an event like any other, whatever tag it carries.
    copy = event_text(
        "copy", "20261203T100000Z", "20261203T110000Z", **{"X-CONVENE-BOOKING": booking["booking_id"]}
    )
    radicale.put("copy.ics", copy)
    await place.read(view)
    assert len(await place.busy(ana)) == 1
    # The meeting's own old time is free as soon as it is moved, before the calendar has caught up.
    await place.world.bookings.reschedule(bo, booking["booking_id"], MOVED)
    await place.world.bookings.reschedule(bo, booking["booking_id"], START)


@pytest.mark.parametrize("runs", [1, 3])
async def test_a_lost_answer_makes_no_twin(place, ana, bo, radicale, proxy, runs):
    await place.connect(ana, proxy.url)
    booking = await book(place, bo, ana)
    proxy.faults.lost_replies = ["PUT"]
    args = {"org_id": ana.org_id, "booking_id": booking["booking_id"], "account_id": ana.member_id}
    await asyncio.gather(*[place.write_back.write(**args) for _ in range(runs)])
    assert len(radicale.names()) == 1
    assert proxy.count("PUT") == 1
    assert (await receipt(place, ana, booking))["state"] == "written"


async def test_an_outage_is_survived(place, ana, bo, radicale, clock):
    view = await place.connect(ana, radicale.url)
    radicale.stop()
    booking = await book(place, bo, ana)
    await place.run_writes()
    held = await receipt(place, ana, booking)
    assert held["state"] == "retrying"
    assert "127.0.0.1" in held["detail"]
    assert held["service"] == "caldav"
    assert clock() < datetime.fromisoformat(held["next_try_at"]) < clock() + timedelta(minutes=5)
    place.told.synced.clear()
    for _ in range(4):
        clock.advance(minutes=20)
        await place.run_writes()
    assert len(place.told.synced) > 1
    # Who reads the receipt is told of each later try.
    assert datetime.fromisoformat((await receipt(place, ana, booking))["next_try_at"]) > clock()
    await place.world.bookings.reschedule(bo, booking["booking_id"], MOVED)
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "retrying"
    radicale.start()
    clock.advance(hours=1)
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "written"
    assert await times(radicale) == [MOVED]
    assert len(radicale.names()) == 1
    await place.read(view)
    assert place.told.attention == []


async def test_after_three_days_a_person_is_told(place, ana, bo, radicale, clock):
    await place.connect(ana, radicale.url)
    radicale.stop()
    booking = await book(place, bo, ana)
    for _ in range(72 + 2):
        await place.run_writes()
        clock.advance(hours=1)
    assert (await receipt(place, ana, booking))["state"] == "failed"
    [told] = place.told.attention
    assert (told["code"], told["sub"]) == ("write_failed", ana.member_id)
    assert "Launch chat" in told["detail"]


async def test_what_was_cancelled_while_its_owner_was_away_for_days_is_gone_when_they_are_back(
    place, ana, bo, radicale, clock
):
    view = await place.connect(ana, radicale.url)
    booking = await book(place, bo, ana)
    await place.run_writes()
    radicale.set_password("changed")
    await place.read(view)
    await place.world.bookings.cancel(bo, booking["booking_id"], "")
    for _ in range(5 * 4):
        await place.run_writes()
        clock.advance(hours=6)
    assert len(radicale.names()) == 1
    await place.connections.change(ana, view.row.connection_id, password="changed")
    await place.run_writes()
    assert radicale.names() == []


async def test_a_read_that_works_again_wakes_what_waits(place, ana, bo, radicale, clock):
    view = await place.connect(ana, radicale.url)
    radicale.stop()
    await book(place, bo, ana)
    for _ in range(6):
        await place.run_writes()
        await place.read(view)
        clock.advance(minutes=61)
    radicale.start()
    await place.run_writes()
    assert len(radicale.names()) == 1


async def test_a_refused_password_waits_for_its_owner_and_locks_nobody_out(
    place, ana, bo, radicale, proxy, clock
):
    view = await place.connect(ana, proxy.url)
    radicale.set_password("changed")
    radicale.stop()
    radicale.start()
    booking = await book(place, bo, ana)
    await place.run_writes()
    row = (await place.view(ana, view)).row
    assert (row.state, row.error_code) == ("needs_attention", "unauthorized")
    assert (await receipt(place, ana, booking))["state"] == "retrying"
    asked = len(proxy.raw.requests)
    clock.advance(hours=2)
    await place.run_writes()
    assert len(proxy.raw.requests) == asked
    assert [told["code"] for told in place.told.attention] == ["unauthorized"]
    await place.connections.change(ana, view.row.connection_id, password="changed")
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "written"
    assert len(radicale.names()) == 1


async def test_what_the_owner_added_is_kept(place, ana, bo, radicale):
    await place.connect(ana, radicale.url)
    booking = await book(place, bo, ana)
    await place.run_writes()
    [name] = radicale.names()
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Ring\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\n"
    radicale.put(name, radicale.get(name).replace("END:VEVENT", alarm + "COLOR:teal\r\nEND:VEVENT"))
    await place.world.bookings.reschedule(bo, booking["booking_id"], MOVED)
    await place.run_writes()
    text = radicale.get(name)
    assert "TRIGGER:-PT10M" in text
    assert "COLOR:teal" in text
    assert await times(radicale) == [MOVED]


async def test_an_edit_between_reading_and_writing_is_not_lost(place, ana, bo, radicale, proxy):
    await place.connect(ana, proxy.url)
    booking = await book(place, bo, ana)
    await place.run_writes()
    [name] = radicale.names()
    await place.world.bookings.reschedule(bo, booking["booking_id"], MOVED)
    done = []

    def edit_once() -> None:
        if not done:
            done.append(1)
            radicale.put(name, radicale.get(name).replace("END:VEVENT", "COLOR:teal\r\nEND:VEVENT"))

    proxy.faults.before_put = edit_once
    await place.run_writes()
    assert done
    assert "COLOR:teal" in radicale.get(name)
    assert await times(radicale) == [MOVED]
    assert (await receipt(place, ana, booking))["state"] == "written"


async def test_an_event_that_never_stops_changing_is_tried_later(place, ana, bo, radicale, proxy):
    await place.connect(ana, proxy.url)
    booking = await book(place, bo, ana)
    await place.run_writes()
    await place.world.bookings.reschedule(bo, booking["booking_id"], MOVED)
    proxy.faults.put_statuses = [412] * 10
    before = proxy.count("PUT")
    await place.run_writes()
    assert proxy.count("PUT") - before == 3
    assert (await receipt(place, ana, booking))["state"] == "retrying"


async def test_cancelling_what_is_gone_there_is_fine(place, ana, bo, radicale):
    await place.connect(ana, radicale.url)
    booking = await book(place, bo, ana)
    await place.run_writes()
    radicale.delete(radicale.names()[0])
    await place.world.bookings.cancel(bo, booking["booking_id"])
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "written"


async def test_a_booking_cancelled_before_it_was_written_leaves_nothing(place, ana, bo, radicale):
    await place.connect(ana, radicale.url)
    booking = await book(place, bo, ana)
    await place.world.bookings.cancel(bo, booking["booking_id"])
    await place.run_writes()
    assert radicale.names() == []
    assert (await receipt(place, ana, booking))["state"] == "written"


async def test_the_place_once_chosen_is_kept(place, ana, bo, radicale):
    other = radicale.make_calendar("other", "Other")
    view = await place.connect(ana, radicale.url)
    target = next(item for item in view.calendars if item.is_target)
    rest = next(item for item in view.calendars if not item.is_target)
    booking = await book(place, bo, ana)
    await place.run_writes()
    change = CalendarChange(rest.calendar_id, is_target=True)
    await place.connections.change(ana, view.row.connection_id, changes=[change])
    await place.world.bookings.reschedule(bo, booking["booking_id"], MOVED)
    await place.run_writes()
    assert (len(radicale.names(target.remote_id)), len(radicale.names(rest.remote_id))) == (1, 0)
    assert other in (target.remote_id, rest.remote_id)


@pytest.mark.parametrize(("removes", "left"), [(False, 1), (True, 0)])
async def test_disconnecting_keeps_or_removes_events(place, ana, bo, radicale, removes, left):
    view = await place.connect(ana, radicale.url)
    booking = await book(place, bo, ana)
    await place.run_writes()
    place.told.synced.clear()
    await place.connections.disconnect(ana, view.row.connection_id, removes_future=removes)
    assert len(radicale.names()) == left
    assert (await receipt(place, ana, booking))["state"] == "builtin"
    assert place.told.synced == [booking["booking_id"]]
    await place.world.bookings.reschedule(bo, booking["booking_id"], MOVED)
    await place.run_writes()
    assert len(radicale.names()) == left


async def test_a_read_only_answer_is_told_at_once(place, ana, bo, radicale, proxy):
    await place.connect(ana, proxy.url)
    booking = await book(place, bo, ana)
    proxy.faults.put_statuses = [403]
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "failed"
    assert [told["code"] for told in place.told.attention] == ["write_failed"]
    # The next change of the booking tries again.
    await place.world.bookings.reschedule(bo, booking["booking_id"], MOVED)
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "written"


async def test_an_answer_lost_twice_is_found_again_later(place, ana, bo, radicale, proxy, clock):
    await place.connect(ana, proxy.url)
    booking = await book(place, bo, ana)

    def lose_everything() -> None:
        proxy.faults.lost_replies = ["PUT", "GET", "GET"]

    proxy.faults.before_put = lose_everything
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "retrying"
    assert len(radicale.names()) == 1
    proxy.faults.before_put = None
    clock.advance(minutes=2)
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "written"
    assert len(radicale.names()) == 1
    assert proxy.count("PUT") == 1


async def test_a_move_while_the_event_is_written_is_written_next(place, ana, bo, radicale, monkeypatch):
    await place.connect(ana, radicale.url)
    booking = await book(place, bo, ana)
    provider = place.write_back.providers["caldav"]
    create = provider.create_event

    async def overtaken(*args):
        await place.world.bookings.reschedule(bo, booking["booking_id"], MOVED)
        return await create(*args)

    monkeypatch.setattr(provider, "create_event", overtaken)
    await place.write_back.write(ana.org_id, booking["booking_id"], ana.member_id)
    assert (await receipt(place, ana, booking))["state"] == "pending"
    assert await times(radicale) == [START]
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "written"
    assert await times(radicale) == [MOVED]
    assert len(radicale.names()) == 1


async def test_many_bookings_converge_whatever_is_lost(place, ana, bo, radicale, proxy, clock):
    await place.connect(ana, proxy.url)
    days = [START + timedelta(days=n) for n in range(12)]
    made = []
    for start in days:
        draft = Draft([ana.member_id], start, 30, "Weekly")
        made.append((await place.world.bookings.confirm(bo, draft)).body)
    proxy.faults.lost_replies = ["PUT", "GET", "PUT", "PROPFIND", "GET", "PUT", "GET", "DELETE"] * 3
    proxy.faults.statuses = [500, 503, 502]
    proxy.faults.put_statuses = [500, 503, 504]
    for _ in range(6):
        await place.run_writes()
        clock.advance(minutes=30)
    assert [(await receipt(place, ana, booking))["state"] for booking in made] == ["written"] * len(made)
    assert sorted(await times(radicale)) == days
    assert len(radicale.names()) == len(days)


async def test_a_person_can_have_a_failed_write_tried_again(place, ana, bo, radicale, proxy):
    await place.connect(ana, proxy.url)
    booking = await book(place, bo, ana)
    proxy.faults.put_statuses = [403]
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "failed"
    place.told.synced.clear()
    found = await place.world.bookings.retry_calendar(bo, booking["booking_id"])
    assert found["revision"] == booking["revision"]
    assert found["sync_revision"] > booking["sync_revision"]
    assert (await receipt(place, ana, booking))["state"] == "pending"
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "written"
    assert await times(radicale) == [START]
    # Nothing is left to try, so nothing happens.
    before = await place.world.bookings.get(bo, booking["booking_id"])
    place.world.jobs.deferred.clear()
    await place.world.bookings.retry_calendar(ana, booking["booking_id"])
    assert await place.world.bookings.get(bo, booking["booking_id"]) == before
    assert place.world.jobs.named("write_booking") == []


async def test_a_write_that_waits_is_tried_at_once_when_asked(place, ana, bo, radicale, proxy):
    await place.connect(ana, proxy.url)
    booking = await book(place, bo, ana)
    proxy.faults.put_statuses = [503]
    await place.run_writes()
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "retrying"
    await place.world.bookings.retry_calendar(ana, booking["booking_id"])
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "written"


async def test_only_participants_who_may_book_can_ask_for_another_try(place, ana, bo, radicale):
    booking = await book(place, bo, ana)
    stranger = await place.world.person("Cy Moss")
    with pytest.raises(NotFound):
        await place.world.bookings.retry_calendar(stranger, booking["booking_id"])
    with pytest.raises(NotFound):
        await place.world.bookings.retry_calendar(ana, "bkg_nothing")
    with pytest.raises(Forbidden):
        await place.world.bookings.retry_calendar(
            replace(ana, grants=frozenset({"bookings:read"})), booking["booking_id"]
        )


def overtaking(place: CalendarWorld, monkeypatch, happens, method: str = "create_event") -> None:
    """Let something happen once, between what a write has read and what it writes."""
    provider = place.write_back.providers["caldav"]
    wanted = getattr(provider, method)

    async def overtaken(*args):
        monkeypatch.setattr(provider, method, wanted)
        await happens()
        return await wanted(*args)

    monkeypatch.setattr(provider, method, overtaken)


async def test_a_change_does_not_let_a_second_worker_write_beside_the_first(
    place, ana, bo, radicale, monkeypatch
):
    await place.connect(ana, radicale.url)
    booking = await book(place, bo, ana)
    args = (ana.org_id, booking["booking_id"], ana.member_id)
    seen = []

    async def cancelled_and_removed() -> None:
        await place.world.bookings.cancel(bo, booking["booking_id"])
        await place.world.bookings.retry_calendar(bo, booking["booking_id"])
        await place.write_back.write(*args)
        assert await place.write_back.requeue_overdue() == 0
        seen.append((await receipt(place, ana, booking))["state"])

    place.world.jobs.deferred.clear()
    overtaking(place, monkeypatch, cancelled_and_removed)
    await place.write_back.write(*args)
    # Had the second worker found nothing to remove, the event written a moment later would have stayed for ever.
    assert seen == ["pending"]
    assert (await receipt(place, ana, booking))["state"] == "pending"
    assert place.world.jobs.named("write_booking")[-1]["account_id"] == ana.member_id
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "written"
    assert radicale.names() == []


async def test_a_worker_that_overstays_its_lease_has_its_work_checked(
    place, ana, bo, radicale, monkeypatch, clock
):
    await place.connect(ana, radicale.url)
    booking = await book(place, bo, ana)
    args = (ana.org_id, booking["booking_id"], ana.member_id)

    async def too_late() -> None:
        clock.advance(minutes=4)
        await place.world.bookings.cancel(bo, booking["booking_id"])
        await place.write_back.write(*args)
        assert (await receipt(place, ana, booking))["state"] == "written"

    overtaking(place, monkeypatch, too_late)
    await place.write_back.write(*args)
    assert len(radicale.names()) == 1
    assert (await receipt(place, ana, booking))["state"] == "pending"
    await place.run_writes()
    assert radicale.names() == []
    assert (await receipt(place, ana, booking))["state"] == "written"


async def test_a_calendar_disconnected_while_it_is_written_stays_disconnected(
    place, ana, bo, radicale, monkeypatch
):
    view = await place.connect(ana, radicale.url)
    booking = await book(place, bo, ana)

    async def disconnected() -> None:
        await place.connections.disconnect(ana, view.row.connection_id)

    overtaking(place, monkeypatch, disconnected)
    await place.write_back.write(ana.org_id, booking["booking_id"], ana.member_id)
    assert (await receipt(place, ana, booking))["state"] == "builtin"
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "builtin"


async def test_a_password_that_works_again_during_a_try_leads_to_another(
    place, ana, bo, radicale, proxy, monkeypatch
):
    view = await place.connect(ana, proxy.url)
    booking = await book(place, bo, ana)
    proxy.faults.put_statuses = [503]
    await place.run_writes()

    async def reconnected() -> None:
        await place.connections.change(ana, view.row.connection_id, password=PASSWORD)
        proxy.faults.put_statuses = [503]

    place.world.clock.advance(minutes=2)
    overtaking(place, monkeypatch, reconnected)
    await place.write_back.write(ana.org_id, booking["booking_id"], ana.member_id)
    await place.run_writes()
    assert (await receipt(place, ana, booking))["state"] == "written"
