"""People, profiles, roles and suspension, through HTTP."""

import asyncio
from contextlib import suppress

import pytest

from factories.site import PASSWORD, Site


async def test_a_new_person_has_a_builtin_calendar_as_target(site: Site):
    ana = await site.person("ana", tzid="Asia/Tokyo")
    async with site.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT k.kind, k.state, c.tzid, c.is_target, c.is_checked FROM calendar c"
            " JOIN calendar_connection k USING (org_id, connection_id) WHERE c.account_id = %s",
            [ana.account_id],
        )
        rows = await cursor.fetchall()
    assert len(rows) == 1
    assert rows[0][:4] == ("builtin", "ok", "Asia/Tokyo", True)


async def test_members_are_listed_by_name_and_read_one_by_one(site: Site):
    bo, ana = await site.person("bo"), await site.person("ana", "owner")
    elsewhere = await site.person("cy", org_id=await site.organization("Elsewhere"))
    browser = await site.signed_in(bo)
    found = (await browser.get("/api/members")).json()["members"]
    assert [one["sub"] for one in found] == [ana.account_id, bo.account_id]
    assert (await browser.get(f"/api/members/{ana.account_id}")).json() == found[0]
    for unknown in (elsewhere.account_id, "acc_nothing", "me", ana.account_id.upper()):
        answer = await browser.get(f"/api/members/{unknown}")
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"


async def test_no_answer_about_people_holds_their_password_hash(site: Site):
    ana = await site.person("ana", "owner")
    browser = await site.signed_in(ana)
    texts = [
        (await browser.get(path)).text
        for path in (
            "/api/session",
            "/api/members",
            f"/api/members/{ana.account_id}",
            "/api/audit",
            "/api/sessions",
        )
    ]
    assert not any("argon2" in text or "password" in text for text in texts)
    assert "argon2" not in repr(ana)


async def test_a_profile_is_changed_field_by_field(site: Site):
    browser = await site.signed_in(await site.person("ana"))
    answer = await browser.patch(
        "/api/members/me",
        json={"name": " Ana Ruiz ", "title": "Design", "tzid": "America/New_York", "sharing": "nobody"},
    )
    assert answer.status_code == 200
    assert answer.json()["name"] == "Ana Ruiz"
    assert (await browser.patch("/api/members/me", json={"pronouns": "she/her"})).status_code == 200
    kept = (await browser.get("/api/session")).json()["account"]
    assert {field: kept[field] for field in ("name", "title", "pronouns", "tzid", "sharing")} == {
        "name": "Ana Ruiz",
        "title": "Design",
        "pronouns": "she/her",
        "tzid": "America/New_York",
        "sharing": "nobody",
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"title": "a\u202eb"}, "title"),
        ({"phone": "5" * 51}, "phone"),
        ({"tzid": "Mars/Phobos"}, "tzid"),
        ({"sharing": "everything"}, "sharing"),
        ({"role": "owner"}, "role"),
        ({"email": "eve@example.com"}, "email"),
        ({"org_id": "org_x"}, "org_id"),
        ({"account_id": "acc_x"}, "account_id"),
        ({"password_hash": "x"}, "password_hash"),
        ({"suspended_at": None}, "suspended_at"),
        ({"lane": 1}, "lane"),
        ({"password": "short", "current_password": PASSWORD}, "password"),
        ({"password": "correct horse battery 2"}, "current_password"),
        ({"name": "Ana 2", "password": "password1", "current_password": PASSWORD}, "password"),
        ({"name": "", "password": "a new good one", "current_password": PASSWORD}, "name"),
    ],
)
async def test_what_a_profile_cannot_be_is_refused_and_changes_nothing(site: Site, body, field):
    browser = await site.signed_in(await site.person("ana"))
    before = (await browser.get("/api/session")).json()
    answer = await browser.patch("/api/members/me", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert (await browser.get("/api/session")).json() == before
    await site.signed_in(await _account(site, "ana@example.com"))


async def _account(site: Site, email: str):
    from convene.storage.accounts import find_account_by_email

    async with site.db.connection() as conn:
        return await find_account_by_email(conn, email)


async def test_a_new_password_ends_other_sessions_and_renews_this_one(site: Site):
    ana = await site.person("ana")
    desk, phone = await site.signed_in(ana), await site.signed_in(ana)
    before = desk.cookies["convene_session"]
    new = "a much better passphrase"
    answer = await desk.patch("/api/members/me", json={"password": new, "current_password": PASSWORD})
    assert answer.status_code == 200
    assert desk.cookies["convene_session"] != before
    assert (await desk.get("/api/session")).status_code == 200
    assert (await phone.get("/api/session")).status_code == 401
    old = {"Cookie": f"convene_session={before}"}
    assert (await site.program().get("/api/session", headers=old)).status_code == 401
    signed = {"email": ana.email, "password": new}
    assert (await site.browser().post("/api/session", json=signed)).status_code == 200
    signed["password"] = PASSWORD
    assert (await site.browser().post("/api/session", json=signed)).status_code == 401
    assert ("password.changed", ana.account_id) in await site.audited()
    assert f"access:{ana.account_id}" in site.wakes.topics


async def test_the_current_password_cannot_be_guessed_through_a_stolen_session(site: Site):
    browser = await site.signed_in(await site.person("ana"))
    body = {"password": "a much better passphrase", "current_password": "wrong wrong"}
    statuses = [(await browser.patch("/api/members/me", json=body)).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]


async def test_roles_are_given_and_count_at_once(site: Site):
    owner, ana = await site.person("owner", "owner"), await site.person("ana")
    manager, browser = await site.signed_in(owner), await site.signed_in(ana)
    assert (await browser.get("/api/audit")).status_code == 403
    answer = await manager.patch(f"/api/members/{ana.account_id}", json={"role": "admin"})
    assert answer.status_code == 200
    assert answer.json()["role"] == "admin"
    assert (await browser.get("/api/audit")).status_code == 200
    await manager.patch(f"/api/members/{ana.account_id}", json={"role": "guest"})
    assert (await browser.get("/api/audit")).status_code == 403
    changes = [entry for entry in await site.audited() if entry[0] == "member.role_changed"]
    assert changes == [("member.role_changed", owner.account_id)] * 2


async def test_only_owners_touch_owners(site: Site):
    owner, admin, ana = (
        await site.person("owner", "owner"),
        await site.person("admin", "admin"),
        await site.person("ana"),
    )
    manager = await site.signed_in(admin)
    for sub, body in (
        (owner.account_id, {"role": "member"}),
        (owner.account_id, {"suspended": True}),
        (admin.account_id, {"role": "owner"}),
        (ana.account_id, {"role": "owner"}),
    ):
        answer = await manager.patch(f"/api/members/{sub}", json=body)
        assert answer.status_code == 403, body
    assert (await manager.patch(f"/api/members/{ana.account_id}", json={"role": "admin"})).status_code == 200
    key = site.program(await site.key("organization:manage"))
    assert (await key.patch(f"/api/members/{ana.account_id}", json={"role": "owner"})).status_code == 403
    assert (await key.patch(f"/api/members/{ana.account_id}", json={"role": "member"})).status_code == 200


@pytest.mark.parametrize(
    "body", [{"role": "admin"}, {"suspended": True}, {"role": "member", "suspended": True}]
)
async def test_the_last_owner_stays(site: Site, body):
    owner = await site.person("owner", "owner")
    spare = await site.person("spare", "owner")
    manager = await site.signed_in(spare)
    assert (
        await manager.patch(f"/api/members/{owner.account_id}", json={"role": "member"})
    ).status_code == 200
    answer = await manager.patch(f"/api/members/{spare.account_id}", json=body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"
    assert (await manager.get("/api/session")).json()["account"]["role"] == "owner"


async def test_a_suspended_owner_does_not_count_as_the_last_one(site: Site):
    ana, bo = await site.person("ana", "owner"), await site.person("bo", "owner")
    manager = await site.signed_in(ana)
    assert (await manager.patch(f"/api/members/{bo.account_id}", json={"suspended": True})).status_code == 200
    assert (await manager.patch(f"/api/members/{ana.account_id}", json={"role": "admin"})).status_code == 409


async def test_two_owners_who_remove_each_other_at_once_leave_one(site: Site, monkeypatch):
    from convene.storage import accounts

    ana, bo = await site.person("ana", "owner"), await site.person("bo", "owner")
    hers, his = await site.signed_in(ana), await site.signed_in(bo)
    count, counting, both = accounts.count_other_owners, [], asyncio.Event()

    async def count_together(*arguments: object) -> int:
        """Give the other one time to count as well, which it can only do if nothing keeps it out."""
        counting.append(arguments)
        if len(counting) == 2:
            both.set()
        found = await count(*arguments)
        with suppress(TimeoutError):
            await asyncio.wait_for(both.wait(), 0.5)
        return found

    monkeypatch.setattr(accounts, "count_other_owners", count_together)
    answers = await asyncio.gather(
        hers.patch(f"/api/members/{bo.account_id}", json={"role": "member"}),
        his.patch(f"/api/members/{ana.account_id}", json={"role": "member"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    async with site.db.connection() as conn:
        cursor = await conn.execute("SELECT count(*) FROM account WHERE role = 'owner'")
        assert await cursor.fetchone() == (1,)


async def test_suspending_ends_sessions_and_stops_tokens_at_once(site: Site):
    owner, ana = await site.person("owner", "owner"), await site.person("ana")
    manager, browser = await site.signed_in(owner), await site.signed_in(ana)
    script = site.program(await site.token(ana))
    assert (await script.get("/api/session")).status_code == 200
    answer = await manager.patch(f"/api/members/{ana.account_id}", json={"suspended": True})
    assert answer.json()["suspended"] is True
    assert (await browser.get("/api/session")).status_code == 401
    assert (await script.get("/api/session")).status_code == 401
    assert site.wakes.topics == [f"access:{ana.account_id}"]
    assert (
        await manager.patch(f"/api/members/{ana.account_id}", json={"suspended": False})
    ).status_code == 200
    assert (await browser.get("/api/session")).status_code == 401, "the session is gone for good"
    assert (await script.get("/api/session")).status_code == 200
    said = [action for action, _ in await site.audited()]
    assert said[-2:] == ["member.suspended", "member.reinstated"]


async def test_nobody_suspends_themselves(site: Site):
    await site.person("spare", "owner")
    ana = await site.person("ana", "owner")
    browser = await site.signed_in(ana)
    assert (
        await browser.patch(f"/api/members/{ana.account_id}", json={"suspended": True})
    ).status_code == 409


async def test_a_change_that_changes_nothing_writes_nothing_down(site: Site):
    owner = await site.person("owner", "owner")
    browser = await site.signed_in(owner)
    before = await site.audited()
    assert (
        await browser.patch(f"/api/members/{owner.account_id}", json={"role": "owner"})
    ).status_code == 200
    assert (await browser.patch(f"/api/members/{owner.account_id}", json={})).status_code == 200
    assert await site.audited() == before


async def test_grants_are_listed_with_what_they_mean(site: Site):
    from convene.core.permissions import GRANTS

    browser = await site.signed_in(await site.person("ana"))
    found = (await browser.get("/api/grants")).json()["grants"]
    assert {one["grant"]: one["description"] for one in found} == GRANTS
