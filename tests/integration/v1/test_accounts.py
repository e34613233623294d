"""Accounts, profiles and calendars as applications see them; element tokens, foreign pages, and how often to call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from caldav_servers import PASSWORD as CALDAV_PASSWORD
from caldav_servers import USER, Radicale
from convene.edge.call_rates import CallRates
from convene.identity import operator
from convene.services.calendar_credentials import credentials_of
from convene.storage import connections
from convene.storage.database import Database
from factories.consent import REDIRECT, ConsentWorld, consent_world

ORIGIN = "http://localhost"
ELEMENT = {"Cronofy-Element": "v1.67.7, SlotPicker"}


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[ConsentWorld]:
    environ = {"CONVENE_ALLOW_PRIVATE_TARGETS": "127.0.0.1"}
    async with consent_world(db, database_url, tmp_path, clock, **environ) as found:
        yield found


def errors_of(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, (answer.status_code, answer.text)
    return [(field, item["key"]) for field, items in answer.json()["errors"].items() for item in items]


# -- who an account is


async def test_account_and_userinfo(world: ConsentWorld):
    api = await world.api(world.ana, "read_write change_participation_status")
    account = (await api.request("GET", "/v1/account", json={})).json()["account"]
    assert account == {
        "account_id": world.ana.account_id,
        "email": "ana@example.com",
        "name": "Ana",
        "scope": "change_participation_status read_write",
        "default_tzid": "Europe/London",
    }
    told = (await api.request("GET", "/v1/userinfo", json={})).json()
    assert (told["sub"], told["zoneinfo"], told["cronofy.type"]) == (
        world.ana.account_id,
        "Europe/London",
        "account",
    )
    data = told["cronofy.data"]
    assert data["authorization"] == {
        "scope": "read_write change_participation_status",
        "status": "active",
    }
    [profile] = data["profiles"]
    assert (
        profile["provider_name"],
        profile["profile_connected"],
        profile["profile_initial_sync_required"],
    ) == (
        "cronofy",
        True,
        False,
    )
    [calendar] = profile["profile_calendars"]
    assert (calendar["calendar_name"], calendar["calendar_readonly"], calendar["calendar_primary"]) == (
        "Meetings",
        False,
        True,
    )


async def test_lists_agree_with_each_other(world: ConsentWorld):
    api = await world.api(world.ana)
    profiles = (await api.get("/v1/profiles")).json()["profiles"]
    calendars = (await api.get("/v1/calendars")).json()["calendars"]
    assert [item["profile_id"] for item in profiles] == [item["profile_id"] for item in calendars]
    assert "profile_calendars" not in profiles[0]
    query = {"profile_id": profiles[0]["profile_id"]}
    assert (await api.get("/v1/accessible_calendars", params=query)).json() == {
        "accessible_calendars": calendars
    }
    wrong = await api.get("/v1/accessible_calendars", params={"profile_id": "pro_x"})
    assert errors_of(wrong) == [("profile_id", "errors.not_found")]


async def test_scopes_bound_what_is_seen(world: ConsentWorld):
    api = await world.api(world.ana, "create_event")
    for path in ("/v1/account", "/v1/calendars", "/v1/profiles"):
        answer = await api.get(path)
        assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    lists = await world.api(world.ana, "list_calendars")
    assert (await lists.get("/v1/calendars")).status_code == 200
    assert (await lists.get("/v1/account")).status_code == 403


# -- calendars


async def profile_of(api: httpx.AsyncClient, provider: str = "cronofy") -> dict[str, Any]:
    profiles = (await api.get("/v1/profiles")).json()["profiles"]
    return next(item for item in profiles if item["provider_name"] == provider)


async def test_a_calendar_is_made_in_the_built_in_profile(world: ConsentWorld):
    api = await world.api(world.ana)
    profile_id = (await profile_of(api))["profile_id"]
    made = await api.post(
        "/v1/calendars", json={"profile_id": profile_id, "name": "Travel", "color": "#0f6a5d"}
    )
    assert made.status_code == 200, made.text
    calendar = made.json()["calendar"]
    assert (calendar["calendar_name"], calendar["profile_id"]) == ("Travel", profile_id)
    listed = (await api.get("/v1/calendars")).json()["calendars"]
    assert [item["calendar_name"] for item in listed] == ["Meetings", "Travel"]
    assert [item["calendar_primary"] for item in listed] == [True, False]
    again = await api.post("/v1/calendars", data={"profile_id": profile_id, "name": "travel"})
    assert errors_of(again) == [("name", "errors.duplicate_calendar_name")]


async def test_a_calendar_needs_a_name_a_profile_and_the_right(world: ConsentWorld):
    api, bo = await world.api(world.ana), await world.api(world.bo)
    profile_id = (await profile_of(api))["profile_id"]
    for body, found in (
        ({"name": "X"}, [("profile_id", "errors.required")]),
        ({"profile_id": profile_id}, [("name", "errors.required")]),
        ({"profile_id": profile_id, "name": " "}, [("name", "errors.required")]),
        ({"profile_id": profile_id, "name": "X", "color": "red"}, [("color", "errors.invalid")]),
        ({"profile_id": "pro_x", "name": "X"}, [("profile_id", "errors.not_found")]),
    ):
        assert errors_of(await api.post("/v1/calendars", json=body)) == found
    foreign = await bo.post("/v1/calendars", json={"profile_id": profile_id, "name": "X"})
    assert errors_of(foreign) == [("profile_id", "errors.not_found")]
    reader = await world.api(world.ana, "read_only")
    assert (
        await reader.post("/v1/calendars", json={"profile_id": profile_id, "name": "X"})
    ).status_code == 403


async def connect(world: ConsentWorld, url: str) -> str:
    browser = await world.browser(world.ana)
    body = {"kind": "caldav", "url": url, "username": USER, "password": CALDAV_PASSWORD}
    answer = await browser.post("/api/calendar-connections", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["connection_id"])


async def test_a_calendar_is_made_on_a_caldav_server(world: ConsentWorld, radicale: Radicale):
    profile_id = await connect(world, radicale.url)
    api = await world.api(world.ana)
    body = {"profile_id": profile_id, "name": "Trips & <talks>", "color": "#aa3311"}
    made = await api.post("/v1/calendars", json=body)
    assert made.status_code == 200, made.text
    calendar = made.json()["calendar"]
    assert (calendar["provider_name"], calendar["calendar_name"], calendar["calendar_readonly"]) == (
        "caldav",
        "Trips & <talks>",
        False,
    )
    found = await world.installation.platform.connections.providers["caldav"].discover(
        await credentials(world, profile_id)
    )
    assert ("Trips & <talks>", "#aa3311") in [(item.name, item.color) for item in found.calendars]
    again = await api.post("/v1/calendars", json=body)
    assert errors_of(again) == [("name", "errors.duplicate_calendar_name")]


async def credentials(world: ConsentWorld, profile_id: str) -> Any:
    platform = world.installation.platform
    async with platform.db.connection() as conn:
        row = await connections.get_connection(conn, world.org_id, profile_id)
    assert row is not None
    return credentials_of(platform.connections.sealer, row)


async def test_a_server_that_makes_no_calendars_is_said_to(
    world: ConsentWorld, radicale: Radicale, monkeypatch
):
    profile_id = await connect(world, radicale.url)
    api = await world.api(world.ana)
    # The home that discovery found is a place where nobody may make anything.
    async with world.installation.platform.db.transaction() as conn:
        await conn.execute(
            """UPDATE calendar_connection SET profile = jsonb_set(profile, '{home_sets}', %s)
               WHERE connection_id = %s""",
            (f'["{radicale.url}somebody/else/"]', profile_id),
        )
    answer = await api.post("/v1/calendars", json={"profile_id": profile_id, "name": "Trips"})
    assert errors_of(answer) == [("profile_id", "errors.not_supported")]
    assert "127.0.0.1" in answer.json()["errors"]["profile_id"][0]["description"]


async def test_a_profile_is_disconnected(world: ConsentWorld, radicale: Radicale):
    profile_id = await connect(world, radicale.url)
    api = await world.api(world.ana)
    builtin = (await profile_of(api))["profile_id"]
    assert errors_of(await api.post(f"/v1/profiles/{builtin}/revoke")) == [("profile_id", "errors.invalid")]
    bo = await world.api(world.bo)
    for scope in ("read_only", "create_event delete_event", "free_busy_write"):
        client = await world.api(world.ana, scope)
        assert (await client.post(f"/v1/profiles/{profile_id}/revoke")).status_code == 403, scope
    assert (await bo.post(f"/v1/profiles/{profile_id}/revoke")).status_code == 404
    answer = await api.post(f"/v1/profiles/{profile_id}/revoke", json={})
    assert (answer.status_code, answer.content) == (202, b"")
    assert [item["provider_name"] for item in (await api.get("/v1/profiles")).json()["profiles"]] == [
        "cronofy"
    ]


async def test_an_application_calendar_is_an_account_of_its_own(world: ConsentWorld):
    junk = await world.http(Authorization="Bearer undefined")
    body = {
        "client_id": world.client_id,
        "client_secret": world.client_secret,
        "application_calendar_id": "my-unique-string",
    }
    first, second = [(await junk.post("/v1/application_calendars", json=body)).json() for _ in range(2)]
    assert first["sub"] == second["sub"]
    assert first["sub"].startswith("apc_")
    assert (first["scope"], first["linking_profile"]["provider_name"]) == ("read_write", "cronofy")
    api = await world.http(Authorization=f"Bearer {second['access_token']}")
    assert len((await api.get("/v1/calendars")).json()["calendars"]) == 1
    assert (await api.get("/v1/userinfo")).json()["cronofy.type"] == "application_calendar"
    members = (await (await world.browser(world.ana)).get("/api/members")).json()["members"]
    assert {item["sub"] for item in members} == {world.ana.account_id, world.bo.account_id}
    other = await world.installation.identity.oauth.create_client(operator(world.org_id), "Other", [])
    body |= {"client_id": other.client_id, "client_secret": other.client_secret.reveal()}
    assert (await junk.post("/v1/application_calendars", json=body)).json()["sub"] != first["sub"]
    del body["application_calendar_id"]
    assert errors_of(await junk.post("/v1/application_calendars", json=body)) == [
        ("application_calendar_id", "errors.required")
    ]


async def test_permissions_are_granted_on_the_consent_page(world: ConsentWorld):
    reader, writer = await world.api(world.ana, "read_only"), await world.api(world.ana)
    calendar_id = (await reader.get("/v1/calendars")).json()["calendars"][0]["calendar_id"]
    body = {
        "permissions": [{"calendar_id": calendar_id, "permission_level": "unrestricted"}],
        "redirect_uri": REDIRECT,
    }
    url = (await reader.post("/v1/permissions", json=body)).json()["permissions_request"]["url"]
    page = await (await world.browser(world.ana)).get(url)
    assert (page.status_code, "Read, add, change and delete" in page.text) == (200, True)
    assert "permissions_request" in (await writer.post("/v1/permissions", json=body)).json()
    foreign = await reader.post("/v1/permissions", json={**body, "redirect_uri": "https://evil.example/"})
    assert errors_of(foreign) == [("redirect_uri", "errors.invalid")]
    bo = await world.api(world.bo, "read_only")
    assert errors_of(await bo.post("/v1/permissions", json=body)) == [("permissions", "errors.invalid")]


async def test_conferencing_leads_to_a_page_and_back(world: ConsentWorld):
    api = await world.api(world.ana)
    path = "/v1/conferencing_service_authorizations"
    url = (await api.post(path, json={"redirect_uri": REDIRECT})).json()["authorization_request"]["url"]
    page = await (await world.http()).get(url)
    assert (page.status_code, f'href="{REDIRECT}"' in page.text) == (200, True)
    evil = url.replace("app.example.com", "evil.example")
    assert (await (await world.http()).get(evil)).status_code == 400
    assert errors_of(await api.post(path, json={})) == [("redirect_uri", "errors.required")]


# -- element tokens and foreign pages


async def element_token(world: ConsentWorld, *permissions: str, origin: str = ORIGIN) -> str:
    await world.tokens(world.ana)
    body = {
        "version": "1",
        "permissions": list(permissions),
        "subs": [world.ana.account_id],
        "origin": origin,
    }
    answer = await (await world.key()).post("/v1/element_tokens", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["element_token"]["token"])


async def test_an_element_token_says_what_it_is_for(world: ConsentWorld):
    await world.tokens(world.ana)
    body = {
        "version": "1",
        "permissions": ["agenda"],
        "subs": [world.ana.account_id],
        "origin": "HTTPS://App.example.com:443",
    }
    key = await world.key()
    made = (await key.post("/v1/element_tokens", json=body)).json()["element_token"]
    assert (made["permissions"], made["origin"], made["expires_in"]) == (
        ["agenda"],
        "https://app.example.com",
        64800,
    )
    for changes, field in (
        ({"permissions": []}, "permissions"),
        ({"permissions": ["everything"]}, "permissions"),
        ({"subs": []}, "subs"),
        ({"subs": [world.bo.account_id]}, "subs"),
        ({"origin": "https://app.example.com/page"}, "origin"),
        ({"origin": "*"}, "origin"),
        ({"origin": "null"}, "origin"),
        ({"origin": "https://app.example.com, https://evil.example"}, "origin"),
        ({"version": "2"}, "version"),
    ):
        found = errors_of(await key.post("/v1/element_tokens", json={**body, **changes}))
        assert [name for name, _ in found] == [field], changes


async def test_an_element_token_works_with_its_header_on_its_origin_until_it_is_over(
    world: ConsentWorld, clock
):
    token = await element_token(world, "agenda")
    page = await world.http()

    async def userinfo(**headers: str) -> httpx.Response:
        return await page.get("/v1/userinfo", params={"et": token}, headers=headers)

    sound = await userinfo(**ELEMENT, Origin=ORIGIN)
    assert (sound.status_code, sound.json()["sub"]) == (200, world.ana.account_id)
    assert sound.headers["access-control-allow-origin"] == ORIGIN
    assert (await userinfo(**ELEMENT)).status_code == 200, "browsers leave Origin out on the same origin"
    assert (await userinfo()).status_code == 401, "a bare link is no element"
    foreign = await userinfo(**ELEMENT, Origin="https://evil.example")
    assert (foreign.status_code, "access-control-allow-origin" in foreign.headers) == (401, False)
    assert (await page.get("/v1/account", params={"et": token}, headers=ELEMENT)).status_code == 401
    clock.advance(hours=18)
    late = await userinfo(**ELEMENT, Origin=ORIGIN)
    assert (late.status_code, late.headers["access-control-allow-origin"]) == (401, ORIGIN)


async def test_an_element_token_does_what_it_was_made_for(world: ConsentWorld):
    token = await element_token(world, "availability")
    page = await world.http(**ELEMENT, Origin=ORIGIN)
    refused = await page.get("/v1/userinfo", params={"et": token})
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_permission")
    assert refused.headers["access-control-allow-origin"] == ORIGIN


async def test_preflights_are_answered_for_the_tokens_origin(world: ConsentWorld):
    token = await element_token(world, "availability")
    page = await world.http()
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,cronofy-element",
    }
    for path in ("/v1/availability", "/v1/userinfo", "/v1/profiles/pro_x/revoke"):
        answer = await page.options(path, params={"et": token}, headers={**asked, "Origin": ORIGIN})
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert {"content-type", "cronofy-element"} <= set(
            answer.headers["access-control-allow-headers"].split(", ")
        )
        assert "authorization" not in answer.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in answer.headers
        assert "Origin" in answer.headers["vary"]
    for headers, params in (
        ({"Origin": "https://evil.example"}, {"et": token}),
        ({"Origin": "null"}, {"et": token}),
        ({"Origin": ORIGIN}, {}),
        ({"Origin": ORIGIN}, {"et": "made-up"}),
        ({"Origin": ORIGIN}, {"et": "é\x7f"}),
    ):
        answer = await page.options("/v1/availability", params=params, headers={**asked, **headers})
        assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (204, False)
    elsewhere = await page.options("/api/session", params={"et": token}, headers={**asked, "Origin": ORIGIN})
    assert "access-control-allow-origin" not in elsewhere.headers


async def test_foreign_pages_may_post_with_an_element_token(world: ConsentWorld, radicale: Radicale):
    profile_id = await connect(world, radicale.url)
    token = await element_token(world, "account_management")
    page = await world.http(**ELEMENT, Origin=ORIGIN, **{"Sec-Fetch-Site": "cross-site"})
    answer = await page.post(f"/v1/profiles/{profile_id}/revoke", params={"et": token})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (202, ORIGIN)


# -- how often


async def test_applications_are_told_and_held_to_their_limits(world: ConsentWorld):
    seconds = 0.0
    world.installation.app.state.call_rates = CallRates(3, 5, lambda: seconds)
    api, key = await world.api(world.ana), await world.key()
    first = await api.get("/v1/account")
    assert first.headers["ratelimit-policy"] == '"second";q=3;w=1, "minute";q=5;w=60'
    assert first.headers["ratelimit"] == '"second";r=2;t=1, "minute";r=4;t=12'
    assert (await api.get("/v1/account")).status_code == 200
    assert (await (await world.api(world.bo)).get("/v1/account")).status_code == 200, "all of one application"
    over = await api.get("/v1/account")
    assert (over.status_code, over.headers["retry-after"], over.json()["error"]) == (429, "1", "rate_limited")
    assert over.headers["ratelimit"].startswith('"second";r=0')
    seconds = 1.0
    assert (await api.get("/v1/account")).status_code == 200
    assert (await key.post("/v1/element_tokens", json={})).status_code == 422
    minute = await api.get("/v1/account")
    assert (minute.status_code, minute.headers["retry-after"]) == (429, "11")
    token = await world.http()
    assert (await token.post("/oauth/token", json=world.exchange("x"))).status_code == 429
    other = await world.installation.identity.oauth.create_client(operator(world.org_id), "Other", [])
    free = await world.http(Authorization=f"Bearer {other.client_secret.reveal()}")
    assert (await free.post("/v1/element_tokens", json={})).status_code == 422, "others go on"
    seconds = 60.0
    assert (await api.get("/v1/account")).status_code == 200
