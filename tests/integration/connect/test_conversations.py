"""Conversations and messages over HTTP: what each call answers, and that events lead to what a fresh start shows."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from convene.connect import conversations as conversations_module
from factories.chat import ChatWorld, Member, Node, Window, nonce


async def call(node: Node, member: Member, method: str, path: str, status: int = 200, **options: Any) -> Any:
    async with node.http(member) as client:
        answer = await client.request(method, path, **options)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def dm(node: Node, member: Member, other: Member, status: int = 201) -> str:
    made = await call(node, member, "POST", "/conversations", status, json={"kind": "dm", "with": other.sub})
    return str(made["conversation_id"])


async def channel(node: Node, member: Member, name: str = "launch") -> str:
    body = {"kind": "channel", "name": name, "topic": "All about it"}
    return str((await call(node, member, "POST", "/conversations", 201, json=body))["conversation_id"])


async def say(node: Node, member: Member, conversation_id: str, text: str) -> dict[str, Any]:
    body = {"body": text, "client_nonce": nonce()}
    path = f"/conversations/{conversation_id}/messages"
    return dict(await call(node, member, "POST", path, 201, json=body))


async def test_two_people_have_one_direct_conversation_whoever_opens_it(
    node: Node, ana: Member, bo: Member
) -> None:
    first = await dm(node, ana, bo)
    assert await dm(node, bo, ana, status=200) == first


async def test_opening_it_from_both_sides_at_once_makes_one(node: Node, ana: Member, bo: Member) -> None:
    async def opened(member: Member, other: Member) -> str:
        async with node.http(member) as client:
            answer = await client.post("/conversations", json={"kind": "dm", "with": other.sub})
            assert answer.status_code in (200, 201)
            return str(answer.json()["conversation_id"])

    made = await asyncio.gather(*(opened(*pair) for pair in [(ana, bo), (bo, ana)] * 4))
    assert len(set(made)) == 1
    assert len((await call(node, ana, "GET", "/start"))["conversations"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "dm"}, "with"),
        ({"kind": "group"}, "kind"),
        ({"kind": "channel"}, "name"),
        ({"kind": "channel", "name": "  "}, "name"),
        ({"kind": "channel", "name": "a\u0007b"}, "name"),
        ({"kind": "channel", "name": "-x-"}, "name"),
        ({"kind": "channel", "name": "x" * 81}, "name"),
        ({"kind": "channel", "name": "x", "color": "red"}, "color"),
        ({"kind": "channel", "name": "x", "topic": "t" * 251}, "topic"),
    ],
)
async def test_what_cannot_be_opened_says_which_field(
    node: Node, ana: Member, body: dict[str, Any], field: str
) -> None:
    refused = await call(node, ana, "POST", "/conversations", 422, json=body)
    assert refused["field"] == field


async def test_nobody_talks_to_themselves_or_to_strangers(node: Node, ana: Member) -> None:
    body = {"kind": "dm", "with": ana.sub}
    assert (await call(node, ana, "POST", "/conversations", 422, json=body))["field"] == "with"
    body = {"kind": "dm", "with": "acc_" + "0" * 26}
    await call(node, ana, "POST", "/conversations", 404, json=body)


async def test_the_same_nonce_sends_once(node: Node, ana: Member, bo: Member) -> None:
    conversation_id = await dm(node, ana, bo)
    path = f"/conversations/{conversation_id}/messages"
    body = {"body": "once", "client_nonce": nonce()}

    async def send() -> httpx.Response:
        async with node.http(ana) as client:
            return await client.post(path, json=body)

    answers = await asyncio.gather(*(send() for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["message_id"] for answer in answers}) == 1
    page = await call(node, bo, "GET", path)
    assert [message["seq"] for message in page["messages"]] == [1]
    elsewhere = f"/conversations/{await channel(node, ana)}/messages"
    assert (await call(node, ana, "POST", elsewhere, 409, json=body))["code"] == "conflict"
    # Another person's nonce is their own.
    assert (await call(node, bo, "POST", path, 201, json=body))["seq"] == 2


@pytest.mark.parametrize("text", ["", "   \n ", "x" * 8001, "a\x00b", "a\x1b[31mb", "\x85"])
async def test_bodies_that_are_no_text_are_refused(node: Node, ana: Member, bo: Member, text: str) -> None:
    path = f"/conversations/{await dm(node, ana, bo)}/messages"
    body = {"body": text, "client_nonce": nonce()}
    assert (await call(node, ana, "POST", path, 422, json=body))["field"] == "body"


@pytest.mark.parametrize(
    "text", ["x" * 8000, "two\r\nlines\tand a tab", "<img src=x onerror=alert(1)>", "\u202e 🇬🇧 ß"]
)
async def test_text_comes_back_as_text(node: Node, ana: Member, bo: Member, text: str) -> None:
    conversation_id = await dm(node, ana, bo)
    sent = await say(node, ana, conversation_id, text)
    assert sent["body"] == text.replace("\r\n", "\n")


async def test_only_the_author_changes_a_message_and_a_deletion_empties_it(
    node: Node, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    message = await say(node, ana, conversation_id, "Helo")
    path = f"/messages/{message['message_id']}"
    await call(node, bo, "PATCH", path, 403, json={"body": "Ha"})
    await call(node, bo, "DELETE", path, 403)
    edited = await call(node, ana, "PATCH", path, json={"body": "Hello"})
    assert (edited["body"], edited["seq"], edited["edit_seq"]) == ("Hello", 1, 2)
    assert edited["edited_at"] is not None
    unchanged = await call(node, ana, "PATCH", path, json={"body": "Hello"})
    assert unchanged["edit_seq"] == 2
    deleted = await call(node, ana, "DELETE", path)
    assert (deleted["body"], deleted["edit_seq"]) == ("", 3)
    assert await call(node, ana, "DELETE", path) == deleted
    await call(node, ana, "PATCH", path, 409, json={"body": "Back"})


async def test_pages_go_back_to_the_beginning(node: Node, ana: Member, bo: Member) -> None:
    conversation_id = await dm(node, ana, bo)
    for number in range(5):
        await say(node, ana, conversation_id, str(number))
    path = f"/conversations/{conversation_id}/messages"
    newest = await call(node, bo, "GET", path, params={"limit": 2})
    assert [item["body"] for item in newest["messages"]] == ["3", "4"]
    assert newest["has_more"] is True
    before = newest["messages"][0]["seq"]
    rest = await call(node, bo, "GET", path, params={"before": before, "limit": 3})
    assert [item["body"] for item in rest["messages"]] == ["0", "1", "2"]
    assert rest["has_more"] is False
    for params in ({"limit": 0}, {"limit": 201}, {"before": -1}, {"before": 2**63}):
        await call(node, bo, "GET", path, 422, params=params)


async def test_the_read_mark_counts_others_messages_and_never_moves_back(
    node: Node, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    for text in ("one", "two", "three"):
        await say(node, ana, conversation_id, text)
    await say(node, bo, conversation_id, "mine")

    async def unread(member: Member) -> int:
        return int((await call(node, member, "GET", "/start"))["conversations"][0]["unread"])

    assert (await unread(ana), await unread(bo)) == (1, 3)
    path = f"/conversations/{conversation_id}/read"
    assert (await call(node, bo, "POST", path, json={"seq": 2}))["last_read_seq"] == 2
    assert (await call(node, bo, "POST", path, json={"seq": 1}))["last_read_seq"] == 2
    assert await unread(bo) == 1
    assert (await call(node, bo, "POST", path, json={"seq": 900}))["last_read_seq"] == 4
    assert await unread(bo) == 0


async def test_unread_stops_counting_at_a_hundred(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    from convene.connect.log import writing
    from convene.connect.messages import Draft, post

    async with writing(chat.db, node.bus, chat.org_id, chat.clock()) as writer:
        for number in range(120):
            await post(writer, conversation_id, Draft("text", str(number), ana.sub))
    assert (await call(node, bo, "GET", "/start"))["conversations"][0]["unread"] == 100


async def test_channels_are_joined_left_and_named_once(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    conversation_id = await channel(node, ana, "#Launch")
    taken = await call(node, bo, "POST", "/conversations", 409, json={"kind": "channel", "name": "launch"})
    assert taken["field"] == "name"
    messages = f"/conversations/{conversation_id}/messages"
    await say(node, ana, conversation_id, "before")
    await call(node, bo, "GET", messages, 404)
    await call(node, bo, "POST", messages, 404, json={"body": "in?", "client_nonce": nonce()})
    listed = await call(node, bo, "GET", "/channels")
    assert listed["channels"] == [
        {
            "conversation_id": conversation_id,
            "name": "Launch",
            "topic": "All about it",
            "member_count": 1,
            "is_member": False,
        }
    ]
    joined = await call(node, bo, "POST", f"/conversations/{conversation_id}/join")
    assert (joined["member_count"], joined["unread"], joined["last_seq"]) == (2, 0, 2)
    assert await call(node, bo, "POST", f"/conversations/{conversation_id}/join") == joined
    members = await call(node, bo, "GET", f"/conversations/{conversation_id}/members")
    assert [person["name"] for person in members["members"]] == ["Ana Ruiz", "Bo Lind"]
    await call(node, bo, "POST", f"/conversations/{conversation_id}/leave", 204)
    await call(node, bo, "POST", f"/conversations/{conversation_id}/leave", 204)
    await call(node, bo, "GET", messages, 404)


async def test_direct_conversations_are_not_joined_left_or_renamed(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    cy = await chat.member("Cy Moss")
    for member, status in ((ana, 422), (cy, 404)):
        await call(node, member, "POST", f"/conversations/{conversation_id}/join", status)
        await call(node, member, "POST", f"/conversations/{conversation_id}/leave", status)
    await call(node, ana, "PATCH", f"/conversations/{conversation_id}", 422, json={"name": "us"})


async def test_guests_come_into_channels_by_being_added(node: Node, chat: ChatWorld, ana: Member) -> None:
    guest = await chat.member("Gil Out", role="guest")
    conversation_id = await channel(node, ana)
    assert (await call(node, guest, "GET", "/channels"))["channels"] == []
    await call(node, guest, "POST", f"/conversations/{conversation_id}/join", 403)
    await call(node, guest, "POST", "/conversations", 403, json={"kind": "channel", "name": "mine"})
    add = f"/conversations/{conversation_id}/members"
    await call(node, guest, "POST", add, 404, json={"sub": guest.sub})
    await call(node, ana, "POST", add, json={"sub": guest.sub})
    assert len((await call(node, guest, "GET", "/channels"))["channels"]) == 1


async def test_people_have_contact_details_a_zone_and_the_meetings_in_common(
    node: Node, ana: Member, bo: Member
) -> None:
    person = await call(node, bo, "GET", f"/people/{ana.sub}")
    assert person["email"] == f"{ana.sub}@example.org"
    assert (person["phone"], person["title"], person["tzid"]) == (
        "+1 555 0100",
        "Designer",
        "America/New_York",
    )
    assert person["upcoming_with_me"] == []
    for odd in ("acc_nobody", "acc_" + "0" * 26, "%00"):
        await call(node, bo, "GET", f"/people/{odd}", 404)


async def test_a_stranger_reaches_nothing_of_a_conversation(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    message = await say(node, ana, conversation_id, "private")
    cy = await chat.member("Cy Moss")
    tries: list[tuple[str, str, Any]] = [
        ("GET", f"/conversations/{conversation_id}/messages", None),
        ("GET", f"/conversations/{conversation_id}/members", None),
        ("POST", f"/conversations/{conversation_id}/messages", {"body": "x", "client_nonce": nonce()}),
        ("POST", f"/conversations/{conversation_id}/read", {"seq": 1}),
        ("POST", f"/conversations/{conversation_id}/members", {"sub": cy.sub}),
        ("PATCH", f"/conversations/{conversation_id}", {"name": "x"}),
        ("PATCH", f"/messages/{message['message_id']}", {"body": "x"}),
        ("DELETE", f"/messages/{message['message_id']}", None),
    ]
    for method, path, body in tries:
        await call(node, cy, method, path, 404, json=body)


async def test_another_organisation_s_ids_lead_nowhere(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    from factories.chat import make_chat

    conversation_id = await dm(node, ana, bo)
    stranger = await (await make_chat(chat.db, chat.clock)).member("Eve Far")
    await call(node, stranger, "GET", f"/conversations/{conversation_id}/messages", 404)
    await call(node, stranger, "GET", f"/people/{ana.sub}", 404)
    await call(node, stranger, "POST", "/conversations", 404, json={"kind": "dm", "with": ana.sub})


async def test_keys_and_nobody_are_refused(node: Node, chat: ChatWorld, ana: Member) -> None:
    async with httpx.AsyncClient(base_url=f"http://{node.address}") as client:
        assert (await client.get("/connect/api/start")).status_code == 401
        from convene.identity.service import operator

        key = await chat.identity().keys.issue_service_key(
            operator(chat.org_id), "Tool", ("members:read", "members:act_for")
        )
        headers = {"Authorization": f"Bearer {key.secret.reveal()}", "Convene-Acting-For": ana.sub}
        assert (await client.get("/connect/api/start", headers=headers)).status_code == 403


async def test_every_event_leads_to_what_a_fresh_start_shows(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    """Old state and events give fresh state, for each event type a person's window can meet."""
    cy = await chat.member("Cy Moss")
    windows = []
    for member in (ana, bo, cy):
        window = Window(node, member)
        await window.load()
        await window.open()
        windows.append(window)

    async def settled() -> None:
        for window in windows:
            await window.until_like_fresh()

    talk = await dm(node, ana, bo)
    await settled()
    one = await say(node, ana, talk, "Mornin")
    two = await say(node, bo, talk, "Hi")
    await settled()
    await call(node, ana, "PATCH", f"/messages/{one['message_id']}", json={"body": "Morning"})
    await call(node, bo, "DELETE", f"/messages/{two['message_id']}")
    await settled()
    await call(node, bo, "POST", f"/conversations/{talk}/read", json={"seq": 3})
    await settled()
    room = await channel(node, ana)
    await say(node, ana, room, "First")
    await call(node, bo, "POST", f"/conversations/{room}/join")
    await call(node, bo, "POST", f"/conversations/{room}/members", json={"sub": cy.sub})
    await settled()
    await say(node, cy, room, "Hello all")
    await call(node, cy, "PATCH", f"/conversations/{room}", json={"name": "Lift-off", "topic": "Soon"})
    await settled()
    await call(node, cy, "POST", f"/conversations/{room}/leave", 204)
    await say(node, ana, room, "Bye")
    await settled()
    await call(node, cy, "POST", f"/conversations/{room}/join")
    await settled()
    seen = {frame["type"] for window in windows for frame in window.frames}
    assert seen >= {
        "message.created",
        "message.updated",
        "message.deleted",
        "member.joined",
        "member.left",
        "conversation.updated",
        "conversation.joined",
        "conversation.left",
        "read.updated",
    }
    for window in windows:
        await window.close()


async def test_every_scheduling_event_leads_to_what_a_fresh_start_shows(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    from convene.security.tokens import new_id
    from factories.chat import booking, event

    windows = []
    for member in (ana, bo):
        window = Window(node, member)
        await window.load()
        await window.open()
        windows.append(window)
    times = {"start": "2026-11-24T14:30:00Z", "end": "2026-11-24T15:00:00Z"}
    snapshot = booking(new_id("booking"), chat.org_id, [bo, ana], **times)
    later = {"start": "2026-11-25T14:30:00Z", "end": "2026-11-25T15:00:00Z"}
    changes: list[tuple[str, dict[str, Any]]] = [
        ("booking.confirmed", {}),
        ("booking.synced", {"sync_revision": 2}),
        ("booking.rescheduled", {**later, "revision": 2, "previous": times, "changed_by": ana.sub}),
        ("booking.reminder", {}),
        ("booking.cancelled", {"revision": 3, "previous": None, "state": "cancelled"}),
    ]
    for kind, change in changes:
        snapshot = {**snapshot, **change}
        answer = await node.hook(event(kind, chat.org_id, {"booking": snapshot}))
        assert answer.json() == {"applied": True}
        chat.clock.advance(seconds=1)
        for window in windows:
            await window.until_like_fresh()
    hers = windows[0]
    ids = [item["notification_id"] for item in hers.notifications[:2]]
    marked = await call(node, ana, "POST", "/notifications/read", json={"notification_ids": ids})
    assert sorted(marked["notification_ids"]) == sorted(ids)
    again = await call(node, ana, "POST", "/notifications/read", json={"notification_ids": ids})
    assert again["notification_ids"] == []
    for window in windows:
        await window.until_like_fresh()
    assert {frame["type"] for frame in hers.frames} >= {
        "conversation.joined",
        "message.created",
        "message.updated",
        "notification.created",
        "notification.read",
        "upcoming.changed",
    }
    for window in windows:
        await window.close()


async def test_a_member_s_view_of_a_conversation_is_nobody_else_s(
    chat: ChatWorld, node: Node, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    async with chat.db.connection() as conn:
        for member, other in ((ana, bo), (bo, ana)):
            view = await conversations_module.view_own(conn, chat.org_id, member.sub, conversation_id)
            assert view["with"] == other.sub
