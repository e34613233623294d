"""`/v1/availability_rules` and `/v1/available_periods` over HTTP: what applications keep for accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from convene.bootstrap import Installation, open_installation
from convene.core.applications import Application
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.identity.resources import NewResource
from convene.security.tokens import fingerprint, new_secret
from convene.services.available_periods import PAGE_SIZE, PeriodDraft
from convene.settings import Settings
from convene.storage import applications
from convene.storage.database import Database
from factories.platform import always_open

RULES = "/v1/availability_rules"
PERIODS = "/v1/available_periods"
CHICAGO = {
    "availability_rule_id": "default",
    "tzid": "America/Chicago",
    "weekly_periods": [
        {"day": "monday", "start_time": "09:30", "end_time": "12:30"},
        {"day": "monday", "start_time": "14:00", "end_time": "17:00"},
        {"day": "wednesday", "start_time": "09:30", "end_time": "12:30"},
    ],
}
ELEMENT = {"Cronofy-Element": "v1.67.7, AvailabilityRules"}


@dataclass
class World:
    """Ana and Bo have authorized an application; Ana has a token of another one, and one of her own for `/api`."""

    installation: Installation
    stack: AsyncExitStack
    org_id: str
    client_id: str
    subs: dict[str, str]
    ana: httpx.AsyncClient
    bo: httpx.AsyncClient
    ana_elsewhere: httpx.AsyncClient
    ana_herself: httpx.AsyncClient

    async def client(self, bearer: str | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.installation.app)
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        client = httpx.AsyncClient(
            transport=transport, base_url=self.installation.settings.base_url, headers=headers
        )
        return await self.stack.enter_async_context(client)

    async def element_token(self, *permissions: str, subs: list[str] | None = None) -> str:
        token, now = new_secret(), self.installation.platform.clock()
        async with self.installation.platform.db.transaction() as conn:
            await applications.insert_element_token(
                conn,
                org_id=self.org_id,
                token_hash=fingerprint(token),
                client_id=self.client_id,
                permissions=permissions,
                subs=subs or [self.subs["ana"]],
                origin="http://localhost",
                now=now,
                expires_at=now + timedelta(hours=18),
            )
        return token


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[World]:
    settings = Settings.from_env({"DATABASE_URL": database_url, "CONVENE_DATA": str(tmp_path)})
    async with AsyncExitStack() as stack:
        installation = await stack.enter_async_context(open_installation(settings, clock=clock))
        identity = installation.identity
        org_id = (await identity.accounts.create_organization("Globex")).org_id
        us = operator(org_id)
        subs, tokens = {}, {}
        here = await identity.oauth.create_client(us, "Here", [])
        elsewhere = await identity.oauth.create_client(us, "Elsewhere", [])
        for name in ("ana", "bo"):
            person = NewPerson(f"{name}@example.com", name.title(), "Europe/London")
            subs[name] = (await identity.accounts.create(us, person)).account_id
            issued = await identity.oauth.issue(us, here.client_id, subs[name], "read_write")
            tokens[name] = issued["access_token"]
        issued = await identity.oauth.issue(us, elsewhere.client_id, subs["ana"], "read_write")
        own = await identity.keys.issue_personal_token(us, subs["ana"], "Script")
        found = World(installation, stack, org_id, here.client_id, subs, *[None] * 4)  # type: ignore[arg-type]
        found.ana, found.bo = await found.client(tokens["ana"]), await found.client(tokens["bo"])
        found.ana_elsewhere = await found.client(issued["access_token"])
        found.ana_herself = await found.client(own.secret.reveal())
        yield found


async def names_of(client: httpx.AsyncClient) -> list[str]:
    answer = await client.get(RULES)
    assert answer.status_code == 200, answer.text
    return [rule["availability_rule_id"] for rule in answer.json()["availability_rules"]]


# -- rules


async def test_a_rule_is_saved_read_listed_replaced_and_deleted(world: World):
    rule = {**CHICAGO, "availability_rule_id": "interviews"}
    saved = await world.ana.post(RULES, json=rule)
    assert (saved.status_code, saved.json()) == (200, {"availability_rule": rule})
    assert (await world.ana.get(f"{RULES}/interviews")).json() == {"availability_rule": rule}
    assert await names_of(world.ana) == ["interviews"]

    shorter = {**rule, "weekly_periods": rule["weekly_periods"][:1]}
    assert (await world.ana.post(RULES, json=shorter)).json() == {"availability_rule": shorter}
    deleted = await world.ana.request(
        "DELETE", f"{RULES}/interviews", json={"availability_rule_id": "interviews"}
    )
    assert (deleted.status_code, deleted.content) == (202, b"")
    assert (await world.ana.get(f"{RULES}/interviews")).status_code == 404
    assert (await world.ana.delete(f"{RULES}/interviews")).status_code == 404


async def test_rules_are_of_one_account_and_one_application(world: World):
    await world.ana.post(RULES, json={**CHICAGO, "availability_rule_id": "interviews"})
    for other in (world.bo, world.ana_elsewhere):
        assert await names_of(other) == []
        assert (await other.get(f"{RULES}/interviews")).status_code == 404
        assert (await other.delete(f"{RULES}/interviews")).status_code == 404
    assert await names_of(world.ana) == ["interviews"]


async def test_the_default_rule_is_the_persons_own_hours_in_both_directions(world: World):
    assert (await world.ana.get(f"{RULES}/default")).status_code == 404
    own = {
        **always_open("Europe/London"),
        "weekly_limit": 20,
        "time_off": [{"start": "2026-12-21", "end": "2027-01-02", "note": "Skiing"}],
    }
    assert (await world.ana_herself.put("/api/availability-rules", json=own)).status_code == 200
    read = (await world.ana.get(f"{RULES}/default")).json()["availability_rule"]
    assert read == {
        "availability_rule_id": "default",
        "tzid": "Europe/London",
        "weekly_periods": own["weekly_periods"],
    }

    assert (await world.ana_elsewhere.post(RULES, json=CHICAGO)).status_code == 200
    settings = (await world.ana_herself.get("/api/availability-rules")).json()
    assert settings == {
        **own,
        "tzid": "America/Chicago",
        "weekly_periods": CHICAGO["weekly_periods"],
        "travel": [],
        "revision": 2,
    }
    assert await names_of(world.ana) == ["default"]

    assert (await world.ana.delete(f"{RULES}/default")).status_code == 202
    assert (await world.ana_herself.get("/api/availability-rules")).json()["revision"] == 0


async def test_calendars_of_a_rule_are_the_accounts_own(world: World):
    connections = (await world.ana_herself.get("/api/calendar-connections")).json()["connections"]
    calendar_id = connections[0]["calendars"][0]["calendar_id"]
    for rule_id in ("default", "interviews"):
        rule = {**CHICAGO, "availability_rule_id": rule_id, "calendar_ids": [calendar_id]}
        assert (await world.ana.post(RULES, json=rule)).json() == {"availability_rule": rule}
        assert (await world.ana.get(f"{RULES}/{rule_id}")).json() == {"availability_rule": rule}
        refused = await world.bo.post(RULES, json=rule)
        assert refused.status_code == 422
        assert refused.json()["errors"]["calendar_ids"][0]["key"] == "errors.not_found"
        without = {name: value for name, value in rule.items() if name != "calendar_ids"}
        assert (await world.ana.post(RULES, json=without)).json() == {"availability_rule": without}


@pytest.mark.parametrize(
    ("changes", "field", "key"),
    [
        ({"tzid": None}, "tzid", "errors.required"),
        ({"tzid": "Chicago"}, "tzid", "errors.invalid"),
        ({"availability_rule_id": None}, "availability_rule_id", "errors.required"),
        ({"availability_rule_id": ""}, "availability_rule_id", "errors.invalid"),
        ({"availability_rule_id": "x" * 65}, "availability_rule_id", "errors.invalid"),
        ({"availability_rule_id": "häuser"}, "availability_rule_id", "errors.invalid"),
        ({"calendar_ids": []}, "calendar_ids", "errors.invalid"),
        ({"weekly_periods": None}, "weekly_periods", "errors.required"),
        ({"weekly_periods": "monday"}, "weekly_periods", "errors.invalid"),
        (
            {"weekly_periods": [{"day": "monday", "start_time": "09:00"}]},
            "weekly_periods.0.end_time",
            "errors.required",
        ),
        (
            {"weekly_periods": [{"day": "monday", "start_time": "09:00", "end_time": "08:00"}]},
            "weekly_periods.0.end_time",
            "errors.invalid",
        ),
        (
            {"weekly_periods": [{"day": "someday", "start_time": "09:00", "end_time": "10:00"}]},
            "weekly_periods.0.day",
            "errors.invalid",
        ),
    ],
)
async def test_what_cannot_be_a_rule_is_refused_by_the_fields_name(world: World, changes, field, key):
    answer = await world.ana.post(RULES, json={**CHICAGO, **changes})
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"][field]
    assert problem["key"] == key
    assert field in problem["description"]
    assert await names_of(world.ana) == []


async def test_overlapping_periods_are_joined_and_unknown_members_ignored(world: World):
    periods = [
        {"day": "Monday", "start_time": "09:00", "end_time": "12:00", "colour": "red"},
        {"day": "monday", "start_time": "11:00", "end_time": "13:00"},
    ]
    answer = await world.ana.post(RULES, json={**CHICAGO, "weekly_periods": periods, "stray": 1})
    assert answer.json()["availability_rule"]["weekly_periods"] == [
        {"day": "monday", "start_time": "09:00", "end_time": "13:00"}
    ]


async def test_an_element_manages_rules_with_its_permission_only(world: World):
    visitor = await world.client()
    token = await world.element_token("managed_availability")
    saved = await visitor.post(RULES, params={"et": token}, headers=ELEMENT, json=CHICAGO)
    assert saved.status_code == 200, saved.text
    assert (await visitor.get(f"{RULES}/default", params={"et": token}, headers=ELEMENT)).status_code == 200
    assert (await visitor.get(f"{RULES}/other", params={"et": token}, headers=ELEMENT)).status_code == 404
    assert (await visitor.get(f"{RULES}/default", params={"et": token})).status_code == 401

    wrong = await world.element_token("agenda", "availability")
    assert (await visitor.get(f"{RULES}/default", params={"et": wrong}, headers=ELEMENT)).status_code == 403
    assert (await visitor.get(PERIODS, params={"et": token}, headers=ELEMENT)).status_code == 401


async def test_saving_a_rule_tells_those_who_watch_availability(world: World):
    hook = {"url": "https://hooks.example.com/x", "events": ["availability.changed"]}
    webhook_id = (await world.ana_herself.post("/api/webhooks", json=hook)).json()["webhook_id"]

    async def told() -> int:
        answer = await world.ana_herself.get(f"/api/webhooks/{webhook_id}/deliveries")
        return len(answer.json()["deliveries"])

    await world.ana.post(RULES, json=CHICAGO)
    assert await told() == 1
    await world.ana.post(RULES, json={**CHICAGO, "tzid": "Nowhere"})
    assert await told() == 1
    await world.ana.delete(f"{RULES}/default")
    assert await told() == 2


# -- rooms


async def test_every_application_sees_the_organisations_rooms(world: World):
    rooms = world.installation.identity.resources
    new = NewResource("Fountain", "fountain@example.com", "Europe/London", 8, "2nd floor", ("screen",))
    made = await rooms.create(operator(world.org_id), new)
    elsewhere = await world.installation.identity.accounts.create_organization("Elsewhere")
    await rooms.create(operator(elsewhere.org_id), new)
    for client in (world.ana, world.ana_elsewhere):
        assert (await client.get("/v1/resources")).json() == {
            "resources": [
                {
                    "sub": made.account_id,
                    "email": "fountain@example.com",
                    "name": "Fountain",
                    "seats": 8,
                    "place": "2nd floor",
                    "equipment": ["screen"],
                }
            ]
        }


# -- periods


def period(number: int, **changes: Any) -> dict[str, Any]:
    day, hour = 1 + number // 20, number % 20
    return {
        "available_period_id": f"period-{number:03}",
        "start": f"2027-01-{day:02}T{hour:02}:00:00Z",
        "end": f"2027-01-{day:02}T{hour:02}:30:00Z",
        **changes,
    }


async def periods_of(client: httpx.AsyncClient, **query: str) -> list[str]:
    answer = await client.get(PERIODS, params=query)
    assert answer.status_code == 200, answer.text
    return [item["available_period_id"] for item in answer.json()["available_periods"]]


async def test_a_period_is_saved_replaced_read_and_deleted(world: World):
    for body in (period(0), period(0, end="2027-01-01T02:00:00Z"), period(1)):
        answer = await world.ana.post(PERIODS, json=body)
        assert (answer.status_code, answer.content) == (202, b"")
    assert (await world.ana.get(PERIODS)).json() == {
        "pages": {"current": 1, "total": 1},
        "available_periods": [period(0, end="2027-01-01T02:00:00Z"), period(1)],
    }
    assert await periods_of(world.bo) == await periods_of(world.ana_elsewhere) == []

    one = {"available_period_id": "period-000"}
    assert (await world.bo.request("DELETE", PERIODS, json=one)).status_code == 202
    assert len(await periods_of(world.ana)) == 2
    for _ in range(2):
        assert (await world.ana.request("DELETE", PERIODS, json=one)).status_code == 202
    assert await periods_of(world.ana) == ["period-001"]
    assert (await world.ana.request("DELETE", PERIODS, json={"delete_all": True})).status_code == 202
    assert await periods_of(world.ana) == []


async def test_the_dates_of_a_question_are_days_in_its_zone(world: World):
    # 04:30Z on the 2nd is still the evening of the 1st in New York.
    await world.ana.post(PERIODS, json=period(0, start="2027-01-02T04:30:00Z", end="2027-01-02T04:45:00Z"))
    day = {"from": "2027-01-01", "to": "2027-01-02"}
    assert await periods_of(world.ana, **day, tzid="America/New_York") == ["period-000"]
    assert await periods_of(world.ana, **day, tzid="Europe/London") == []
    assert await periods_of(world.ana, **{"from": "2027-01-02T04:45:00Z"}) == ["period-000"]
    assert await periods_of(world.ana, **{"from": "2027-01-02T04:46:00Z"}) == []
    assert await periods_of(world.ana, to="2027-01-02T04:30:00Z") == []


async def test_ends_keep_their_zones_for_those_who_ask(world: World):
    ends = {
        "start": {"time": "2027-01-12T15:30:00Z", "tzid": "Europe/Paris"},
        "end": {"time": "2027-01-12T17:00:00Z", "tzid": "America/Chicago"},
    }
    await world.ana.post(PERIODS, json=period(0, **ends))
    assert (await world.ana.get(PERIODS, params={"localized_times": "True"})).json()["available_periods"] == [
        {"available_period_id": "period-000", **ends}
    ]


async def test_pages_follow_one_another_and_leave_nothing_out(world: World):
    # Through the service: over HTTP so many calls in one moment would meet the rate limit.
    anas = Application(world.org_id, world.client_id, "access_token", world.subs["ana"])
    for number in range(PAGE_SIZE + 3):
        sent = period(number)
        ends = [datetime.fromisoformat(sent[name]) for name in ("start", "end")]
        draft = PeriodDraft(sent["available_period_id"], *ends)
        await world.installation.platform.available_periods.put(anas, draft)
    first = (await world.ana.get(PERIODS, params={"from": "2027-01-01", "localized_times": "true"})).json()
    assert (first["pages"]["current"], first["pages"]["total"]) == (1, 2)
    second = (await world.ana.get(first["pages"]["next_page"])).json()
    assert second["pages"] == {"current": 2, "total": 2}
    seen = [item["available_period_id"] for page in (first, second) for item in page["available_periods"]]
    assert seen == [f"period-{number:03}" for number in range(PAGE_SIZE + 3)]
    assert second["available_periods"][0]["start"]["tzid"] == "Etc/UTC"
    assert (await world.bo.get(first["pages"]["next_page"])).json()["available_periods"] == []
    for junk in ("x", "e30", "eyJwYWdlIjogLTF9", "W10"):
        assert (await world.ana.get(f"{PERIODS}/pages/{junk}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field", "key"),
    [
        (period(0, start=None), "start", "errors.required"),
        (period(0, start="yesterday"), "start", "errors.invalid"),
        (period(0, end="2027-01-01T00:00:00Z"), "end", "errors.invalid"),
        (period(0, available_period_id="x" * 65), "available_period_id", "errors.invalid"),
        (period(0, available_period_id=None), "available_period_id", "errors.required"),
        (period(0, start={"time": "2027-01-01T00:00:00Z", "tzid": "Paris"}), "start", "errors.invalid"),
    ],
)
async def test_what_cannot_be_a_period_is_refused_by_the_fields_name(world: World, body, field, key):
    answer = await world.ana.post(PERIODS, json=body)
    assert answer.status_code == 422
    assert [problem["key"] for problem in answer.json()["errors"][field]] == [key]
    assert await periods_of(world.ana) == []


async def test_a_deletion_says_what_it_deletes(world: World):
    await world.ana.post(PERIODS, json=period(0))
    empty = await world.ana.request("DELETE", PERIODS, json={})
    assert empty.status_code == 422
    assert empty.json()["errors"]["available_period_id"][0]["key"] == "errors.required"
    no = await world.ana.request("DELETE", PERIODS, json={"delete_all": False})
    assert (no.status_code, list(no.json()["errors"])) == (422, ["delete_all"])
    assert await periods_of(world.ana) == ["period-000"]
