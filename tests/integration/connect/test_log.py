"""The logs under concurrent writers: readers that hold only a cursor see every event once and in order."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from convene.connect import log
from convene.core.errors import NotFound
from convene.realtime import Bus
from factories.chat import ChatWorld, Member

WRITERS = 8
EVENTS = 60


class Mute:
    def publish(self, keys: object) -> None:
        return None


MUTE: Bus = Mute()  # type: ignore[assignment]


async def make_conversations(chat: ChatWorld, ana: Member, bo: Member, count: int) -> list[str]:
    from convene.connect.conversations import Conversations

    conversations = Conversations(chat.db, chat.clock, MUTE)
    made = [await conversations.create_channel(ana.caller, f"channel {number}") for number in range(count)]
    return [item["conversation_id"] for item in made]


async def test_many_writers_lose_nothing_for_readers_that_hold_a_cursor(
    chat: ChatWorld, ana: Member, bo: Member
) -> None:
    """Each writer also keeps its transaction open for a random moment, so that commits arrive out of order."""
    ids = await make_conversations(chat, ana, bo, 3)
    rng = random.Random(7)
    starts = {ana.sub: 3, bo.sub: 0, **dict.fromkeys(ids, 0)}
    done = asyncio.Event()

    async def write(writer_number: int) -> None:
        for number in range(EVENTS):
            conversation_id = rng.choice(ids)
            async with log.writing(chat.db, MUTE, chat.org_id, chat.clock()) as writer:
                if rng.random() < 0.3:
                    writer.tell(rng.choice([ana.sub, bo.sub]), "note", {"by": writer_number, "n": number})
                seq = await writer.advance(conversation_id)
                await asyncio.sleep(rng.random() * 0.004)
                name = f"{writer_number}-{number}"
                await writer.append(conversation_id, seq, "note", {"name": name})

    async def read() -> list[log.Event]:
        cursors = dict(starts)
        seen: list[log.Event] = []
        while True:
            finished = done.is_set()
            positions = [(chat.org_id, log_id, seq) for log_id, seq in cursors.items()]
            async with chat.db.connection() as conn:
                found = await log.read_after(conn, positions, 17)
            for event in found:
                assert event.seq == cursors[event.id] + 1
                cursors[event.id] = event.seq
            seen += found
            if finished and not found:
                return seen
            await asyncio.sleep(0)

    readers = [asyncio.create_task(read()) for _ in range(3)]
    await asyncio.gather(*(write(number) for number in range(WRITERS)))
    done.set()
    results = await asyncio.gather(*readers)
    for seen in results:
        names = [event.data for event in seen if event.id in ids]
        assert len(names) == len(set(names)) == WRITERS * EVENTS
    assert len({tuple(sorted((event.id, event.seq) for event in seen)) for seen in results}) == 1


async def test_a_rolled_back_writer_leaves_no_hole(chat: ChatWorld, ana: Member, bo: Member) -> None:
    (conversation_id,) = await make_conversations(chat, ana, bo, 1)

    async def write(*, fails: bool) -> None:
        async with log.writing(chat.db, MUTE, chat.org_id, chat.clock()) as writer:
            writer.tell(ana.sub, "note", {})
            seq = await writer.advance(conversation_id)
            await writer.append(conversation_id, seq, "note", {"fails": fails})
            if fails:
                raise ZeroDivisionError

    for fails in (False, True, True, False):
        if fails:
            with pytest.raises(ZeroDivisionError):
                await write(fails=True)
        else:
            await write(fails=False)
    async with chat.db.connection() as conn:
        found = await log.read_after(conn, [(chat.org_id, conversation_id, 0), (chat.org_id, ana.sub, 0)], 10)
    assert [event.seq for event in found if event.id == conversation_id] == [1, 2]
    assert [event.seq for event in found if event.id == ana.sub] == [1, 2, 3]


async def test_several_personal_events_of_one_transaction_keep_their_order(
    chat: ChatWorld, ana: Member, bo: Member
) -> None:
    async with log.writing(chat.db, MUTE, chat.org_id, chat.clock()) as writer:
        for name, sub in (("1", bo.sub), ("2", ana.sub), ("3", bo.sub), ("4", bo.sub)):
            writer.tell(sub, name, {})
    async with chat.db.connection() as conn:
        found = await log.read_after(conn, [(chat.org_id, bo.sub, 0), (chat.org_id, ana.sub, 0)], 10)
    assert [(event.seq, event.type) for event in found if event.id == bo.sub] == [
        (1, "1"),
        (2, "3"),
        (3, "4"),
    ]
    assert [(event.seq, event.type) for event in found if event.id == ana.sub] == [(1, "2")]


async def test_people_told_crosswise_do_not_wait_for_each_other(
    chat: ChatWorld, ana: Member, bo: Member
) -> None:
    async def tell(first: Member, second: Member) -> None:
        for _ in range(30):
            async with log.writing(chat.db, MUTE, chat.org_id, chat.clock()) as writer:
                writer.tell(first.sub, "note", {})
                writer.tell(second.sub, "note", {})

    await asyncio.gather(tell(ana, bo), tell(bo, ana), tell(ana, bo), tell(bo, ana))
    async with chat.db.connection() as conn:
        assert len(await log.read_after(conn, [(chat.org_id, ana.sub, 0)], 500)) == 120


async def test_an_unknown_conversation_has_no_log(chat: ChatWorld) -> None:
    with pytest.raises(NotFound):
        async with log.writing(chat.db, MUTE, chat.org_id, chat.clock()) as writer:
            await writer.advance("cnv_unknown")


async def test_the_sweep_forgets_after_a_week(chat: ChatWorld, ana: Member, clock: Any) -> None:
    for _ in range(2):
        async with log.writing(chat.db, MUTE, chat.org_id, clock()) as writer:
            writer.tell(ana.sub, "note", {})
        clock.advance(days=4)
    async with chat.db.connection() as conn:
        assert await log.sweep(conn, clock()) == 1
        found = await log.read_after(conn, [(chat.org_id, ana.sub, 0)], 10)
    assert [event.seq for event in found] == [2]
    assert timedelta(days=7) == log.RETENTION
