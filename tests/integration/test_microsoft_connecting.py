"""Accounts at Microsoft from consent to disconnection: connected, renewed, withdrawn and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from convene.core.permissions import Caller
from convene.services.bookings import Draft
from factories.microsoft import microsoft_world
from factories.sign_in import SignInWorld
from fakes.microsoft_graph import CALENDAR, EMAIL, WRITE, MicrosoftGraphFake, microsoft_graph

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


@pytest.fixture
def fake() -> Iterator[MicrosoftGraphFake]:
    with microsoft_graph() as found:
        yield found


@pytest.fixture
async def microsoft(db, clock, fake) -> AsyncIterator[SignInWorld]:
    async with microsoft_world(db, clock, fake) as found:
        yield found


@pytest.fixture
async def ana(microsoft: SignInWorld) -> Caller:
    return await microsoft.place.world.person("Ana Ruiz")


@pytest.fixture
async def bo(microsoft: SignInWorld) -> Caller:
    return await microsoft.place.world.person("Bo Lind")


def timed(start: datetime, minutes: int = 60, **more: object) -> dict[str, object]:
    times = {
        key: {"dateTime": f"{value:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
        for key, value in (("start", start), ("end", start + timedelta(minutes=minutes)))
    }
    return {"subject": "Dentist", **times, **more}


async def book(microsoft: SignInWorld, by: Caller, who: Caller) -> dict:
    draft = Draft([who.member_id], START, 30, "Launch chat")
    return (await microsoft.place.world.bookings.confirm(by, draft)).body


async def starts(microsoft: SignInWorld, who: Caller) -> list[datetime]:
    return [start for start, _, _ in await microsoft.place.busy(who)]


async def stored_texts(microsoft: SignInWorld) -> str:
    async with microsoft.place.world.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT coalesce(string_agg(row_to_json(e)::text, ' '), '') FROM calendar_event e"
        )
        return (await cursor.fetchone())[0]


async def test_connecting_reads_and_takes_over_the_writing(microsoft, ana, fake):
    fake.add_calendar("AAMkTEAM=", "Team")
    owner = {"name": "Cy", "address": "cy@contoso.example"}
    fake.add_calendar("AAMkCY=", "Cy", canEdit=False, owner=owner)
    event = fake.put(**timed(START))
    view = await microsoft.connect(ana)
    assert (view.row.kind, view.row.state, view.row.username) == ("microsoft", "ok", EMAIL)
    assert [(item.name, item.is_checked, item.is_target) for item in view.calendars] == [
        ("Calendar", True, True),
        ("Team", True, False),
        ("Cy", False, False),
    ]
    assert await microsoft.place.busy(ana) == [(START, START + timedelta(hours=1), "busy")]
    fake.change(event, showAs="free")
    later = fake.put(**timed(START + timedelta(days=1)))
    await microsoft.read(ana, view.row.connection_id)
    assert await starts(microsoft, ana) == [START + timedelta(days=1)]
    fake.remove(later)
    await microsoft.read(ana, view.row.connection_id)
    assert await starts(microsoft, ana) == []


async def test_busy_only_keeps_times_alone_though_more_comes_along(microsoft, ana, fake):
    body = {"contentType": "text", "content": "Root canal"}
    fake.put(**timed(START, location={"displayName": "High Street"}, body=body))
    view = await microsoft.connect(ana, "busy")
    assert [item.is_writable for item in view.calendars] == [False]
    assert await starts(microsoft, ana) == [START]
    text = await stored_texts(microsoft)
    assert "AAkALgIMM" in text
    assert not any(word in text for word in ("Dentist", "Root", "High"))
    # More is granted later, and less again.
    done = await microsoft.consent(ana, "read", connection_id=view.row.connection_id)
    assert (done.problem, done.granted, done.connection_id) == ("", "read", view.row.connection_id)
    await microsoft.read(ana, view.row.connection_id)
    assert "Dentist" in await stored_texts(microsoft)
    done = await microsoft.consent(ana, "busy", connection_id=view.row.connection_id)
    assert done.granted == "busy"
    await microsoft.read(ana, view.row.connection_id)
    assert "Dentist" not in await stored_texts(microsoft)


async def test_what_was_not_granted_is_told(microsoft, ana, fake):
    assert (await microsoft.consent(ana, without=(WRITE,))).problem == "unticked"
    assert (await microsoft.consent(ana, denies=True)).problem == "denied"
    fake.faults.answers = [(404, "MailboxNotEnabledForRESTAPI", "")]
    assert (await microsoft.consent(ana)).problem == "no_mailbox"
    fake.faults.token_answers = [(400, "invalid_grant", 7000222)]
    assert (await microsoft.consent(ana)).problem == "invalid_client"
    assert [view.row.kind for view in await microsoft.place.connections.mine(ana)] == ["builtin"]


async def test_one_of_many_renews_and_the_new_refresh_token_is_kept(microsoft, ana, clock, fake):
    view = await microsoft.connect(ana)
    before = len(fake.accounts.asked)
    for _ in range(3):
        clock.advance(hours=2)
        tokens = microsoft.place.sync.tokens
        found = await asyncio.gather(*(tokens.credentials(view.row) for _ in range(5)))
        assert len({item.secret for item in found}) == 1
    assert len(fake.accounts.asked) == before + 3
    # Each token was good for one renewal, so that only the newest is worth anything.
    assert len(fake.accounts.refresh_tokens) == 1
    assert (await microsoft.read(ana, view.row.connection_id)).row.state == "ok"


async def test_a_token_that_ends_early_costs_nobody_a_round(microsoft, ana, fake):
    view = await microsoft.connect(ana)
    fake.accounts.access_tokens.clear()
    assert (await microsoft.read(ana, view.row.connection_id)).row.state == "ok"
    # Continuous access evaluation: the organisation wants another token before this one ends.
    fake.faults.challenges = True
    assert (await microsoft.read(ana, view.row.connection_id)).row.state == "ok"


async def test_withdrawn_access_needs_its_owner_and_one_click(microsoft, ana, bo, fake):
    view = await microsoft.connect(ana)
    fake.withdraw()
    await book(microsoft, bo, ana)
    await microsoft.place.run_writes()
    seen = await microsoft.read(ana, view.row.connection_id)
    assert (seen.row.state, seen.row.error_code) == ("needs_attention", "invalid_grant")
    url = await microsoft.oauth.start(ana, "microsoft", "two_way", view.row.connection_id)
    assert "login_hint=ana%40contoso.example" in url
    done = await microsoft.come_back(ana, fake.consent(url))
    assert (done.problem, done.connection_id) == ("", view.row.connection_id)
    assert (await microsoft.read(ana, view.row.connection_id)).row.state == "ok"
    await microsoft.place.run_writes()
    assert [item["subject"] for item in fake.live()] == ["Launch chat"]


async def test_another_account_does_not_take_the_place(microsoft, ana, fake):
    view = await microsoft.connect(ana)
    fake.mailbox.calendars[CALENDAR]["owner"] = {"name": "Other", "address": "other@contoso.example"}
    done = await microsoft.consent(ana, connection_id=view.row.connection_id)
    assert done.problem == "other_account"


async def test_disconnecting_removes_what_was_written_and_forgets(microsoft, ana, bo, fake):
    view = await microsoft.connect(ana)
    await book(microsoft, bo, ana)
    await microsoft.place.run_writes()
    await microsoft.place.connections.disconnect(ana, view.row.connection_id, removes_future=True)
    assert fake.live() == []
    assert [one.row.kind for one in await microsoft.place.connections.mine(ana)] == ["builtin"]
