"""Received mail: senders, recipients and answers, from whatever programs write."""

from __future__ import annotations

from contextlib import suppress
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.received_mail import read_mail

REPLY = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:u1@convene\r\nSEQUENCE:2\r\n"
    "DTSTAMP:20261120T090000Z\r\nATTENDEE;PARTSTAT=DECLINED:mailto:Cy@Example.org\r\n"
    "COMMENT:Zu spät\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def raw(message: EmailMessage) -> str:
    return bytes(message).decode("latin-1")


def answer(text: str = REPLY, kind: str = "calendar", charset: str = "utf-8") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Cy <Cy@Example.org>"
    message["To"] = "Ana <meetings+abc@convene.example>, other@example.net"
    message["Delivered-To"] = "meetings@convene.example"
    message.set_content("Cy has declined.")
    main = "text" if kind == "calendar" else "application"
    message.add_attachment(text.encode(charset), main, kind, params={"charset": charset})
    return message


@pytest.mark.parametrize("kind", ["calendar", "ics"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_an_answer_is_read(kind: str, charset: str):
    found = read_mail(raw(answer(kind=kind, charset=charset)))
    assert found.sender == "cy@example.org"
    assert found.recipients == [
        "meetings+abc@convene.example",
        "other@example.net",
        "meetings@convene.example",
    ]
    assert found.reply is not None
    assert (found.reply.method, found.reply.uid, found.reply.sequence) == ("REPLY", "u1@convene", 2)
    [said] = found.reply.answers
    assert (said.email, said.status, said.comment) == ("cy@example.org", "DECLINED", "Zu spät")


def test_invitations_of_others_answer_nothing():
    found = read_mail(raw(answer(REPLY.replace("METHOD:REPLY", "METHOD:REQUEST"))))
    assert found.reply is None


def test_of_two_senders_neither_is_believed():
    message = answer()
    del message["From"]
    message["From"] = "a@example.org, b@example.org"
    assert read_mail(raw(message)).sender == ""


@pytest.mark.parametrize(
    ("results", "is_disowned"),
    [
        ([], False),
        (["mx.example; dmarc=pass"], False),
        (["mx.example; dkim=none;\r\n dmarc = fail (p=reject)"], True),
        (["mx.example; dmarc=pass", "forger.example; dmarc=fail"], False),
    ],
)
def test_what_our_own_server_found_counts(results: list[str], is_disowned: bool):
    head = "".join(f"Authentication-Results: {result}\r\n" for result in results)
    assert read_mail(head + raw(answer())).is_disowned is is_disowned


@given(st.binary(max_size=400))
def test_noise_is_read_or_refused(noise: bytes):
    with suppress(CalendarRefused):
        assert read_mail(noise.decode("latin-1")).reply is None
