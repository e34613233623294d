"""Free time shared in a conversation: what others see of it, what they book in it, and what is left when it is over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from convene.bootstrap import Installation
from convene.connect import share_rows
from convene.identity.accounts import NewPerson
from convene.identity.service import operator
from convene.storage.database import Database
from factories.platform import always_open
from factories.whole import PASSWORD, Page, signed_in, whole_installation

TUESDAY = "2026-11-24T14:00:00Z"
TIMES = {"start", "end"}


@pytest.fixture
async def whole(db: Database, database_url: str, tmp_path: Any, clock: Any) -> AsyncIterator[Installation]:
    async with whole_installation(database_url, tmp_path, clock) as found:
        yield found


@pytest.fixture
async def people(whole: Installation) -> AsyncIterator[list[Page]]:
    """Ana works 14 to 18 in London and shows her time to nobody; Bo and Chen are open at all hours."""
    async with signed_in(whole, "Ana", "Bo", "Chen") as made:
        ana = made[0]
        days = ("monday", "tuesday", "wednesday", "thursday", "friday")
        office = [{"day": day, "start_time": "14:00", "end_time": "18:00"} for day in days]
        rules = always_open("Europe/London", weekly_periods=office)
        assert (await ana.client.put("/api/availability-rules", json=rules)).status_code == 200
        assert (await ana.client.patch("/api/members/me", json={"sharing": "nobody"})).status_code == 200
        yield made


async def dm(page: Page, other: Page) -> str:
    answer = await page.client.post("/connect/api/conversations", json={"kind": "dm", "with": other.sub})
    return str(answer.json()["conversation_id"])


async def share(page: Page, conversation_id: str, nonce: str = "nonce-of-share-1", **choice: Any) -> Any:
    path = f"/conversations/{conversation_id}/availability-shares"
    return await page.call("POST", path, 201, json={"days": 7, "client_nonce": nonce, **choice})


def at(message: dict[str, Any]) -> str:
    return f"/availability-shares/{message['message_id']}"


async def book(page: Page, message: dict[str, Any], status: int, key: str = "click-1", **changes: Any) -> Any:
    meeting = {"start": TUESDAY, "duration_minutes": 30, "title": "Launch chat", **changes}
    headers = {"Idempotency-Key": key}
    return await page.call("POST", f"{at(message)}/bookings", status, json=meeting, headers=headers)


async def everything_kept(whole: Installation) -> str:
    """Return all that Connect has in its tables about messages, events and shares."""
    found = []
    async with whole.platform.db.connection() as conn:
        for table in ("message", "event", "personal_event", "availability_share"):
            cursor = await conn.execute(f"SELECT to_jsonb(kept)::text FROM connect.{table} AS kept")
            found += [row[0] for row in await cursor.fetchall()]
    return "\n".join(found)


async def test_free_time_is_shared_seen_and_booked(people: list[Page], whole: Installation) -> None:
    ana, bo, _ = people
    conversation_id = await dm(ana, bo)
    preview = await ana.call("GET", "/availability-shares/preview", 200, params={"days": "7"})
    message = await share(ana, conversation_id)
    assert message["kind"] == "availability_share"
    assert message["share"]["state"] == "live"
    assert (message["share"]["start_utc"], message["share"]["end_utc"]) == (
        "2026-11-20T00:00:00Z",
        "2026-11-27T00:00:00Z",
    )
    seen = await bo.call("GET", at(message), 200)
    # What was previewed is what is seen: starts and ends, inside Ana's hours, and nothing else.
    assert seen["free"] == preview["free"]
    assert all(set(time) == TIMES for time in seen["free"])
    assert [time for time in seen["free"] if "-24T" in time["start"]] == [
        {"start": TUESDAY, "end": "2026-11-24T18:00:00Z"}
    ]
    assert TUESDAY in [slot["start"] for slot in seen["slots"]]
    longer = await bo.call("GET", at(message), 200, params={"duration_minutes": "240"})
    assert [slot["start"] for slot in longer["slots"] if "-24T" in slot["start"]] == [TUESDAY]

    booked = await book(bo, message, 201)
    assert await book(bo, message, 201) == booked
    assert {person["sub"] for person in booked["participants"]} == {ana.sub, bo.sub}
    for page in (ana, bo):
        card = await page.card(booked["booking_id"], lambda card: card["state"] == "confirmed")
        assert all(card["links"][name] for name in ("google", "yahoo", "outlook", "office365", "ics"))
    taken = await book(bo, message, 409, "click-2")
    assert taken["code"] == "slot_taken"
    assert taken["alternatives"][0]["start"] == "2026-11-24T14:30:00Z"
    assert "convene" not in json.dumps(taken["alternatives"])

    # What was booked in it is taken out of it, for everybody.
    seen = await ana.call("GET", at(message), 200)
    assert not seen["has_changed"]
    assert {"start": "2026-11-24T14:30:00Z", "end": "2026-11-24T18:00:00Z"} in seen["free"]
    seen = await bo.call("GET", at(message), 200)
    assert TUESDAY not in [slot["start"] for slot in seen["slots"]]


async def test_refreshing_brings_a_share_up_to_date_for_everybody(people: list[Page], clock: Any) -> None:
    ana, bo, chen = people
    message = await share(ana, await dm(ana, bo))
    other = await share(ana, await dm(ana, chen), "nonce-of-share-2")
    await book(chen, other, 201)
    assert (await bo.call("GET", at(message), 200))["has_changed"]
    # Too soon after it was shared, a refresh is a look.
    assert (await bo.call("POST", f"{at(message)}/refresh", 200))["has_changed"]
    clock.advance(seconds=10)
    fresh = await bo.call("POST", f"{at(message)}/refresh", 200)
    assert not fresh["has_changed"]
    assert fresh["share"]["as_of"] == "2026-11-20T09:00:10Z"
    assert {"start": "2026-11-24T14:30:00Z", "end": "2026-11-24T18:00:00Z"} in fresh["free"]
    page = await ana.call("GET", f"/conversations/{message['conversation_id']}/messages", 200)
    assert page["messages"][0]["share"]["as_of"] == fresh["share"]["as_of"]
    # Time that merely passes is no change.
    clock.advance(days=1)
    await bo.enter()
    assert not (await bo.call("GET", at(message), 200))["has_changed"]


async def test_what_is_no_longer_shared_is_nowhere(people: list[Page], whole: Installation) -> None:
    ana, bo, _ = people
    message = await share(ana, await dm(ana, bo))
    assert "2026-11-24T18:00:00Z" in await everything_kept(whole)
    refused = await bo.call("DELETE", at(message), 403)
    assert refused["code"] == "forbidden"
    for _ in range(2):
        over = await ana.call("DELETE", at(message), 200)
        assert (over["share"]["state"], over["free"], over["slots"]) == ("revoked", [], [])
    assert "2026-11-24T18:00:00Z" not in await everything_kept(whole)
    page = await bo.call("GET", f"/conversations/{message['conversation_id']}/messages", 200)
    [shown] = page["messages"]
    assert (shown["share"]["state"], shown["body"]) == (
        "revoked",
        "Ana shared free time here. It is no longer shared.",
    )
    for action in (bo.call("GET", at(message), 200), bo.call("POST", f"{at(message)}/refresh", 200)):
        seen = await action
        assert (seen["share"]["state"], seen["free"], seen["slots"]) == ("revoked", [], [])
    assert (await book(bo, message, 409))["code"] == "share_ended"
    assert (await ana.client.get("/api/availability-shares")).json() == {"shares": []}


async def test_a_share_ends_when_its_time_has_come(
    people: list[Page], whole: Installation, clock: Any
) -> None:
    ana, bo, _ = people
    message = await share(ana, await dm(ana, bo), expires_in_days=1)
    assert message["share"]["expires_at"] == "2026-11-21T00:00:00Z"
    clock.advance(hours=15)
    await bo.enter()
    seen = await bo.call("GET", at(message), 200)
    assert (seen["share"]["state"], seen["free"], seen["slots"]) == ("expired", [], [])
    assert (await book(bo, message, 409))["code"] == "share_ended"
    async with whole.platform.db.connection() as conn:
        await share_rows.sweep(conn, clock())
    assert "2026-11-24T18:00:00Z" not in await everything_kept(whole)


async def test_only_those_in_the_conversation_see_it(people: list[Page], whole: Installation) -> None:
    ana, bo, chen = people
    channel = await ana.call("POST", "/conversations", 201, json={"kind": "channel", "name": "launch"})
    place = f"/conversations/{channel['conversation_id']}"
    message = await share(ana, channel["conversation_id"])
    await bo.call("GET", at(message), 404)
    await book(bo, message, 404)
    await bo.call("DELETE", at(message), 404)
    await bo.call("POST", f"{place}/join", 200)
    assert (await bo.call("GET", at(message), 200))["free"]
    # In a channel the card of two people's meeting stands where the time was shared.
    booked = await book(bo, message, 201)
    await bo.card(booked["booking_id"], lambda card: card["state"] == "confirmed")
    page = await ana.call("GET", f"{place}/messages", 200)
    assert [item["kind"] for item in page["messages"]] == ["availability_share", "booking_card"]
    assert (await bo.client.post(f"/connect/api{place}/leave")).status_code == 204
    await bo.call("GET", at(message), 404)
    await book(bo, message, 404, "click-3")
    # Whoever shared it and leaves shares it no more, and can still end it.
    await chen.call("POST", f"{place}/join", 200)
    assert (await ana.client.post(f"/connect/api{place}/leave")).status_code == 204
    seen = await chen.call("GET", at(message), 200)
    assert (seen["share"]["state"], seen["free"]) == ("revoked", [])
    assert (await book(chen, message, 409))["code"] == "share_ended"
    await ana.call("DELETE", at(message), 200)


async def test_guests_share_and_book_too(people: list[Page], whole: Installation) -> None:
    ana = people[0]
    org_id = (await whole.identity.accounts.find_anywhere(email="ana@example.com")).org_id
    invited = NewPerson("guest@example.com", "Guest", "America/New_York", "guest")
    account = await whole.identity.accounts.create(operator(org_id), invited, password=PASSWORD)
    guest = Page(whole, account)
    await guest.enter()
    conversation_id = await dm(ana, guest)
    message = await share(ana, conversation_id)
    assert (await book(guest, message, 201))["state"] == "confirmed"
    theirs = await share(guest, conversation_id, "nonce-of-guest-1")
    assert theirs["share"]["tzid"] == "America/New_York"
    assert theirs["share"]["start_utc"] == "2026-11-20T05:00:00Z"
    assert (await ana.call("GET", at(theirs), 200))["slots"]
    await guest.client.aclose()


async def test_whoever_is_suspended_shares_nothing(people: list[Page], whole: Installation) -> None:
    ana, bo, _ = people
    message = await share(ana, await dm(ana, bo))
    async with whole.platform.db.transaction() as conn:
        await conn.execute("UPDATE account SET suspended_at = now() WHERE account_id = %s", (ana.sub,))
    seen = await bo.call("GET", at(message), 200)
    assert (seen["share"]["state"], seen["free"], seen["slots"]) == ("revoked", [], [])
    assert (await book(bo, message, 409))["code"] == "share_ended"


async def test_any_hour_is_shared_when_that_was_chosen(people: list[Page]) -> None:
    ana, bo, _ = people
    message = await share(ana, await dm(ana, bo), any_hour=True)
    night = "2026-11-24T03:00:00Z"
    seen = await bo.call("GET", at(message), 200)
    assert night in [slot["start"] for slot in seen["slots"]]
    assert (await book(bo, message, 201, start=night))["state"] == "confirmed"


async def test_sharing_twice_makes_one_message(people: list[Page]) -> None:
    ana, bo, chen = people
    conversation_id = await dm(ana, bo)
    body = {"days": 7, "client_nonce": "nonce-of-both-1"}
    path = f"/connect/api/conversations/{conversation_id}/availability-shares"
    answers = await asyncio.gather(*(ana.client.post(path, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["message_id"] for answer in answers}) == 1
    # No consent is left of those that lost.
    assert len((await ana.client.get("/api/availability-shares")).json()["shares"]) == 1
    elsewhere = f"/conversations/{await dm(ana, chen)}/availability-shares"
    await ana.call("POST", elsewhere, 409, json=body)


async def test_what_cannot_be_shared_is_said(people: list[Page], whole: Installation) -> None:
    ana, bo, _ = people
    conversation_id = await dm(ana, bo)
    path = f"/conversations/{conversation_id}/availability-shares"
    for changes, field in (
        ({"days": 2}, "days"),
        ({"days": 3, "expires_in_days": 7}, "expires_in_days"),
        ({"duration_minutes": 1}, "duration_minutes"),
        ({"client_nonce": "short"}, "client_nonce"),
    ):
        body = {"days": 7, "client_nonce": "nonce-of-share-1", **changes}
        assert (await ana.call("POST", path, 422, json=body))["field"] == field
    message = await share(ana, conversation_id)
    assert (await book(ana, message, 409))["code"] == "own_time"
    assert (await book(bo, message, 422, "click-2", start="2026-12-01T14:00:00Z"))["field"] == "start"
    await ana.call("PATCH", f"/messages/{message['message_id']}", 403, json={"body": "x"})
    await ana.call("DELETE", f"/messages/{message['message_id']}", 403)
    # A calendar that cannot be read is never taken as free: there is nothing to share.
    async with whole.platform.db.transaction() as conn:
        await conn.execute(
            "UPDATE calendar_connection SET kind = 'caldav', state = 'needs_attention' WHERE account_id = %s",
            (ana.sub,),
        )
    body = {"days": 7, "client_nonce": "nonce-of-share-9"}
    assert (await ana.call("POST", path, 409, json=body))["code"] == "calendar_unknown"
    seen = await bo.call("GET", at(message), 200)
    assert (seen["problem"]["code"], seen["slots"]) == ("unknown", [])


async def test_sharing_all_the_time_has_to_wait(people: list[Page]) -> None:
    ana, bo, _ = people
    conversation_id = await dm(ana, bo)
    for count in range(20):
        await share(ana, conversation_id, f"nonce-of-share-{count}")
    path = f"/connect/api/conversations/{conversation_id}/availability-shares"
    answer = await ana.client.post(path, json={"days": 1, "client_nonce": "nonce-too-many"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
