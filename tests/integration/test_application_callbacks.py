"""What applications are told: signed with their live secrets, sent as it was stored, logged for administrators."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from convene.core.errors import Forbidden, Invalid, NotFound
from convene.identity import operator
from convene.identity.oauth import secret_context
from convene.ports.webhooks import WebhookAnswer
from convene.security.sealing import Secret
from convene.security.signatures import CRONOFY_HEADER, cronofy_hmac, signing_secret_of
from convene.security.tokens import fingerprint
from convene.storage import applications
from factories.platform import World, make_world

URL = "https://app.example.org/hook?id=1"


@pytest.fixture
async def world(db, clock) -> World:
    return await make_world(db, clock)


async def application(world: World) -> tuple[str, Secret]:
    made = await world.identity.oauth.create_client(operator(world.org_id), "Recruiter", [])
    return made.client_id, made.client_secret


async def second_secret(world: World, client_id: str, text: str) -> None:
    sealed = world.webhooks.sealer.seal(text, *secret_context(world.org_id, client_id))
    async with world.db.transaction() as conn:
        await applications.insert_secret(
            conn,
            org_id=world.org_id,
            client_id=client_id,
            secret_id="sec_newer",
            secret=sealed,
            secret_hash=fingerprint(text),
            now=world.clock(),
        )


async def sent(world: World, client_id: str, body: object, url: str = URL) -> dict[str, str]:
    async with world.db.transaction() as conn:
        await world.webhooks.send_callback(conn, world.org_id, client_id, url, "smart_invite", body)
    return world.jobs.named("deliver_webhook")[-1]


def test_the_signature_is_cronofys():
    body = b'{"example":"well-known"}'
    assert cronofy_hmac(["pDY0Oi7TJSP2hfNmZNkm5"], body) == "6r2/HjBkqymGegX0wOfifieeUXbbHwtV/LohHS+jv6c="
    both = cronofy_hmac(["other", "pDY0Oi7TJSP2hfNmZNkm5"], body)
    assert both.split(",")[1] == "6r2/HjBkqymGegX0wOfifieeUXbbHwtV/LohHS+jv6c="
    assert " " not in both


async def test_a_callback_is_signed_with_every_live_secret(world, clock):
    client_id, secret = await application(world)
    clock.advance(minutes=1)
    await second_secret(world, client_id, newer := "cvs_" + "n" * 43)
    await world.webhooks.deliver(**await sent(world, client_id, {"name": "Zoë", "n": [1, 2]}))
    [(url, headers, body)] = world.sender.received
    assert url == URL
    assert json.loads(body) == {"name": "Zoë", "n": [1, 2]}
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers[CRONOFY_HEADER] == cronofy_hmac([newer, secret.reveal()], body)
    for live in (newer, secret.reveal()):
        # Another's implementation computes it: the library's own check asks the wall clock, and this test's stands still.
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        signature = Webhook(signing_secret_of(live)).sign(headers["webhook-id"], at, body.decode())
        assert signature in headers["webhook-signature"].split()


async def test_what_is_sent_is_what_was_stored_and_one_receiver_stands_for_an_address(world):
    client_id, _ = await application(world)
    first = await sent(world, client_id, {"b": 1, "a": 2})
    second = await sent(world, client_id, {"again": True})
    other = await sent(world, client_id, {}, "https://app.example.org/other")
    for job in (first, second, other):
        await world.webhooks.deliver(**job)
    log = await world.webhooks.client_deliveries(operator(world.org_id), client_id, None)
    assert {row.body.encode() for row in log} == {body for _, _, body in world.sender.received}
    assert len({row.webhook_id for row in log}) == 2
    assert {(row.kind, row.state) for row in log} == {("callback", "delivered")}


async def test_a_callback_that_failed_is_tried_again_and_can_be_sent_again(world, clock):
    client_id, _ = await application(world)
    world.sender.answers = [WebhookAnswer(503), WebhookAnswer(410)]
    job = await sent(world, client_id, {"x": 1})
    await world.webhooks.deliver(**job)
    clock.advance(seconds=7)
    await world.webhooks.deliver(**job)
    us = operator(world.org_id)
    [row] = await world.webhooks.client_deliveries(us, client_id, None)
    assert (row.state, row.attempts, row.receiver_state) == ("failed", 2, "disabled")
    assert "410" in row.receiver_state_reason
    await world.webhooks.deliver(**await sent(world, client_id, {"x": 2}))
    rows = await world.webhooks.client_deliveries(us, client_id, None)
    assert [row.state for row in rows] == ["failed", "failed"]  # nothing is lost silently
    await world.webhooks.retry_client_delivery(us, client_id, job["delivery_id"])
    await world.webhooks.deliver(**job)
    rows = await world.webhooks.client_deliveries(us, client_id, None)
    assert {row.state for row in rows} == {"failed", "delivered"}
    assert {row.receiver_state for row in rows} == {"active"}


async def test_an_application_without_a_secret_is_sent_nothing_unsigned(world):
    client_id, _ = await application(world)
    async with world.db.transaction() as conn:
        await conn.execute("UPDATE oauth_client_secret SET expires_at = created_at")
    await world.webhooks.deliver(**await sent(world, client_id, {}))
    assert world.sender.received == []
    [row] = await world.webhooks.client_deliveries(operator(world.org_id), client_id, None)
    assert "no secret" in row.last_error


async def test_only_administrators_see_what_applications_are_sent(world, db, clock):
    client_id, _ = await application(world)
    job = await sent(world, client_id, {})
    bo = await world.person("Bo", hours=False)
    with pytest.raises(Forbidden):
        await world.webhooks.client_deliveries(bo, client_id, None)
    elsewhere = await make_world(db, clock)
    with pytest.raises(NotFound):
        await world.webhooks.client_deliveries(operator(elsewhere.org_id), client_id, None)
    other_client, _ = await application(world)
    with pytest.raises(NotFound):
        await world.webhooks.retry_client_delivery(operator(world.org_id), other_client, job["delivery_id"])


async def test_members_webhooks_stay_apart_from_applications(world):
    client_id, _ = await application(world)
    job = await sent(world, client_id, {})
    us = operator(world.org_id)
    assert await world.webhooks.subscriptions(us) == []
    webhook_id = job["delivery_id"].partition(".")[2]
    with pytest.raises(NotFound):
        await world.webhooks.get(us, webhook_id)


async def test_addresses_nobody_uses_are_forgotten(world, clock):
    client_id, _ = await application(world)
    await world.webhooks.deliver(**await sent(world, client_id, {}))
    await sent(world, client_id, {}, "https://app.example.org/waits")
    clock.advance(days=31)
    await world.webhooks.prune()
    async with world.db.connection() as conn:
        cursor = await conn.execute("SELECT url FROM webhook_subscription WHERE kind = 'callback'")
        assert await cursor.fetchall() == [("https://app.example.org/waits",)]


async def test_an_address_is_refused_under_the_name_it_was_sent_with(world):
    with pytest.raises(Invalid) as refused:
        world.webhooks.check_url("https://example.org/" + "x" * 2000, "callback_urls.completed_url")
    assert refused.value.field == "callback_urls.completed_url"
