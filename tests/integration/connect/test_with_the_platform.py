"""Both neighbours in one process: booked from a conversation through the door, told by webhook, shown on the card."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from convene.storage.database import Database
from factories.whole import Page, signed_in, whole_installation

START, LATER = "2026-11-24T14:30:00Z", "2026-11-25T10:00:00Z"


@pytest.fixture
async def pages(
    db: Database, database_url: str, tmp_path: Any, clock: Any
) -> AsyncIterator[tuple[Page, Page]]:
    async with (
        whole_installation(database_url, tmp_path, clock) as whole,
        signed_in(whole, "Ana", "Bo") as made,
    ):
        yield made[0], made[1]


async def test_a_meeting_is_booked_moved_and_cancelled_from_the_conversation(
    pages: tuple[Page, Page],
) -> None:
    ana, bo = pages
    asked = {
        "with": bo.sub,
        "from": "2026-11-24T14:00:00Z",
        "to": "2026-11-24T16:00:00Z",
        "duration_minutes": "30",
    }
    offered = await ana.call("GET", "/availability", 200, params=asked)
    assert START in [slot["start"] for slot in offered["slots"]]
    body = {"with": [bo.sub], "start": START, "duration_minutes": 30, "title": "Launch chat"}
    key = {"Idempotency-Key": "click-1"}
    booked = await ana.call("POST", "/bookings", 201, json=body, headers=key)
    assert await ana.call("POST", "/bookings", 201, json=body, headers=key) == booked
    booking_id = booked["booking_id"]
    for page in pages:
        card = await page.card(booking_id, lambda card: card["state"] == "confirmed")
        assert (card["start_utc"], card["organizer_id"]) == (START, ana.sub)

    taken = await bo.call(
        "POST", "/bookings", 409, json={**body, "with": [ana.sub]}, headers={"Idempotency-Key": "click-2"}
    )
    assert taken["code"] == "slot_taken"
    assert taken["alternatives"]
    offered = await ana.call("GET", "/availability", 200, params=asked)
    assert START not in [slot["start"] for slot in offered["slots"]]
    question = {"with": [bo.sub], "start": START, "duration_minutes": 30}
    why = await ana.call("POST", "/availability/explain", 200, json=question)
    own, other = why["participants"]
    assert (why["is_free"], own["sub"], other["sub"]) == (False, ana.sub, bo.sub)
    assert [entry["booking_id"] for entry in own["reasons"][0]["entries"]] == [booking_id]
    assert other["reasons"] == [{"reason": "busy", "detail": "Bo is busy then."}]
    moving = {**question, "excluded_booking": booking_id}
    assert (await ana.call("POST", "/availability/explain", 200, json=moving))["is_free"]

    path = f"/bookings/{booking_id}"
    match = {"If-Match": f'"{booked["revision"]}"'}
    moved = await bo.call("POST", f"{path}/reschedule", 200, json={"start": LATER}, headers=match)
    stale = await ana.call("POST", f"{path}/cancel", 412, json={}, headers=match)
    assert stale["revision"] == moved["revision"]
    for page in pages:
        card = await page.card(booking_id, lambda card: card["state"] == "rescheduled")
        assert (card["start_utc"], card["previous"]["start_utc"]) == (LATER, START)

    await ana.call("POST", f"{path}/cancel", 200, json={"reason": "ill"})
    for page in pages:
        await page.card(booking_id, lambda card: card["state"] == "cancelled")
        assert (await page.call("GET", "/upcoming", 200))["upcoming"] == []
    told = {
        page.sub: [item["type"] for item in (await page.call("GET", "/start", 200))["notifications"]]
        for page in pages
    }
    assert sorted(told[ana.sub]) == ["booking.rescheduled"]
    assert sorted(told[bo.sub]) == ["booking.cancelled", "booking.confirmed"]


async def test_what_the_platform_refuses_names_its_field(pages: tuple[Page, Page]) -> None:
    ana, bo = pages
    asked = {"with": bo.sub, "from": "yesterday", "to": "2026-11-24T16:00:00Z", "duration_minutes": "30"}
    assert (await ana.call("GET", "/availability", 422, params=asked))["field"] == "from"
    body = {"with": [bo.sub], "start": START, "duration_minutes": 3, "title": "x"}
    refused = await ana.call("POST", "/bookings", 422, json=body, headers={"Idempotency-Key": "k"})
    assert refused["field"] == "duration_minutes"
    await ana.call("GET", "/bookings/bkg_unknown", 404)


async def test_enough_of_a_group_are_asked_for_through_the_door(pages: tuple[Page, Page]) -> None:
    ana, bo = pages
    period = {"from": "2026-11-24T09:00:00Z", "to": "2026-11-24T12:00:00Z", "duration_minutes": "30"}
    found = await bo.call(
        "GET", "/availability", 200, params={"with": "", "quorum_of": ana.sub, "quorum": "1", **period}
    )
    assert found["slots"][0]["quorum"] == {"free": 1, "missing": []}
    why = await bo.call(
        "POST",
        "/availability/explain",
        200,
        json={"with": [], "start": START, "duration_minutes": 30, "quorum_of": [ana.sub], "quorum": 1},
    )
    assert why["is_free"]
    for path, options in (
        ("GET", {"params": {"with": "", **period}}),
        ("GET", {"params": {"with": "", "quorum_of": "", **period}}),
    ):
        refused = await bo.call(path, "/availability", 422, **options)
        assert refused["field"] == "with"
    refused = await bo.call(
        "GET", "/availability", 422, params={"with": "", "quorum_of": ana.sub, "quorum": "2", **period}
    )
    assert refused["field"] == "quorum"
