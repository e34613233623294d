"""The conformance cases of Cronofy's language (tests/cases/cronofy-cases.json), each as one test over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from cases.matching import differences, filled, is_there, member
from cases.world import CaseWorld, case_world, submit
from convene.security.signatures import cronofy_hmac
from convene.services.events import PAGE_SIZE
from convene.storage import calendars
from convene.storage.database import Database
from convene.storage.events import NewEvent, store_events

CASES = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[2] / "cases" / "cronofy-cases.json").read_text())["cases"]
}
DAY = "2027-01-12"
Setup = Callable[[CaseWorld], Awaitable[None]]


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path: Path, clock: Any) -> AsyncIterator[CaseWorld]:
    async with case_world(db, database_url, tmp_path, clock) as found:
        yield found


def busy(who: str, start: str, end: str, **members: Any) -> Setup:
    """Setup: an event that the application does not manage. Times of day are of the cases' day."""

    async def set_up(world: CaseWorld) -> None:
        times = [f"{DAY}T{text}:00Z" if len(text) == 5 else text for text in (start, end)]
        await world.external(who, *times, **members)

    return set_up


def after(case_id: str) -> Setup:
    """Setup: what another case asks for has been done."""

    async def set_up(world: CaseWorld) -> None:
        await holds(world, CASES[case_id])

    return set_up


async def tentative(world: CaseWorld) -> None:
    async with world.installation.platform.db.transaction() as conn:
        calendar = await calendars.get_calendar(conn, world.org_id, world.known["calendar_id"])
        assert calendar is not None
        times = [datetime(2027, 1, 12, hour, tzinfo=UTC) for hour in (9, 10)]
        block = (times[0], times[1], "tentative")
        event = NewEvent("maybe", "maybe@example.com", "", "", "Maybe", None, "", [block])
        await store_events(conn, calendar, [event], 0)


async def chicago_hours(world: CaseWorld) -> None:
    periods = [{"day": day, "start_time": "09:30", "end_time": "12:30"} for day in ("monday", "friday")]
    rule = {"availability_rule_id": "default", "tzid": "America/Chicago", "weekly_periods": periods}
    await world.ok("POST", "/v1/availability_rules", world.known["access_token"], rule)


async def managed(world: CaseWorld) -> None:
    event = {
        "event_id": "e1",
        "summary": "Ours",
        "start": f"{DAY}T09:00:00Z",
        "end": f"{DAY}T10:00:00Z",
    }
    path = f"/v1/calendars/{world.known['calendar_id']}/events"
    await world.ok("POST", path, world.known["access_token"], event)


async def home(world: CaseWorld) -> None:
    body = {"profile_id": world.known["profile_id"], "name": "Home"}
    await world.ok("POST", "/v1/calendars", world.known["access_token"], body)


async def two_pages(world: CaseWorld) -> None:
    token = world.others["sub_a"]
    path = f"/v1/calendars/{await world.calendar_of('sub_a', token)}/events"
    batch = [
        {
            "method": "POST",
            "relative_url": path,
            "data": {
                "event_id": f"many-{number}",
                "summary": "Many",
                "start": f"{DAY}T{number % 20:02}:00:00Z",
                "end": f"{DAY}T{number % 20:02}:30:00Z",
            },
        }
        for number in range(PAGE_SIZE + 10)
    ]
    for at in range(0, len(batch), 50):
        await world.ok("POST", "/v1/batch", token, {"batch": batch[at : at + 50]})


async def code(world: CaseWorld) -> None:
    world.known["code"] = await world.authorize()


async def used_code(world: CaseWorld) -> None:
    await code(world)
    world.known["used_code"] = world.known["code"]
    await holds(world, CASES["CZ-01"], set_up=False)


async def link(world: CaseWorld) -> None:
    request = filled(CASES["CZ-22"]["request"], world.known)
    made = (await world.send(request)).json()
    world.known["rts_id"] = made["real_time_scheduling"]["real_time_scheduling_id"]
    world.known["rts_token"] = made["url"].rpartition("/")[2]
    world.known["rts_url"] = made["url"]


def element(*permissions: str) -> Setup:
    async def set_up(world: CaseWorld) -> None:
        body = {
            "version": "1",
            "permissions": list(permissions),
            "subs": [world.known["sub_a"]],
            "origin": "http://localhost",
        }
        made = await world.ok("POST", "/v1/element_tokens", world.known["client_secret"], body)
        world.known["element_token"] = made["element_token"]["token"]

    return set_up


SET_UP: dict[str, list[Setup]] = {
    "CZ-01": [code],
    "CZ-02": [code],
    "CZ-04": [used_code],
    "CZ-06": [code],
    "CZ-08": [busy("room_3", "09:00", "10:00")],
    "CZ-09": [busy("sub_b", "11:00", "18:00")],
    "CZ-10": [busy("sub_a", DAY, "2027-01-13")],
    "CZ-11": [busy("sub_a", "09:00", "09:30")],
    "CZ-14": [busy("sub_a", DAY, "2027-01-13")],
    "CZ-15": [busy("sub_a", "09:00", "10:00")],
    "CZ-17": [busy("sub_a", "22:00", "22:30")],
    "CZ-18": [chicago_hours],
    "CZ-19": [managed],
    "CZ-20": [tentative],
    "CZ-25": [link],
    "CZ-26": [link],
    "CZ-27": [link],
    "CZ-28": [link],
    "CZ-32": [element("availability")],
    "CZ-35": [home],
    "CZ-37": [busy("sub_a", DAY, "2027-01-14", summary="Company Retreat")],
    "CZ-38": [managed],
    "CZ-39": [two_pages],
    "CZ-41": [after("CZ-40")],
    "CZ-42": [managed],
    "CZ-43": [managed],
    "CZ-44": [busy("sub_a", "08:00", "08:30")],
    "CZ-48": [after("CZ-47")],
    "CZ-52": [chicago_hours, element("managed_availability")],
}


async def holds(world: CaseWorld, case: dict[str, Any], *, set_up: bool = True) -> Any:
    """Set a case's state up, send its requests and hold the answers against what it expects."""
    for step in SET_UP.get(case["id"], []) if set_up else []:
        await step(world)
    request = filled(case["request"], world.known)
    if case["id"] == "CZ-46":
        request["body"] = {
            "batch": [{"method": "DELETE", "relative_url": "/v1/calendars/x/events", "data": {}}] * 51
        }
    if "all_of" in request:
        for item in request["all_of"]:
            answer = await world.send(item["request"])
            await judge(world, filled(item["expect"], world.known), answer, item["request"])
        return None
    answer = await world.send(request)
    return await judge(world, filled(case["expect"], world.known), answer, request)


async def judge(
    world: CaseWorld, expect: dict[str, Any], answer: httpx.Response, request: dict[str, Any]
) -> Any:
    statuses = (
        expect.get("status_in") or [expect["status"]] if "status" in expect or "status_in" in expect else []
    )
    if statuses:
        assert answer.status_code in statuses, (answer.status_code, answer.text)
    if expect.get("body_empty"):
        assert answer.content == b""
    body = answer.json() if answer.content else None
    for name in ("body", "body_exact", "body_exact_shape"):
        if name in expect:
            assert differences(expect[name], body, exact=name != "body") == [], body
    assert [name for name in expect.get("absent", []) if is_there(body, name)] == []
    for name, value in expect.get("headers", {}).items():
        assert differences(value, answer.headers.get(name), name) == []
    if "then" in expect:
        await follow(world, expect["then"], body, request)
    return body


async def follow(world: CaseWorld, then: dict[str, Any], body: Any, request: dict[str, Any]) -> None:
    """The follow-up of a case: another request, the same again, or the next page."""
    if "follow" in then:
        token = world.known["access_token"]
        answer = await world.http.get(
            member(body, then["follow"]), headers={"Authorization": f"Bearer {token}"}
        )
    else:
        answer = await world.send(request if then.get("repeat") else then["request"])
    found = answer.json() if answer.content else None
    assert answer.status_code == then.get("status", 200), answer.text
    assert differences(then.get("body", {}), found) == [], found
    assert [name for name in then.get("absent", []) if is_there(found, name)] == []
    assert all(len(found[name]) == count for name, count in then.get("count", {}).items()), found
    assert all(found[name] == body[name] for name in then.get("same", []))


ORDINARY = sorted(set(CASES) - {"CZ-05", "CZ-28", "CZ-43", "CZ-47", "CZ-48", "CZ-49", "CZ-50"})


@pytest.mark.parametrize("case_id", ORDINARY)
async def test_case(world: CaseWorld, case_id: str):
    await holds(world, CASES[case_id])


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("case_id", ["CZ-05", "CZ-43"])
async def test_any_form_of_the_request_will_do(world: CaseWorld, case_id: str, which: int):
    case = CASES[case_id]
    await holds(world, {**case, "request": case["request"]["any_of"][which]})


async def test_case_47_and_48_one_channel_which_says_hello(world: CaseWorld):
    first = await holds(world, CASES["CZ-47"])
    await world.deliver()
    _, headers, raw = world.receiver.received[-1]
    assert_signed(world, headers, raw)
    assert differences(CASES["CZ-47"]["expect"]["outbound"]["body"], json.loads(raw)) == []
    second = await world.send(filled(CASES["CZ-48"]["request"], world.known))
    assert second.status_code == 200
    assert second.json()["channel"]["channel_id"] == first["channel"]["channel_id"]


async def test_case_49_a_change_is_told(world: CaseWorld, clock: Any):
    body = {"callback_url": world.receiver.url}
    await world.ok("POST", "/v1/channels", world.known["access_token"], body)
    await world.deliver()
    clock.advance(minutes=5)
    await busy("sub_a", "09:00", "10:00")(world)
    await world.deliver()
    _, headers, raw = world.receiver.received[-1]
    assert_signed(world, headers, raw)
    expected = filled(CASES["CZ-49"]["expect"]["outbound"], world.known)
    assert headers["content-type"] == expected["headers"]["Content-Type"]
    assert differences(expected["body"], json.loads(raw)) == []


async def test_case_28_a_visitor_books_and_the_application_hears_of_it(world: CaseWorld):
    await link(world)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(world.installation.app),
        base_url=world.installation.settings.base_url,
        headers={"Sec-Fetch-Site": "same-origin"},
        follow_redirects=True,
    ) as visitor:
        await book(visitor, world.known["rts_url"], "2027-01-12T10:00:00Z")
    await world.deliver()
    expected = filled(CASES["CZ-28"]["expect"]["outbound"], world.known)
    bodies = [(headers, raw) for _, headers, raw in world.receiver.received if b'"event"' in raw]
    headers, raw = bodies[-1]
    assert_signed(world, headers, raw)
    assert headers["content-type"] == expected["headers"]["Content-Type"]
    assert differences(expected["body"], json.loads(raw)) == []
    then = filled(CASES["CZ-28"]["expect"]["then"], world.known)
    await follow(world, then, None, {})


async def book(visitor: httpx.AsyncClient, url: str, start: str) -> httpx.Response:
    """Book a time on a link's page as a browser without scripts would."""
    page = await visitor.get(url, params={"at": start})
    assert page.status_code == 200, page.text
    done = await submit(visitor, page, press="book", name="Visitor", email="visitor@example.com")
    # The redirect leads to the application's own page, which is not there.
    assert done.status_code in (200, 404), done.text
    return done


def test_case_50_the_signature():
    case = CASES["CZ-50"]
    compute = case["request"]["compute"]
    body = compute["body"].encode()
    assert cronofy_hmac([compute["secret"]], body) == case["expect"]["value"]
    assert cronofy_hmac([compute["secret"], "another"], body).split(",")[0] == case["expect"]["value"]
    assert " " not in cronofy_hmac(["a", "b"], body)


def assert_signed(world: CaseWorld, headers: dict[str, str], raw: bytes) -> None:
    digest = hmac.new(world.known["client_secret"].encode(), raw, hashlib.sha256).digest()
    assert base64.b64encode(digest).decode() in headers["cronofy-hmac-sha256"].split(",")
