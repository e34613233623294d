"""Invitations, through HTTP: one use, seven days, never somebody else's account."""

import asyncio

import pytest

from convene.security.tokens import fingerprint
from factories.site import PASSWORD, Site

CY = {"email": "Cy@Example.com", "name": "Cy Young", "role": "member"}


async def invite(site: Site, body: dict = CY) -> dict:
    owner = await site.person("owner", "owner")
    answer = await (await site.signed_in(owner)).post("/api/invitations", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def token_of(invitation: dict) -> str:
    address, _, token = invitation["url"].rpartition("/")
    assert address == "http://convene.test/invite"
    return token


def acceptance(token: str, **changes: str) -> dict:
    return {"token": token, "name": "Cy Young", "password": PASSWORD, "tzid": "Asia/Tokyo", **changes}


async def test_an_invitation_makes_the_invited_account_and_signs_it_in(site: Site):
    made = await invite(site)
    assert made["email"] == "Cy@example.com"
    assert made["expires_at"] == "2026-11-27T09:00:00Z"
    token = token_of(made)
    visitor = site.browser()
    assert (await visitor.get(f"/api/invitations/by-token/{token}")).json() == {
        "email": "Cy@example.com",
        "name": "Cy Young",
        "organization": "Example",
    }
    answer = await visitor.post("/api/invitations/accept", json=acceptance(token, name="Cyril"))
    assert answer.status_code == 201
    account = (await visitor.get("/api/session")).json()["account"]
    assert account == answer.json()["account"]
    assert (account["email"], account["name"], account["role"], account["tzid"]) == (
        "Cy@example.com",
        "Cyril",
        "member",
        "Asia/Tokyo",
    )
    said = [action for action, _ in await site.audited()]
    assert said[-3:] == ["invitation.created", "invitation.accepted", "session.started"]


async def test_the_token_is_shown_once_and_kept_as_a_hash(site: Site):
    made = await invite(site)
    token = token_of(made)
    browser = await site.signed_in(await site.person("admin", "admin"))
    (listed,) = (await browser.get("/api/invitations")).json()["invitations"]
    assert listed["invitation_id"] == made["invitation_id"]
    assert token not in str(listed)
    async with site.db.connection() as conn:
        row = await (await conn.execute("SELECT invitation::text, token_hash FROM invitation")).fetchone()
        log = await (await conn.execute("SELECT string_agg(audit::text, '') FROM audit")).fetchone()
    assert token not in row[0] + log[0]
    assert bytes(row[1]) == fingerprint(token)


async def test_used_revoked_expired_and_unknown_look_the_same(site: Site):
    owner = await site.person("owner", "owner")
    manager = await site.signed_in(owner)
    made = [
        (await manager.post("/api/invitations", json={**CY, "email": f"p{place}@example.com"})).json()
        for place in range(3)
    ]
    used, revoked, expired = [token_of(one) for one in made]
    await site.browser().post("/api/invitations/accept", json=acceptance(used))
    assert (await manager.delete(f"/api/invitations/{made[1]['invitation_id']}")).status_code == 204
    before = await site.browser().get(f"/api/invitations/by-token/{expired}")
    assert before.status_code == 200
    site.clock.advance(days=7)
    tokens = [used, revoked, expired, "unknown", "x" * 500]
    read = [await site.browser().get(f"/api/invitations/by-token/{token}") for token in tokens]
    taken = [await site.browser().post("/api/invitations/accept", json=acceptance(token)) for token in tokens]
    assert {answer.status_code for answer in read + taken} == {404}
    assert len({answer.content for answer in read + taken}) == 1


async def test_an_invitation_works_once_however_many_try_together(site: Site):
    token = token_of(await invite(site))
    answers = await asyncio.gather(
        *(site.browser().post("/api/invitations/accept", json=acceptance(token)) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 404, 404, 404]


async def test_a_newer_invitation_to_the_same_address_replaces_the_older(site: Site):
    owner = await site.person("owner", "owner")
    manager = await site.signed_in(owner)
    first = (await manager.post("/api/invitations", json=CY)).json()
    second = (
        await manager.post("/api/invitations", json={**CY, "email": "CY@example.com", "role": "guest"})
    ).json()
    assert (await site.browser().get(f"/api/invitations/by-token/{token_of(first)}")).status_code == 404
    assert len((await manager.get("/api/invitations")).json()["invitations"]) == 1
    answer = await site.browser().post("/api/invitations/accept", json=acceptance(token_of(second)))
    assert answer.json()["account"]["role"] == "guest"


async def test_an_invitation_never_takes_over_an_account_of_another_organisation(site: Site):
    victim = await site.person("victim", org_id=await site.organization("Elsewhere"))
    # The invitation itself does not tell whether the address is known somewhere.
    made = await invite(site, {"email": victim.email.upper(), "name": "Victim", "role": "admin"})
    answer = await site.browser().post("/api/invitations/accept", json=acceptance(token_of(made)))
    assert answer.status_code == 409
    assert answer.json()["code"] == "email_taken"
    assert "set-cookie" not in answer.headers
    browser = await site.signed_in(victim)
    account = (await browser.get("/api/session")).json()
    assert account["account"]["sub"] == victim.account_id
    assert account["account"]["role"] == "member"
    assert account["organization"]["name"] == "Elsewhere"


async def test_a_member_is_not_invited_again(site: Site):
    ana = await site.person("ana", "owner")
    answer = await (await site.signed_in(ana)).post(
        "/api/invitations", json={**CY, "email": "ANA@example.com"}
    )
    assert answer.status_code == 409
    assert answer.json()["code"] == "email_taken"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**CY, "email": "cy"}, "email"),
        ({**CY, "name": "a\rb"}, "name"),
        ({**CY, "role": "owner"}, "role"),
        ({**CY, "org_id": "org_x"}, "org_id"),
        ({"email": "cy@example.com", "name": "Cy"}, "role"),
    ],
)
async def test_what_an_invitation_cannot_be_names_the_field(site: Site, body, field):
    owner = await site.person("owner", "owner")
    answer = await (await site.signed_in(owner)).post("/api/invitations", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
        ({"name": " "}, "name"),
        ({"tzid": "Nowhere"}, "tzid"),
        ({"role": "owner"}, "role"),
        ({"email": "eve@example.com"}, "email"),
    ],
)
async def test_a_refused_acceptance_leaves_the_invitation_open(site: Site, changes, field):
    token = token_of(await invite(site))
    answer = await site.browser().post("/api/invitations/accept", json=acceptance(token, **changes))
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert (await site.browser().post("/api/invitations/accept", json=acceptance(token))).status_code == 201


async def test_another_organisation_neither_sees_nor_revokes_it(site: Site):
    made = await invite(site)
    stranger = await site.person("eve", "owner", org_id=await site.organization("Elsewhere"))
    browser = await site.signed_in(stranger)
    assert (await browser.get("/api/invitations")).json() == {"invitations": []}
    assert (await browser.delete(f"/api/invitations/{made['invitation_id']}")).status_code == 404
    assert (await site.browser().get(f"/api/invitations/by-token/{token_of(made)}")).status_code == 200
