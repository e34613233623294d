"""Bad input to every call: never a 5xx, always a problem with a code, and a 422 names the field that is at fault.

The sound requests are those of tests/policy.py; one value at a time is replaced by something nasty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from convene.edge.call_rates import CallRates
from factories.access_world import World, filled
from policy import POLICY, SIGNED, TICKET, V1

DEEP = "[" * 900 + "]" * 900
# As they stand in JSON, because some of them no serializer would write.
NASTY_JSON = [
    "null",
    "true",
    "-1",
    "0",
    "1.5",
    "NaN",
    "1e999",
    "1" + "0" * 40,
    "9" * 5000,
    "[]",
    "{}",
    "[null]",
    "[{}]",
    "[" + DEEP + "]",
    '{"a": ' + DEEP + "}",
    '{"a": NaN}',
    r'{"a\u0000": 1}',
    r'{"a": "\ud800"}',
    r'["\u0000"]',
    r'["\udfff"]',
    '""',
    r'"a\u0000b"',
    r'"\ud800"',
    r'"\u202e"',
    '"🙈"',
    json.dumps("x" * 100_000),
    '"9999-12-31T23:59:59Z"',
    '"0001-01-01T00:00:00+23:59"',
    '"2026-02-30T10:00:00Z"',
    '"2026-11-25T14:00:00"',
    '"Mars/Phobos"',
    '"../../etc/passwd"',
    '"https://"',
    '"https://[::1"',
    '"1e400"',
]
NASTY_TEXTS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\u202e",
    "🙈",
    "-1",
    "0",
    "1.5",
    "NaN",
    "1e999",
    "9" * 40,
    "9" * 5000,
    "x" * 3000,
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+23:59",
    "1970-01-01T00:00:00Z",
    "2199-12-31T23:59:59-23:59",
    "2026-02-30T10:00:00Z",
    "2026-11-25T14:00:00",
    "2026-W48-3T10:00Z",
    "a,b,,c",
    "acc_00000000000000000000000000",
]
NASTY_SEGMENTS = ["%00", "a%00b", "%ff", "%0a", "%2e%2e", "..;", "%F0%9F%99%88", "x" * 3000, "*", "%25"]
NASTY_BODIES = [
    b"",
    b"null",
    b"[]",
    b"[1]",
    b'"x"',
    b"0",
    b"{",
    b"\xff\xfe\x00",
    b'{"\\u0000": 1}',
    b'{"\\ud800": 1}',
    b'{"a": 1, "a": 2}',
    b"[" * 100_000,
    b'{"a": ' + b"9" * 5000 + b"}",
    b" " * (1024 * 1024),
    b" " * (1024 * 1024 + 1),
]
NASTY_HEADERS = {
    "Idempotency-Key": [b"", b" ", b"a b", b"\xe9", b"x" * 256, b"x" * 5000, b"\x00"],
    "If-Match": [b"", b'""', b'"x"', b"\xe9", b'"1", "2"', b'"-1"', b'"' + b"9" * 500 + b'"', b"*", b'W/"1"'],
    "Convene-Acting-For": [b"", b"\xe9", b"acc_", b"\x00", b"x" * 5000],
    "Authorization": [b"Bearer", b"Bearer \xe9", b"Bearer \x00", b"Bearer " + b"x" * 5000, b"Bearer cvk_"],
    "Cookie": [b"convene_session=\xe9", b"convene_session=\x00", b"convene_session=" + b"x" * 5000],
    "Content-Type": [
        b"",
        b"text/plain",
        b"application/json; charset=utf-16",
        b"multipart/form-data",
        b"\xe9",
    ],
    "User-Agent": [b"\xe9" * 5000],
}
# Signing out would end the test's own session. Applications' calls answer in Cronofy's shapes and have tests of their own.
SKIPPED = {"DELETE /api/session", "DELETE /api/sessions"}
# Pages for people, and what speaks Cronofy's language: their refusals have other shapes.
OTHER_SHAPES = re.compile(r"\w+ /(oauth|enterprise_connect|book|static)/")
CALLS = {
    name: row
    for name, row in POLICY.items()
    if row.rule not in (SIGNED, TICKET, V1)
    and "{path:path}" not in name
    and name not in SKIPPED
    and not OTHER_SHAPES.match(name)
}


@pytest.fixture
async def browser(world: World) -> httpx.AsyncClient:
    signed_in = await world.browser(world.ana)
    answers = httpx.ASGITransport(world.installation.app, raise_app_exceptions=False)
    base_url = world.installation.settings.base_url
    return await world.clients.enter_async_context(
        httpx.AsyncClient(
            transport=answers, base_url=base_url, headers=signed_in.headers, cookies=signed_in.cookies
        )
    )


def path_of(world: World, template: str) -> str:
    names = {**world.ids, "file_name": "agenda.txt"}
    return re.sub(r"\{(\w+)\}", lambda found: names[found.group(1)], template)


def spoilt_bodies(body: dict[str, Any]) -> Iterator[tuple[bytes, str]]:
    for field in body:
        rest = json.dumps({name: value for name, value in body.items() if name != field})
        for nasty in NASTY_JSON:
            text = "{" + json.dumps(field) + ": " + nasty + ("," if len(rest) > 2 else "") + rest[1:]
            yield text.encode(), field


def spoilt_queries(query: dict[str, str]) -> Iterator[tuple[dict[str, str], str]]:
    for field in query:
        for nasty in NASTY_TEXTS:
            yield {**query, field: nasty}, field


def headers_of(number: int) -> dict[str, str]:
    return {"content-type": "application/json", "idempotency-key": f"request-{number}"}


def query_of(world: World, name: str, query: dict[str, str]) -> dict[str, str]:
    """All query parameters that the schema knows, with the sound values of the policy."""
    method, _, path = name.partition(" ")
    known = world.installation.app.openapi()["paths"].get(path, {}).get(method.lower(), {})
    listed = {item["name"]: "" for item in known.get("parameters", []) if item["in"] == "query"}
    return {**dict.fromkeys(listed, ""), **query}


def fault(answer: httpx.Response, field: str | None) -> str | None:
    """What is wrong with an answer to a bad request, None if nothing is."""
    if answer.status_code < 400:
        return None
    if answer.status_code >= 500:
        return "5xx"
    if not answer.headers["content-type"].startswith("application/problem+json"):
        return "not a problem"
    body = answer.json()
    if not body.get("code") or body["code"] == "http":
        return "no code"
    if answer.status_code != 422:
        return None
    named = {body.get("field"), *(item["field"] for item in body.get("errors", []))}
    if not body.get("field"):
        return "no field"
    if field is None or named & REFUSED_ANYWAY:
        return None
    if not any(re.match(rf"{re.escape(field)}\b", str(name)) for name in named):
        return f"names {named}"
    return None


async def wrong_answers(
    client: httpx.AsyncClient, method: str, requests: Iterator[tuple[str, dict[str, Any], str | None]]
) -> list[Any]:
    wrong = []
    for path, arguments, field in requests:
        answer = await client.request(method, path, **arguments)
        found = fault(answer, field)
        if found:
            shown = {key: str(value)[:80] for key, value in arguments.items() if key != "headers"}
            wrong.append((method, path[:80], shown, field, found, answer.status_code, answer.text[:120]))
    return wrong


# What the sound request is refused for already: nothing listens there, a direct conversation is no channel.
REFUSED_ANYWAY = {"url", "conversation_id"}
# Looked at only together with a new password.
UNUSED = {"current_password"}
KEYED = ("/bookings", "/reschedule", "/cancel")


async def test_bad_fields_of_bodies(world: World, browser: httpx.AsyncClient):
    wrong = []
    for name, row in CALLS.items():
        method, _, template = name.partition(" ")
        if isinstance(row.body, dict):
            path = path_of(world, template)
            body = filled(row.body, world.ids)
            requests = (
                (
                    path,
                    {"content": content, "headers": headers_of(number)},
                    None if field in UNUSED else field,
                )
                for number, (content, field) in enumerate(spoilt_bodies(body))
            )
            wrong += await wrong_answers(browser, method, requests)
    assert wrong == []


async def test_bad_bodies(world: World, browser: httpx.AsyncClient):
    headers = {"content-type": "application/json"}
    wrong = []
    for name, row in CALLS.items():
        method, _, template = name.partition(" ")
        if method != "GET":
            path = path_of(world, template)
            requests = ((path, {"content": body, "headers": headers}, None) for body in NASTY_BODIES)
            keeps = row.body is not None
            wrong += await wrong_answers(browser, method, requests) if keeps else []
    assert wrong == []


async def test_bad_queries(world: World, browser: httpx.AsyncClient):
    wrong = []
    for name, row in CALLS.items():
        method, _, template = name.partition(" ")
        query = query_of(world, name, filled(row.query, world.ids))
        path = path_of(world, template)
        requests = ((path, {"params": spoilt}, None) for spoilt, _ in spoilt_queries(query))
        wrong += await wrong_answers(browser, method, requests) if method == "GET" else []
    assert wrong == []


async def test_bad_paths(world: World, browser: httpx.AsyncClient):
    wrong = []
    for name, row in CALLS.items():
        method, _, template = name.partition(" ")
        body = None if row.body is None else {"json": filled(row.body, world.ids)}
        for part in re.findall(r"\{\w+\}", template):
            paths = (path_of(world, template.replace(part, nasty)) for nasty in NASTY_SEGMENTS)
            wrong += await wrong_answers(browser, method, ((path, body or {}, None) for path in paths))
    pages = (f"/{nasty}" for nasty in [*NASTY_SEGMENTS, "a/" * 3000, "static/%00", "static/" + "x" * 3000])
    wrong += await wrong_answers(browser, "GET", ((path, {}, None) for path in pages))
    assert [item for item in wrong if item[4] != "not a problem"] == []


async def test_bad_input_to_the_pages_of_authorization_is_refused_in_their_own_shapes(
    world: World,
    browser: httpx.AsyncClient,
):
    sound = {
        "response_type": "code",
        "client_id": world.ids["client_id"],
        "redirect_uri": "https://app.example.com/",
        "scope": "read_write",
        "state": "s",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
        "link_token": "x",
        "delegated_scope": "read_only",
        "decision": "allow",
    }
    client_secret = (await browser.post(f"/api/applications/{world.ids['client_id']}/secret")).json()
    await browser.patch(
        f"/api/applications/{world.ids['client_id']}", json={"redirect_uris": [sound["redirect_uri"]]}
    )
    token = {
        "client_id": world.ids["client_id"],
        "client_secret": client_secret["client_secret"],
        "grant_type": "authorization_code",
        "code": "x",
        "redirect_uri": "x",
        "code_verifier": "x",
        "refresh_token": "x",
        "sub": "x",
    }
    found = set()
    for path in ("/oauth/authorize", "/enterprise_connect/oauth/authorize"):
        for spoilt, _ in spoilt_queries(sound):
            for answer in (await browser.get(path, params=spoilt), await browser.post(path, data=spoilt)):
                found.add((path, answer.status_code))
                assert answer.status_code in (200, 303, 400, 403), (path, spoilt, answer.text[:200])
    world.installation.app.state.call_rates = CallRates(1_000_000, 1_000_000)
    for spoilt, field in spoilt_bodies(token):
        for path in ("/oauth/token", "/oauth/token/revoke"):
            answer = await browser.post(path, content=spoilt, headers={"content-type": "application/json"})
            assert answer.status_code in (200, 400, 422), (path, field, spoilt[:200], answer.text[:200])
    assert {("/oauth/authorize", 303), ("/oauth/authorize", 400)} <= found


async def test_bad_headers(world: World, browser: httpx.AsyncClient):
    wrong = []
    for name, row in CALLS.items():
        method, _, template = name.partition(" ")
        if not template.endswith(KEYED) and name not in ("POST /api/session", "GET /api/session"):
            continue
        path = path_of(world, template)
        content = {"json": filled(row.body, world.ids)} if row.body is not None else {}
        query = {"params": filled(row.query, world.ids)} if row.query else {}
        requests = (
            (path, {**content, **query, "headers": {header.encode(): nasty}}, None)
            for header, values in NASTY_HEADERS.items()
            for nasty in values
        )
        wrong += await wrong_answers(browser, method, requests)
    assert wrong == []


async def test_head_answers_like_get_and_405_says_what_is_allowed(
    world: World,
    browser: httpx.AsyncClient,
):
    got, asked = await browser.get("/healthz"), await browser.head("/healthz")
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == got.headers["content-length"]
    refused = await browser.put("/api/bookings", json={})
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    assert refused.headers["allow"] == "GET, POST"


async def test_what_an_address_answers_to_is_told_whole(
    world: World,
    browser: httpx.AsyncClient,
):
    """Also where its methods are routes of their own, and nothing where no route is."""
    told = {
        "DELETE /api/bookings": "GET, POST",
        "PUT /v1/channels": "GET, POST",
        "OPTIONS /v1/events": "GET, DELETE",
        "POST /api/nothing": None,
        "POST /v1/nothing": None,
        "POST /nothing/at/all": None,
    }
    for request, allowed in told.items():
        method, path = request.split()
        answer = await browser.request(method, path)
        assert (answer.status_code, answer.headers.get("allow")) == (405 if allowed else 404, allowed), (
            request
        )
