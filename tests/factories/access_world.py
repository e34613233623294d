"""One of everything that routes are called with: people in two organisations, their credentials, and ids for paths."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from convene.bootstrap import Installation, open_installation
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.security.tokens import new_id
from convene.settings import Settings
from convene.storage import calendar_conflicts
from convene.storage.accounts import Account
from factories.site import PASSWORD
from policy import V1, Row

WORDS = {"kind": "microsoft"}
"""What stands in paths and is nobody's: a service of many."""


@dataclass
class World:
    """Ana owns an organisation and everything in `ids`; Bo is its member; Eve owns another organisation."""

    installation: Installation
    ana: Account
    bo: Account
    eve: Account
    ids: dict[str, str]
    clients: AsyncExitStack

    async def client(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.installation.app)
        base_url = self.installation.settings.base_url
        return await self.clients.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers)
        )

    async def browser(self, account: Account) -> httpx.AsyncClient:
        client = await self.client(**{"Sec-Fetch-Site": "same-origin"})
        answer = await client.post("/api/session", json={"email": account.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    async def key(self, *grants: str, acting_for: Account | None = None) -> httpx.AsyncClient:
        us = operator(self.ana.org_id)
        issued = await self.installation.identity.keys.issue_service_key(us, "Key", grants)
        headers = {"Authorization": f"Bearer {issued.secret.reveal()}"}
        if acting_for is not None:
            headers["Convene-Acting-For"] = acting_for.account_id
        return await self.client(**headers)

    async def token(self, account: Account) -> httpx.AsyncClient:
        issued = await self.installation.identity.keys.issue_personal_token(
            operator(account.org_id), account.account_id, "Token"
        )
        return await self.client(Authorization=f"Bearer {issued.secret.reveal()}")

    async def ask(
        self, client: httpx.AsyncClient, name: str, row: Row, ids: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send the sound request of a row."""
        method, _, template = name.partition(" ")
        known = self.ids if ids is None else ids
        if row.rule == V1:
            # Ids that applications choose, and pages: whatever they are, nobody else gets that far.
            known = {**dict.fromkeys(re.findall(r"\{(\w+)\}", template), "default"), **known}
        path = re.sub(r"\{(\w+)\}", lambda found: self._id(template, found.group(1), known), template)
        return await client.request(
            method,
            path,
            json=filled(row.body, known) if row.body is not None else None,
            params=filled(row.query, known),
            headers=row.headers,
        )

    def _id(self, template: str, name: str, ids: Mapping[str, str]) -> str:
        if name in WORDS:
            return WORDS[name]
        return ids[f"token {name}"] if "/tokens/" in template else ids[name]


def filled(value: Any, ids: Mapping[str, str]) -> Any:
    """Put ids in the place of their names."""
    if isinstance(value, str):
        return ids.get(value[1:-1], value) if value.startswith("{") else value
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    if isinstance(value, dict):
        return {name: filled(item, ids) for name, item in value.items()}
    return value


@asynccontextmanager
async def access_world(database_url: str, folder: Path, clock: Any) -> AsyncIterator[World]:
    """Open an installation on an emptied database and make one of everything."""
    settings = Settings.from_env({"DATABASE_URL": database_url, "CONVENE_DATA": str(folder)})
    async with AsyncExitStack() as stack:
        installation = await stack.enter_async_context(open_installation(settings, clock=clock))
        people = installation.identity.accounts
        made = []
        for name, role, organisation in (("ana", "owner", 0), ("bo", "member", 0), ("eve", "owner", 1)):
            if len(made) in (0, 2):
                org_id = (await people.create_organization(f"Organisation {organisation}")).org_id
            person = NewPerson(f"{name}@example.com", name.title(), "Europe/London", role)
            made.append(await people.create(operator(org_id), person, password=PASSWORD))
        found = World(installation, *made, {}, stack)
        found.ids = await belongings(found)
        yield found


async def _conflict(world: World, booking: Mapping[str, Any]) -> str:
    """Ask Ana which version of a booking stands."""
    told = {name: booking[name] for name in ("start", "end", "title")} | {"location": "", "description": ""}
    platform = world.installation.platform
    async with platform.db.transaction() as conn:
        return await calendar_conflicts.open_conflict(
            conn,
            calendar_conflicts.NewConflict(
                org_id=world.ana.org_id,
                conflict_id=new_id("calendar_conflict"),
                booking_id=booking["booking_id"],
                account_id=world.ana.account_id,
                connection_id=new_id("connection"),
                connection_label="Work",
                calendar_name="Meetings",
                kind="edited",
                fields=["title"],
                ours=told,
                theirs={**told, "title": "Another title"},
                is_proposal=False,
            ),
            platform.clock(),
        )


async def belongings(world: World) -> dict[str, str]:
    """Make one of everything that has an id in a path. The booking, the channel and the message are Ana's alone."""
    browser = await world.browser(world.ana)

    async def post(path: str, body: Any) -> dict[str, Any]:
        answer = await browser.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    hook = await post(
        "/api/webhooks", {"url": "https://hooks.example.com/a", "events": ["booking.confirmed"]}
    )
    guest = NewPerson("guest@example.com", "Guest", "Europe/London", "guest")
    other = await world.installation.identity.accounts.create(operator(world.ana.org_id), guest)
    booking = await post(
        "/api/bookings",
        {
            "participants": [other.account_id],
            "start": "2026-11-24T14:00:00Z",
            "duration_minutes": 30,
            "title": "T",
        },
    )
    deliveries = (await browser.get(f"/api/webhooks/{hook['webhook_id']}/deliveries")).json()["deliveries"]
    channel = await post("/connect/api/conversations", {"kind": "dm", "with": other.account_id})
    conversation = f"/connect/api/conversations/{channel['conversation_id']}"
    message = await post(f"{conversation}/messages", {"body": "Hello", "client_nonce": "nonce-of-ana-0"})
    shared = await post(f"{conversation}/availability-shares", {"days": 7, "client_nonce": "nonce-of-ana-2"})
    invitation = await post("/api/invitations", {"email": "new@example.com", "name": "New", "role": "member"})
    client_id = (
        await world.installation.identity.oauth.create_client(operator(world.ana.org_id), "App", [])
    ).client_id
    await world.installation.identity.oauth.issue(
        operator(world.ana.org_id), client_id, world.ana.account_id, "read_write"
    )
    hooks = world.installation.platform.webhooks
    async with world.installation.platform.db.transaction() as conn:
        await hooks.send_callback(conn, world.ana.org_id, client_id, "https://app.example.com/", "test", {})
        await conn.execute(
            "INSERT INTO booking_invitee (org_id, booking_id, invitee_id, kind, email, name, tzid, locale, phase, token,"
            " token_hash, told, starts_at, ends_at, sequence, asked_sequence, thread_id)"
            " SELECT org_id, booking_id, organizer_id, 'member', 'ana@example.com', 'Ana', tzid, '', 'invited', '', '',"
            " '', starts_at, ends_at, 0, 0, '' FROM booking WHERE booking_id = %s",
            [booking["booking_id"]],
        )
        proposal_id = new_id("proposal")
        await conn.execute(
            "INSERT INTO booking_proposal (org_id, proposal_id, booking_id, invitee_id, starts_at, ends_at, state,"
            " proposed_at) SELECT org_id, %s, booking_id, organizer_id, starts_at + interval '2 days',"
            " ends_at + interval '2 days', 'open', created_at FROM booking WHERE booking_id = %s",
            [proposal_id, booking["booking_id"]],
        )
    sent = await hooks.client_deliveries(operator(world.ana.org_id), client_id, None)
    return {
        "client_id": client_id,
        "conflict_id": await _conflict(world, booking),
        "profile_id": new_id("connection"),
        "channel_id": new_id("channel"),
        "link_id": new_id("scheduling_link"),
        "client_delivery_id": sent[0].delivery_id,
        "sub": world.bo.account_id,
        "session_id": (await browser.get("/api/sessions")).json()["sessions"][0]["session_id"],
        "invitation_id": invitation["invitation_id"],
        "token": invitation["url"].rpartition("/")[2],
        "key_id": (await post("/api/api-keys", {"name": "Tool", "grants": ["bookings:read"]}))["key_id"],
        "token key_id": (await post("/api/tokens", {"name": "Laptop"}))["key_id"],
        "booking_id": booking["booking_id"],
        "proposal_id": proposal_id,
        "connection_id": (await browser.get("/api/calendar-connections")).json()["connections"][0][
            "connection_id"
        ],
        "webhook_id": hook["webhook_id"],
        "delivery_id": deliveries[0]["delivery_id"],
        "conversation_id": channel["conversation_id"],
        "message_id": message["message_id"],
        "shared_in": shared["message_id"],
        "page_id": (await post("/api/booking-pages", {"name": "Intro call"}))["page_id"],
        "hold_id": (
            await post(
                "/api/holds",
                {"participants": [other.account_id], "start": "2026-11-25T10:00:00Z", "duration_minutes": 30},
            )
        )["hold_id"],
        "share_id": (
            await post(
                "/api/availability-shares",
                {
                    "start": "2026-11-25T00:00:00Z",
                    "end": "2026-11-26T00:00:00Z",
                    "expires_at": "2026-11-26T00:00:00Z",
                },
            )
        )["share_id"],
        "feed_id": (await post("/api/calendar-feeds", {"name": "Ana", "detail": "busy"}))["feed_id"],
        "resource_id": (
            await post("/api/resources", {"name": "Room", "email": "room@example.com", "tzid": "UTC"})
        )["sub"],
    }
