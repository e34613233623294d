"""Service keys, personal tokens, OAuth tokens, and acting for members."""

import pytest

from convene.core.errors import Invalid, NotFound
from convene.core.permissions import ROLE_GRANTS
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.security.tokens import fingerprint
from factories.site import Site

READS = {"name": "Wiki", "grants": ["bookings:read", "members:read"]}


async def issued(site: Site, body: dict = READS) -> dict:
    owner = await site.person("owner", "owner")
    answer = await (await site.signed_in(owner)).post("/api/api-keys", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_key_is_shown_once_and_works_with_its_grants_alone(site: Site):
    made = await issued(site)
    assert made["secret"].startswith(f"cvk_{made['prefix']}_")
    assert made["grants"] == ["bookings:read", "members:read"]
    program = site.program(made["secret"])
    assert (await program.get("/api/members")).status_code == 200
    refused = await program.get("/api/audit")
    assert refused.status_code == 403
    assert refused.json()["grant"] == "organization:manage"
    secret = made["secret"].rpartition("_")[2] or made["secret"][-43:]
    async with site.db.connection() as conn:
        row = await (await conn.execute("SELECT api_key::text, secret_hash FROM api_key")).fetchone()
    assert secret not in row[0]
    assert bytes(row[1]) == fingerprint(made["secret"][len(f"cvk_{made['prefix']}_") :])


async def test_keys_are_listed_without_secrets_and_say_when_they_were_used(site: Site):
    made = await issued(site)
    admin = await site.signed_in(await site.person("admin", "admin"))
    (listed,) = (await admin.get("/api/api-keys")).json()["api_keys"]
    assert listed["last_used_at"] is None
    assert "secret" not in listed
    program = site.program(made["secret"])
    for seconds, seen in ((0, "09:00:00"), (59, "09:00:00"), (1, "09:01:00")):
        site.clock.advance(seconds=seconds)
        await program.get("/api/members")
        (listed,) = (await admin.get("/api/api-keys")).json()["api_keys"]
        assert listed["last_used_at"] == f"2026-11-20T{seen}Z"


async def test_a_revoked_key_stops_at_once(site: Site):
    made = await issued(site)
    admin = await site.signed_in(await site.person("admin", "admin"))
    assert (await admin.delete(f"/api/api-keys/{made['key_id']}")).status_code == 204
    answer = await site.program(made["secret"]).get("/api/members")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert (await admin.get("/api/api-keys")).json() == {"api_keys": []}
    assert (await admin.delete(f"/api/api-keys/{made['key_id']}")).status_code == 404
    assert [action for action, _ in await site.audited() if action.startswith("api_key")] == [
        "api_key.issued",
        "api_key.revoked",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x", "grants": []}, "grants"),
        ({"name": "x", "grants": ["everything"]}, "grants"),
        ({"name": "x", "grants": "bookings:read"}, "grants"),
        ({"name": "", "grants": ["bookings:read"]}, "name"),
        ({"name": "x", "grants": ["bookings:read"], "account_id": "acc_x"}, "account_id"),
    ],
)
async def test_what_a_key_cannot_be_names_the_field(site: Site, body, field):
    owner = await site.person("owner", "owner")
    answer = await (await site.signed_in(owner)).post("/api/api-keys", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"].startswith(field)


async def test_tokens_that_are_nearly_right_are_refused(site: Site):
    secret = (await issued(site))["secret"]
    kind, prefix, rest = secret.split("_", 2)
    nearly = [
        f"{kind}_{prefix}_{rest[:-1]}{'A' if rest[-1] != 'A' else 'B'}",
        f"{kind}_{prefix[::-1]}_{rest}",
        f"cvp_{prefix}_{rest}",
        f"{kind}_{prefix}_",
        f"{secret}x",
        secret.upper(),
        rest,
        "",
        "cva_" + "A" * 43,
        "é",
    ]
    for text in nearly:
        answer = await site.program().get(
            "/api/members", headers={"Authorization": f"Bearer {text}".encode()}
        )
        assert answer.status_code == 401, text


async def test_a_key_of_one_organisation_sees_nothing_of_another(site: Site):
    made = await issued(site)
    other = await site.organization("Elsewhere")
    eve = await site.person("eve", "owner", org_id=other)
    assert (await site.program(made["secret"]).get(f"/api/members/{eve.account_id}")).status_code == 404
    hers = await site.signed_in(eve)
    assert (await hers.get("/api/api-keys")).json() == {"api_keys": []}
    assert (await hers.delete(f"/api/api-keys/{made['key_id']}")).status_code == 404
    assert (await site.program(made["secret"]).get("/api/members")).status_code == 200


async def test_a_key_cannot_make_a_key_that_may_do_more(site: Site):
    await site.person("owner", "owner")
    program = site.program(await site.key("organization:manage", "bookings:read"))
    refused = await program.post("/api/api-keys", json={"name": "x", "grants": ["members:act_for"]})
    assert refused.status_code == 403
    assert refused.json()["grant"] == "members:act_for"
    allowed = await program.post("/api/api-keys", json={"name": "x", "grants": ["bookings:read"]})
    assert allowed.status_code == 201


async def test_a_key_is_no_person(site: Site):
    await site.person("owner", "owner")
    program = site.program(await site.key("members:read"))
    for method, path in (("GET", "/api/session"), ("GET", "/api/sessions"), ("DELETE", "/api/session")):
        answer = await program.request(method, path)
        assert answer.status_code in (401, 403), path
    assert (await program.get("/api/session")).json()["code"] == "member_required"


async def test_a_personal_token_is_its_owner(site: Site):
    ana = await site.person("ana", "admin")
    browser = await site.signed_in(ana)
    made = (await browser.post("/api/tokens", json={"name": "Laptop"})).json()
    assert made["access_token"].startswith(f"cvp_{made['prefix']}_")
    script = site.program(made["access_token"])
    session = (await script.get("/api/session")).json()
    assert session["account"]["sub"] == ana.account_id
    assert set(session["grants"]) == ROLE_GRANTS["admin"]
    (listed,) = (await script.get("/api/tokens")).json()["tokens"]
    assert (listed["name"], listed["key_id"]) == ("Laptop", made["key_id"])
    assert (await browser.delete(f"/api/tokens/{made['key_id']}")).status_code == 204
    assert (await script.get("/api/session")).status_code == 401


async def test_a_personal_token_makes_no_other_and_nobody_touches_anothers(site: Site):
    ana, eve = await site.person("ana", "admin"), await site.person("eve", "owner")
    script = site.program(await site.token(ana))
    assert (await script.post("/api/tokens", json={"name": "More"})).status_code == 403
    key_id = (await script.get("/api/tokens")).json()["tokens"][0]["key_id"]
    hers = await site.signed_in(eve)
    assert (await hers.get("/api/tokens")).json() == {"tokens": []}
    assert (await hers.delete(f"/api/tokens/{key_id}")).status_code == 404
    assert (await hers.delete(f"/api/api-keys/{key_id}")).status_code == 404
    assert (await hers.get("/api/api-keys")).json() == {"api_keys": []}


async def test_the_role_of_today_counts_not_that_of_when_the_token_was_made(site: Site):
    owner, ana = await site.person("owner", "owner"), await site.person("ana", "admin")
    script = site.program(await site.token(ana))
    assert (await script.get("/api/audit")).status_code == 200
    manager = await site.signed_in(owner)
    await manager.patch(f"/api/members/{ana.account_id}", json={"role": "member"})
    assert (await script.get("/api/audit")).status_code == 403


async def test_a_key_acts_for_a_member_within_both_their_grants(site: Site):
    await site.person("owner", "owner")
    ana, guest = await site.person("ana"), await site.person("guest", "guest")
    key = await site.key("members:act_for", "members:read", "calendars:read", "organization:manage")
    session = (await site.program(key, acting_for=ana.account_id).get("/api/session")).json()
    assert session["account"]["sub"] == ana.account_id
    assert session["grants"] == ["calendars:read", "members:read"]
    session = (await site.program(key, acting_for=guest.account_id).get("/api/session")).json()
    assert session["grants"] == ["members:read"]


async def test_acting_for_is_refused_alike_for_everybody_it_must_not_reach(site: Site):
    owner, ana = await site.person("owner", "owner"), await site.person("ana")
    eve = await site.person("eve", org_id=await site.organization("Elsewhere"))
    key = await site.key("members:act_for", "members:read")
    manager = await site.signed_in(owner)
    await manager.patch(f"/api/members/{ana.account_id}", json={"suspended": True})
    names = [ana.account_id, eve.account_id, "acc_00000000000000000000000000", "nobody", ""]
    answers = [
        await site.program(key).get("/api/session", headers={"Convene-Acting-For": name}) for name in names
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1


async def test_acting_for_needs_the_grant_and_a_service_key(site: Site):
    owner, ana = await site.person("owner", "owner"), await site.person("ana")
    without = await site.key("members:read")
    answer = await site.program(without, acting_for=ana.account_id).get("/api/session")
    assert answer.status_code == 403
    assert answer.json()["grant"] == "members:act_for"
    script = await site.token(owner)
    assert (await site.program(script, acting_for=ana.account_id).get("/api/session")).status_code == 403
    assert (await site.program(script, acting_for=owner.account_id).get("/api/session")).status_code == 200
    browser = await site.signed_in(owner)
    answer = await browser.get("/api/session", headers={"Convene-Acting-For": ana.account_id})
    assert answer.status_code == 403


async def test_a_bearer_decides_alone_when_a_cookie_comes_with_it(site: Site):
    owner, ana = await site.person("owner", "owner"), await site.person("ana")
    browser = await site.signed_in(owner)
    with_token = {"Authorization": f"Bearer {await site.token(ana)}"}
    session = (await browser.get("/api/session", headers=with_token)).json()
    assert session["account"]["sub"] == ana.account_id
    assert (
        await browser.get("/api/session", headers={"Authorization": "Bearer nonsense"})
    ).status_code == 401
    assert (
        await browser.get("/api/session", headers={"Authorization": "Basic cHJveHk6cHc="})
    ).status_code == 200


async def test_an_oauth_token_may_do_what_its_scope_and_its_account_may(site: Site):
    await site.person("owner", "owner")
    ana = await site.person("ana")
    oauth, us = site.identity.oauth, operator(site.org_id)
    client = await oauth.create_client(us, "Scheduler", ["https://app.example/callback"])
    answer = await oauth.issue(
        us, client.client_id, ana.account_id, "read_account list_calendars read_events"
    )
    assert answer["token_type"] == "bearer"
    assert answer["expires_in"] == 3600
    assert answer["sub"] == answer["account_id"] == ana.account_id
    assert answer["linking_profile"]["provider_name"] == "cronofy"
    program = site.program(answer["access_token"])
    session = (await program.get("/api/session")).json()
    assert session["account"]["sub"] == ana.account_id
    assert session["grants"] == ["availability:read", "bookings:read", "calendars:read"]
    assert (await program.get("/api/members")).status_code == 403
    assert (await program.get("/api/sessions")).status_code == 403
    refresh = site.program(answer["refresh_token"])
    assert (await refresh.get("/api/session")).status_code == 401
    site.clock.advance(seconds=3599)
    assert (await program.get("/api/session")).status_code == 200
    site.clock.advance(seconds=1)
    assert (await program.get("/api/session")).status_code == 401


async def test_an_oauth_token_of_a_guest_may_do_no_more_than_a_guest(site: Site):
    guest = await site.person("guest", "guest")
    oauth, us = site.identity.oauth, operator(site.org_id)
    client = await oauth.create_client(us, "Scheduler", [])
    answer = await oauth.issue(us, client.client_id, guest.account_id, "list_calendars read_events")
    session = (await site.program(answer["access_token"]).get("/api/session")).json()
    assert session["grants"] == ["availability:read", "bookings:read"]


async def test_oauth_secrets_are_not_in_the_database_in_clear(site: Site):
    await site.person("owner", "owner")
    ana = await site.person("ana")
    oauth, us = site.identity.oauth, operator(site.org_id)
    client = await oauth.create_client(us, "Scheduler", [])
    answer = await oauth.issue(us, client.client_id, ana.account_id, "read_account")
    async with site.db.connection() as conn:
        clients = await (
            await conn.execute("SELECT string_agg(c::text, '') FROM oauth_client_secret c")
        ).fetchone()
        tokens = await (await conn.execute("SELECT string_agg(t::text, '') FROM oauth_token t")).fetchone()
    stored = clients[0] + tokens[0]
    for secret in (client.client_secret.reveal(), answer["access_token"], answer["refresh_token"]):
        assert secret not in stored
        assert secret.encode().hex() not in stored


async def test_an_oauth_token_is_not_given_across_organisations_or_for_unknown_scopes(site: Site):
    ana = await site.person("ana")
    eve = await site.person("eve", org_id=await site.organization("Elsewhere"))
    oauth, us = site.identity.oauth, operator(site.org_id)
    client = await oauth.create_client(us, "Scheduler", [])
    with pytest.raises(NotFound):
        await oauth.issue(us, client.client_id, eve.account_id, "read_account")
    with pytest.raises(NotFound):
        await oauth.issue(operator(eve.org_id), client.client_id, eve.account_id, "read_account")
    with pytest.raises(NotFound):
        await oauth.issue(us, "app_unknown", ana.account_id, "read_account")
    for scope in ("", "read_account everything"):
        with pytest.raises(Invalid) as caught:
            await oauth.issue(us, client.client_id, ana.account_id, scope)
        assert caught.value.field == "scope"


@pytest.mark.parametrize(
    ("uri", "is_fine"),
    [
        ("https://app.example/callback", True),
        ("https://app.example:8443/callback?x=1", True),
        ("http://localhost:3000/cb", True),
        ("http://127.0.0.1:3000/cb", True),
        ("http://[::1]/cb", True),
        ("http://app.example/callback", False),
        ("http://127.0.0.1.evil.example/", False),
        ("https://app.example/callback#x", False),
        ("https://app.example/callback#", False),
        ("https://user@app.example/", False),
        ("https://*.example/", False),
        ("https:///callback", False),
        ("https://app.example:99999/", False),
        ("https://app.example\\@evil.example/", False),
        ("https://app.example/a b", False),
        ("https://app.example/\r\nx", False),
        ("https://ex\u0430mple.com/", False),
        ("javascript:alert(1)", False),
        ("/callback", False),
        ("", False),
    ],
)
async def test_redirect_addresses_are_exact_and_safe(site: Site, uri, is_fine):
    await site.person("ana")
    make = site.identity.oauth.create_client(operator(site.org_id), "x", [uri])
    if is_fine:
        assert (await make).client_id.startswith("app_")
    else:
        with pytest.raises(Invalid):
            await make


async def test_sockets_can_ask_whether_a_caller_still_counts(site: Site):
    ana = await site.person("ana", "owner")
    browser = await site.signed_in(ana)
    token = browser.cookies["convene_session"]
    caller = await site.identity.sessions.caller(token, "")
    key = await site.identity.keys.caller(await site.key("members:read"), "")
    assert caller is not None
    assert key is not None
    assert await site.identity.callers.is_live(caller)
    assert await site.identity.callers.is_live(key)
    await browser.delete("/api/session")
    await site.identity.keys.revoke_service_key(operator(site.org_id), key.credential_id)
    assert not await site.identity.callers.is_live(caller)
    assert not await site.identity.callers.is_live(key)
    assert not await site.identity.callers.is_live(operator(site.org_id))


async def test_an_address_is_taken_over_the_whole_installation_whatever_its_case(site: Site):
    from convene.core.errors import Conflict

    await site.person("ana")
    other = await site.organization("Elsewhere")
    with pytest.raises(Conflict) as caught:
        await site.identity.accounts.create(
            operator(other), NewPerson("ANA@example.com", "Another", "UTC", "owner")
        )
    assert caught.value.code == "email_taken"
