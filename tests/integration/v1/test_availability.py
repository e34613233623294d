"""`/v1/availability` and `/v1/sequenced_availability` over HTTP, and the re-check that bookings call."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from convene.bootstrap import Installation, open_installation
from convene.core.availability_query import GroupSpec, MemberSpec, Query
from convene.core.errors import Invalid
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.services.availability_query import Asker, Without
from convene.settings import Settings
from convene.storage import applications, calendars, events, occurrences
from convene.storage.database import Database, execute
from convene.storage.events import NewEvent
from convene.storage.occurrences import NewOccurrence
from factories.platform import always_open

DAY = "2027-01-12"


def at(text: str) -> str:
    """`"09:00"` of the tests' day (a Tuesday), or any longer text as it is."""
    return f"{DAY}T{text}:00Z" if len(text) == 5 else text


def moment(text: str) -> datetime:
    return datetime.fromisoformat(at(text))


def period(start: str, end: str) -> dict[str, str]:
    return {"start": at(start), "end": at(end)}


@dataclass
class World:
    """Three people have authorized an application; `ask` asks with its client secret."""

    installation: Installation
    stack: AsyncExitStack
    org_id: str
    client_id: str
    secret: str
    subs: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    calendar_ids: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=itertools.count)

    @property
    def db(self) -> Database:
        return self.installation.platform.db

    @property
    def asker(self) -> Asker:
        return Asker(self.org_id, self.client_id)

    async def client(self, bearer: str | None = None, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.installation.app)
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        base_url = self.installation.settings.base_url
        client = httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers)
        return await self.stack.enter_async_context(client)

    def body(self, *members: Any, **changes: Any) -> dict[str, Any]:
        """A query for an hour between nine and noon; members are names or objects with `sub` a name."""
        listed = [{"sub": one} if isinstance(one, str) else one for one in members]
        told = [{**one, "sub": self.subs.get(one["sub"], one["sub"])} for one in listed]
        asked = {
            "participants": [{"members": told, "required": "all"}],
            "required_duration": {"minutes": 60},
            "query_periods": [period("09:00", "12:00")],
            **changes,
        }
        return {name: value for name, value in asked.items() if value != "left out"}

    async def post(self, body: Any, bearer: str | None = None, path: str = "/v1/availability") -> Any:
        return await (await self.client(bearer or self.secret)).post(path, json=body)

    async def ask(self, *members: Any, **changes: Any) -> list[str]:
        """The answer as `"09:00-12:00 ana bo"`."""
        answer = await self.post(self.body(*members, **changes))
        assert answer.status_code == 200, answer.text
        (found,) = [answer.json()[key] for key in answer.json() if key.startswith("available_")]
        return [self.told(slot) for slot in found]

    def told(self, slot: dict[str, Any]) -> str:
        names = {sub: name for name, sub in self.subs.items()}
        who = " ".join(names[one["sub"]] for one in slot["participants"])
        return f"{slot['start'][11:16]}-{slot['end'][11:16]} {who}"

    async def refused(self, *members: Any, **changes: Any) -> str:
        answer = await self.post(self.body(*members, **changes))
        assert answer.status_code == 422, answer.text
        (found,) = answer.json()["errors"]
        assert all(item["key"].startswith("errors.") for item in answer.json()["errors"][found])
        return found

    async def busy(
        self, name: str, start: str, end: str, kind: str = "busy", calendar: str = "", event_id: str = ""
    ) -> str:
        """Put an event into somebody's calendar; with `event_id` the application manages it. Returns its uid."""
        remote_id, uid = f"event-{next(self.numbers)}", f"evt_external_{next(self.numbers):026}"
        async with self.db.transaction() as conn:
            found = await calendars.get_calendar(conn, self.org_id, calendar or self.calendar_ids[name])
            assert found is not None
            occurrence = NewOccurrence(uid, 0, moment(start), moment(end), None, None, kind, b"", None)
            event = NewEvent(
                remote_id,
                f"{remote_id}@example.com",
                "",
                "",
                "Busy",
                None,
                "",
                [(moment(start), moment(end), kind)],
            )
            await events.store_events(conn, found, [event], 0)
            await occurrences.store(conn, found, [(remote_id, occurrence)], moment(start))
            if event_id:
                await execute(
                    conn,
                    "UPDATE calendar_event SET client_id = %s, event_id = %s, content = '{}' WHERE remote_id = %s",
                    [self.client_id, event_id, remote_id],
                )
        return uid

    async def second_calendar(self, name: str, *, is_checked: bool = True) -> str:
        calendar_id = new_id("calendar")
        async with self.db.transaction() as conn:
            first = await calendars.get_calendar(conn, self.org_id, self.calendar_ids[name])
            assert first is not None
            await calendars.insert_calendar(
                conn,
                org_id=self.org_id,
                calendar_id=calendar_id,
                connection_id=first.connection_id,
                account_id=self.subs[name],
                remote_id=calendar_id,
                name="Second",
                tzid="Etc/UTC",
                is_checked=is_checked,
            )
        return calendar_id

    async def rule(self, name: str, start: str, end: str, rule_id: str = "default", **more: Any) -> None:
        rule = {
            "availability_rule_id": rule_id,
            "tzid": "Etc/UTC",
            "weekly_periods": [{"day": "tuesday", "start_time": start, "end_time": end}],
            **more,
        }
        answer = await self.post(rule, self.tokens[name], "/v1/availability_rules")
        assert answer.status_code == 200, answer.text

    async def booking(self, *names: str, start: str, minutes: int = 60) -> dict[str, Any]:
        identity, platform = self.installation.identity, self.installation.platform
        token = await identity.keys.issue_personal_token(operator(self.org_id), self.subs[names[0]], "Script")
        client = await self.client(token.secret.reveal())
        answer = await client.post(
            "/api/bookings",
            json={
                "participants": [self.subs[name] for name in names[1:]],
                "start": at(start),
                "duration_minutes": minutes,
                "title": "Talk",
            },
        )
        assert answer.status_code == 201, answer.text
        assert platform is not None
        return answer.json()


async def make_world(stack: AsyncExitStack, settings: Settings, clock: Any) -> World:
    installation = await stack.enter_async_context(open_installation(settings, clock=clock))
    identity = installation.identity
    org_id = (await identity.accounts.create_organization("Globex")).org_id
    us = operator(org_id)
    here = await identity.oauth.create_client(us, "Here", [])
    found = World(installation, stack, org_id, here.client_id, here.client_secret.reveal())
    for name in ("ana", "bo", "cy"):
        person = NewPerson(f"{name}@example.com", name.title(), "Etc/UTC")
        found.subs[name] = (await identity.accounts.create(us, person)).account_id
        issued = await identity.oauth.issue(us, here.client_id, found.subs[name], "read_write")
        found.tokens[name] = issued["access_token"]
        async with found.db.transaction() as conn:
            target = await calendars.get_target(conn, org_id, found.subs[name])
            assert target is not None
            found.calendar_ids[name] = target.calendar_id
    return found


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[World]:
    settings = Settings.from_env({"DATABASE_URL": database_url, "CONVENE_DATA": str(tmp_path)})
    async with AsyncExitStack() as stack:
        yield await make_world(stack, settings, clock)


# -- formats, groups, buffers


async def test_periods_are_the_default_and_split_where_people_change(world: World):
    await world.busy("ana", "10:00", "10:30")
    assert await world.ask("ana", "bo") == ["09:00-10:00 ana bo", "10:30-12:00 ana bo"]
    groups = world.body("ana", "bo")["participants"]
    assert await world.ask(participants=[{**groups[0], "required": 1}], required_duration=30) == [
        "09:00-10:00 ana bo",
        "10:00-10:30 bo",
        "10:30-12:00 ana bo",
    ]
    # Nobody else's half hour takes an hour away from bo.
    assert await world.ask(participants=[{**groups[0], "required": "1"}]) == [
        "09:00-10:00 ana bo",
        "09:00-12:00 bo",
        "10:30-12:00 ana bo",
    ]


async def test_slots_follow_one_another_and_overlapping_slots_stand_on_the_grid(world: World):
    await world.busy("ana", "09:00", "09:52")
    assert await world.ask("ana", response_format="slots") == ["09:55-10:55 ana", "10:55-11:55 ana"]
    assert await world.ask("ana", response_format="overlapping_slots") == [
        "10:00-11:00 ana",
        "10:30-11:30 ana",
        "11:00-12:00 ana",
    ]
    assert await world.ask("ana", response_format="slots", start_interval={"minutes": 15}, max_results=1) == [
        "10:00-11:00 ana"
    ]


async def test_query_slots_are_tested_as_they_are(world: World):
    await world.busy("ana", "10:00", "11:00")
    starts = ["11:07", "09:00", "09:01"]
    asked = {"query_periods": "left out", "query_slots": [{"start": at(start)} for start in starts]}
    assert await world.ask("ana", **asked, response_format="slots") == ["09:00-10:00 ana", "11:07-12:07 ana"]


async def test_a_members_buffer_takes_the_place_of_the_querys_side_by_side(world: World):
    await world.busy("ana", "10:00", "10:30")
    asked = {"buffer": {"before": {"minutes": 30}, "after": {"minutes": 15}}, "required_duration": 15}
    assert await world.ask("ana", **asked) == ["09:00-09:45 ana", "11:00-12:00 ana"]
    ana = {"sub": "ana", "buffer": {"before": {"minutes": 0}}}
    assert await world.ask(ana, **asked) == ["09:00-09:45 ana", "10:30-12:00 ana"]


# -- what counts as busy


async def test_calendars_are_those_checked_those_named_or_none(world: World):
    other = await world.second_calendar("ana", is_checked=False)
    await world.busy("ana", "09:00", "10:00")
    await world.busy("ana", "11:00", "12:00", calendar=other)
    assert await world.ask("ana") == ["10:00-12:00 ana"]
    assert await world.ask({"sub": "ana", "calendar_ids": [other]}) == ["09:00-11:00 ana"]
    both = [other, world.calendar_ids["ana"]]
    assert await world.ask({"sub": "ana", "calendar_ids": both}) == ["10:00-11:00 ana"]
    assert await world.ask({"sub": "ana", "calendar_ids": []}) == ["09:00-12:00 ana"]
    foreign = {"sub": "ana", "calendar_ids": [world.calendar_ids["bo"]]}
    assert await world.refused(foreign) == "participants.0.members.0.calendar_ids"


async def test_bookings_and_holds_count_in_their_calendar(world: World):
    booked = await world.booking("ana", "bo", start="09:00")
    other = await world.second_calendar("ana")
    async with world.db.transaction() as conn:
        await execute(
            conn,
            "INSERT INTO hold VALUES (%s, %s, %s, %s, tstzrange(%s, %s), %s, %s)",
            [
                world.org_id,
                new_id("hold"),
                world.subs["ana"],
                world.subs["bo"],
                moment("11:30"),
                moment("12:00"),
                world.installation.platform.clock() + timedelta(minutes=10),
                world.installation.platform.clock(),
            ],
        )
    assert await world.ask("ana", "bo") == ["10:00-11:30 ana bo"]
    assert await world.ask({"sub": "ana", "calendar_ids": [other]}) == ["09:00-11:30 ana"]
    assert await world.ask({"sub": "ana", "calendar_ids": []}) == ["09:00-12:00 ana"]
    assert await world.ask({"sub": "ana", "only_managed_events": True}) == ["09:00-12:00 ana"]

    query = Query((GroupSpec((MemberSpec(world.subs["ana"], calendar_ids=()),), 1),), 3600, ((0, 4 * 10**9),))
    service = world.installation.platform.availability_queries
    async with world.db.transaction() as conn:
        # Nobody is booked twice, whatever calendars were named.
        taken = await service.check(conn, world.asker, query, moment("09:00"))
        moved = await service.check(
            conn, world.asker, query, moment("09:00"), without=Without(bookings=[booked["booking_id"]])
        )
    assert (taken.participants, [item.reason for item in taken.blockers]) == (None, ["busy"])
    assert moved.participants == (world.subs["ana"],)


async def test_only_managed_tentative_and_excluded_events(world: World):
    await world.busy("ana", "09:00", "10:00", event_id="e1")
    uid = await world.busy("ana", "10:00", "10:30")
    await world.busy("ana", "11:00", "11:30", kind="tentative")
    asked: dict[str, Any] = {"required_duration": 30}
    assert await world.ask("ana", **asked) == ["10:30-11:00 ana", "11:30-12:00 ana"]
    assert await world.ask({"sub": "ana", "ignore_tentative": "true"}, **asked) == ["10:30-12:00 ana"]
    assert await world.ask({"sub": "ana", "only_managed_events": True}, **asked) == ["10:00-12:00 ana"]
    assert await world.ask("ana", **asked, excluded_events=[{"event_id": "e1"}]) == [
        "09:00-10:00 ana",
        "10:30-11:00 ana",
        "11:30-12:00 ana",
    ]
    assert await world.ask("ana", **asked, excluded_events=[{"event_uid": uid}, {"event_id": "nope"}]) == [
        "10:00-11:00 ana",
        "11:30-12:00 ana",
    ]


async def test_unread_calendars_are_never_free_and_the_answer_says_so(world: World):
    async with world.db.transaction() as conn:
        calendar = await calendars.get_calendar(conn, world.org_id, world.calendar_ids["ana"])
        assert calendar is not None
        sql = "UPDATE calendar_connection SET kind = 'caldav' WHERE connection_id = %s"
        await execute(conn, sql, [calendar.connection_id])
    answer = await world.post(world.body("ana", "bo", include_member_statuses=True))
    assert answer.json() == {
        "available_periods": [],
        "member_statuses": [
            {
                "sub": world.subs["ana"],
                "status": "unknown",
                "reason": "unknown",
                "detail": "Ana's CalDAV calendar could not be read yet.",
            },
            {"sub": world.subs["bo"], "status": "available"},
        ],
    }
    assert await world.ask({"sub": "ana", "calendar_ids": []}) == ["09:00-12:00 ana"]


async def test_statuses_say_what_took_the_time_away(world: World):
    await world.busy("ana", "09:00", "12:00")
    await world.rule("bo", "13:00", "17:00")
    members = [
        "ana",
        {"sub": "bo", "managed_availability": True},
        {"sub": "cy", "managed_availability": True},
    ]
    answer = (await world.post(world.body(*members, include_member_statuses=True))).json()
    assert [item.get("reason") for item in answer["member_statuses"]] == [
        "busy",
        "outside_hours",
        "no_availability_rules",
    ]
    elsewhere = {"sub": "cy", "available_periods": [period("13:00", "14:00")]}
    full = {"sub": "ana", "calendar_ids": [], "availability_constraints": []}
    answer = (await world.post(world.body(elsewhere, full, include_member_statuses=True))).json()
    assert [item.get("reason") for item in answer["member_statuses"]] == ["outside_available_periods", None]
    past = [{"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}]
    answer = (await world.post(world.body("cy", query_periods=past, include_member_statuses=True))).json()
    assert answer["member_statuses"][0]["reason"] == "outside_query"
    assert "member_statuses" not in (await world.post(world.body("ana"))).json()


# -- whose hours


async def test_managed_availability_is_rules_and_periods_without_limits_of_our_own(world: World):
    ana = {"sub": "ana", "managed_availability": True}
    assert await world.ask(ana) == []
    await world.rule("ana", "09:30", "11:00")
    assert await world.ask(ana) == ["09:30-11:00 ana"]
    await world.rule("ana", "10:30", "11:30", "late")
    assert await world.ask(ana) == ["09:30-11:30 ana"]
    assert await world.ask({**ana, "availability_rule_ids": ["late"]}) == ["10:30-11:30 ana"]
    assert await world.ask({**ana, "availability_rule_ids": ["none"]}) == []
    made = await world.post(
        {"available_period_id": "one", **period("11:30", "13:00")},
        world.tokens["ana"],
        "/v1/available_periods",
    )
    assert made.status_code == 202, made.text
    assert await world.ask(ana) == ["09:30-12:00 ana"]
    # Periods of the query and of the member bound it further.
    asked = {**ana, "available_periods": [period("08:00", "10:30")]}
    assert await world.ask(asked) == ["09:30-10:30 ana"]
    # A horizon of one day and a month's notice are promises of our own booking pages alone.
    hours = always_open("Etc/UTC", horizon_days=1, minimum_notice_minutes=40_000, daily_limit=1)
    token = await world.installation.identity.keys.issue_personal_token(
        operator(world.org_id), world.subs["ana"], "Script"
    )
    client = await world.client(token.secret.reveal())
    off = [{"start": at("09:00"), "end": at("10:00"), "note": ""}]
    saved = await client.put("/api/availability-rules", json={**hours, "time_off": off})
    assert saved.status_code == 200, saved.text
    assert await world.ask(ana) == ["10:00-12:00 ana"]


async def test_a_rules_calendars_count_in_its_hours_alone(world: World):
    other = await world.second_calendar("ana", is_checked=False)
    await world.busy("ana", "09:00", "09:30")
    await world.busy("ana", "10:30", "11:00", calendar=other)
    await world.rule("ana", "09:00", "10:00", "early")
    await world.rule("ana", "10:00", "12:00", "late", calendar_ids=[other])
    ana = {"sub": "ana", "managed_availability": True}
    asked: dict[str, Any] = {"required_duration": 30}
    assert await world.ask(ana, **asked) == ["09:30-10:30 ana", "11:00-12:00 ana"]
    named = {**ana, "calendar_ids": [world.calendar_ids["ana"]]}
    assert await world.ask(named, **asked) == ["09:30-12:00 ana"]


async def test_days_and_weeks_that_are_full_are_left_out(world: World):
    await world.busy("ana", "08:00", "08:30")
    await world.busy("ana", f"{DAY[:-2]}14T08:00:00Z", f"{DAY[:-2]}14T08:30:00Z")

    def ana(span: str, limit: int) -> dict[str, Any]:
        return {"sub": "ana", "availability_constraints": [{"period": span, "limit": limit}]}

    assert await world.ask(ana("day", 2)) == ["09:00-12:00 ana"]
    assert await world.ask(ana("day", 1)) == []
    assert await world.ask(ana("week", 3)) == ["09:00-12:00 ana"]
    assert await world.ask(ana("week", 2)) == []
    next_week = [{"start": "2027-01-18T00:00:00Z", "end": "2027-01-18T02:00:00Z"}]
    assert await world.ask(ana("week", 2), query_periods=next_week) == ["00:00-02:00 ana"]
    tagged = {"sub": "ana", "availability_constraints": [{"period": "day", "limit": 1, "tags": ["x"]}]}
    assert await world.refused(tagged) == "participants.0.members.0.availability_constraints.0.tags"
    many = {"sub": "ana", "availability_constraints": [{"period": "day", "limit": 1}] * 11}
    assert await world.refused(many) == "participants.0.members.0.availability_constraints"
    same = {"sub": "ana", "calendar_ids": [world.calendar_ids["ana"]] * 201}
    assert await world.refused(same) == "participants.0.members.0.calendar_ids"


# -- time


async def test_the_past_and_what_no_calendar_reaches_are_cut_off(world: World, clock):
    clock.now = moment("10:20")
    assert await world.ask("ana") == ["10:20-12:00 ana"]
    far = clock.now + timedelta(days=389)
    span = [{"start": far.isoformat(), "end": (far + timedelta(days=3)).isoformat()}]
    answer = (await world.post(world.body("ana", query_periods=span))).json()
    assert len(answer["available_periods"]) == 1
    ends = datetime.fromisoformat(answer["available_periods"][0]["end"])
    assert ends == clock.now + timedelta(days=390)


# -- who may ask what


async def test_the_three_credentials(world: World):
    body = world.body("ana")
    assert (await world.post(body, world.tokens["bo"])).status_code == 200
    assert (await world.post(body, "undefined")).status_code == 401
    token, now = new_secret(), world.installation.platform.clock()
    async with world.db.transaction() as conn:
        await applications.insert_element_token(
            conn,
            org_id=world.org_id,
            token_hash=fingerprint(token),
            client_id=world.client_id,
            permissions=["availability"],
            subs=[world.subs["ana"]],
            origin="http://localhost",
            now=now,
            expires_at=now + timedelta(hours=1),
        )
    element = await world.client(**{"Cronofy-Element": "v1.67.7, SlotPicker"})
    assert (await element.post(f"/v1/availability?et={token}", json=body)).status_code == 200
    hidden = await element.post(f"/v1/availability?et={token}", json=world.body("ana", "bo"))
    assert list(hidden.json()["errors"]) == ["participants.0.members.1.sub"]
    identity = world.installation.identity
    issued = await identity.oauth.issue(
        operator(world.org_id), world.client_id, world.subs["ana"], "read_account"
    )
    assert (await world.post(body, issued["access_token"])).status_code == 403


async def test_people_who_did_not_authorize_the_application_are_not_told_of(world: World):
    person = NewPerson("dee@example.com", "Dee", "Etc/UTC")
    dee = await world.installation.identity.accounts.create(operator(world.org_id), person)
    for sub in (dee.account_id, "acc_nobody", ""):
        assert await world.refused("ana", {"sub": sub}) == "participants.0.members.1.sub"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"participants": "left out"}, "participants"),
    ({"participants": []}, "participants"),
    ({"participants": [{"members": []}]}, "participants.0.members"),
    ({"participants": [{"required": 1}]}, "participants.0.members"),
    ({"participants": [{"members": [{}]}]}, "participants.0.members.0.sub"),
    ({"participants": [{"members": [{"sub": "acc_a"}], "required": 2}]}, "participants.0.required"),
    ({"participants": [{"members": [{"sub": "acc_a"}], "required": 0}]}, "participants.0.required"),
    ({"participants": [{"members": [{"sub": "acc_a"}], "required": "most"}]}, "participants.0.required"),
    ({"participants": [{"members": [{"sub": "a"}, {"sub": "a"}]}]}, "participants.0.members.1.sub"),
    ({"participants": [{"members": [{"sub": f"acc_{n}"} for n in range(101)]}]}, "participants"),
    ({"required_duration": "left out"}, "required_duration"),
    ({"required_duration": 0}, "required_duration"),
    ({"required_duration": {"hours": 25}}, "required_duration"),
    ({"required_duration": {}}, "required_duration"),
    ({"query_periods": "left out"}, "query_periods"),
    ({"query_periods": []}, "query_periods"),
    ({"query_periods": [{"start": at("09:00")}]}, "query_periods.0.end"),
    ({"query_periods": [{"start": "soon", "end": at("09:00")}]}, "query_periods.0.start"),
    ({"query_periods": [period("10:00", "09:00")]}, "query_periods.0.end"),
    ({"query_periods": [{"start": at("00:00"), "end": "2027-02-17T00:00:00Z"}]}, "query_periods"),
    ({"available_periods": [period("09:00", "10:00")]}, "available_periods"),
    ({"query_slots": [{"start": at("09:00")}]}, "query_periods"),
    ({"query_periods": "left out", "query_slots": []}, "query_slots"),
    ({"query_periods": "left out", "query_slots": [{}]}, "query_slots.0.start"),
    (
        {
            "query_periods": "left out",
            "query_slots": [{"start": at("09:00")}],
            "available_periods": [period("09:00", "10:00")],
        },
        "available_periods",
    ),
    ({"response_format": "weeks"}, "response_format"),
    ({"start_interval": {"minutes": 0}}, "start_interval"),
    ({"start_interval": {"hours": 25}}, "start_interval"),
    ({"buffer": {"before": {"minutes": 1441}}}, "buffer.before"),
    ({"max_results": 0}, "max_results"),
    ({"max_results": "many"}, "max_results"),
    ({"excluded_events": [{}]}, "excluded_events.0"),
]


@pytest.mark.parametrize(("changes", "field"), BAD, ids=[f"{field}-{n}" for n, (_, field) in enumerate(BAD)])
async def test_every_refusal_names_its_field(world: World, changes: dict[str, Any], field: str):
    assert await world.refused("ana", **changes) == field


async def test_what_sdks_send_is_taken(world: World):
    body = world.body(
        "ana",
        query_periods="left out",
        available_periods=[period("09:00", "10:00"), period("10:00", "11:00")],
        start_interval=None,
        buffer={},
        max_results=10_000,
        bearer_token="junk",
    )
    del body["participants"][0]["required"]
    body["participants"][0]["members"][0] |= {"ignored_extended_transparency": ["working_elsewhere"]}
    body["required_duration"] = {"hours": 1, "minutes": 30}
    answer = await world.post(body)
    assert [world.told(slot) for slot in answer.json()["available_periods"]] == ["09:00-11:00 ana"]


# -- sequences


def item(world: World, number: int, name: str, **changes: Any) -> dict[str, Any]:
    return {
        "sequence_id": str(number),
        "ordinal": number,
        "participants": world.body(name)["participants"],
        "required_duration": {"minutes": 60},
        "start_interval": {"minutes": 30},
        **changes,
    }


async def itineraries(world: World, items: list[Any], **changes: Any) -> list[str]:
    body = {"sequence": items, "query_periods": [period("09:00", "12:00")], **changes}
    answer = await world.post(body, path="/v1/sequenced_availability")
    assert answer.status_code == 200, answer.text
    return [
        ", ".join(f"{place['sequence_id']} {world.told(place)}" for place in found["sequence"])
        for found in answer.json()["sequences"]
    ]


async def test_itineraries_keep_order_and_gaps(world: World):
    await world.busy("bo", "11:00", "12:00")
    items = [item(world, 1, "ana"), item(world, 2, "bo")]
    assert await itineraries(world, items) == ["1 09:00-10:00 ana, 2 10:00-11:00 bo"]
    gap = {"before": {"minimum": {"minutes": 30}}}
    assert await itineraries(world, [items[0], {**items[1], "buffer": gap}]) == []
    free = [{**one, "ordinal": None, "required_duration": 30} for one in items]
    wide = {"after": {"minimum": {"minutes": 60}, "maximum": {"minutes": 90}}}
    assert await itineraries(world, [{**one, "buffer": wide} for one in free]) == [
        "1 09:00-09:30 ana, 2 10:30-11:00 bo",
        "2 09:00-09:30 bo, 1 10:30-11:00 ana",
        "2 09:00-09:30 bo, 1 11:00-11:30 ana",
        "2 09:30-10:00 bo, 1 11:00-11:30 ana",
        "2 09:30-10:00 bo, 1 11:30-12:00 ana",
        "2 10:00-10:30 bo, 1 11:30-12:00 ana",
    ]
    assert len(await itineraries(world, [{**one, "buffer": wide} for one in free], max_results=2)) == 2


async def test_items_may_have_periods_of_their_own(world: World):
    items = [
        item(world, 1, "ana", query_periods=[period("13:00", "14:00")]),
        item(world, 2, "ana", available_periods=[period("14:00", "15:30")]),
    ]
    assert await itineraries(world, items) == [
        "1 13:00-14:00 ana, 2 14:00-15:00 ana",
        "1 13:00-14:00 ana, 2 14:30-15:30 ana",
    ]
    body = {"sequence": [item(world, 1, "ana")]}
    answer = await world.post(body, path="/v1/sequenced_availability")
    assert list(answer.json()["errors"]) == ["sequence.0.query_periods"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sequence_id": None}, "sequence.0.sequence_id"),
        ({"required_duration": 0}, "sequence.0.required_duration"),
        ({"participants": [{"members": [{"sub": "acc_x"}]}]}, "sequence.0.participants.0.members.0.sub"),
        (
            {"buffer": {"after": {"minimum": {"minutes": 9}, "maximum": {"minutes": 5}}}},
            "sequence.0.buffer.after.maximum",
        ),
    ],
)
async def test_refusals_of_sequences_name_their_field(world: World, change: dict[str, Any], field: str):
    body = {"sequence": [item(world, 1, "ana", **change)], "query_periods": [period("09:00", "12:00")]}
    answer = await world.post(body, path="/v1/sequenced_availability")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    for sequence in ([], [item(world, 1, "ana")] * 2, [item(world, 1, "ana", ordinal=None)] * 7):
        answer = await world.post({**body, "sequence": sequence}, path="/v1/sequenced_availability")
        assert answer.status_code == 422
        assert next(iter(answer.json()["errors"])).startswith("sequence")


# -- the re-check


async def test_listing_and_check_agree_on_every_start(world: World):
    await world.busy("ana", "09:10", "09:40")
    await world.busy("bo", "10:05", "10:20")
    await world.booking("cy", "bo", start="11:30", minutes=30)
    await world.rule("bo", "09:00", "11:20")
    group = GroupSpec(
        (
            MemberSpec(world.subs["ana"], buffer_after=300),
            MemberSpec(world.subs["bo"], is_managed=True),
            MemberSpec(world.subs["cy"]),
        ),
        2,
    )
    nine = int(moment("09:00").timestamp())
    query = Query(
        (group,),
        1800,
        ((nine, nine + 3 * 3600),),
        response_format="overlapping_slots",
        start_interval=300,
        buffer_before=600,
    )
    service = world.installation.platform.availability_queries
    async with world.db.transaction() as conn:
        listed = await service.answer(conn, world.asker, query, is_booking=True)
        offered = {slot.start: slot.participants for slot in listed.slots}
        assert 5 < len(offered) < 31
        for start in range(nine, nine + 3 * 3600, 60):
            found = await service.check(
                conn, world.asker, query, datetime.fromtimestamp(start, tz=moment("09:00").tzinfo)
            )
            if start % 300 == 0:
                assert found.participants == offered.get(start)
            assert (found.participants is None) == bool(found.blockers or found.outside)
        past = await service.check(conn, world.asker, query, moment("2026-01-01T00:00:00Z"))
        far = await service.check(conn, world.asker, query, moment("2029-01-01T00:00:00Z"))
        beside = await service.check(conn, world.asker, query, moment("11:45"))
    assert [past.outside, far.outside, beside.outside] == ["past", "horizon", "outside_query"]


async def test_a_calendar_that_is_gone_makes_nobody_free(world: World):
    nine = int(moment("09:00").timestamp())
    member = MemberSpec(world.subs["ana"], calendar_ids=("cal_gone",))
    query = Query((GroupSpec((member,), 1),), 1800, ((nine, nine + 3600),))
    service = world.installation.platform.availability_queries
    async with world.db.transaction() as conn:
        found = await service.check(conn, world.asker, query, moment("09:00"))
        assert (await service.answer(conn, world.asker, query)).slots == []
        ghost = Query((GroupSpec((MemberSpec("acc_gone"),), 1),), 1800, query.periods)
        with pytest.raises(Invalid):
            await service.answer(conn, world.asker, ghost)
    assert [(item.reason, bool(item.detail)) for item in found.blockers] == [("unknown", True)]


NASTY = [
    None,
    "",
    "\x00",
    "\ud800",
    0,
    -1,
    10**30,
    1.5,
    True,
    [],
    [[]],
    {},
    {"minutes": -1},
    "9" * 5000,
    [None],
]


def spoilt(value: Any) -> Any:
    """Copies of a body with one part of it replaced by something nasty."""
    yield from NASTY
    if isinstance(value, dict):
        for name, part in value.items():
            yield from ({**value, name: worse} for worse in spoilt(part))
    if isinstance(value, list):
        for number, part in enumerate(value):
            yield from ([*value[:number], worse, *value[number + 1 :]] for worse in spoilt(part))


async def test_nothing_that_is_sent_breaks_it(db: Database, database_url: str, tmp_path, clock):
    quick = {"CONVENE_CALLS_PER_SECOND": "100000", "CONVENE_CALLS_PER_MINUTE": "1000000"}
    settings = Settings.from_env({"DATABASE_URL": database_url, "CONVENE_DATA": str(tmp_path), **quick})
    async with AsyncExitStack() as stack:
        world = await make_world(stack, settings, clock)
        full = {
            "sub": "ana",
            "calendar_ids": [world.calendar_ids["ana"]],
            "available_periods": [period("09:00", "10:00")],
            "managed_availability": True,
            "availability_rule_ids": ["default"],
            "buffer": {"before": {"minutes": 5}, "after": {"minimum": {"minutes": 5}}},
            "availability_constraints": [{"period": "day", "limit": 3, "tzid": "Etc/UTC"}],
        }
        body = world.body(
            full,
            start_interval={"minutes": 15},
            response_format="slots",
            max_results=5,
            excluded_events=[{"event_uid": "evt_external_x"}],
        )
        sequence = {"sequence": [item(world, 1, "ana")], "query_periods": [period("09:00", "12:00")]}
        client = await world.client(world.secret)
        wrong = []
        for path, good in (("/v1/availability", body), ("/v1/sequenced_availability", sequence)):
            assert (await client.post(path, json=good)).status_code == 200
            for bad in spoilt(good):
                answer = await client.post(path, content=json.dumps(bad))
                told = answer.json()
                if answer.status_code not in (200, 422) or ("errors" in told) != (answer.status_code == 422):
                    wrong.append((answer.status_code, json.dumps(bad)[:300]))
        assert wrong == []
