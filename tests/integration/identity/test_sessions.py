"""Signing in and out, through HTTP."""

from http.cookies import SimpleCookie

import httpx
import pytest

from convene.security.tokens import fingerprint
from factories.site import PASSWORD, Site


def cookie_of(answer: httpx.Response) -> SimpleCookie:
    return SimpleCookie(answer.headers["set-cookie"])


async def test_the_right_password_signs_in_and_says_who_it_is(site: Site):
    ana = await site.person("ana", "owner")
    browser = site.browser()
    answer = await browser.post("/api/session", json={"email": " ANA@Example.com ", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json() == {
        "account": {
            "sub": ana.account_id,
            "name": "Ana",
            "email": "ana@example.com",
            "title": "",
            "pronouns": "",
            "phone": "",
            "tzid": "Europe/London",
            "role": "owner",
            "sharing": "free_busy",
            "suspended": False,
            "created_at": "2026-11-20T09:00:00Z",
        }
    }
    me = (await browser.get("/api/session")).json()
    assert me["account"]["sub"] == ana.account_id
    assert me["organization"] == {"org_id": site.org_id, "name": "Example"}
    assert "organization:manage" in me["grants"]
    assert "members:act_for" not in me["grants"]


async def test_the_cookie_is_for_this_site_alone_and_its_token_is_not_stored(site: Site):
    ana = await site.person("ana")
    answer = await site.browser().post("/api/session", json={"email": ana.email, "password": PASSWORD})
    cookie = cookie_of(answer)["convene_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert not cookie["secure"]
    assert int(cookie["max-age"]) == 30 * 86400
    async with site.db.connection() as conn:
        found = await (await conn.execute("SELECT session::text, token_hash FROM session")).fetchone()
    assert cookie.value not in found[0]
    assert bytes(found[1]) == fingerprint(cookie.value)
    assert len(cookie.value) == 43


async def test_over_https_the_cookie_is_bound_to_host_and_transport(db, clock):
    site = Site(db, clock, "https://convene.test")
    ana = await site.person("ana")
    browser = site.browser()
    answer = await browser.post("/api/session", json={"email": ana.email, "password": PASSWORD})
    cookie = cookie_of(answer)["__Host-convene_session"]
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert (await browser.get("/api/session")).status_code == 200
    plain = {"Cookie": f"convene_session={cookie.value}"}
    assert (await site.program().get("/api/session", headers=plain)).status_code == 401


async def test_unknown_wrong_suspended_and_passwordless_get_the_same_answer(site: Site):
    owner = await site.person("owner", "owner")
    ana = await site.person("ana")
    manager = await site.signed_in(owner)
    await manager.patch(f"/api/members/{ana.account_id}", json={"suspended": True})
    bo = await site.person("bo")
    async with site.db.connection() as conn:
        await conn.execute("UPDATE account SET password_hash = NULL WHERE account_id = %s", [bo.account_id])
    tries = [
        ("nobody@example.com", PASSWORD),
        (owner.email, PASSWORD + "!"),
        (ana.email, PASSWORD),
        (bo.email, PASSWORD),
        ("not an address", PASSWORD),
    ]
    answers = [
        await site.browser(ip=f"192.0.2.{place}").post(
            "/api/session", json={"email": email, "password": password}
        )
        for place, (email, password) in enumerate(tries)
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["code"] for answer in answers} == {"bad_credentials"}
    assert len({answer.content for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_a_password_keeps_its_spaces(site: Site):
    ana = await site.person("ana")
    answer = await site.browser().post("/api/session", json={"email": ana.email, "password": PASSWORD + " "})
    assert answer.status_code == 401


async def test_five_failures_close_the_account_to_that_network_for_a_while(site: Site):
    ana, bo = await site.person("ana"), await site.person("bo")
    guesser = site.browser(ip="192.0.2.7")
    wrong = {"email": ana.email, "password": "wrong wrong"}
    right = {"email": ana.email, "password": PASSWORD}
    assert [(await guesser.post("/api/session", json=wrong)).status_code for _ in range(6)] == [401] * 5 + [
        429
    ]
    refused = await guesser.post("/api/session", json=right)
    assert refused.status_code == 429
    assert refused.json()["code"] == "rate_limited"
    assert refused.headers["retry-after"] == str(refused.json()["retry_after_seconds"]) == "180"
    assert (await site.browser(ip="192.0.2.8").post("/api/session", json=right)).status_code == 200
    other = {"email": bo.email, "password": PASSWORD}
    assert (await guesser.post("/api/session", json=other)).status_code == 200
    site.clock.advance(seconds=179)
    assert (await guesser.post("/api/session", json=right)).status_code == 429
    site.clock.advance(seconds=2)
    assert (await guesser.post("/api/session", json=right)).status_code == 200


async def test_signing_in_rightly_costs_nothing(site: Site):
    ana = await site.person("ana")
    browser = site.browser()
    right = {"email": ana.email, "password": PASSWORD}
    assert [(await browser.post("/api/session", json=right)).status_code for _ in range(8)] == [200] * 8


async def test_fifty_failures_from_one_network_close_it_whoever_is_guessed(site: Site, monkeypatch):
    async def wrong(*_: object) -> bool:
        return False

    monkeypatch.setattr(site.identity.passwords, "verify", wrong)
    await site.person("ana")
    statuses = [
        (
            await site.browser(ip=f"2001:db8:0:1::{place:x}").post(
                "/api/session", json={"email": f"p{place}@example.com", "password": "wrong wrong"}
            )
        ).status_code
        for place in range(51)
    ]
    assert statuses == [401] * 50 + [429]
    elsewhere = site.browser(ip="2001:db8:0:2::1")
    answer = await elsewhere.post("/api/session", json={"email": "x@example.com", "password": "wrong wrong"})
    assert answer.status_code == 401


async def test_the_session_of_somebody_suspended_does_not_count_even_if_it_is_still_there(site: Site):
    browser = await site.signed_in(await site.person("ana"))
    async with site.db.connection() as conn:
        await conn.execute("UPDATE account SET suspended_at = %s", [site.clock()])
    assert (await browser.get("/api/session")).status_code == 401


async def test_an_idle_session_ends_after_twelve_hours(site: Site):
    browser = await site.signed_in(await site.person("ana"))
    for _ in range(3):
        site.clock.advance(hours=11, minutes=59)
        assert (await browser.get("/api/session")).status_code == 200
    site.clock.advance(hours=12)
    refused = await browser.get("/api/session")
    assert refused.status_code == 401
    assert refused.json()["code"] == "unauthenticated"


async def test_any_session_ends_after_thirty_days(site: Site):
    browser = await site.signed_in(await site.person("ana"))
    for _ in range(29 * 4 + 3):
        site.clock.advance(hours=6)
        assert (await browser.get("/api/session")).status_code == 200
    site.clock.advance(hours=6)
    assert (await browser.get("/api/session")).status_code == 401


async def test_signing_in_makes_a_new_session_and_ends_the_one_the_browser_held(site: Site):
    ana = await site.person("ana")
    browser = await site.signed_in(ana)
    first = browser.cookies["convene_session"]
    await browser.post("/api/session", json={"email": ana.email, "password": PASSWORD})
    assert browser.cookies["convene_session"] != first
    old = {"Cookie": f"convene_session={first}"}
    assert (await site.program().get("/api/session", headers=old)).status_code == 401


async def test_a_planted_token_never_becomes_a_session(site: Site):
    ana = await site.person("ana")
    browser = site.browser()
    browser.cookies.set("convene_session", "planted")
    answer = await browser.post("/api/session", json={"email": ana.email, "password": PASSWORD})
    assert cookie_of(answer)["convene_session"].value != "planted"
    stale = {"Cookie": "convene_session=planted"}
    assert (await site.program().get("/api/session", headers=stale)).status_code == 401


async def test_sessions_are_listed_and_ended_one_by_one(site: Site):
    ana = await site.person("ana")
    desk, phone = await site.signed_in(ana, ip="192.0.2.1"), await site.signed_in(ana, ip="192.0.2.2")
    site.clock.advance(minutes=2)
    found = (await desk.get("/api/sessions")).json()["sessions"]
    assert [(one["ip"], one["is_current"], one["user_agent"]) for one in found] == [
        ("192.0.2.1", True, "Firefox/140"),
        ("192.0.2.2", False, "Firefox/140"),
    ]
    assert found[0]["last_seen_at"] == "2026-11-20T09:02:00Z"
    other = found[1]["session_id"]
    assert (await desk.delete(f"/api/sessions/{other}")).status_code == 204
    assert (await phone.get("/api/session")).status_code == 401
    assert (await desk.delete(f"/api/sessions/{other}")).status_code == 404
    assert site.wakes.topics == [f"access:{ana.account_id}"]


async def test_nobody_ends_somebody_elses_session(site: Site):
    ana, eve = await site.person("ana"), await site.person("eve")
    hers = await site.signed_in(ana)
    session_id = (await hers.get("/api/sessions")).json()["sessions"][0]["session_id"]
    assert (await (await site.signed_in(eve)).delete(f"/api/sessions/{session_id}")).status_code == 404
    assert (await hers.get("/api/session")).status_code == 200


async def test_signing_out_ends_this_session_and_everywhere_all(site: Site):
    ana = await site.person("ana")
    desk, phone, tablet = [await site.signed_in(ana) for _ in range(3)]
    kept = dict(desk.cookies)
    assert (await desk.delete("/api/session")).status_code == 204
    assert "convene_session" not in desk.cookies
    stolen = {"Cookie": f"convene_session={kept['convene_session']}"}
    assert (await site.program().get("/api/session", headers=stolen)).status_code == 401
    assert (await phone.get("/api/session")).status_code == 200
    assert (await phone.delete("/api/sessions")).status_code == 204
    assert (await tablet.get("/api/session")).status_code == 401


async def test_a_token_has_no_session_to_sign_out_of(site: Site):
    ana = await site.person("ana")
    assert (await site.program(await site.token(ana)).delete("/api/session")).status_code == 403


async def test_what_happens_to_sessions_is_written_down(site: Site):
    ana = await site.person("ana", "owner")
    browser = await site.signed_in(ana)
    await site.browser().post("/api/session", json={"email": ana.email, "password": "wrong wrong"})
    await site.browser().post("/api/session", json={"email": "x@example.com", "password": "wrong wrong"})
    await browser.delete("/api/sessions")
    assert await site.audited() == [
        ("member.created", "system"),
        ("session.started", ana.account_id),
        ("session.refused", "anonymous"),
        ("session.refused", "anonymous"),
        ("sessions.ended", ana.account_id),
    ]


async def test_seeing_a_session_writes_at_most_once_a_minute(site: Site):
    browser = await site.signed_in(await site.person("ana"))

    async def version() -> str:
        async with site.db.connection() as conn:
            return str(await (await conn.execute("SELECT xmin::text FROM session")).fetchone())

    first = await version()
    for _ in range(5):
        site.clock.advance(seconds=10)
        await browser.get("/api/session")
    assert await version() == first
    site.clock.advance(seconds=10)
    await browser.get("/api/session")
    assert await version() != first


async def test_a_hash_of_older_parameters_is_renewed_at_sign_in(site: Site):
    from argon2 import PasswordHasher

    ana = await site.person("ana")
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    async with site.db.connection() as conn:
        await conn.execute("UPDATE account SET password_hash = %s", [weak])
    await site.signed_in(ana)
    async with site.db.connection() as conn:
        stored = (await (await conn.execute("SELECT password_hash FROM account")).fetchone())[0]
    assert "m=19456,t=2,p=1" in stored
    await site.signed_in(ana)


async def test_a_password_changed_during_the_sign_in_opens_no_session(site: Site, monkeypatch):
    ana = await site.person("ana")
    right = site.identity.passwords.verify

    async def slow(stored: str | None, password: str) -> bool:
        found = await right(stored, password)
        async with site.db.connection() as conn:
            await conn.execute(
                "UPDATE account SET password_hash = %s", [await site.identity.passwords.hash("new one")]
            )
        return found

    monkeypatch.setattr(site.identity.passwords, "verify", slow)
    answer = await site.browser().post("/api/session", json={"email": ana.email, "password": PASSWORD})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "ana@example.com"}, "password"),
        ({"email": "ana@example.com", "password": ""}, "password"),
        ({"email": "ana@example.com", "password": "x" * 513}, "password"),
        ({"email": ["ana@example.com"], "password": "x"}, "email"),
        ({"email": "ana@example.com", "password": "x", "role": "owner"}, "role"),
    ],
)
async def test_a_body_that_cannot_be_meant_names_the_field(site: Site, body, field):
    answer = await site.browser().post("/api/session", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


async def test_what_is_over_is_swept_away(site: Site):
    ana = await site.person("ana")
    await site.signed_in(ana)
    await site.browser().post("/api/session", json={"email": ana.email, "password": "wrong wrong"})
    site.clock.advance(days=2)
    kept = await site.signed_in(ana)
    await site.identity.sweep()
    async with site.db.connection() as conn:
        counts = [
            (await (await conn.execute(f"SELECT count(*) FROM {table}")).fetchone())[0]
            for table in ("session", "rate_bucket")
        ]
    assert counts == [1, 2]
    assert (await kept.get("/api/session")).status_code == 200
