"""Secrets stay out of the log, even at its most talkative."""

from __future__ import annotations

import logging

from convene.core.permissions import GRANTS
from factories.access_world import World
from factories.site import PASSWORD


async def test_no_secret_is_logged_by_the_flows_that_handle_one(world: World, caplog):
    with caplog.at_level(logging.DEBUG):
        browser = await world.browser(world.ana)
        token = (await browser.post("/api/tokens", json={"name": "Laptop"})).json()["access_token"]
        key = (await browser.post("/api/api-keys", json={"name": "Tool", "grants": list(GRANTS)})).json()
        invitation = {"email": "another@example.com", "name": "New", "role": "member"}
        invited = (await browser.post("/api/invitations", json=invitation)).json()["url"].rpartition("/")[2]
        hook = {"url": "https://127.0.0.1/?secret=in-the-address", "events": ["booking.confirmed"]}
        signing = (
            await browser.post("/api/webhooks", json={**hook, "url": "https://hooks.example.com/"})
        ).json()
        refused = await browser.post("/api/webhooks", json=hook)
        await browser.post("/api/session", json={"email": world.ana.email, "password": "wrong-pass-phrase"})
        await browser.post(
            "/api/calendar-connections",
            json={
                "kind": "caldav",
                "url": "https://127.0.0.1/",
                "username": "ana",
                "password": "app-pass-word",
            },
        )
        for secret in (token, key["secret"], "cvk_000000000000_" + "y" * 43):
            client = await world.client(
                Authorization=f"Bearer {secret}", **{"Convene-Acting-For": world.ana.account_id}
            )
            await client.get("/api/bookings")
            await client.get(f"/api/availability?participants={world.bo.account_id}&from=x&to=y")
        await (await world.client()).get(f"/api/invitations/by-token/{invited}")
        ticket = (await browser.post("/connect/api/ws-ticket")).json()["ticket"]
        start = {"with": [world.bo.account_id], "start": "2026-11-25T10:00:00Z", "duration_minutes": 30}
        booked = await browser.post(
            "/connect/api/bookings", json=start, headers={"Idempotency-Key": "once-and-only-once"}
        )
    assert booked.status_code == 201, booked.text
    assert refused.status_code in (201, 422)
    sessions = [cookie.value for cookie in browser.cookies.jar]
    assert sessions
    # The tests' own client tells each address that it asks for, which no server does.
    ours = [record for record in caplog.records if not record.name.startswith("httpx")]
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    planted = {
        "session": sessions[0],
        "personal token": token,
        "service key": key["secret"],
        "invitation": invited,
        "signing secret": signing["secret"],
        "ticket": ticket,
        "password": PASSWORD,
        "wrong password": "wrong-pass-phrase",
        "calendar password": "app-pass-word",
        "unknown key": "y" * 43,
    }
    assert [name for name, secret in planted.items() if secret in logged] == []
