"""The key with which Connect asks the platform: one per organisation, replaced while everything runs."""

import asyncio

from convene.identity import operator
from convene.identity.connect_key import GRANTS, RECHECK, ConnectKey
from convene.security.sealing import Sealer, SealingKey


async def made(site):
    await site.person("Ana", "owner")
    sealer = Sealer([SealingKey.generate()])
    return ConnectKey(site.db, site.identity.keys, sealer, site.clock), sealer


async def live(site):
    return await site.identity.keys.list_service_keys(operator(site.org_id))


async def test_the_key_may_do_what_connect_does(site):
    connect_key, _ = await made(site)
    secret = await connect_key.service_key(site.org_id)
    caller = await site.identity.keys.caller(secret.reveal(), "")
    assert caller.grants == set(GRANTS)
    assert "organization:manage" not in caller.grants


async def test_a_revoked_key_is_replaced_while_the_process_runs(site):
    connect_key, _ = await made(site)
    first = await connect_key.service_key(site.org_id)
    [row] = await live(site)
    await site.identity.keys.revoke_service_key(operator(site.org_id), row.key_id)
    site.clock.advance(seconds=RECHECK.total_seconds())
    second = await connect_key.service_key(site.org_id)
    assert second.reveal() != first.reveal()
    assert await site.identity.keys.caller(second.reveal(), "") is not None
    assert len(await live(site)) == 1


async def test_all_processes_end_up_with_one_key(site):
    one, sealer = await made(site)
    others = [ConnectKey(site.db, site.identity.keys, sealer, site.clock) for _ in range(3)]
    for _ in range(2):
        keys = await asyncio.gather(*(each.service_key(site.org_id) for each in (one, *others)))
        assert len({key.reveal() for key in keys}) == 1
        [row] = await live(site)
        await site.identity.keys.revoke_service_key(operator(site.org_id), row.key_id)
        site.clock.advance(seconds=RECHECK.total_seconds())
