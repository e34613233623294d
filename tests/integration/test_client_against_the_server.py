"""The Python client against the whole application: find a time, book it, meet a conflict, move it, cancel it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from convene.bootstrap import open_installation
from convene.client import ApiError, AsyncClient, SlotTaken, StaleBooking
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.settings import Settings
from convene.storage.database import Database


async def test_from_a_free_time_to_a_meeting_and_back(
    db: Database, database_url: str, tmp_path: Path, clock: Any
):
    settings = Settings.from_env({"DATABASE_URL": database_url, "CONVENE_DATA": str(tmp_path)})
    async with open_installation(settings, clock=clock) as installation:
        identity = installation.identity
        us = operator((await identity.accounts.create_organization("Example")).org_id)
        ana = await identity.accounts.create(
            us, NewPerson("ana@example.com", "Ana", "Europe/London", "member")
        )
        bo = await identity.accounts.create(us, NewPerson("bo@example.com", "Bo", "Europe/London", "member"))
        token = (await identity.keys.issue_personal_token(us, ana.account_id, "Script")).secret.reveal()
        transport = httpx.ASGITransport(installation.app)
        async with AsyncClient(settings.base_url, token, transport=transport) as convene:
            people = (await convene.members()).members
            assert {person.sub for person in people} == {ana.account_id, bo.account_id}
            both = [ana.account_id, bo.account_id]
            start, end = clock(), clock() + timedelta(days=7)
            free = await convene.availability(both, start, end, flexible=[ana.account_id])
            chosen = free.slots[0].start
            booking = await convene.book([bo.account_id], chosen, 30, title="Talk", idempotency_key="k1")
            again = await convene.book([bo.account_id], chosen, 30, title="Talk", idempotency_key="k1")
            assert again.booking_id == booking.booking_id
            with pytest.raises(SlotTaken) as taken:
                await convene.book([bo.account_id], chosen, 30)
            later = taken.value.alternatives[0].start
            moved = await convene.reschedule(booking.booking_id, later, revision=booking.revision)
            assert (moved.start, moved.revision) == (later, booking.revision + 1)
            with pytest.raises(StaleBooking):
                await convene.cancel(booking.booking_id, revision=booking.revision)
            listed = (await convene.bookings(start, end)).bookings
            assert [item.booking_id for item in listed] == [booking.booking_id]
            cancelled = await convene.cancel(booking.booking_id, reason="no longer needed")
            assert cancelled.state == "cancelled"
            hook = await convene.subscribe("https://hooks.example.com/x", ["booking.confirmed"])
            assert hook.secret.startswith("whsec_")
            with pytest.raises(ApiError) as missing:
                await convene.booking("bkg_00000000000000000000000000")
            assert missing.value.status == 404
