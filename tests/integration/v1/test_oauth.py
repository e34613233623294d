"""The OAuth server: consent, codes, tokens, refresh, revocation, service accounts, and those who would abuse them."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.security.tokens import new_id
from convene.storage.accounts import Account
from convene.storage.database import Database
from factories.consent import REDIRECT, ConsentWorld, answered, consent_world
from factories.site import PASSWORD

VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
SERVICE = "service_account/accounts/manage"
ENTERPRISE = "/enterprise_connect/oauth/authorize"


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[ConsentWorld]:
    async with consent_world(db, database_url, tmp_path, clock) as found:
        yield found


async def post(world: ConsentWorld, path: str, body: Any, **headers: str) -> httpx.Response:
    return await (await world.http(**headers)).post(path, json=body)


async def account_status(world: ConsentWorld, token: str) -> int:
    return (await (await world.http(Authorization=f"Bearer {token}")).get("/v1/account")).status_code


# -- from the page to tokens


async def test_allowing_leads_to_tokens_of_whoever_allowed(world: ConsentWorld):
    told = answered(await world.decide(await world.browser(world.ana)))
    assert set(told) == {"code", "state", "iss"}
    assert (told["state"], told["iss"]) == ("s t&1", world.installation.settings.base_url)
    answer = await post(world, "/oauth/token", world.exchange(told["code"]))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    body = answer.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("bearer", 3600, "read_write")
    assert body["sub"] == body["account_id"] == world.ana.account_id
    assert body["linking_profile"]["provider_name"] == "cronofy"
    assert await account_status(world, body["access_token"]) == 200


async def test_the_page_names_who_asks_for_what_and_whose_account_it_is(world: ConsentWorld):
    browser = await world.browser(world.ana)
    page = await browser.get("/oauth/authorize", params=world.asked(scope="read_free_busy create_event"))
    assert page.status_code == 200
    for text in (
        "Calendar &lt;Helper&gt;",
        "ana@example.com",
        "See when you are busy, without any details.",
        "Add events to your calendars",
        "https://app.example.com",
    ):
        assert text in page.text
    assert "<Helper>" not in page.text
    policy = page.headers["content-security-policy"]
    assert "form-action 'self' https://app.example.com;" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text
    assert "style=" not in page.text


async def test_denying_says_so_with_the_state_and_without_a_code(world: ConsentWorld):
    told = answered(await world.decide(await world.browser(world.ana), "deny"))
    assert (told["error"], told["state"], "code" in told) == ("access_denied", "s t&1", False)


async def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(world: ConsentWorld):
    stranger = await world.http()
    answer = await stranger.get("/oauth/authorize", params=world.asked())
    assert answer.status_code == 303
    location = urlsplit(answer.headers["location"])
    assert (location.netloc, location.path) == ("", "/signin")
    back = urlsplit(parse_qs(location.query)["next"][0])
    assert back.path == "/oauth/authorize"
    assert {name: values[0] for name, values in parse_qs(back.query).items()} == world.asked()


async def test_another_account_can_be_used(world: ConsentWorld):
    browser = await world.browser(world.ana)
    answer = await world.decide(browser, "switch")
    assert answer.headers["location"].startswith("/signin?next=%2Foauth%2Fauthorize%3F")
    assert (await browser.get("/api/session")).status_code == 401


async def test_empty_parameters_are_absent(world: ConsentWorld):
    """pycronofy always sends state=, provider_name= and avoid_linking=False."""
    browser = await world.browser(world.ana)
    empty = {"state": "", "provider_name": "", "avoid_linking": "False", "link_token": ""}
    assert set(answered(await world.decide(browser, **empty))) == {"code", "iss"}


# -- requests that go nowhere


NOT_REGISTERED = [
    "https://app.example.com/back/",
    "https://app.example.com/back?x=1",
    "https://app.example.com/back#x",
    "https://app.example.com/BACK",
    "https://app.example.com/b%61ck",
    "https://app.example.com:443/back",
    "https://app.example.com:8443/back",
    "https://app.example.com./back",
    "https://APP.example.com/back",
    "http://app.example.com/back",
    "https://app.example.com@evil.example/back",
    "https://user@app.example.com/back",
    "https://evil.example/https://app.example.com/back",
    "https://app.example.com.evil.example/back",
    "https://evil.example\\@app.example.com/back",
    "https://app.example.com/back/../steal",
    "https://app.example.com\\.evil.example/back",
    "https://app。example.com/back",
    "https://xn--app-example.com/back",
    "//app.example.com/back",
    "javascript:alert(1)//https://app.example.com/back",
    "data:text/html,x",
    "/back",
    " https://app.example.com/back",
    "https://app.example.com/back ",
    "https://app.example.com/back\r\nSet-Cookie: a=b",
    "https://app.example.com/back\x01",
    "https://*.example.com/back",
    "",
]


async def test_an_address_that_is_not_registered_gets_nothing(world: ConsentWorld):
    browser = await world.browser(world.ana)
    for redirect_uri, kind in itertools.product(NOT_REGISTERED, ("/oauth/authorize", ENTERPRISE)):
        given = world.asked(redirect_uri=redirect_uri)
        for answer in (
            await browser.get(kind, params=given),
            await browser.post(kind, data={**given, "decision": "allow"}),
        ):
            assert answer.status_code == 400, (redirect_uri, answer.status_code, answer.headers)
            assert answer.headers["content-type"].startswith("text/html")
            assert "location" not in answer.headers
            assert 'href="javascript' not in answer.text


async def test_a_request_of_no_known_application_gets_a_page(world: ConsentWorld):
    browser = await world.browser(world.ana)
    client, back = ("client_id", world.client_id), ("redirect_uri", REDIRECT)
    for query, why in (
        ([("client_id", new_id("client")), back], "not registered"),
        ([("client_id", "app_x"), back], "not registered"),
        ([client], "redirect_uri"),
        ([back], "client_id"),
        ([client, client, back], "more than one"),
        ([client, back, back], "more than one"),
    ):
        text = urlencode([("response_type", "code"), *query])
        answer = await browser.get(f"/oauth/authorize?{text}")
        assert (answer.status_code, why in answer.text) == (400, True), query
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await browser.post("/oauth/authorize", content=f"{text}&decision=allow", headers=form)
        assert (answer.status_code, why in answer.text) == (400, True), query
    answer = await browser.post("/oauth/authorize", data={"client_id": "app_\x00", "redirect_uri": REDIRECT})
    assert answer.status_code == 400


MISTAKES: list[tuple[dict[str, str | None], str]] = [
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": None}, "unsupported_response_type"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": "read_write everything"}, "invalid_scope"),
    ({"scope": SERVICE}, "invalid_scope"),
    ({"code_challenge": CHALLENGE}, "invalid_request"),
    ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": "S256"}, "invalid_request"),
    ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ({"state": "x" * 2001}, "invalid_request"),
]


async def test_other_mistakes_go_back_to_the_application(world: ConsentWorld):
    clients = (await world.http(), await world.browser(world.ana))
    for (changes, error), client in itertools.product(MISTAKES, clients):
        told = answered(await client.get("/oauth/authorize", params=world.asked(**changes)))
        assert (told["error"], told["iss"]) == (error, world.installation.settings.base_url)
        assert told["state"] == (changes.get("state") or "s t&1")[:2000]
        assert told["error_description"]


async def test_nobody_allows_for_another_organisation(world: ConsentWorld):
    people = world.installation.identity.accounts
    other = (await people.create_organization("Other")).org_id
    eve = await people.create(
        operator(other), NewPerson("eve@example.com", "Eve", "UTC", "owner"), password=PASSWORD
    )
    browser = await world.browser(eve)
    answers = [
        await browser.get("/oauth/authorize", params=world.asked()),
        await browser.post("/oauth/authorize", data={**world.asked(), "decision": "allow"}),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert "location" not in answer.headers


async def test_another_site_cannot_press_allow(world: ConsentWorld):
    browser = await world.browser(world.ana)
    form = {**world.asked(), "decision": "allow"}
    foreign = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ]
    for headers in foreign:
        answer = await browser.post("/oauth/authorize", data=form, headers=headers)
        assert answer.status_code == 403
        assert "location" not in answer.headers
    del browser.headers["Sec-Fetch-Site"]
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
        answer = await browser.post("/oauth/authorize", data=form, headers=headers)
        assert answer.status_code == 403
    assert (await browser.get("/oauth/authorize", params=form)).status_code == 200, "GET decides nothing"


async def test_tokens_and_keys_cannot_allow(world: ConsentWorld):
    token = (await world.tokens(world.ana))["access_token"]
    program = await world.http(Authorization=f"Bearer {token}")
    answer = await program.post("/oauth/authorize", data={**world.asked(), "decision": "allow"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/signin")


# -- codes


async def test_a_code_works_once_and_its_second_use_ends_what_came_of_it(world: ConsentWorld):
    body = world.exchange(await world.code(await world.browser(world.ana)))
    tokens = (await post(world, "/oauth/token", body)).json()
    again = await post(world, "/oauth/token", body)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert await account_status(world, tokens["access_token"]) == 401
    refresh = {**body, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert (await post(world, "/oauth/token", refresh)).status_code == 400


async def test_of_two_exchanges_at_once_one_wins_at_most(world: ConsentWorld):
    body = world.exchange(await world.code(await world.browser(world.ana)))
    answers = await asyncio.gather(*(post(world, "/oauth/token", body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 5]


async def test_a_code_is_over_after_a_minute(world: ConsentWorld, clock):
    code = await world.code(await world.browser(world.ana))
    clock.advance(seconds=60)
    assert (await post(world, "/oauth/token", world.exchange(code))).json()["error"] == "invalid_grant"


async def test_a_code_needs_all_that_it_was_asked_for_with(world: ConsentWorld):
    code = await world.code(await world.browser(world.ana))
    for changes in (
        {"redirect_uri": "https://app.example.com/other"},
        {"redirect_uri": ""},
        {"code": "made-up"},
        {"code": "é" * 43},
        {"code": ""},
        {"code_verifier": VERIFIER},
    ):
        answer = await post(world, "/oauth/token", {**world.exchange(code), **changes})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant"), changes
    assert (await post(world, "/oauth/token", world.exchange(code))).status_code == 200, "not burnt by others"


async def test_a_code_works_for_its_own_application_only(world: ConsentWorld):
    code = await world.code(await world.browser(world.ana))
    other = await world.installation.identity.oauth.create_client(operator(world.org_id), "Other", [REDIRECT])
    body = world.exchange(code, client_id=other.client_id, client_secret=other.client_secret.reveal())
    assert (await post(world, "/oauth/token", body)).json()["error"] == "invalid_grant"
    mixed = world.exchange(code, client_id=other.client_id)
    assert (await post(world, "/oauth/token", mixed)).json()["error"] == "invalid_client"


async def test_a_challenge_must_be_met(world: ConsentWorld):
    browser = await world.browser(world.ana)
    for verifier in ("", "w" * 43, CHALLENGE, "v" * 42, "v" * 200, "é" * 43):
        code = await world.code(browser, **PKCE)
        answer = await post(world, "/oauth/token", world.exchange(code, code_verifier=verifier))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant"), verifier
    code = await world.code(browser, **PKCE)
    assert (
        await post(world, "/oauth/token", world.exchange(code, code_verifier=VERIFIER))
    ).status_code == 200


# -- the token endpoint


async def test_forms_and_useless_headers_are_fine(world: ConsentWorld):
    browser = await world.browser(world.ana)
    junk = await world.http(Authorization="Bearer undefined")
    body = world.exchange(await world.code(browser), refresh_token="stray")
    assert (await junk.post("/oauth/token", json=body)).status_code == 200
    body = world.exchange(await world.code(browser))
    assert (await junk.post("/oauth/token", data=body)).status_code == 200


async def test_an_unknown_client_is_told_so_with_400(world: ConsentWorld):
    client = await world.http()
    for changes in (
        {"client_secret": "cvs_wrong"},
        {"client_secret": ""},
        {"client_secret": "ü"},
        {"client_secret": 7},
        {"client_id": "app_x"},
        {"client_id": None},
        {"client_id": "\ud800"},
    ):
        text = json.dumps({**world.exchange("x"), **changes})
        answer = await client.post("/oauth/token", content=text, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client"), changes


async def test_other_grants_are_refused(world: ConsentWorld):
    for grant in ("password", "client_credentials", "implicit", ""):
        answer = await post(world, "/oauth/token", world.exchange("x", grant_type=grant))
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_refreshing_gives_a_new_access_token_and_keeps_the_refresh_token(world: ConsentWorld, clock):
    first = await world.tokens(world.ana)
    body = world.exchange("", grant_type="refresh_token", refresh_token=first["refresh_token"])
    clock.advance(hours=1)
    assert await account_status(world, first["access_token"]) == 401
    for _ in range(2):
        answer = (await post(world, "/oauth/token", body)).json()
        assert answer["refresh_token"] == first["refresh_token"]
        assert (answer["expires_in"], answer["sub"]) == (3600, world.ana.account_id)
        assert await account_status(world, answer["access_token"]) == 200
    wrong = {**body, "refresh_token": first["access_token"]}
    assert (await post(world, "/oauth/token", wrong)).json()["error"] == "invalid_grant"


async def test_tokens_of_the_suspended_stop_and_cannot_be_refreshed(world: ConsentWorld):
    tokens = await world.tokens(world.bo)
    await world.installation.identity.accounts.set_access(
        operator(world.org_id), world.bo.account_id, suspended=True
    )
    assert await account_status(world, tokens["access_token"]) == 401
    body = world.exchange("", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (await post(world, "/oauth/token", body)).json()["error"] == "invalid_grant"


async def test_revoking_ends_the_authorization(world: ConsentWorld):
    others = await world.tokens(world.bo)
    for by in ("access_token", "refresh_token", "node", "sub"):
        tokens = await world.tokens(world.ana)
        named = {
            "access_token": {"token": tokens["access_token"]},
            "refresh_token": {"token": tokens["refresh_token"]},
            "node": {"refresh_token": tokens["refresh_token"]},
            "sub": {"sub": world.ana.account_id},
        }[by]
        for _ in range(2):  # what is revoked stays revoked
            answer = await post(world, "/oauth/token/revoke", {**world.exchange(""), **named})
            assert (answer.status_code, answer.content) == (200, b"")
        assert await account_status(world, tokens["access_token"]) == 401, by
        body = world.exchange("", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert (await post(world, "/oauth/token", body)).status_code == 400
    assert await account_status(world, others["access_token"]) == 200


async def test_what_is_kept_for_an_account_is_erased_on_request(world: ConsentWorld):
    rule = {
        "availability_rule_id": "interviews",
        "tzid": "Europe/London",
        "weekly_periods": [{"day": "monday", "start_time": "09:00", "end_time": "12:00"}],
    }
    period = {"available_period_id": "p", "start": "2026-11-23T09:00:00Z", "end": "2026-11-23T10:00:00Z"}

    async def kept(account: Account) -> tuple[int, int]:
        api = await world.api(account)
        periods = (await api.get("/v1/available_periods", params={"tzid": "Etc/UTC"})).json()
        rules = (await api.get("/v1/availability_rules")).json()["availability_rules"]
        return len([item for item in rules if item["availability_rule_id"] == "interviews"]), len(
            periods["available_periods"]
        )

    for account in (world.ana, world.bo):
        api = await world.api(account)
        assert (await api.post("/v1/availability_rules", json=rule)).status_code == 200
        assert (await api.post("/v1/available_periods", json=period)).status_code == 202
    body = {**world.exchange(""), "sub": world.ana.account_id}
    await post(world, "/oauth/token/revoke", body)
    assert await kept(world.ana) == (1, 1), "revoking alone keeps them for the next authorization"
    await post(world, "/oauth/token/revoke", {**body, "request_pii_erasure": "True"})
    assert (await kept(world.ana), await kept(world.bo)) == ((0, 0), (1, 1))


async def test_an_application_revokes_its_own_tokens_only(world: ConsentWorld):
    tokens = await world.tokens(world.ana)
    other = await world.installation.identity.oauth.create_client(operator(world.org_id), "Other", [])
    credentials = {"client_id": other.client_id, "client_secret": other.client_secret.reveal()}
    for named in ({"token": tokens["refresh_token"]}, {"sub": world.ana.account_id}):
        assert (await post(world, "/oauth/token/revoke", {**credentials, **named})).status_code == 200
    assert await account_status(world, tokens["access_token"]) == 200
    nothing = await post(world, "/oauth/token/revoke", credentials)
    assert (nothing.status_code, nothing.json()["error"]) == (400, "invalid_request")


# -- secrets


async def test_a_replaced_secret_works_for_a_day(world: ConsentWorld, clock):
    browser = await world.browser(world.ana)
    made = (await browser.post(f"/api/applications/{world.client_id}/secret")).json()
    body = {
        "version": "1",
        "permissions": ["agenda"],
        "subs": [world.ana.account_id],
        "origin": "http://a.example",
    }
    await world.tokens(world.ana)

    async def works(secret: str) -> int:
        return (await post(world, "/v1/element_tokens", body, Authorization=f"Bearer {secret}")).status_code

    assert (await works(made["client_secret"]), await works(world.client_secret)) == (200, 200)
    assert made["old_secret_until"] == "2026-11-21T09:00:00Z"
    clock.advance(hours=24)
    assert (await works(made["client_secret"]), await works(world.client_secret)) == (200, 401)


# -- link tokens


async def test_a_link_token_lets_only_its_own_account_through_and_once(world: ConsentWorld, clock):
    api = await world.api(world.ana)
    token = (await api.post("/v1/link_tokens")).json()["link_token"]
    bo = await world.browser(world.bo)
    assert (await bo.get("/oauth/authorize", params=world.asked(link_token=token))).status_code == 403
    ana = await world.browser(world.ana)
    await world.code(ana, link_token=token)
    assert (await ana.get("/oauth/authorize", params=world.asked(link_token=token))).status_code == 403
    late = (await api.post("/v1/link_tokens")).json()["link_token"]
    clock.advance(minutes=5)
    assert (await ana.get("/oauth/authorize", params=world.asked(link_token=late))).status_code == 403


# -- service accounts


async def test_only_administrators_let_an_application_act_for_everybody(world: ConsentWorld):
    bo = await world.browser(world.bo)
    asked = world.asked(scope=SERVICE, delegated_scope="read_only")
    assert (await bo.get(ENTERPRISE, params=asked)).status_code == 403
    assert (await bo.post(ENTERPRISE, data={**asked, "decision": "allow"})).status_code == 403


async def service_token(world: ConsentWorld, **changes: str) -> dict[str, Any]:
    ana = await world.browser(world.ana)
    wanted = {"scope": SERVICE, "delegated_scope": "read_write", **changes}
    answer = await world.decide(ana, path=ENTERPRISE, **wanted)
    return (await post(world, "/oauth/token", world.exchange(answered(answer)["code"]))).json()


async def test_a_service_account_has_tokens_and_userinfo_of_its_own(world: ConsentWorld):
    token = await service_token(world)
    assert token["service_account_id"].startswith("ser_")
    assert (token["expires_in"], "account_id" in token, "sub" in token) == (1800, False, False)
    api = await world.http(Authorization=f"Bearer {token['access_token']}")
    told = (await api.get("/v1/userinfo")).json()
    assert (told["sub"], told["cronofy.type"]) == (token["service_account_id"], "service_account")
    assert told["cronofy.data"]["authorization"]["delegated_scope"] == "read_write"
    assert (await api.get("/v1/account")).status_code == 403, "it is no account"
    assert (await service_token(world))["service_account_id"] == token["service_account_id"]


async def test_delegated_access_comes_as_a_code_at_the_callback(world: ConsentWorld):
    token = await service_token(world)
    api = await world.http(Authorization=f"Bearer {token['access_token']}")
    callback = "https://app.example.com/access"
    one = {"email": "BO@example.com", "callback_url": callback, "scope": "read_write", "state": "bo"}
    answer = await api.post("/v1/service_account_authorizations", json=one)
    assert (answer.status_code, answer.content) == (202, b"")
    several = {"service_account_authorizations": [{**one, "email": "nobody@example.com"}, one]}
    assert (await api.post("/v1/service_account_authorizations", json=several)).status_code == 202
    told = await callbacks(world)
    assert [item["authorization"]["state"] for item in told] == ["bo"] * 3
    assert told[1]["authorization"]["error"] == "not_found"
    body = world.exchange(told[0]["authorization"]["code"], redirect_uri=callback)
    found = (await post(world, "/oauth/token", body)).json()
    assert (found["sub"], found["scope"]) == (world.bo.account_id, "read_write")


async def callbacks(world: ConsentWorld) -> list[dict[str, Any]]:
    async with world.installation.platform.db.connection() as conn:
        rows = await (
            await conn.execute("SELECT body FROM webhook_delivery ORDER BY created_at, delivery_id")
        ).fetchall()
    return [json.loads(row[0]) for row in rows]


async def test_delegation_is_bounded(world: ConsentWorld):
    token = await service_token(world)
    api = await world.http(Authorization=f"Bearer {token['access_token']}")
    sound = {"email": "bo@example.com", "callback_url": "https://app.example.com/x", "scope": "read_write"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"email": None}, "email"),
        ({"scope": "read_write create_calendar"}, "scope"),
        ({"scope": "everything"}, "scope"),
        ({"callback_url": "http://127.0.0.1/x"}, "callback_url"),
        ({"service_account_authorizations": [{}]}, "service_account_authorizations"),
    ]
    for changes, field in wrong:
        answer = await api.post("/v1/service_account_authorizations", json={**sound, **changes})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field]), answer.text
    assert await callbacks(world) == []


async def test_only_a_service_account_delegates_and_only_while_it_lives(world: ConsentWorld):
    body = {"email": "bo@example.com", "callback_url": "https://app.example.com/x", "scope": "read_write"}
    person = await world.api(world.ana)
    assert (await person.post("/v1/service_account_authorizations", json=body)).status_code == 403
    token = await service_token(world)
    api = await world.http(Authorization=f"Bearer {token['access_token']}")
    ended = await (await world.browser(world.ana)).delete(
        f"/api/applications/{world.client_id}/service-account"
    )
    assert ended.status_code == 204
    assert (await api.post("/v1/service_account_authorizations", json=body)).status_code == 401


async def test_what_is_ended_takes_codes_along_that_were_not_exchanged(world: ConsentWorld):
    token = await service_token(world)
    api = await world.http(Authorization=f"Bearer {token['access_token']}")
    callback = "https://app.example.com/x"
    body = {"email": "bo@example.com", "callback_url": callback, "scope": "read_write"}
    for _ in range(3):
        assert (await api.post("/v1/service_account_authorizations", json=body)).status_code == 202
    codes = [item["authorization"]["code"] for item in await callbacks(world)]

    async def exchanged(code: str) -> int:
        asked = world.exchange(code, redirect_uri=callback)
        return (await post(world, "/oauth/token", asked)).status_code

    assert await exchanged(codes[0]) == 200
    bo, ana = await world.browser(world.bo), await world.browser(world.ana)
    assert (await bo.delete(f"/api/authorizations/{world.client_id}")).status_code == 204
    assert await exchanged(codes[1]) == 400
    await api.post("/v1/service_account_authorizations", json=body)
    [late] = [item["authorization"]["code"] for item in await callbacks(world)][3:]
    ended = await ana.delete(f"/api/applications/{world.client_id}/service-account")
    assert ended.status_code == 204
    assert await exchanged(late) == 400


# -- what people and administrators see


async def test_people_see_who_acts_for_them_and_end_it(world: ConsentWorld):
    browser = await world.browser(world.ana)
    tokens = (await post(world, "/oauth/token", world.exchange(await world.code(browser)))).json()
    await world.tokens(world.ana, "read_free_busy")
    listed = (await browser.get("/api/authorizations")).json()["authorizations"]
    assert [(item["client_id"], item["scope"]) for item in listed] == [
        (world.client_id, ["read_free_busy", "read_write"])
    ]
    assert (await browser.delete(f"/api/authorizations/{world.client_id}")).status_code == 204
    assert await account_status(world, tokens["access_token"]) == 401
    assert (await browser.get("/api/authorizations")).json() == {"authorizations": []}
    assert (await browser.delete(f"/api/authorizations/{world.client_id}")).status_code == 404


async def test_an_application_is_made_changed_and_removed(world: ConsentWorld):
    browser = await world.browser(world.ana)
    made = (
        await browser.post(
            "/api/applications", json={"name": "Two", "redirect_uris": ["https://*.example.com/x"]}
        )
    ).json()
    assert made["client_secret"].startswith("cvs_")
    path = f"/api/applications/{made['client_id']}"
    shown = (await browser.get(path)).json()
    assert "client_secret" not in shown
    changed = (await browser.patch(path, json={"redirect_uris": [REDIRECT]})).json()
    assert (changed["name"], changed["redirect_uris"]) == ("Two", [REDIRECT])
    credentials = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    calendar = await post(world, "/v1/application_calendars", {**credentials, "application_calendar_id": "x"})
    token = calendar.json()["access_token"]
    assert await account_status(world, token) == 200
    assert (await browser.delete(path)).status_code == 204
    assert await account_status(world, token) == 401
    assert (await post(world, "/oauth/token", {**credentials, "grant_type": "x"})).json()[
        "error"
    ] == "invalid_client"
    for wrong in (
        "http://app.example.com/",
        "https://*.com/",
        "https://a.example/#x",
        "app.example.com",
        "https://x.*/",
    ):
        answer = await browser.post("/api/applications", json={"name": "N", "redirect_uris": [wrong]})
        assert (answer.status_code, answer.json()["field"]) == (422, "redirect_uris"), wrong


async def test_wildcards_and_loopback_ports(world: ConsentWorld):
    browser = await world.browser(world.ana)
    registered = ["https://*.example.org/back", "http://127.0.0.1/back", "http://localhost:7001/back"]
    await browser.patch(f"/api/applications/{world.client_id}", json={"redirect_uris": registered})
    for address, status in {
        "https://one.example.org/back": 200,
        "https://one.two.example.org/back": 200,
        "http://127.0.0.1:51004/back": 200,
        "http://localhost:7001/back": 200,
        "https://example.org/back": 400,
        "https://.example.org/back": 400,
        "https://evilexample.org/back": 400,
        "https://one.example.org:8443/back": 400,
        "https://one.example.org/back/x": 400,
        "https://one.example.org.evil.example/back": 400,
        "https://a@one.example.org/back": 400,
        "https://one/.example.org/back": 400,
        "http://localhost:7002/back": 400,
        "http://127.0.0.2:51004/back": 400,
        "http://127.0.0.1:51004/other": 400,
    }.items():
        answer = await browser.get("/oauth/authorize", params=world.asked(redirect_uri=address))
        assert answer.status_code == status, address


# -- what never leaks


async def test_sessions_authenticate_nothing_where_applications_speak(world: ConsentWorld):
    browser = await world.browser(world.ana)
    for method, path in (
        ("GET", "/v1/account"),
        ("GET", "/v1/userinfo"),
        ("GET", "/v1/calendars"),
        ("POST", "/v1/calendars"),
        ("POST", "/v1/element_tokens"),
        ("POST", "/v1/link_tokens"),
        ("POST", "/v1/application_calendars"),
    ):
        assert (await browser.request(method, path)).status_code == 401
        foreign = await browser.request(method, path, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 401, "judged by its credential, not by where it comes from"


async def test_no_secret_of_these_flows_is_logged(world: ConsentWorld, caplog):
    with caplog.at_level(logging.DEBUG):
        browser = await world.browser(world.ana)
        code = await world.code(browser, **PKCE)
        tokens = (await post(world, "/oauth/token", world.exchange(code, code_verifier=VERIFIER))).json()
        api = await world.http(Authorization=f"Bearer {tokens['access_token']}")
        link = (await api.post("/v1/link_tokens")).json()["link_token"]
        body = {"permissions": ["agenda"], "subs": [world.ana.account_id], "origin": "http://localhost"}
        element = (await (await world.key()).post("/v1/element_tokens", json=body)).json()["element_token"][
            "token"
        ]
        page = await world.http(**{"Cronofy-Element": "v1.67.7, agenda", "Origin": "http://localhost"})
        assert (await page.get("/v1/userinfo", params={"et": element})).status_code == 200
        leaked = {"bearer_token": world.client_secret}
        assert (await page.get("/v1/bookable_events", params=leaked)).status_code == 404
        again = await post(world, "/oauth/token", world.exchange(code, code_verifier=VERIFIER))
        assert again.status_code == 400
        rotated = (await browser.post(f"/api/applications/{world.client_id}/secret")).json()["client_secret"]
    # The tests' own client tells each address that it asks for, which no server does.
    ours = [record for record in caplog.records if not record.name.startswith("httpx")]
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    planted = {
        "code": code,
        "verifier": VERIFIER,
        "access token": tokens["access_token"],
        "refresh token": tokens["refresh_token"],
        "link token": link,
        "element token": element,
        "client secret": world.client_secret,
        "new secret": rotated,
    }
    assert [name for name, secret in planted.items() if secret in logged] == []


async def test_metadata_describe_the_server(world: ConsentWorld):
    told = (await (await world.http()).get("/.well-known/oauth-authorization-server")).json()
    assert told["issuer"] == world.installation.settings.base_url
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["authorization_response_iss_parameter_supported"] is True
