"""Deliveries: signed, logged, tried again on the published schedule, never sent twice at once."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from convene.core.errors import Invalid, NotFound
from convene.core.permissions import Caller
from convene.core.webhook_schedule import GAPS_SECONDS
from convene.ports.webhooks import WebhookAnswer
from convene.security.signatures import verify
from convene.services.webhooks import MAX_SUBSCRIPTIONS
from factories.platform import World, make_world


@pytest.fixture
async def world(db, clock) -> World:
    return await make_world(db, clock)


async def emitted(world: World, subs: list[str], events=("availability.changed",)) -> dict[str, str]:
    """Emit one event and return the job that delivers it."""
    before = len(world.jobs.named("deliver_webhook"))
    async with world.db.transaction() as conn:
        await world.webhooks.emit(conn, world.org_id, events[0], {"subs": subs}, subs)
    [job] = world.jobs.named("deliver_webhook")[before:]
    return job


async def subscribed(world: World):
    bo = await world.person("Bo", hours=False)
    made = await world.webhooks.subscribe(bo, "https://example.org/hook", ["availability.changed"])
    return bo, made


async def test_a_delivery_is_signed_so_that_the_receiver_can_check_it(world, clock):
    bo, made = await subscribed(world)
    await world.webhooks.deliver(**await emitted(world, [bo.member_id]))
    [(url, headers, body)] = world.sender.received
    assert url == "https://example.org/hook"
    assert verify([made.secret], headers, body, clock()) == json.loads(body)["event_id"]
    [row] = await world.webhooks.deliveries(bo, made.row.webhook_id, None)
    assert (row.state, row.attempts, row.last_status) == ("delivered", 1, 200)


async def test_the_whole_schedule_is_followed_with_one_id_and_then_given_up(world, clock):
    bo, made = await subscribed(world)
    job = await emitted(world, [bo.member_id])
    world.sender.answers = [WebhookAnswer(500)] * 20
    waits = []
    for _ in range(len(GAPS_SECONDS) + 1):
        await world.webhooks.deliver(**job)
        [row] = await world.webhooks.deliveries(bo, made.row.webhook_id, None)
        if row.next_try_at is None:
            break
        waits.append((row.next_try_at - clock()).total_seconds())
        await world.webhooks.deliver(**job)  # too early: nothing happens
        clock.now = row.next_try_at
    assert waits == pytest.approx(list(GAPS_SECONDS))
    assert row.state == "failed"
    ids = {headers["webhook-id"] for _, headers, _ in world.sender.received}
    assert (len(ids), len(world.sender.received)) == (1, 10)


async def test_the_receivers_wish_to_wait_is_heard(world, clock):
    bo, made = await subscribed(world)
    world.sender.answers = [WebhookAnswer(429, retry_after_seconds=3600)]
    await world.webhooks.deliver(**await emitted(world, [bo.member_id]))
    [row] = await world.webhooks.deliveries(bo, made.row.webhook_id, None)
    assert row.next_try_at == clock() + timedelta(hours=1)


async def test_gone_ends_the_subscription_until_it_is_resumed(world):
    bo, made = await subscribed(world)
    world.sender.answers = [WebhookAnswer(410)]
    await world.webhooks.deliver(**await emitted(world, [bo.member_id]))
    [row] = await world.webhooks.subscriptions(bo)
    assert row.state == "disabled"
    assert "410" in row.state_reason
    async with world.db.transaction() as conn:
        await world.webhooks.emit(conn, world.org_id, "availability.changed", {}, [bo.member_id])
    assert len(world.jobs.named("deliver_webhook")) == 1
    assert (await world.webhooks.resume(bo, made.row.webhook_id)).state == "active"


async def test_five_days_of_failures_disable_it(world, clock):
    bo, _ = await subscribed(world)
    world.sender.answers = [WebhookAnswer(None, "no answer")] * 2
    await world.webhooks.deliver(**await emitted(world, [bo.member_id]))
    clock.advance(days=5)
    await world.webhooks.deliver(**await emitted(world, [bo.member_id]))
    [row] = await world.webhooks.subscriptions(bo)
    assert row.state == "disabled"


async def test_an_open_circuit_probes_once_a_minute(world, clock):
    bo, made = await subscribed(world)
    world.sender.answers = [WebhookAnswer(500)] * 30
    for _ in range(20):
        await world.webhooks.deliver(**await emitted(world, [bo.member_id]))
    rows = await world.webhooks.deliveries(bo, made.row.webhook_id, None)
    assert max(row.next_try_at for row in rows) == clock() + timedelta(seconds=60)


async def test_many_workers_send_one_delivery_once(world):
    bo, _ = await subscribed(world)
    job = await emitted(world, [bo.member_id])
    await asyncio.gather(*(world.webhooks.deliver(**job) for _ in range(8)))
    assert len(world.sender.received) == 1


async def test_a_worker_that_dies_while_sending_leaves_it_to_the_next(world, clock):
    bo, made = await subscribed(world)
    job = await emitted(world, [bo.member_id])

    class Dies:
        async def post(self, *_args, **_fields):
            raise asyncio.CancelledError

    alive, world.webhooks.sender = world.webhooks.sender, Dies()
    with pytest.raises(asyncio.CancelledError):
        await world.webhooks.deliver(**job)
    world.webhooks.sender = alive
    await world.webhooks.deliver(**job)
    assert world.sender.received == []
    clock.advance(seconds=91)
    assert await world.webhooks.requeue_overdue() == 1
    await world.webhooks.deliver(**job)
    [row] = await world.webhooks.deliveries(bo, made.row.webhook_id, None)
    assert (row.state, row.attempts) == ("delivered", 2)


async def test_a_person_can_send_it_again(world):
    bo, made = await subscribed(world)
    job = await emitted(world, [bo.member_id])
    await world.webhooks.deliver(**job)
    await world.webhooks.retry(bo, made.row.webhook_id, job["delivery_id"])
    await world.webhooks.deliver(**job)
    ids = [headers["webhook-id"] for _, headers, _ in world.sender.received]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_subscriptions_are_their_owners(world):
    bo, made = await subscribed(world)
    eve = await world.person("Eve", hours=False)
    admin = await world.person("Root", role="admin", hours=False)
    assert await world.webhooks.subscriptions(eve) == []
    with pytest.raises(NotFound):
        await world.webhooks.get(eve, made.row.webhook_id)
    with pytest.raises(NotFound):
        await world.webhooks.deliveries(eve, made.row.webhook_id, None)
    assert [row.webhook_id for row in await world.webhooks.subscriptions(admin)] == [made.row.webhook_id]
    await world.webhooks.remove(bo, made.row.webhook_id)
    assert await world.webhooks.subscriptions(bo) == []


async def test_an_unknown_event_is_named(world):
    bo = await world.person("Bo", hours=False)
    with pytest.raises(Invalid) as refusal:
        await world.webhooks.subscribe(bo, "https://example.org/hook", ["booking.exploded"])
    assert refusal.value.field == "events"
    assert "booking.exploded" in refusal.value.detail


async def test_the_secret_is_not_in_the_database(world):
    _, made = await subscribed(world)
    async with world.db.connection() as conn:
        cursor = await conn.execute("SELECT secret FROM webhook_subscription")
        stored = bytes((await cursor.fetchone())[0])
    assert made.secret.encode() not in stored


async def test_a_key_that_acts_for_nobody_owns_no_subscription_of_the_organisation(world):
    owner = await world.person("Olga", role="owner")
    made = await world.webhooks.subscribe(
        owner, "https://hooks.example.com/", ["booking.confirmed"], for_organization=True
    )
    key = Caller(org_id=world.org_id, kind="api_key", grants=frozenset({"webhooks:manage"}))
    with pytest.raises(NotFound):
        await world.webhooks.get(key, made.row.webhook_id)
    with pytest.raises(NotFound):
        await world.webhooks.deliveries(key, made.row.webhook_id, None)
    with pytest.raises(NotFound):
        await world.webhooks.remove(key, made.row.webhook_id)


async def test_nothing_is_told_to_subscriptions_of_people_who_were_suspended(world, clock):
    bo, made = await subscribed(world)
    waiting = await emitted(world, [bo.member_id])
    async with world.db.transaction() as conn:
        await conn.execute("UPDATE account SET suspended_at = now() WHERE account_id = %s", [bo.member_id])
        await world.webhooks.emit(conn, world.org_id, "availability.changed", {}, [bo.member_id])
    await world.webhooks.deliver(**waiting)
    assert world.sender.received == []
    [row] = await world.webhooks.deliveries(bo, made.row.webhook_id, None)
    assert (row.state, row.last_error) == ("failed", "the member who made the subscription is suspended")


async def test_members_subscriptions_leave_the_organisation_its_own_fifty(world):
    bo, _ = await subscribed(world)
    owner = await world.person("Olga", role="owner", hours=False)
    for _ in range(MAX_SUBSCRIPTIONS - 1):
        await world.webhooks.subscribe(bo, "https://example.org/hook", ["availability.changed"])
    with pytest.raises(Invalid):
        await world.webhooks.subscribe(bo, "https://example.org/hook", ["availability.changed"])
    await world.webhooks.subscribe(
        owner, "https://example.org/all", ["availability.changed"], for_organization=True
    )
