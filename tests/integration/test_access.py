"""Who may call what: every route of the whole application, by everybody who might try (tests/policy.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIWebSocketRoute
from starlette.routing import Mount, WebSocketRoute

from convene.core.permissions import GRANTS
from convene.security.tokens import new_id
from factories.access_world import World
from policy import KNOWN, LINK, MEMBER, OPEN, PERSON, POLICY, SESSION, SIGNED, TICKET, V1, Row

NOT_CALLED = ("MOUNT /assets", "MOUNT /static", "GET /{path:path}", "WEBSOCKET /connect/ws")
CALLED = {name: row for name, row in POLICY.items() if name not in NOT_CALLED and row.rule != LINK}
GUARDED = {name: row for name, row in CALLED.items() if row.rule not in (OPEN, SIGNED, V1)}
OF_APPLICATIONS = {name: row for name, row in CALLED.items() if row.rule == V1}


def routes_of(routes: Any) -> Iterator[str]:
    for route in routes:
        if isinstance(route, WebSocketRoute | APIWebSocketRoute):
            yield f"WEBSOCKET {route.path}"
        elif isinstance(route, Mount):
            yield f"MOUNT {route.path}"
        elif getattr(route, "methods", None):
            yield from (f"{method} {route.path}" for method in route.methods if method != "HEAD")
        else:
            # How FastAPI keeps an included router; its prefix is part of its routes' paths already.
            assert route.include_context.prefix == ""
            yield from routes_of(route.original_router.routes)


def refusals(rule: str) -> dict[str, int]:
    """Which credential is refused with what; `all` is a key with every grant that acts for Ana."""
    if rule == SESSION:
        return {"anonymous": 401, "nonsense": 401, "token": 403, "all": 403}
    if rule == PERSON:
        return {"anonymous": 401, "nonsense": 401, "all": 403}
    if rule == MEMBER:
        return {"anonymous": 401, "nonsense": 401, "alone": 401}
    if rule == KNOWN:
        return {"anonymous": 401, "nonsense": 401}
    return {"anonymous": 401, "nonsense": 401, "without": 403}


async def test_every_route_has_a_row_and_every_row_a_route(world: World):
    found = set(routes_of(world.installation.app.routes))
    assert sorted(found - set(POLICY)) == [], "routes that nobody declared in tests/policy.py"
    gone = [name for name in set(POLICY) - found if not name.startswith("MOUNT")]
    assert sorted(gone) == [], "rows without a route"
    assert {row.rule for row in POLICY.values()} <= {
        OPEN,
        SIGNED,
        TICKET,
        SESSION,
        PERSON,
        MEMBER,
        KNOWN,
        LINK,
        V1,
        *GRANTS,
    }


async def test_nobody_passes_without_the_right_credential(world: World):
    grants = set(GRANTS)
    clients = {
        "anonymous": await world.client(),
        "nonsense": await world.client(Authorization="Bearer cvk_000000000000_" + "x" * 43),
        "token": await world.token(world.ana),
        "all": await world.key(*grants, acting_for=world.ana),
        "alone": await world.key(*grants),
    }
    wrong = []
    for name, row in GUARDED.items():
        for who, status in refusals(row.rule).items():
            client = clients.get(who) or await world.key(*(grants - {row.rule}), acting_for=world.ana)
            answer = await world.ask(client, name, row)
            body = answer.json() if answer.content else {}
            if answer.status_code != status or "code" not in body:
                wrong.append((name, who, status, answer.status_code, answer.text[:100]))
            if who == "without" and body.get("grant") != row.rule:
                wrong.append((name, who, "names another grant", body))
    assert wrong == []


async def test_only_applications_pass_where_cronofys_language_is_spoken(world: World):
    clients = {
        "anonymous": await world.client(),
        "undefined": await world.client(Authorization="Bearer undefined"),
        "session": await world.browser(world.ana),
        "personal token": await world.token(world.ana),
        "service key": await world.key(*GRANTS, acting_for=world.ana),
    }
    wrong = []
    for name, row in OF_APPLICATIONS.items():
        for who, client in clients.items():
            answer = await world.ask(client, name, row)
            body = answer.json() if answer.content else {}
            if answer.status_code != 401 or set(body) != {"error", "error_description"}:
                wrong.append((name, who, answer.status_code, answer.text[:100]))
    assert wrong == []


async def test_other_people_and_other_organisations_meet_nothing_of_anas(world: World):
    stranger, colleague = await world.browser(world.eve), await world.browser(world.bo)
    missing = {name: new_id(KINDS[name.split()[-1]]) for name in world.ids if name != "token"}
    wrong = []
    for name, row in GUARDED.items():
        if row.owner == "nobody":
            continue
        foreign = [("stranger", stranger)]
        if row.owner == "private":
            foreign.append(("colleague", colleague))
        for who, client in foreign:
            real = await world.ask(client, name, row)
            made_up = await world.ask(client, name, row, {**world.ids, **missing})
            if real.status_code != 404 or real.content != made_up.content:
                wrong.append((name, who, real.status_code, real.text[:100], made_up.text[:100]))
    assert wrong == []


# What was read may be sent back as it is; the server counts by itself.
ECHOED = {
    "PUT /api/availability-rules": {"revision"},
    "PUT /api/resources/{resource_id}/availability-rules": {"revision"},
}
KINDS = {
    "hold_id": "hold",
    "share_id": "availability_share",
    "resource_id": "resource",
    "sub": "account",
    "session_id": "session",
    "invitation_id": "invitation",
    "key_id": "api_key",
    "booking_id": "booking",
    "proposal_id": "proposal",
    "connection_id": "connection",
    "conflict_id": "calendar_conflict",
    "webhook_id": "webhook",
    "delivery_id": "delivery",
    "client_id": "client",
    "profile_id": "connection",
    "channel_id": "channel",
    "link_id": "scheduling_link",
    "client_delivery_id": "delivery",
    "conversation_id": "conversation",
    "message_id": "message",
    "shared_in": "message",
    "page_id": "scheduling_link",
    "feed_id": "feed",
}


async def test_lists_hold_nothing_of_other_organisations(world: World):
    stranger = await world.browser(world.eve)
    hers = {*world.ids.values(), world.ana.account_id, world.ana.org_id, world.ana.email}
    wrong = []
    for name, row in GUARDED.items():
        if name.startswith("GET ") and "{" not in name:
            answer = await world.ask(stranger, name, row, {**world.ids, "sub": world.eve.account_id})
            if answer.status_code != 200 or any(text in answer.text for text in hers):
                wrong.append((name, answer.status_code, answer.text[:200]))
    assert wrong == []


async def test_the_right_credential_passes_everywhere(world: World):
    wrong = []
    # What removes comes last, and one thing before all of its kind.
    for name, row in sorted(CALLED.items(), key=lambda item: (item[0].startswith("DELETE"), -len(item[0]))):
        clients = [await world.browser(world.ana)]
        if row.rule in GRANTS:
            clients.insert(0, await world.key("members:act_for", row.rule, acting_for=world.ana))
        elif row.rule in (SIGNED, V1):
            continue
        for client in clients[: 1 if name.startswith("DELETE") else None]:
            answer = await world.ask(client, name, row)
            may_miss = name in ("POST /api/invitations/accept", "POST /api/session")
            if answer.status_code >= 500 or (answer.status_code in (401, 403, 404, 405) and not may_miss):
                wrong.append((name, answer.status_code, answer.text[:200]))
    assert wrong == []


async def test_a_webhook_without_its_signature_is_refused(world: World):
    body = {"event_id": "evt_1", "type": "booking.confirmed", "organization_id": world.ana.org_id, "data": {}}
    answer = await (await world.client()).post("/connect/hooks/scheduling", json=body)
    assert answer.status_code == 401


async def test_fields_that_the_server_sets_cannot_be_sent(world: World):
    """Mass assignment: every column of every table, offered to every body."""
    async with world.installation.platform.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT DISTINCT column_name FROM information_schema.columns WHERE table_schema IN ('public', 'connect')"
            " AND table_name NOT LIKE 'procrastinate%'"
        )
        columns = {row[0] for row in await cursor.fetchall()}
    browser = await world.browser(world.ana)
    wrong = []
    for name, row in CALLED.items():
        if not isinstance(row.body, dict) or row.rule in (SIGNED, V1):
            continue
        known = accepted_fields(world, name)
        for column in sorted(columns - known):
            offered = Row(row.rule, row.owner, {**row.body, column: "x"}, row.query, row.headers)
            answer = await world.ask(browser, name, offered)
            if answer.status_code != 422 or column not in answer.text:
                wrong.append((name, column, answer.status_code, answer.text[:100]))
                break
    assert wrong == []


def accepted_fields(world: World, name: str) -> set[str]:
    """The fields that a body says it takes."""
    method, _, path = name.partition(" ")
    document = world.installation.app.openapi()
    schema = document["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    text = str(schema)
    found: set[str] = set(schema.get("properties", {})) | ECHOED.get(name, set())
    for reference in re.findall(r"#/components/schemas/(\w+)", text):
        found |= set(document["components"]["schemas"][reference].get("properties", {}))
    return found
