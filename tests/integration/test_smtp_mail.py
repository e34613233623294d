"""Sending through a real SMTP server: what is taken, refused, put off, and what nobody can know."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from convene.ports.mail import MailDelayed, MailRefused, MailUnknown
from convene.providers.smtp_mail import Relay, SmtpMailSender
from convene.security.sealing import Secret
from fakes.mail_sink import MailSink, mail_sink

FROM, TO = "meetings@convene.example", "cy@example.org"
MESSAGE = b"Subject: Hi\r\n\r\nHello\r\n"


def sender(sink: MailSink, password: str = "", *, needs_starttls: bool = False) -> SmtpMailSender:
    user = "convene" if password else ""
    relay = Relay("127.0.0.1", sink.port, False, needs_starttls, user, Secret(password))
    return SmtpMailSender(relay, timeout=5)


async def test_a_message_arrives_as_it_was_written():
    dotted = b"Subject: Hi\r\n\r\n.\r\n..two\r\nend"
    async with mail_sink() as sink:
        await sender(sink).send(FROM, TO, dotted)
    [taken] = sink.taken
    assert (taken.sender, taken.recipient) == (FROM, TO)
    assert taken.raw.removesuffix(b"\r\n") == dotted


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("550 5.1.1 unknown", MailRefused), ("450 4.2.1 busy", MailDelayed), ("421 closing", MailDelayed)],
)
async def test_a_refused_recipient(answer: str, outcome: type[Exception]):
    async with mail_sink() as sink:
        sink.refused[TO] = answer
        with pytest.raises(outcome, match=answer[:3]):
            await sender(sink).send(FROM, TO, MESSAGE)


@pytest.mark.parametrize(("answer", "outcome"), [("554 spam", MailRefused), ("451 later", MailDelayed)])
async def test_a_refused_message(answer: str, outcome: type[Exception]):
    async with mail_sink() as sink:
        sink.put_off = answer
        with pytest.raises(outcome, match=answer):
            await sender(sink).send(FROM, TO, MESSAGE)


async def test_a_connection_that_ends_at_the_end_leaves_it_unknown():
    async with mail_sink() as sink:
        sink.is_mute = True
        with pytest.raises(MailUnknown):
            await sender(sink).send(FROM, TO, MESSAGE)
    assert len(sink.taken) == 1


async def test_signing_in():
    async with mail_sink("hunter2") as sink:
        await sender(sink, "hunter2").send(FROM, TO, MESSAGE)
        await sender(sink, "hunter2").check()
        with pytest.raises(MailDelayed, match="refuses our user name and password") as caught:
            await sender(sink, "wrong-one").check()
    assert len(sink.taken) == 1
    assert "wrong-one" not in str(caught.value)


async def test_nothing_is_told_without_tls_where_it_is_needed():
    async with mail_sink() as sink:
        with pytest.raises(MailDelayed, match="does not offer STARTTLS"):
            await sender(sink, "hunter2", needs_starttls=True).send(FROM, TO, MESSAGE)
    assert sink.taken == []


async def test_a_server_that_is_away():
    async with mail_sink() as sink:
        pass
    with pytest.raises(MailDelayed, match="cannot be used"):
        await sender(sink).send(FROM, TO, MESSAGE)


async def test_a_server_that_says_nothing_is_not_waited_for():
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        with pytest.raises(MailDelayed, match="cannot be used"):
            await SmtpMailSender(Relay("127.0.0.1", port, False, False), timeout=0.2).send(FROM, TO, MESSAGE)
    finally:
        server.close()


async def test_the_sinks_address_is_one_that_settings_take():
    from convene.settings.mail import smtp_relay

    async with mail_sink("p@ss") as sink:
        relay = smtp_relay(f"smtp://convene:p%40ss@127.0.0.1:{sink.port}")
        assert relay is not None
        assert urlsplit(sink.url).port == relay.port
        await SmtpMailSender(relay, timeout=5).send(FROM, TO, MESSAGE)
    assert len(sink.taken) == 1
