"""Mail about meetings: goldens, heads that nothing can be added to, lines that no server cuts, five languages."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from cases.mailed_meetings import CASES, ENVELOPE, EVENT, READER, TOLD
from convene.core.local_dates import LANGUAGES
from convene.formats.booking_mail import booking_mail, shown_name
from convene.formats.mail_texts import TEXTS

GOLDENS = Path(__file__).parents[2] / "fixtures" / "mail"


def parsed(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def shown(raw: bytes) -> str:
    """A message as a golden file shows it: boundaries named, parts decoded."""
    message = parsed(raw)
    lines = [f"{name}: {str(value).strip()}" for name, value in message.items() if name != "Content-Type"]
    for part in message.walk():
        kind = part.get_content_type()
        parameters = {
            name: part.get_param(name) for name in ("charset", "method", "name") if part.get_param(name)
        }
        lines.append(f"\n--- {kind} {parameters or ''} {part.get_content_disposition() or ''}".rstrip())
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and kind != "application/ics":
            lines.append(payload.decode().replace("\r\n", "\n").rstrip())
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_mail_is_as_it_was_looked_at(name: str):
    assert shown(booking_mail(*CASES[name])) == (GOLDENS / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", ["request", "moved", "cancel"])
def test_both_copies_of_the_event_are_the_same_and_name_their_method(name: str):
    message = parsed(booking_mail(*CASES[name]))
    parts = {part.get_content_type(): part for part in message.walk()}
    inner, file = parts["text/calendar"], parts["application/ics"]
    assert inner.get_payload(decode=True) == file.get_payload(decode=True)
    assert file.get_filename() == "invite.ics"
    calendar = Calendar.from_ical(inner.get_payload(decode=True))
    assert inner.get_param("method") == calendar["METHOD"]
    assert [part.name for part in calendar.subcomponents] == ["VTIMEZONE", "VEVENT"]
    [event] = calendar.walk("VEVENT")
    assert event["DTSTART"].dt == TOLD.start, "the same instant, in the meeting's zone with its rules"
    assert event["DTSTART"].params["TZID"] == "Europe/London"


def test_without_a_mailbox_answers_go_to_the_host():
    message = parsed(booking_mail("booked", TOLD, READER, replace(ENVELOPE, answer_to=""), EVENT))
    [part] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    [event] = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    assert event["ORGANIZER"] == "mailto:ana@example.com"
    assert event["ORGANIZER"].params["SENT-BY"] == "mailto:meetings@convene.example"


def test_a_host_is_not_invited_by_themselves():
    host = replace(READER, email="ana@example.com", is_guest=False)
    message = parsed(booking_mail("booked", TOLD, host, replace(ENVELOPE, answer_to=""), EVENT))
    [part] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    [event] = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    assert event["ORGANIZER"] == "mailto:meetings@convene.example"
    assert message["Reply-To"] is None


TEXT = st.text(st.characters(codec="utf-8"), max_size=200)


@settings(max_examples=25)
@given(title=TEXT, name=TEXT, words=TEXT, place=TEXT)
def test_nothing_that_people_type_adds_a_line_or_makes_one_too_long(
    title: str, name: str, words: str, place: str
):
    told = replace(TOLD, title=title, hosts=(name,), description=words, location=place, reason=words)
    raw = booking_mail("booked", told, replace(READER, name=name), replace(ENVELOPE, host_name=name), EVENT)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    message = parsed(raw)
    assert [
        str(address)
        for address in (message["To"].addresses[0].addr_spec, message["From"].addresses[0].addr_spec)
    ] == [
        "cy@example.org",
        "meetings@convene.example",
    ]
    assert {name.lower() for name in message} == {
        *(
            "from",
            "to",
            "reply-to",
            "subject",
            "date",
            "message-id",
            "auto-submitted",
            "x-auto-response-suppress",
        ),
        *("mime-version", "content-type"),
    }
    [part] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    [event] = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    assert str(event["ATTENDEE"]) == "mailto:cy@example.org"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Cy Young", "Cy Young"),
        ("Zoë  O'Hara-Ng", "Zoë O'Hara-Ng"),
        ("Cy\r\nBcc: x@example.org", ""),
        ("Win https://bad.example", ""),
        ("www.bad.example", ""),
        ("x" * 61, ""),
    ],
)
def test_names_that_are_none_are_not_sent_on(typed: str, kept: str):
    assert shown_name(typed) == kept


def test_every_text_is_there_in_every_language_with_the_same_fields():
    assert set(TEXTS) == set(LANGUAGES)
    for name, text in TEXTS["en"].items():
        fields = set(re.findall(r"\{(\w+)\}", text))
        for language, texts in TEXTS.items():
            assert texts[name].strip(), (language, name)
            assert set(re.findall(r"\{(\w+)\}", texts[name])) == fields, (language, name)
