"""The doctor's findings about mail."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from convene.cli.doctor_mail import post, servers
from convene.ports.mail import Position
from convene.settings.mail import MailSettings, imap_mailbox, smtp_relay
from convene.storage import mail
from convene.storage.database import Database
from factories.mail import SENDER, PostOffice, post_office
from fakes.imap_server import imap_server
from fakes.mail_sink import mail_sink


@pytest.fixture
async def office(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[PostOffice]:
    async with post_office(database_url, tmp_path, clock) as found:
        yield found


async def test_no_mail_server_is_no_fault() -> None:
    [check] = await servers(MailSettings())
    assert (check.state, "are not sent" in check.detail) == ("ok", True)


async def test_servers_that_work_are_named() -> None:
    async with mail_sink("hunter2") as sink, imap_server() as imap:
        settings = MailSettings(smtp_relay(sink.url), SENDER, imap_mailbox(imap.url), 5)
        checks = await servers(settings)
        assert sink.taken == []
    assert [check.state for check in checks] == ["ok", "ok"]
    assert SENDER in checks[0].detail
    assert checks[1].detail == f"answers are read from meetings@example.com@127.0.0.1:{imap.port}/INBOX"


async def test_wrong_passwords_are_found_and_not_told() -> None:
    async with mail_sink("hunter2") as sink, imap_server() as imap:
        sink.password = "another"
        imap.password = "another"
        checks = await servers(
            MailSettings(
                smtp_relay(f"smtp://convene:hunter2@127.0.0.1:{sink.port}"), SENDER, imap_mailbox(imap.url), 5
            )
        )
    assert [check.state for check in checks] == ["failed", "failed"]
    assert all("refuses" in check.detail and check.remedy for check in checks)
    assert "hunter2" not in str(checks)


async def test_what_waits_and_fails_is_counted(office: PostOffice, db: Database) -> None:
    ana = await office.pages.member("Ana")
    await office.pages.book(await ana.make(), "10:00")
    async with db.transaction() as conn:
        await mail.claim_mailbox(
            conn,
            "box",
            office.pages.world.installation.platform.clock(),
            office.pages.world.installation.platform.clock(),
        )
        await mail.move_mailbox(conn, "box", Position(1, 2), office.pages.world.installation.platform.clock())
        await mail.mailbox_failed(conn, "box", "It is away.")
        assert [check.detail async for check in post(conn)] == [
            "2 mails wait to be sent",
            "last read: 2026-11-20 09:00 UTC. It is away.",
        ]
    office.sink.put_off = "554 no"
    await office.send()
    async with db.connection() as conn:
        await conn.execute("UPDATE mail SET created_at = now()")
        first, *_ = [check async for check in post(conn)]
    assert (first.state, first.detail) == ("warning", "2 mails could not be sent in the last two days")
