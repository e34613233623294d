"""The audit log: pages, the chain, and what happens to those who touch it."""

import asyncio

import psycopg
import pytest

from convene.core.permissions import Caller
from convene.identity import operator
from convene.storage import audit
from factories.site import Site


async def fill(site: Site, count: int) -> None:
    for place in range(count):
        async with site.db.transaction() as conn:
            await audit.append(
                conn,
                operator(site.org_id),
                "thing.done",
                now=site.clock(),
                target=f"t{place}",
                detail={"place": place, "text": "ä 'quoted' \"x\"", "yes": True, "list": ["b", "a"]},
            )


async def tamper(site: Site, statement: str) -> None:
    async with site.db.transaction() as conn:
        await conn.execute("ALTER TABLE audit DISABLE TRIGGER audit_only_grows")
        await conn.execute(statement)
        await conn.execute("ALTER TABLE audit ENABLE TRIGGER audit_only_grows")


async def test_the_log_is_read_in_pages_newest_first(site: Site):
    owner = await site.person("owner", "owner")
    browser = await site.signed_in(owner)
    await fill(site, 150)
    first = (await browser.get("/api/audit")).json()
    assert len(first["entries"]) == 100
    assert first["entries"][0]["target"] == "t149"
    assert first["next_before"] == first["entries"][-1]["seq"]
    second = (await browser.get("/api/audit", params={"before": first["next_before"]})).json()
    assert second["next_before"] is None
    seqs = [entry["seq"] for entry in first["entries"] + second["entries"]]
    assert seqs == list(range(152, 0, -1))
    started = second["entries"][-2]
    assert (started["action"], started["actor"], started["actor_name"], started["ip"]) == (
        "session.started",
        owner.account_id,
        "Owner",
        "127.0.0.1",
    )


@pytest.mark.parametrize("before", ["0", "-1", "x", str(2**63)])
async def test_a_page_that_cannot_be_is_refused(site: Site, before):
    browser = await site.signed_in(await site.person("owner", "owner"))
    answer = await browser.get("/api/audit", params={"before": before})
    assert answer.status_code == 422
    assert answer.json()["field"] == "before"


async def test_organisations_have_logs_of_their_own(site: Site):
    await site.person("owner", "owner")
    other = await site.organization("Elsewhere")
    eve = await site.person("eve", "owner", org_id=other)
    await fill(site, 3)
    found = (await (await site.signed_in(eve)).get("/api/audit")).json()["entries"]
    assert [(entry["seq"], entry["action"]) for entry in found] == [
        (2, "session.started"),
        (1, "member.created"),
    ]


async def test_a_key_that_acts_for_somebody_is_named_beside_them(site: Site):
    owner = await site.person("owner", "owner")
    caller = Caller(site.org_id, "api_key", owner.account_id, credential_id="key_1")
    async with site.db.transaction() as conn:
        await audit.append(conn, caller, "thing.done", now=site.clock())
    page = await site.identity.audit.read(operator(site.org_id), None)
    assert (page.entries[0].actor, page.entries[0].detail) == (owner.account_id, {"via": "key_1"})


async def test_writers_together_leave_no_hole_and_no_fork(site: Site):
    await site.person("owner", "owner")
    await asyncio.gather(*(fill(site, 5) for _ in range(8)))
    page = await site.identity.audit.read(operator(site.org_id), None)
    assert [entry.seq for entry in page.entries] == list(range(41, 0, -1))
    assert await site.identity.audit.first_broken(site.org_id) is None


async def test_a_rolled_back_change_leaves_no_entry(site: Site):
    await site.person("owner", "owner")
    async with site.db.connection() as conn, conn.transaction(force_rollback=True):
        await audit.append(conn, operator(site.org_id), "thing.done", now=site.clock())
    await fill(site, 1)
    assert len(await site.audited()) == 2
    assert await site.identity.audit.first_broken(site.org_id) is None


@pytest.mark.parametrize("statement", ["UPDATE audit SET ip = 'x'", "DELETE FROM audit"])
async def test_the_database_refuses_changes(site: Site, statement):
    await site.person("owner", "owner")
    async with site.db.connection() as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
            await conn.execute(statement)


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET actor = 'acc_other' WHERE seq = 3", 3),
        ("UPDATE audit SET at = at + interval '1 microsecond' WHERE seq = 3", 3),
        ("UPDATE audit SET action = 'thing.undone' WHERE seq = 3", 3),
        ("UPDATE audit SET target = 'x' WHERE seq = 3", 3),
        ("UPDATE audit SET ip = '192.0.2.1' WHERE seq = 3", 3),
        ("UPDATE audit SET detail = detail || '{\"place\": 7}' WHERE seq = 3", 3),
        ("UPDATE audit SET chain = set_byte(chain, 5, get_byte(chain, 5) # 1) WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("UPDATE audit SET seq = CASE seq WHEN 3 THEN 1000 ELSE 3 END WHERE seq IN (3, 4)", 3),
    ],
)
async def test_a_change_behind_its_back_is_found_and_named(site: Site, statement, broken):
    await site.person("owner", "owner")
    await fill(site, 5)
    assert await site.identity.audit.first_broken(site.org_id) is None
    await tamper(site, statement)
    assert await site.identity.audit.first_broken(site.org_id) == broken
