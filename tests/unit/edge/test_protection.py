"""What stands in front of the handlers: foreign pages, foreign hosts, large bodies, headers."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse

from convene.edge import problems, protection

OURS = {"Sec-Fetch-Site": "same-origin"}
COOKIE = {"Cookie": "theme=dark; convene_session=token"}


def make_app(base_url: str) -> FastAPI:
    app = FastAPI()
    problems.install(app)

    @app.api_route("/api/thing", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    async def thing(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @app.get("/page")
    async def page() -> HTMLResponse:
        return HTMLResponse("<!doctype html>")

    @app.get("/api/own")
    async def own() -> JSONResponse:
        return JSONResponse({}, headers={"Cache-Control": "max-age=5", "Content-Security-Policy": "sandbox"})

    protection.install(app, base_url=base_url, allowed_hosts=["also.test"])
    return app


def client(base_url: str = "http://convene.test") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(make_app(base_url)), base_url=base_url)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({**COOKIE, **OURS}, True),
        ({**COOKIE, "Origin": "http://convene.test"}, True),
        ({**COOKIE, **OURS, "Origin": "null"}, True),
        ({**COOKIE}, False),
        ({"Cookie": "__Host-convene_session=token"}, False),
        ({**COOKIE, "Sec-Fetch-Site": "cross-site"}, False),
        ({**COOKIE, "Sec-Fetch-Site": "same-site"}, False),
        ({**COOKIE, "Sec-Fetch-Site": "none"}, False),
        ({**COOKIE, "Sec-Fetch-Site": "cross-site", "Origin": "http://convene.test"}, False),
        ({**COOKIE, "Origin": "https://evil.example"}, False),
        ({**COOKIE, "Origin": "http://convene.test.evil.example"}, False),
        ({**COOKIE, "Origin": "http://convene.test:81"}, False),
        ({**COOKIE, "Origin": "https://convene.test@evil.example"}, False),
        ({**COOKIE, "Origin": "null"}, False),
        ({**COOKIE, "Origin": ""}, False),
        # Signing somebody in as the attacker needs no cookie.
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        # Programs.
        ({}, True),
        ({"Cookie": "theme=dark"}, True),
        (
            {
                "Authorization": "Bearer cvk_x",
                "Origin": "https://tool.example",
                "Sec-Fetch-Site": "cross-site",
            },
            True,
        ),
        ({**COOKIE, "Authorization": "Basic cHJveHk6cHc="}, False),
    ],
)
async def test_only_our_own_pages_and_programs_change_things(method, headers, passes):
    answer = await client().request(method, "/api/thing", headers=headers)
    assert answer.status_code == (200 if passes else 403)
    if not passes:
        assert answer.json()["code"] == "cross_origin"
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_reading_is_open_to_links_from_anywhere(method):
    headers = {**COOKIE, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert (await client().request(method, "/api/thing", headers=headers)).status_code == 200


async def test_there_is_no_cors():
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = await client().options("/api/thing", headers=preflight)
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_page_on_another_name_of_this_machine_may_change_things():
    headers = {**COOKIE, "Host": "localhost:8000", "Origin": "http://localhost:8000"}
    assert (await client("http://127.0.0.1:8000").post("/api/thing", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("convene.test", 200),
        ("CONVENE.test:8443", 200),
        ("convene.test.", 200),
        ("also.test", 200),
        ("localhost:8000", 200),
        ("127.0.0.1", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("convene.test.evil.example", 421),
        ("evil.example:convene.test", 421),
        ("convene.test@evil.example", 421),
        ("convene.test/evil.example", 421),
        ("10.0.0.1", 421),
        ("::1", 421),
        ("", 421),
    ],
)
async def test_the_server_answers_to_its_own_names(host, status):
    answer = await client().get("/api/thing", headers={"Host": host})
    assert answer.status_code == status
    if status == 421:
        assert answer.json()["code"] == "wrong_host"
        assert "evil" not in answer.text


async def test_a_base_address_that_is_an_ipv6_literal_works():
    answer = await client("http://[2001:db8::1]:8000").get("/api/thing")
    assert answer.status_code == 200


@pytest.mark.parametrize("is_announced", [True, False])
@pytest.mark.parametrize(("size", "status"), [(0, 200), (1024 * 1024, 200), (1024 * 1024 + 1, 413)])
async def test_bodies_are_bounded_announced_or_not(is_announced, size, status):
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 65536):
            yield b"x" * min(65536, size - start)

    content = b"x" * size if is_announced else pieces()
    answer = await client().post("/api/thing", content=content)
    assert answer.status_code == status
    assert answer.json() == {"size": size} if status == 200 else answer.json()["code"] == "too_large"


async def test_a_body_that_lies_about_its_length_is_still_bounded():
    sent = [{"type": "http.request", "body": b"x" * 700_000, "more_body": True}] * 3
    answers = []

    async def receive() -> dict:
        return sent.pop()

    async def send(message: dict) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/thing",
        "raw_path": b"/api/thing",
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "http",
        "headers": [(b"host", b"convene.test"), (b"content-length", b"10")],
    }
    await make_app("http://convene.test")(scope, receive, send)
    assert answers[0]["status"] == 413
    assert len(sent) == 1, "it stopped reading when it knew"


async def test_a_client_that_leaves_in_the_middle_of_its_body_ends_quietly():
    messages = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"x", "more_body": True}]
    answers = []

    async def receive() -> dict:
        return messages.pop()

    async def send(message: dict) -> None:
        answers.append(message)

    seen = []

    async def handler(scope, receive, send) -> None:
        seen.append(await receive())

    from convene.edge.limits import BodyLimitMiddleware

    scope = {"type": "http", "headers": [(b"content-length", b"10")]}
    await BodyLimitMiddleware(handler)(scope, receive, send)
    assert seen == [{"type": "http.disconnect"}]


EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/page", {}),
        ("GET", "/api/thing", {}),
        ("GET", "/nothing", {}),
        ("POST", "/api/thing", COOKIE),
        ("GET", "/api/thing", {"Host": "evil.example"}),
        ("POST", "/api/thing", {"Content-Length": str(2**40)}),
    ],
)
async def test_headers_are_on_every_answer_refusals_too(method, path, headers):
    answer = await client().request(method, path, headers=headers)
    assert {name: answer.headers[name] for name in EVERYWHERE} == EVERYWHERE
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "strict-transport-security" not in answer.headers


async def test_pages_run_our_own_scripts_and_nothing_inline():
    answer = await client("https://convene.test").get("/page")
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["font-src"] == "'self'"
    assert policy["connect-src"] == "'self' wss://convene.test"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in str(policy)
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_answers_of_the_api_do_nothing_and_are_not_kept():
    answer = await client().get("/api/thing")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "cache-control" not in (await client().get("/page")).headers


async def test_a_handlers_own_headers_stay():
    answer = await client().get("/api/own")
    assert answer.headers["cache-control"] == "max-age=5"
    assert answer.headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"origin": "http://convene.test"}, True),
        ({}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://convene.test", "host": "evil.example"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
    ],
)
async def test_sockets_are_opened_by_our_own_pages_only(headers, accepted):
    reached, sent = [], []

    async def handler(scope, receive, send) -> None:
        reached.append(scope["type"])

    from convene.edge.csrf import CsrfMiddleware
    from convene.edge.limits import AllowedHostsMiddleware

    async def receive() -> dict:
        return {"type": "websocket.connect"}

    async def send(message: dict) -> None:
        sent.append(message)

    app = AllowedHostsMiddleware(CsrfMiddleware(handler, "http://convene.test"), ["convene.test"])
    given = {"host": "convene.test", **headers}
    scope = {"type": "websocket", "headers": [(k.encode(), v.encode()) for k, v in given.items()]}
    await app(scope, receive, send)
    assert bool(reached) is accepted
    if not accepted:
        assert sent[0]["type"] == "websocket.close"
