"""The socket: what is missed is made up for, on any process; nothing is lost, nothing doubled, nobody let in who may not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from convene.connect import log, presence
from convene.connect.window import QUEUE_FRAMES
from factories.chat import BASE_URL, ChatWorld, Member, Node, Window, nonce


@pytest.fixture
async def other_node(chat: ChatWorld) -> AsyncIterator[Node]:
    async with chat.node() as running:
        yield running


async def dm(node: Node, member: Member, other: Member) -> str:
    async with node.http(member) as client:
        answer = await client.post("/conversations", json={"kind": "dm", "with": other.sub})
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["conversation_id"])


async def say(node: Node, member: Member, conversation_id: str, *texts: str) -> None:
    async with node.http(member) as client:
        for text in texts:
            answer = await client.post(
                f"/conversations/{conversation_id}/messages", json={"body": text, "client_nonce": nonce()}
            )
            assert answer.status_code == 201, answer.text


async def opened(node: Node, member: Member) -> Window:
    window = Window(node, member)
    await window.load()
    await window.open()
    return window


async def test_both_windows_apply_the_same_event_the_author_s_too(
    node: Node, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    hers, his = await opened(node, ana), await opened(node, bo)
    await say(node, ana, conversation_id, "Morning!")
    for window in (hers, his):
        await window.until(lambda window=window: window.texts(conversation_id) == ["Morning!"])
        await window.until_like_fresh()
    created = [frame for frame in hers.frames if frame.get("type") == "message.created"]
    assert created == [frame for frame in his.frames if frame.get("type") == "message.created"]
    await hers.close()
    await his.close()


async def test_a_conversation_opened_by_somebody_else_is_followed_from_its_first_word(
    node: Node, other_node: Node, ana: Member, bo: Member
) -> None:
    his = await opened(other_node, bo)
    conversation_id = await dm(node, ana, bo)
    await say(node, ana, conversation_id, "one", "two")
    await his.until(lambda: conversation_id in his.messages and his.texts(conversation_id) == ["one", "two"])
    await his.until_like_fresh()
    await his.close()


async def test_a_window_resumes_on_another_process_without_loss_or_doubles(
    node: Node, other_node: Node, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    window = await opened(node, bo)

    async def talk(speaker: Member, through: Node, name: str) -> None:
        for number in range(60):
            await say(through, speaker, conversation_id, f"{name} {number}")

    talking = asyncio.gather(talk(ana, node, "a"), talk(ana, other_node, "b"), talk(bo, other_node, "c"))
    for turn in range(6):
        seen = len(window.applied) + 12
        await window.until(lambda seen=seen: len(window.applied) >= seen)
        await window.close()
        await window.open(other_node if turn % 2 == 0 else node)
    await talking
    await window.until(lambda: len(window.texts(conversation_id)) == 180)
    await window.until_like_fresh()
    in_log = [seq for where, seq in window.applied if where == conversation_id]
    assert in_log == list(range(1, 181))
    assert window.resyncs == []
    await window.close()


async def test_a_window_that_was_away_too_long_is_told_to_read_again(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    window = await opened(node, bo)
    await window.close()
    async with log.writing(chat.db, node.bus, chat.org_id, chat.clock()) as writer:
        for number in range(501):
            seq = await writer.advance(conversation_id)
            await writer.append(conversation_id, seq, "conversation.updated", {"topic": str(number)})
    await window.open()
    await window.until(lambda: window.resyncs == [conversation_id])
    await say(node, ana, conversation_id, "still here")
    await window.until(lambda: "still here" in window.texts(conversation_id))
    await window.until_like_fresh()
    await window.close()


async def test_a_window_older_than_the_log_is_told_to_read_again(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    window = await opened(node, bo)
    await window.close()
    await say(node, ana, conversation_id, "long ago")
    chat.clock.advance(days=8)
    async with chat.db.connection() as conn:
        assert await log.sweep(conn, chat.clock()) > 0
    bo = await sign_in_again(chat, bo)
    window.member = bo
    await window.open()
    await window.until(lambda: window.resyncs == [conversation_id])
    await window.until_like_fresh()
    await window.close()


async def sign_in_again(chat: ChatWorld, member: Member) -> Member:
    from dataclasses import replace

    from convene.identity.sessions import Visitor

    signed_in = await chat.identity().sessions.start_for(chat.org_id, member.sub, Visitor())
    return replace(member, token=signed_in.token.reveal(), session_id=signed_in.session_id)


async def test_cursors_from_the_future_are_not_believed(node: Node, ana: Member, bo: Member) -> None:
    """After a restore from a backup the log may be shorter than what clients have seen."""
    conversation_id = await dm(node, ana, bo)
    window = Window(node, bo)
    await window.load()
    window.cursors[conversation_id] = 900
    window.personal = 900
    await window.open()
    await window.until(lambda: set(window.resyncs) == {"me", conversation_id})
    await say(node, ana, conversation_id, "back")
    await window.until(lambda: window.texts(conversation_id) == ["back"])
    await window.close()


async def test_a_conversation_the_client_does_not_know_is_announced(
    node: Node, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    window = Window(node, bo)
    await window.load()
    del window.cursors[conversation_id]
    await window.open()
    await window.until(lambda: window.resyncs == [conversation_id])
    await window.close()


async def test_what_is_said_after_leaving_is_not_sent(node: Node, ana: Member, bo: Member) -> None:
    async with node.http(ana) as client:
        made = await client.post("/conversations", json={"kind": "channel", "name": "launch"})
        conversation_id = made.json()["conversation_id"]
    his = await opened(node, bo)
    async with node.http(bo) as client:
        assert (await client.post(f"/conversations/{conversation_id}/join")).status_code == 200
        await his.until(lambda: conversation_id in his.conversations)
        assert (await client.post(f"/conversations/{conversation_id}/leave")).status_code == 204
    await his.until(lambda: conversation_id not in his.conversations)
    hers = await opened(node, ana)
    await say(node, ana, conversation_id, "between us")
    await hers.until(lambda: hers.texts(conversation_id) == ["between us"])
    await his.echo()
    assert "between us" not in json.dumps(his.frames)
    await hers.close()
    await his.close()


async def test_nobody_follows_a_conversation_by_naming_it(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    conversation_id = await dm(node, ana, bo)
    cy = await chat.member("Cy Moss")
    window = Window(node, cy)
    await window.load()
    window.cursors[conversation_id] = 0
    await window.open()
    await say(node, ana, conversation_id, "private")
    await window.echo()
    assert [frame for frame in window.frames if frame.get("c") == conversation_id] == []
    await window.close()


async def test_signing_out_closes_the_windows_of_that_session_only(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    hers, his = await opened(node, ana), await opened(node, bo)
    await chat.identity(node.bus).sessions.sign_out(ana.caller)
    assert await hers.closed() == 4001
    await his.echo()
    await his.close()


async def test_a_suspended_person_s_windows_are_closed_on_every_process(
    node: Node, other_node: Node, chat: ChatWorld, ana: Member
) -> None:
    owner = await chat.member("Olu Ade", role="owner")
    windows = [await opened(node, ana), await opened(other_node, ana)]
    await chat.identity(node.bus).accounts.set_access(owner.caller, ana.sub, suspended=True)
    assert [await window.closed() for window in windows] == [4001, 4001]


@pytest.mark.parametrize("origin", ["https://evil.example", "http://convene.test.evil.example", None, "null"])
async def test_a_foreign_page_opens_no_socket(node: Node, ana: Member, origin: str | None) -> None:
    ticket = await node.ticket(ana)
    with pytest.raises(InvalidStatus) as refused:
        await node.socket(ticket, origin)
    assert refused.value.response.status_code == 403
    # The ticket was not used up by it.
    async with node.socket(ticket, BASE_URL) as socket:
        await socket.send(json.dumps({"type": "hello", "cursors": {}, "personal": 0}))
        assert json.loads(await socket.recv())["type"] == "ready"


async def refusal(node: Node, ticket: str) -> int | None:
    async with node.socket(ticket) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        return int(socket.close_code or 0)


async def test_a_ticket_is_good_once_and_for_half_a_minute(
    node: Node, other_node: Node, chat: ChatWorld, ana: Member
) -> None:
    ticket = await node.ticket(ana)
    async with other_node.socket(ticket) as socket:
        await socket.send(json.dumps({"type": "hello", "cursors": {}, "personal": 0}))
        assert json.loads(await socket.recv())["type"] == "ready"
    assert await refusal(node, ticket) == 4001
    assert await refusal(node, "made-up") == 4001
    late = await node.ticket(ana)
    chat.clock.advance(seconds=30)
    assert await refusal(node, late) == 4001


async def test_a_ticket_of_an_ended_session_admits_nobody(node: Node, chat: ChatWorld, ana: Member) -> None:
    ticket = await node.ticket(ana)
    await chat.identity().sessions.sign_out(ana.caller)
    assert await refusal(node, ticket) == 4001


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("not json", 1007),
        ("[]", 1007),
        ('{"type":"hello","cursors":[]}', 1008),
        ('{"type":"hello","cursors":{"cnv_1":-1}}', 1008),
        ('{"type":"hello","cursors":{"cnv_1":"2"}}', 1008),
        ('{"type":"hello","personal":true}', 1008),
        ('{"type":"ping","x":"' + "y" * 33_000 + '"}', 1009),
        (b"\x00\x01", 1003),
    ],
)
async def test_frames_that_no_client_sends_end_the_socket(
    node: Node, ana: Member, frame: str | bytes, code: int
) -> None:
    async with node.socket(await node.ticket(ana)) as socket:
        await socket.send(frame)
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == code


async def test_a_flood_of_frames_ends_the_socket(node: Node, ana: Member) -> None:
    window = await opened(node, ana)
    with suppress(ConnectionClosed):
        for _ in range(200):
            await window.send({"type": "ping"})
    assert await window.closed() == 1008


async def test_unknown_frames_of_newer_clients_are_passed_over(node: Node, ana: Member) -> None:
    window = await opened(node, ana)
    await window.send({"type": "typing", "c": "cnv_x"})
    await window.echo()
    await window.close()


async def test_the_twenty_first_window_is_refused(node: Node, ana: Member) -> None:
    windows = [await opened(node, ana) for _ in range(20)]
    one_more = Window(node, ana)
    await one_more.load()
    await one_more.open()
    assert await one_more.closed() == 4029
    for window in windows:
        await window.close()


async def test_a_window_that_does_not_read_is_closed_and_delays_nobody(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    """The reader is stopped in the test's client; the server's queue is bounded and gives up."""
    conversation_id = await dm(node, ana, bo)
    reading = await opened(node, ana)
    stuck = await node.socket(await node.ticket(bo))
    await stuck.send(json.dumps({"type": "hello", "cursors": {conversation_id: 0}, "personal": 0}))
    assert json.loads(await stuck.recv())["type"] == "ready"
    stuck.transport.pause_reading()
    his = next(window for window in node.connect.hub.windows() if window.account_id == bo.sub)
    large = "x" * 7900
    for _ in range(40):
        async with log.writing(chat.db, node.bus, chat.org_id, chat.clock()) as writer:
            for _ in range(100):
                seq = await writer.advance(conversation_id)
                await writer.append(conversation_id, seq, "conversation.updated", {"topic": large})
        await reading.until(lambda seq=seq: reading.cursors[conversation_id] >= seq)
        if his.closing.is_set():
            break
    async with asyncio.timeout(30):
        await his.closing.wait()
    assert his.close_code == 4008
    assert his.queue.qsize() <= QUEUE_FRAMES
    assert reading.holes == []
    await reading.close()
    stuck.transport.abort()
    await stuck.wait_closed()


async def test_a_lost_wake_up_is_made_up_for_by_the_poll(
    node: Node, chat: ChatWorld, ana: Member, bo: Member
) -> None:
    """Written by a process whose bus says nothing at all."""

    class Mute:
        def publish(self, keys: object) -> None:
            return None

    conversation_id = await dm(node, ana, bo)
    window = await opened(node, bo)
    await say(node, ana, conversation_id, "heard")
    await window.until(lambda: window.texts(conversation_id) == ["heard"])
    async with log.writing(chat.db, Mute(), chat.org_id, chat.clock()) as writer:  # type: ignore[arg-type]
        seq = await writer.advance(conversation_id)
        await writer.append(conversation_id, seq, "conversation.updated", {"topic": "unheard"})
    await window.until(lambda: window.cursors[conversation_id] == seq)
    await window.close()


async def test_presence_is_told_across_processes_and_ends_with_the_window(
    node: Node, other_node: Node, ana: Member, bo: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "GRACE_SECONDS", 0.1)
    hers = await opened(node, ana)
    his = await opened(other_node, bo)
    await hers.until(lambda: hers.presence.get(bo.sub, {}).get("presence") == "active")
    await his.until(lambda: his.presence.get(ana.sub, {}).get("presence") == "active")
    await his.send({"type": "ping", "active": False})
    await hers.until(lambda: hers.presence[bo.sub]["presence"] == "away")
    await his.close()
    await hers.until(lambda: hers.presence[bo.sub]["presence"] == "offline")
    await hers.close()


async def test_guests_are_not_told_who_is_there(node: Node, chat: ChatWorld, ana: Member) -> None:
    guest = await chat.member("Gil Out", role="guest")
    hers = await opened(node, ana)
    theirs = await opened(node, guest)
    await hers.until(lambda: hers.presence.get(guest.sub, {}).get("presence") == "active")
    await theirs.echo()
    assert theirs.presence == {}
    async with node.http(guest) as client:
        people = (await client.get("/start")).json()["people"]
    assert {person["presence"] for person in people} == {"offline"}
    await hers.close()
    await theirs.close()
