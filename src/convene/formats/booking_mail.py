"""Mail about a meeting (RFC 5322): in the reader's language and zone, with the invitation in it (RFC 6047).

A message has a plain text, the same as HTML and, where a calendar should take note, the iCalendar object twice: as the
alternative that calendar programs act on, and as a file for those that want one. All parts travel as base64 or
quoted-printable, so no line is too long whatever people have written (RFC 5321 section 4.5.3.1.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from typing import Literal

from convene.core.local_dates import Locale, local, zone_label
from convene.formats.event_editing import clean, one_line
from convene.formats.invitation import Invitation, InvitationMethod, Invited, invitation_text
from convene.formats.mail_texts import TEXTS

Kind = Literal[
    "booked",
    "moved",
    "updated",
    "cancelled",
    "requested",
    "declined",
    "unanswered",
    "withdrawn",
    "offered",
    "counter_declined",
]
MAX_SUBJECT_TITLE, MAX_SHOWN_NAME = 120, 60
_STYLE = "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:#1c1d21;max-width:36rem;padding:8px"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a meeting. `hosts` are names; `before` is when it was planned before; `answer_by` and `until` are
    the ends of a request and of an offer."""

    title: str
    start: datetime
    end: datetime
    tzid: str
    hosts: Sequence[str] = ()
    location: str = ""
    join_url: str = ""
    description: str = ""
    reason: str = ""
    before: tuple[datetime, datetime] | None = None
    answer_by: datetime | None = None
    until: datetime | None = None
    is_transparent: bool = False
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the mail: its zone and language, `url` where the meeting is changed, and the answer so far (PARTSTAT)."""

    name: str
    email: str
    tzid: str
    locale: Locale
    url: str = ""
    answer: str = "needs_action"
    is_guest: bool = True


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything about a message but what it says.

    sender: the address it comes from. host_name, host_email: in whose name. answer_to: the address for answers of
    calendar programs, empty if none is read here. message_id, thread_id: with angle brackets; equal in a first mail.
    """

    sender: str
    host_name: str
    host_email: str
    answer_to: str
    message_id: str
    thread_id: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Object:
    """The iCalendar object that goes with a mail; its UID, SEQUENCE and DTSTAMP."""

    method: InvitationMethod
    uid: str
    sequence: int
    stamp: datetime


def booking_mail(kind: Kind, told: Told, reader: Reader, envelope: Envelope, event: Object | None) -> bytes:
    """Return the message, ASCII with CRLF line ends."""
    message = EmailMessage(policy=SMTP)
    texts = TEXTS[reader.locale.language]
    _head(message, texts["from_name"], _subject(kind, told, reader), reader, envelope)
    lines = _lines(kind, told, reader)
    message.set_content(_plain(lines, texts["colon"]), cte="quoted-printable")
    message.add_alternative(_html(told, lines, reader), subtype="html", cte="quoted-printable")
    if event is None:
        return bytes(message)
    text = invitation_text(_invitation(told, reader, envelope, event)).encode()
    parameters = {"charset": "UTF-8", "method": event.method, "name": "invite.ics"}
    message.add_alternative(text, "text", "calendar", cte="base64", params=parameters)
    message.add_attachment(text, "application", "ics", cte="base64", filename="invite.ics")
    return bytes(message)


def _head(message: EmailMessage, from_name: str, subject: str, reader: Reader, envelope: Envelope) -> None:
    host = shown_name(envelope.host_name)
    message["From"] = _address(from_name.format(name=host) if host else "Convene", envelope.sender)
    message["To"] = _address(shown_name(reader.name), reader.email)
    answers = [(host, envelope.host_email)] if envelope.host_email != reader.email else []
    if envelope.answer_to:
        answers.append(("", envelope.answer_to))
    if answers:
        message["Reply-To"] = [_address(*answer) for answer in answers]
    message["Subject"] = subject
    message["Date"] = envelope.date
    message["Message-ID"] = envelope.message_id
    if envelope.thread_id != envelope.message_id:
        message["In-Reply-To"] = envelope.thread_id
        message["References"] = envelope.thread_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    message["X-Auto-Response-Suppress"] = "DR, OOF, AutoReply"


def _address(name: str, email: str) -> Address:
    return Address(one_line(name), addr_spec=one_line(email))


def shown_name(name: str) -> str:
    """Return a name as it may stand in a mail's head, empty for what is none: visitors type them, and we send them on."""
    name = " ".join(one_line(name).split())
    is_address = any(mark in name for mark in ("://", "www.", "@", "<", ">"))
    return "" if is_address or len(name) > MAX_SHOWN_NAME else name


def _subject(kind: Kind, told: Told, reader: Reader) -> str:
    title = " ".join(one_line(told.title).split())
    if len(title) > MAX_SUBJECT_TITLE:
        title = f"{title[: MAX_SUBJECT_TITLE - 1]}…"
    return TEXTS[reader.locale.language][f"subject_{kind}"].format(title=title, when=_start(told, reader))


def _start(told: Told, reader: Reader) -> str:
    start = local(told.start, reader.tzid)
    return f"{reader.locale.day_date(start.date())}, {reader.locale.time(start)}"


def _when(start: datetime, end: datetime, reader: Reader) -> str:
    first, last = local(start, reader.tzid), local(end, reader.tzid)
    return f"{reader.locale.long_date(first.date())}, {reader.locale.span(first, last)}, {zone_label(reader.tzid, start)}"


def _moment(at: datetime, reader: Reader) -> str:
    time = local(at, reader.tzid)
    return f"{reader.locale.day_date(time.date())}, {reader.locale.time(time)}"


def _lines(kind: Kind, told: Told, reader: Reader) -> list[tuple[str, str]]:
    """Return what is said, as (label, text) with an empty label for sentences."""
    texts = TEXTS[reader.locale.language]
    known = {
        "before": _when(*told.before, reader) if told.before else "",
        "answer_by": _moment(told.answer_by, reader) if told.answer_by else "",
        "until": _moment(told.until, reader) if told.until else "",
    }
    is_on = kind in ("booked", "moved", "updated", "counter_declined")
    button = {"offered": "take"}.get(kind, "manage" if is_on or kind == "requested" else "look")
    found = [
        ("", texts[f"intro_{kind}"].format(**known)),
        (texts["when"], _when(told.start, told.end, reader)),
        (texts["with"], ", ".join(shown_name(name) or "?" for name in told.hosts)),
        (texts["where"], one_line(told.location)),
        (texts["join"], one_line(told.join_url) if is_on else ""),
        (texts["reason"], clean(told.reason)),
        ("", clean(told.description) if is_on else ""),
        (texts[button], reader.url),
        ("", texts["private"] if reader.url and reader.is_guest else ""),
    ]
    return [(label, text.strip()) for label, text in found if text.strip()]


def _plain(lines: Sequence[tuple[str, str]], colon: str) -> str:
    return "\n\n".join(f"{label}{colon} {text}" if label else text for label, text in lines) + "\n"


def _html(told: Told, lines: Sequence[tuple[str, str]], reader: Reader) -> str:
    """Nothing is loaded from anywhere, so nobody learns that the mail was read."""
    colon = TEXTS[reader.locale.language]["colon"]
    parts = [f"<h1 style='font-size:20px;margin:0 0 12px'>{escape(one_line(told.title))}</h1>"]
    for label, text in lines:
        shown = escape(text).replace("\n", "<br>")
        if text.startswith(("https://", "http://")) and " " not in text:
            shown = f"<a href='{escape(text)}'>{shown}</a>"
        head = f"<b>{escape(label)}{colon}</b> " if label else ""
        parts.append(f"<p style='margin:0 0 12px'>{head}{shown}</p>")
    return (
        f"<!doctype html><html lang='{reader.locale.language}'><head><meta charset='utf-8'></head>"
        f'<body><div style="{_STYLE}">{"".join(parts)}</div></body></html>\n'
    )


def _invitation(told: Told, reader: Reader, envelope: Envelope, event: Object) -> Invitation:
    texts = TEXTS[reader.locale.language]
    description = [clean(told.description)] if told.description else []
    if told.join_url:
        description.append(f"{texts['join']}{texts['colon']} {told.join_url}")
    if reader.url:
        description.append(f"{texts['manage']}{texts['colon']} {reader.url}")
    # Answers go to the organizer's address (RFC 5546 section 3.2.3): ours where we read them, else the host's own.
    # Nobody is invited by themselves: a calendar would take such an event for one it has made.
    organizer = envelope.answer_to or (
        envelope.host_email if envelope.host_email != reader.email else envelope.sender
    )
    return Invitation(
        uid=event.uid,
        method=event.method,
        sequence=event.sequence,
        stamp=event.stamp,
        content={
            "summary": told.title,
            "description": "\n\n".join(description),
            "location": {"description": told.location or told.join_url},
            "url": reader.url,
            "start": told.start.isoformat(),
            "end": told.end.isoformat(),
            "start_tzid": told.tzid,
            "end_tzid": told.tzid,
            "transparency": "transparent" if told.is_transparent else "opaque",
            "event_private": told.is_private,
            "conferencing": {"join_url": told.join_url} if told.join_url else {},
        },
        organizer_email=organizer,
        organizer_name=envelope.host_name,
        people=[Invited(reader.email, reader.answer.replace("_", "-"), shown_name(reader.name))],
        is_cancelled=event.method == "CANCEL",
        sent_by=envelope.sender if organizer == envelope.host_email != envelope.sender else "",
    )


def is_over(end: datetime, now: datetime) -> bool:
    """Tell whether there is nothing left to be told of a meeting: it ended an hour ago."""
    return end + timedelta(hours=1) < now
