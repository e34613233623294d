"""Webhooks from scheduling: whatever their order and however often they come, one card shows the newest state."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest

from convene.connect import bookings
from convene.connect.log import read_after, writing
from convene.connect.webhooks import _apply_booking
from convene.core import cards
from convene.security.tokens import new_id
from factories.chat import ChatWorld, Member, Node, Window, booking, event

START, END = "2026-11-24T14:30:00Z", "2026-11-24T15:00:00Z"
LATER, LATER_END = "2026-11-25T10:00:00Z", "2026-11-25T10:30:00Z"


def moved(snapshot: dict[str, Any], by: Member, start: str = LATER, end: str = LATER_END) -> dict[str, Any]:
    return {
        **snapshot,
        "revision": snapshot["revision"] + 1,
        "start": start,
        "end": end,
        "previous": {"start": snapshot["start"], "end": snapshot["end"]},
        "changed_by": by.sub,
        "changed_by_name": by.name,
    }


def cancelled(snapshot: dict[str, Any], by: Member, reason: str = "") -> dict[str, Any]:
    return {
        **snapshot,
        "revision": snapshot["revision"] + 1,
        "state": "cancelled",
        "previous": None,
        "reason": reason,
        "changed_by": by.sub,
        "changed_by_name": by.name,
    }


def synced(snapshot: dict[str, Any], state: str) -> dict[str, Any]:
    people = [
        {**person, "calendar": {**person["calendar"], "state": state, "name": "Work"}}
        for person in snapshot["participants"]
    ]
    return {**snapshot, "sync_revision": snapshot["sync_revision"] + 1, "participants": people}


@pytest.fixture
def confirmed(chat: ChatWorld, ana: Member, bo: Member) -> dict[str, Any]:
    return booking(new_id("booking"), chat.org_id, [bo, ana], start=START, end=END)


async def deliver(node: Node, kind: str, snapshot: dict[str, Any]) -> bool:
    answer = await node.hook(event(kind, snapshot["organization_id"], {"booking": snapshot}))
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["applied"])


async def loaded(node: Node, member: Member) -> Window:
    window = Window(node, member)
    await window.load()
    return window


def messages_of(window: Window) -> list[dict[str, Any]]:
    found = [message for kept in window.messages.values() for message in kept.values()]
    return sorted(found, key=lambda item: item["seq"])


async def test_a_confirmed_booking_posts_one_card_into_the_conversation_of_the_two(
    node: Node, ana: Member, bo: Member, confirmed: dict[str, Any]
) -> None:
    assert await deliver(node, "booking.confirmed", confirmed)
    for member, told in ((ana, ["booking.confirmed"]), (bo, [])):
        window = await loaded(node, member)
        (conversation,) = window.conversations.values()
        (message,) = messages_of(window)
        assert conversation["with"] == (bo.sub if member is ana else ana.sub)
        assert message["kind"] == "booking_card"
        assert message["author_id"] == bo.sub
        assert message["card"] == cards.card(confirmed)
        assert "https://meet.jit.si/room-1" in message["body"]
        assert "14:30–15:00 Europe/London (09:30–10:00 America/New_York)" in message["body"]
        assert window.upcoming == [cards.card(confirmed)]
        assert [item["type"] for item in window.notifications] == told
        assert conversation["unread"] == (1 if member is ana else 0)


async def test_a_move_changes_the_card_in_place_and_says_so(
    node: Node, ana: Member, bo: Member, confirmed: dict[str, Any]
) -> None:
    await deliver(node, "booking.confirmed", confirmed)
    await deliver(node, "booking.rescheduled", moved(confirmed, ana))
    window = await loaded(node, bo)
    card, notice = messages_of(window)
    assert card["card"]["state"] == "rescheduled"
    assert card["card"]["start_utc"] == LATER
    assert card["card"]["previous"] == {"start_utc": START, "end_utc": END}
    assert (card["edited_at"], card["deleted_at"]) == (None, None)
    assert notice["kind"] == "notice"
    assert notice["author_id"] == ana.sub
    assert notice["body"] == (
        "Ana Ruiz moved “Launch chat” from "
        "Tue 24 Nov 2026, 14:30–15:00 Europe/London (09:30–10:00 America/New_York) to "
        "Wed 25 Nov 2026, 10:00–10:30 Europe/London (05:00–05:30 America/New_York)"
    )
    assert notice["notice"]["previous"] == {"start_utc": START, "end_utc": END}
    (told,) = window.notifications
    assert (told["type"], told["booking_id"]) == ("booking.rescheduled", confirmed["booking_id"])
    assert told["conversation_id"] == card["conversation_id"]
    assert "Wed 25 Nov 2026, 10:00–10:30 Europe/London" in told["text"]


async def test_the_actor_is_told_nothing_and_reads_in_the_others_own_zone_first(
    node: Node, ana: Member, bo: Member, confirmed: dict[str, Any]
) -> None:
    await deliver(node, "booking.confirmed", confirmed)
    await deliver(node, "booking.cancelled", cancelled(confirmed, bo, "ill"))
    assert (await loaded(node, bo)).notifications == []
    told = (await loaded(node, ana)).notifications[0]
    assert told["text"].startswith(
        "Bo Lind cancelled “Launch chat” on Tue 24 Nov 2026, 09:30–10:00 America/New_York"
    )
    assert told["text"].endswith(": ill")


async def test_a_calendar_receipt_changes_the_card_without_a_word(
    node: Node, ana: Member, bo: Member, confirmed: dict[str, Any]
) -> None:
    await deliver(node, "booking.confirmed", confirmed)
    window = await loaded(node, ana)
    (conversation_id,) = window.conversations
    async with node.http(ana) as client:
        await client.post(f"/conversations/{conversation_id}/read", json={"seq": 1})
    assert await deliver(node, "booking.synced", synced(confirmed, "written"))
    window = await loaded(node, ana)
    (card,) = messages_of(window)
    assert card["card"]["participants"][0]["calendar"]["state"] == "written"
    assert window.conversations[conversation_id]["unread"] == 0
    assert len(window.notifications) == 1
    assert window.upcoming[0]["participants"][0]["calendar"]["state"] == "written"


@pytest.mark.parametrize("seed", range(8))
async def test_any_order_with_duplicates_ends_with_one_card_in_the_newest_state(
    chat: ChatWorld, ana: Member, bo: Member, confirmed: dict[str, Any], seed: int
) -> None:
    rng = random.Random(seed)
    history = [("booking.confirmed", confirmed)]
    for _ in range(rng.randint(2, 7)):
        kind = rng.choice(["booking.synced", "booking.rescheduled", "booking.rescheduled"])
        last = history[-1][1]
        if kind == "booking.synced":
            history.append((kind, synced(last, rng.choice(["pending", "written", "failed"]))))
        else:
            day = rng.randint(23, 29)
            start, end = f"2026-11-{day}T10:00:00Z", f"2026-11-{day}T10:30:00Z"
            history.append((kind, moved(last, rng.choice([ana, bo]), start, end)))
    if rng.random() < 0.5:
        history.append(("booking.cancelled", cancelled(history[-1][1], ana)))
    deliveries = [event(kind, chat.org_id, {"booking": snapshot}) for kind, snapshot in history]
    deliveries += rng.choices(deliveries, k=4)
    rng.shuffle(deliveries)
    async with chat.node() as node:
        for start in range(0, len(deliveries), 3):
            answers = await asyncio.gather(*(node.hook(item) for item in deliveries[start : start + 3]))
            assert {answer.status_code for answer in answers} == {200}
        newest = history[-1][1]
        window = await loaded(node, ana)
        shown = [message for message in messages_of(window) if message["kind"] == "booking_card"]
        assert [message["card"] for message in shown] == [cards.card(newest)]
        assert shown[0]["body"] == cards.body(cards.card(newest))
        expected = [] if newest["state"] == "cancelled" else [cards.card(newest)]
        assert window.upcoming == expected
        async with chat.db.connection() as conn:
            held = await bookings.lock_booking(conn, chat.org_id, newest["booking_id"])
        assert held is not None
        assert held.snapshot == newest


async def test_two_bookings_of_one_person_at_once_both_reach_the_upcoming_list(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    """The lists are computed under the lock of the person's log: none overtakes the other."""
    cy = await chat.member("Cy Moss")
    window = await loaded(node, ana)
    await window.open()
    made = [
        booking(
            new_id("booking"),
            chat.org_id,
            [other, ana],
            start=f"2026-11-2{4 + number % 3}T1{number}:00:00Z",
            end=f"2026-11-2{4 + number % 3}T1{number}:30:00Z",
        )
        for number, other in enumerate([bo, cy, bo, cy, bo, cy])
    ]
    await asyncio.gather(*(deliver(node, "booking.confirmed", item) for item in made))
    await window.until_like_fresh()
    assert window.upcoming == cards.upcoming(made, chat.clock())
    await window.close()


async def until_somebody_waits(chat: ChatWorld) -> None:
    """Return as soon as a transaction of this database waits for a lock of another."""
    async with asyncio.timeout(10), chat.db.connection() as conn:
        while True:
            waiting = await conn.execute(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if await waiting.fetchone():
                return
            await asyncio.sleep(0.01)


async def test_an_upcoming_list_is_read_after_those_who_wrote_before(
    node: Node, chat: ChatWorld, ana: Member, bo: Member, confirmed: dict[str, Any]
) -> None:
    """Two bookings at once, step by step: the second list is read only when the first booking is visible."""
    cy = await chat.member("Cy Moss")
    other = booking(new_id("booking"), chat.org_id, [cy, ana], start=LATER, end=LATER_END)
    async with writing(chat.db, node.bus, chat.org_id, chat.clock()) as writer:
        await _apply_booking(writer, "booking.confirmed", other)
        delivery = asyncio.create_task(deliver(node, "booking.confirmed", confirmed))
        await until_somebody_waits(chat)
    assert await delivery
    async with chat.db.connection() as conn:
        events = await read_after(conn, [(chat.org_id, ana.sub, 0)], 100)
    last = [json.loads(item.data) for item in events if item.type == "upcoming.changed"][-1]
    assert last["upcoming"] == cards.upcoming([confirmed, other], chat.clock())


async def test_deliveries_of_one_booking_wait_for_each_other(
    node: Node, chat: ChatWorld, ana: Member, confirmed: dict[str, Any]
) -> None:
    """Else the later one would take the booking for new and leave out the line about the move."""
    async with writing(chat.db, node.bus, chat.org_id, chat.clock()) as writer:
        await _apply_booking(writer, "booking.confirmed", confirmed)
        delivery = asyncio.create_task(deliver(node, "booking.rescheduled", moved(confirmed, ana)))
        await until_somebody_waits(chat)
    assert await delivery
    kinds = [message["kind"] for message in messages_of(await loaded(node, ana))]
    assert kinds == ["booking_card", "notice"]


async def test_a_reminder_reaches_both_once_and_never_for_an_older_time(
    node: Node, ana: Member, bo: Member, confirmed: dict[str, Any]
) -> None:
    await deliver(node, "booking.confirmed", confirmed)
    reminder = event("booking.reminder", confirmed["organization_id"], {"booking": confirmed})
    assert (await node.hook(reminder)).json() == {"applied": True}
    assert (await node.hook(reminder)).json() == {"applied": False}
    for member, wall in ((ana, "09:30–10:00 America/New_York"), (bo, "14:30–15:00 Europe/London")):
        told = [
            item for item in (await loaded(node, member)).notifications if item["type"] == "booking.reminder"
        ]
        assert len(told) == 1
        assert wall in told[0]["text"]
        assert told[0]["data"]["join_url"] == "https://meet.jit.si/room-1"
    after = moved(confirmed, ana)
    await deliver(node, "booking.rescheduled", after)
    assert not await deliver(node, "booking.reminder", confirmed)
    await deliver(node, "booking.cancelled", cancelled(after, ana))
    assert not await deliver(node, "booking.reminder", after)


async def test_nobody_is_notified_of_what_is_over(
    node: Node, chat: ChatWorld, ana: Member, bo: Member, confirmed: dict[str, Any]
) -> None:
    await deliver(node, "booking.confirmed", confirmed)
    chat.clock.advance(days=0, hours=11)
    past = {**moved(confirmed, bo), "start": "2026-11-20T08:00:00Z", "end": "2026-11-20T08:30:00Z"}
    await deliver(node, "booking.rescheduled", past)
    assert [item["type"] for item in (await loaded(node, ana)).notifications] == ["booking.confirmed"]


async def test_a_larger_meeting_is_posted_where_it_was_booked_if_all_are_there(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    cy, di = await chat.member("Cy Moss"), await chat.member("Di Roe")
    async with node.http(bo) as client:
        made = await client.post("/conversations", json={"kind": "channel", "name": "launch"})
        conversation_id = made.json()["conversation_id"]
        for member in (ana, cy, di):
            added = await client.post(f"/conversations/{conversation_id}/members", json={"sub": member.sub})
            assert added.status_code == 200
    snapshot = booking(
        new_id("booking"),
        chat.org_id,
        [bo, ana, cy],
        start=START,
        end=END,
        origin={"conversation_id": conversation_id},
    )
    onlooker = await loaded(node, di)
    await onlooker.open()
    await deliver(node, "booking.confirmed", snapshot)
    await deliver(node, "booking.rescheduled", moved(snapshot, ana))
    inside = await loaded(node, cy)
    assert set(inside.conversations) == {conversation_id}
    shown = [item for item in messages_of(inside) if item["kind"] != "text"]
    assert [item["kind"] for item in shown] == ["booking_card", "notice"]
    assert shown[0]["card"]["conferencing"]["join_url"] == "https://meet.jit.si/room-1"
    # Whoever reads along without taking part learns who and when, by HTTP and by socket.
    await onlooker.until(lambda: len([m for m in messages_of(onlooker) if m["kind"] == "notice"]) == 1)
    await onlooker.until_like_fresh()
    card, notice = [item for item in messages_of(onlooker) if item["kind"] != "text"]
    assert card["card"]["title"] == "Private meeting"
    assert card["card"]["start_utc"] == LATER
    seen = str(onlooker.frames) + str(onlooker.state())
    for secret in ("Launch chat", "Bring numbers", "meet.jit.si"):
        assert secret not in seen
    assert "moved the meeting from" in notice["body"]
    await onlooker.close()


async def test_a_larger_meeting_without_a_common_place_goes_to_each_of_them(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    cy = await chat.member("Cy Moss")
    snapshot = booking(new_id("booking"), chat.org_id, [bo, ana, cy], start=START, end=END)
    await deliver(node, "booking.confirmed", snapshot)
    await deliver(node, "booking.cancelled", cancelled(snapshot, cy))
    for member in (ana, cy):
        window = await loaded(node, member)
        assert [item["with"] for item in window.conversations.values()] == [bo.sub]
        assert [item["kind"] for item in messages_of(window)] == ["booking_card", "notice"]
    assert len((await loaded(node, bo)).conversations) == 2


async def test_availability_hints_reach_open_windows_and_are_kept_nowhere(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    window = await loaded(node, ana)
    await window.open()
    await window.echo()
    before = window.personal
    hint = event("availability.changed", chat.org_id, {"subs": [bo.sub]})
    assert (await node.hook(hint)).status_code == 200
    await window.until(lambda: window.availability == [bo.sub])
    assert (await loaded(node, ana)).personal == before
    await window.close()


async def test_a_broken_calendar_is_told_to_its_owner_only(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    facts = {
        "sub": ana.sub,
        "connection_id": "pro_1",
        "label": "Work",
        "code": "unauthorized",
        "detail": "The password is no longer accepted.",
    }
    assert (await node.hook(event("calendar.needs_attention", chat.org_id, facts))).status_code == 200
    (told,) = (await loaded(node, ana)).notifications
    assert told["text"] == "Work needs attention. The password is no longer accepted."
    assert (await loaded(node, bo)).notifications == []


class TestWhatIsRefused:
    async def post(self, node: Node, headers: dict[str, str], body: bytes) -> int:
        import httpx

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=node.app)) as client:
            url = "http://convene.test/connect/hooks/scheduling"
            return (await client.post(url, headers=headers, content=body)).status_code

    async def test_forged_and_old_deliveries(
        self, node: Node, chat: ChatWorld, ana: Member, confirmed: dict[str, Any]
    ) -> None:
        headers, body = chat.signed(event("booking.confirmed", chat.org_id, {"booking": confirmed}))
        assert await self.post(node, {}, body) == 401
        assert await self.post(node, {**headers, "webhook-id": "evt_other"}, body) == 401
        assert await self.post(node, headers, body + b" ") == 401
        assert await self.post(node, {**headers, "webhook-signature": "v1,AAAA"}, body) == 401
        chat.clock.advance(seconds=301)
        assert await self.post(node, headers, body) == 401
        chat.clock.advance(seconds=-602)
        assert await self.post(node, headers, body) == 401
        chat.clock.advance(seconds=301)
        assert (await loaded(node, ana)).conversations == {}
        assert await self.post(node, headers, body) == 200
        assert await self.post(node, headers, body) == 200
        assert len(messages_of(await loaded(node, ana))) == 1

    async def test_an_organisation_without_a_secret(
        self, node: Node, chat: ChatWorld, confirmed: dict[str, Any]
    ) -> None:
        foreign = event("booking.confirmed", new_id("organization"), {"booking": confirmed})
        headers, body = chat.signed(foreign)
        assert await self.post(node, headers, body) == 401

    async def test_another_organisation_s_booking(
        self, node: Node, chat: ChatWorld, confirmed: dict[str, Any]
    ) -> None:
        mixed = {**confirmed, "organization_id": "org_foreign"}
        headers, body = chat.signed(event("booking.confirmed", chat.org_id, {"booking": mixed}))
        assert await self.post(node, headers, body) == 422

    @pytest.mark.parametrize(
        "change", [{"state": "odd"}, {"start": "soon"}, {"revision": "2"}, {"participants": None}]
    )
    async def test_snapshots_that_no_card_can_be_drawn_from(
        self, node: Node, chat: ChatWorld, confirmed: dict[str, Any], change: dict[str, Any]
    ) -> None:
        broken = {**confirmed, **change}
        headers, body = chat.signed(event("booking.confirmed", chat.org_id, {"booking": broken}))
        assert await self.post(node, headers, body) == 422

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{}",
            b"\xff",
            b'{"organization_id": "org_\\u0000", "type": "x", "data": {}}',
            b'{"organization_id": 3}',
        ],
    )
    async def test_bodies_that_are_no_event(self, node: Node, body: bytes) -> None:
        assert await self.post(node, {}, body) == 422


async def test_hosts_of_a_meeting_with_somebody_from_outside_are_notified_and_no_conversation_begins(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    guests = [{"name": "Cy Young", "email": "cy@example.org", "tzid": "Asia/Tokyo"}]
    for people in ([ana], [ana, bo]):
        snapshot = booking(
            new_id("booking"),
            chat.org_id,
            people,
            start=START,
            end=END,
            guests=guests,
            changed_by=new_id("guest"),
            changed_by_name="Cy Young",
        )
        assert await deliver(node, "booking.confirmed", snapshot)
    window = await loaded(node, ana)
    assert window.conversations == {}
    assert [item["text"].partition(" on ")[0] for item in window.notifications] == [
        "Cy Young booked “Launch chat”"
    ] * 2
    shown = window.upcoming[0]
    assert shown["outside_guests"] == [
        {"display_name": "Cy Young", "email": "cy@example.org", "tz": "Asia/Tokyo", "rsvp": "accepted"}
    ]
    assert "With: Ana Ruiz, Cy Young" in cards.body(shown)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"rsvp": "declined", "comment": "Ill"}, "Cy Young declines “Launch chat” on "),
        (
            {"rsvp": None, "proposal": {"start": "2026-11-25T15:00:00Z", "end": "2026-11-25T15:30:00Z"}},
            "Cy Young proposes Wed 25 Nov 2026, ",
        ),
    ],
)
async def test_hosts_are_told_what_a_guest_answers_by_mail(
    node: Node, ana: Member, bo: Member, confirmed: dict[str, Any], answer: dict[str, Any], told: str
) -> None:
    await deliver(node, "booking.confirmed", confirmed)
    given = {
        "invitee_id": new_id("guest"),
        "name": "Cy Young",
        "email": "cy@example.org",
        "comment": "",
        **answer,
    }
    again = {**confirmed, "sync_revision": confirmed["sync_revision"] + 1}
    data = {"booking": again, "answer": given}
    said = await node.hook(event("booking.answered", confirmed["organization_id"], data))
    assert said.json()["applied"]
    for member in (ana, bo):
        newest = (await loaded(node, member)).notifications[0]
        assert newest["type"] == "booking.answered"
        assert newest["text"].startswith(told)
        assert newest["booking_id"] == confirmed["booking_id"]
