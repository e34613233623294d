"""`/v1/channels` over HTTP, and what is pushed to them when something in an account changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from convene.core.applications import Application
from convene.identity import operator
from convene.ports.webhooks import WebhookAnswer
from convene.providers.address_rules import AllowedTargets
from convene.providers.webhook_sender import HttpWebhookSender
from convene.services.bookings import Draft
from convene.services.channels import BREATH, MAX_CHANNELS
from convene.storage.database import Database
from factories.platform import always_open
from factories.receivers import ApplicationWorld, application_world

CHANNELS = "/v1/channels"
URL = "https://app.example.com/changes"


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[ApplicationWorld]:
    async with application_world(database_url, tmp_path, clock) as found:
        yield found


@pytest.fixture
async def app(world):
    return await world.application()


@pytest.fixture
async def ana(world):
    return await world.person("Ana")


@pytest.fixture
async def http(world, app, ana):
    return await world.authorize(app, ana)


async def opened(http, **body) -> dict:
    answer = await http.post(CHANNELS, json={"callback_url": URL, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()["channel"]


async def changed(world, who, calendar_ids=(), **fields) -> None:
    async with world.installation.platform.db.transaction() as conn:
        await world.installation.platform.channels.changed(
            conn, world.org_id, who.member_id, calendar_ids, **fields
        )


# -- opening and closing


async def test_a_channel_is_opened_verified_listed_and_closed(world, app, ana, http):
    calendar_id = await world.calendar_of(ana)
    filters = {"calendar_ids": [calendar_id], "only_managed": True}
    channel = await opened(http, filters=filters)
    assert channel == {"channel_id": channel["channel_id"], "callback_url": URL, "filters": filters}
    assert channel["channel_id"].startswith("chn_")
    assert await world.delivered(app) == [
        (URL, {"notification": {"type": "verification"}, "channel": channel})
    ]
    assert (await http.get(CHANNELS)).json() == {"channels": [channel]}
    closed = await http.request("DELETE", f"{CHANNELS}/{channel['channel_id']}", json={})
    assert (closed.status_code, closed.content) == (202, b"")
    assert (await http.get(CHANNELS)).json() == {"channels": []}
    assert (await http.delete(f"{CHANNELS}/{channel['channel_id']}")).status_code == 404


async def test_an_identical_channel_is_the_same_one_and_defaults_are_not_echoed(world, app, http):
    first = await opened(http, filters={"only_managed": "False"})
    assert first["filters"] == {}
    assert await opened(http) == first
    assert await opened(http, filters={"calendar_ids": None, "unknown": 1}) == first
    assert len(await world.delivered(app)) == 1
    other = await opened(http, filters={"only_managed": "True"})
    assert other["channel_id"] != first["channel_id"]


async def test_forms_are_read_as_well(http, world, ana):
    calendar_id = await world.calendar_of(ana)
    answer = await http.post(CHANNELS, data={"callback_url": URL})
    assert answer.status_code == 200
    channel = await opened(http, filters={"calendar_ids": [calendar_id, calendar_id]})
    assert channel["filters"] == {"calendar_ids": [calendar_id]}


@pytest.mark.parametrize(
    ("body", "field", "key"),
    [
        ({}, "callback_url", "errors.required"),
        ({"callback_url": URL, "filters": {"calendar_ids": []}}, "filters.calendar_ids", "errors.invalid"),
        (
            {"callback_url": URL, "filters": {"calendar_ids": ["cal_x"]}},
            "filters.calendar_ids",
            "errors.invalid",
        ),
        ({"callback_url": "https://a.example/" + "x" * 2000}, "callback_url", "errors.invalid"),
    ],
)
async def test_what_is_wrong_is_named(http, body, field, key):
    answer = await http.post(CHANNELS, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][field][0]["key"] == key


async def test_addresses_inside_are_refused(db, database_url, tmp_path, clock):
    async with application_world(database_url, tmp_path, clock) as world:
        world.installation.platform.webhooks.sender = HttpWebhookSender(None, AllowedTargets(()), None)
        http = await world.authorize(await world.application(), await world.person("Ana"))
        for url in ("http://app.example.com/", "https://app.example.com:9000/", "ftp://x/", "nonsense"):
            answer = await http.post(CHANNELS, json={"callback_url": url})
            assert answer.status_code == 422, url
            assert set(answer.json()["errors"]) == {"callback_url"}


async def test_somebody_elses_calendar_is_no_filter(world, app, http):
    theirs = await world.calendar_of(await world.person("Bo"))
    answer = await http.post(CHANNELS, json={"callback_url": URL, "filters": {"calendar_ids": [theirs]}})
    assert answer.status_code == 422


async def test_channels_are_of_one_application_and_one_account(world, app, ana, http):
    channel = await opened(http)
    bo = await world.authorize(app, await world.person("Bo"))
    other = await world.authorize(await world.application("Other"), ana)
    for stranger in (bo, other):
        assert (await stranger.get(CHANNELS)).json() == {"channels": []}
        assert (await stranger.delete(f"{CHANNELS}/{channel['channel_id']}")).status_code == 404
    assert (await app.http.get(CHANNELS)).status_code == 401  # an API key has no account
    assert (await http.get(CHANNELS)).json() == {"channels": [channel]}


async def test_there_are_128_at_most(world, app, ana, http):
    # Not over HTTP: an application may not call that often.
    application = Application(world.org_id, app.client_id, "access_token", ana.member_id)
    for number in range(MAX_CHANNELS):
        await world.installation.platform.channels.create(application, f"{URL}/{number}")
    answer = await http.post(CHANNELS, json={"callback_url": f"{URL}/more"})
    assert answer.status_code == 422
    assert (await opened(http, callback_url=f"{URL}/3"))["callback_url"] == f"{URL}/3"


# -- pushes


async def test_a_booking_is_pushed_to_everybodys_channels_and_to_nobody_elses(world, app, ana, http, clock):
    bo, cy = await world.person("Bo"), await world.person("Cy")
    for who in (ana, bo):
        await world.installation.platform.rules.put(who, always_open("Europe/London"))
    theirs = await opened(await world.authorize(app, bo), callback_url=f"{URL}/bo")
    await opened(await world.authorize(app, cy), callback_url=f"{URL}/cy")
    mine = await opened(http, filters={"calendar_ids": [await world.calendar_of(ana)]})
    await opened(http, callback_url=f"{URL}/managed", filters={"only_managed": True})
    await world.delivered(app)
    start = datetime(2026, 11, 24, 10, tzinfo=UTC)
    await world.installation.platform.bookings.confirm(ana, Draft([bo.member_id], start, 30, "Talk"))
    pushed = await world.delivered(app)
    assert {body["channel"]["channel_id"] for _, body in pushed} == {
        mine["channel_id"],
        theirs["channel_id"],
    }
    notification = pushed[0][1]["notification"]
    assert notification["type"] == "change"
    assert (
        timedelta() < clock() - datetime.fromisoformat(notification["changes_since"]) <= timedelta(seconds=10)
    )


async def test_filters_decide_by_calendar_and_by_who_manages(world, app, ana, http, clock):
    calendar_id = await world.calendar_of(ana)
    await opened(http, callback_url=f"{URL}/one", filters={"calendar_ids": [calendar_id]})
    await opened(http, callback_url=f"{URL}/managed", filters={"only_managed": True})
    await opened(http, callback_url=f"{URL}/all")
    await world.delivered(app)

    async def pushed(calendars, **fields) -> set[str]:
        clock.advance(seconds=10)
        await changed(world, ana, calendars, **fields)
        return {url.rpartition("/")[2] for url, _ in await world.delivered(app)}

    assert await pushed([calendar_id]) == {"one", "all"}
    assert await pushed(["cal_other"]) == {"all"}
    assert await pushed([]) == {"one", "all"}
    assert await pushed([calendar_id], managed_by=app.client_id) == {"one", "managed", "all"}
    assert await pushed([calendar_id], managed_by="app_other") == {"one", "all"}
    assert await pushed([calendar_id], managed_by=app.client_id, changed_by=app.client_id) == set()


async def test_a_waiting_push_stands_for_all_that_changes_meanwhile(world, app, ana, http, clock):
    await opened(http)
    await world.delivered(app)
    clock.advance(minutes=1)
    first = clock()
    await changed(world, ana)
    clock.advance(seconds=30)
    await changed(world, ana)
    await changed(
        world, ana, since=first - timedelta(seconds=20)
    )  # began before the first and came here later
    [(_, body)] = await world.delivered(app)
    assert datetime.fromisoformat(body["notification"]["changes_since"]) <= first - timedelta(seconds=20)
    await changed(world, ana)
    assert await world.delivered(app) == []  # a burst: takes a breath
    await changed(world, ana)
    clock.advance(seconds=BREATH.total_seconds() + 1)
    assert len(await world.delivered(app)) == 1
    clock.advance(minutes=1)
    await changed(world, ana)
    assert len(await world.delivered(app)) == 1


async def test_a_push_that_begins_is_not_counted_on(world, app, ana, http, clock):
    """A change after a push was begun needs another: the receiver may have read before it."""
    await opened(http)
    await world.delivered(app)
    clock.advance(minutes=1)
    await changed(world, ana)
    world.sender.answers = [WebhookAnswer(503)]
    await world.delivered(app)
    await changed(world, ana)
    clock.advance(seconds=4)
    assert len(await world.delivered(app)) == 1


async def test_two_changes_at_once_do_not_wait_for_each_other(world, app, ana, http, clock):
    await opened(http)
    await world.delivered(app)
    clock.advance(minutes=1)
    db, channels = world.installation.platform.db, world.installation.platform.channels
    async with db.transaction() as one, db.transaction() as two:
        await channels.changed(one, world.org_id, ana.member_id, ())
        await channels.changed(two, world.org_id, ana.member_id, ())
    clock.advance(seconds=5)
    assert 1 <= len(await world.delivered(app)) <= 2
    await changed(world, ana)
    async with db.transaction() as one, db.transaction() as two:
        await channels.changed(one, world.org_id, ana.member_id, ())
        await channels.changed(two, world.org_id, ana.member_id, ())
    clock.advance(seconds=5)
    assert 1 <= len(await world.delivered(app)) <= 2


async def test_gone_closes_a_channel_for_everybody_to_see_until_it_is_asked_for_again(
    world, app, ana, http, clock
):
    channel = await opened(http)
    world.sender.answers = [WebhookAnswer(410)]
    await world.delivered(app)
    [found] = (await http.get(CHANNELS)).json()["channels"]
    assert found == {**channel, "state": "closed", "state_reason": "the receiver answered 410 Gone"}
    await changed(world, ana)
    assert await world.delivered(app) == []
    assert await opened(http) == channel
    assert [body["notification"]["type"] for _, body in await world.delivered(app)] == ["verification"]
    await changed(world, ana)
    assert len(await world.delivered(app)) == 1
    log = await world.installation.platform.webhooks.client_deliveries(
        operator(world.org_id), app.client_id, None
    )
    assert {(row.kind, row.account_id) for row in log} == {("channel", ana.member_id)}


async def test_nothing_is_pushed_once_the_authorization_is_withdrawn(world, app, ana, http):
    await opened(http)
    await world.delivered(app)
    platform = world.installation.platform
    async with platform.db.transaction() as conn:
        await conn.execute("UPDATE oauth_token SET revoked_at = created_at")
    await changed(world, ana)
    assert await world.delivered(app) == []
    await platform.channels.prune()
    async with platform.db.connection() as conn:
        cursor = await conn.execute("SELECT count(*) FROM webhook_subscription WHERE kind = 'channel'")
        assert await cursor.fetchone() == (0,)


async def test_metrics_count_channels(world, app, http):
    await opened(http)
    await opened(http, callback_url=f"{URL}/other")
    world.sender.answers = [WebhookAnswer(410)]
    await world.delivered(app)
    text = (await (await world.client()).get("/metrics")).text
    assert "convene_channels_open 1\n" in text
    assert "convene_channels_closed 1\n" in text
