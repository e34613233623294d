"""`/v1/smart_invites`: the invitation to mail, and the answers that come back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from icalendar import Calendar

from convene.identity import operator
from convene.storage.database import Database
from factories.receivers import App, ApplicationWorld, application_world

INVITES = "/v1/smart_invites"
HOOK = "https://app.example.com/invites"
EVENT = {
    "summary": "Board meeting; all of it, with a title that is longer than the 75 octets of a line – surely",
    "description": "First line\nSecond line",
    "start": {"time": "2027-01-12T09:00:00Z", "tzid": "Europe/Paris"},
    "end": {"time": "2027-01-12T10:00:00Z", "tzid": "Europe/Paris"},
    "location": {"description": "Board room"},
    "url": "https://example.com/board",
    "reminders": [{"minutes": 15}],
}


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[ApplicationWorld]:
    async with application_world(database_url, tmp_path, clock) as found:
        yield found


@pytest.fixture
async def app(world) -> App:
    return await world.application()


@pytest.fixture
async def mailbox(world) -> httpx.AsyncClient:
    """Whoever reads the organizer's mail."""
    us = operator(world.org_id)
    issued = await world.installation.identity.keys.issue_service_key(us, "Mail", ["smart_invites:write"])
    client = await world.client(issued.secret.reveal())
    client.headers["content-type"] = "text/calendar; method=REPLY; charset=UTF-8"
    return client


async def invited(app: App, **body) -> dict:
    answer = await app.http.post(
        INVITES,
        json={
            "smart_invite_id": "inv1",
            "recipient": {"email": "Guest@Example.com"},
            "event": EVENT,
            "callback_url": HOOK,
            "organizer": {"name": "Globex", "email": "meetings@globex.example"},
            **body,
        },
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def shown(app: App, **query) -> dict:
    answer = await app.http.get(INVITES, params={"smart_invite_id": "inv1", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def mailed(invite: dict):
    """Read the object with somebody else's reader and return its calendar and event."""
    calendar = Calendar.from_ical(invite["attachments"]["icalendar"])
    [event] = calendar.walk("VEVENT")
    return calendar, event


def reply(
    invite: dict, status: str = "ACCEPTED", email: str = "guest@example.com", *lines: str, **fields
) -> str:
    _, event = mailed(invite)
    found = {
        "METHOD": "REPLY",
        "SEQUENCE": event["SEQUENCE"],
        "DTSTAMP": "20261121T090000Z",
        "PARAMETERS": "",
        **fields,
    }
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Somebody//Else//EN",
            f"METHOD:{found['METHOD']}",
            "BEGIN:VEVENT",
            f"UID:{event['UID']}",
            f"DTSTAMP:{found['DTSTAMP']}",
            f"SEQUENCE:{found['SEQUENCE']}",
            "ORGANIZER:mailto:meetings@globex.example",
            f"ATTENDEE;PARTSTAT={status}{found['PARAMETERS']}:mailto:{email}",
            *lines,
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


async def handed_in(mailbox: httpx.AsyncClient, text: str) -> dict:
    answer = await mailbox.post("/api/smart-invites/reply", content=text.encode())
    assert answer.status_code == 200, answer.text
    return answer.json()


# -- what is mailed


async def test_an_invitation_is_what_mail_programs_expect(app):
    invite = await invited(app)
    assert invite["method"] == "request"
    assert invite["recipient"] == {"email": "guest@example.com", "status": "pending"}
    assert (invite["replies"], invite["callback_url"], invite["event"]) == ([], HOOK, EVENT)
    text = invite["attachments"]["icalendar"]
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    calendar, event = mailed(invite)
    assert (calendar["METHOD"], calendar["VERSION"]) == ("REQUEST", "2.0")
    assert event["SUMMARY"] == EVENT["summary"]
    assert event["DESCRIPTION"] == EVENT["description"]
    assert str(event["ORGANIZER"]) == "mailto:meetings@globex.example"
    assert event["ORGANIZER"].params["CN"] == "Globex"
    assert str(event["ATTENDEE"]) == "mailto:guest@example.com"
    parameters = {name: event["ATTENDEE"].params[name] for name in ("RSVP", "PARTSTAT", "ROLE")}
    assert parameters == {"RSVP": "TRUE", "PARTSTAT": "NEEDS-ACTION", "ROLE": "REQ-PARTICIPANT"}
    assert (event["SEQUENCE"], event["STATUS"]) == (0, "CONFIRMED")
    assert event["DTSTART"].dt.isoformat() == "2027-01-12T10:00:00+01:00"
    assert event["DTSTART"].params["TZID"] == "Europe/Paris"
    assert calendar.walk("VTIMEZONE")
    assert len(calendar.walk("VALARM")) == 1
    assert await shown(app, recipient_email="guest@example.com") == invite
    assert await shown(app, recipient_email="GUEST@example.com") == invite


async def test_whole_days_and_times_without_zone(app):
    _, event = mailed(
        await invited(app, event={"summary": "Trip", "start": "2027-01-12", "end": "2027-01-14"})
    )
    assert [event[name].dt.isoformat() for name in ("DTSTART", "DTEND")] == ["2027-01-12", "2027-01-14"]
    times = {"summary": "Call", "start": "2027-01-12T09:00:00Z", "end": "2027-01-12T10:00:00Z"}
    _, event = mailed(await invited(app, event=times))
    assert event["DTSTART"].to_ical() == b"20270112T090000Z"
    _, event = mailed(await invited(app, event={**times, "tzid": "Europe/Paris"}))
    assert event["DTSTART"].to_ical() == b"20270112T100000"


async def test_the_sequence_grows_with_what_changes_and_with_nothing_else(app, mailbox):
    first = await invited(app)
    await handed_in(mailbox, reply(first))
    again = await invited(app)
    assert mailed(again)[1]["SEQUENCE"] == 0
    assert again["recipient"]["status"] == "accepted"
    renamed = await invited(app, event={**EVENT, "summary": "Another title"})
    assert mailed(renamed)[1]["SEQUENCE"] == 1
    assert mailed(renamed)[1]["UID"] == mailed(first)[1]["UID"]
    assert renamed["recipient"]["status"] == "accepted"
    assert mailed(renamed)[1]["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    later = {**EVENT, "end": {"time": "2027-01-12T11:00:00Z", "tzid": "Europe/Paris"}}
    moved = await invited(app, event=later)
    assert (mailed(moved)[1]["SEQUENCE"], moved["recipient"]["status"], moved["replies"]) == (
        2,
        "pending",
        [],
    )


async def test_a_cancellation_is_one_and_can_be_taken_back(app):
    first = await invited(app)
    body = {"smart_invite_id": "inv1", "method": "cancel", "recipient": {"email": "guest@example.com"}}
    answer = await app.http.post(INVITES, json=body)
    assert answer.status_code == 200, answer.text
    calendar, event = mailed(answer.json())
    assert (answer.json()["method"], calendar["METHOD"], event["STATUS"]) == ("cancel", "CANCEL", "CANCELLED")
    assert (event["SEQUENCE"], event["UID"]) == (1, mailed(first)[1]["UID"])
    assert (await app.http.post(INVITES, json=body)).json() == answer.json()
    assert (await shown(app, recipient_email="guest@example.com"))["method"] == "cancel"
    back = await invited(app)
    assert (back["method"], mailed(back)[0]["METHOD"], mailed(back)[1]["SEQUENCE"]) == (
        "request",
        "REQUEST",
        2,
    )
    missing = await app.http.post(INVITES, json={**body, "smart_invite_id": "other"})
    assert missing.status_code == 404


async def test_several_recipients_share_one_event(app, mailbox):
    people = [{"email": "ana@example.com"}, {"email": "bo@example.com"}, {"email": "cy@example.com"}]
    invite = await invited(app, recipient=None, recipients=people)
    assert [person["status"] for person in invite["recipients"]] == ["pending"] * 3
    assert "recipient" not in invite
    assert len(mailed(invite)[1]["ATTENDEE"]) == 3
    await handed_in(mailbox, reply(invite, "DECLINED", "bo@example.com"))
    body = {"smart_invite_id": "inv1", "method": "remove", "recipient": {"email": "cy@example.com"}}
    answer = await app.http.post(INVITES, json=body)
    assert answer.status_code == 200, answer.text
    calendar, event = mailed(answer.json())
    assert (calendar["METHOD"], str(event["ATTENDEE"])) == ("CANCEL", "mailto:cy@example.com")
    assert "STATUS" not in event  # the event goes on for the others
    left = await shown(app)
    assert left["recipients"] == [
        {"email": "ana@example.com", "status": "pending"},
        {"email": "bo@example.com", "status": "declined"},
    ]
    assert left == await shown(app, recipient_email="bo@example.com")
    assert mailed(left)[0]["METHOD"] == "REQUEST"
    assert (await app.http.post(INVITES, json=body)).status_code == 422
    both = [{"email": "ana@example.com"}, {"email": "bo@example.com"}]
    everybody = {**body, "recipient": None, "recipients": both}
    assert set((await app.http.post(INVITES, json=everybody)).json()["errors"]) == {"recipients"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"recipient": None}, "recipient"),
        ({"recipient": {"email": "nobody"}}, "recipient.email"),
        ({"recipients": [{"email": "a@example.com"}]}, "recipients"),
        (
            {"recipient": None, "recipients": [{"email": "a@example.com"}, {"email": "x"}]},
            "recipients.1.email",
        ),
        ({"event": None}, "event"),
        ({"event": {**EVENT, "summary": None}}, "event.summary"),
        ({"event": {**EVENT, "end": "2027-01-12T09:00:00Z"}}, "event.end"),
        ({"event": {**EVENT, "end": "2027-01-13"}}, "event.end"),
        ({"event": {**EVENT, "recurrence": {"rules": []}}}, "event.recurrence"),
        ({"event": {**EVENT, "tzid": "Mars/Base"}}, "event.tzid"),
        ({"method": "invite"}, "method"),
        ({"smart_invite_id": ""}, "smart_invite_id"),
        ({"organizer": {"email": "x y"}}, "organizer.email"),
        ({"callback_url": "https://a.example/" + "x" * 2000}, "callback_url"),
    ],
)
async def test_what_is_wrong_is_named(app, change, field):
    body = {"smart_invite_id": "inv1", "recipient": {"email": "a@example.com"}, "event": EVENT, **change}
    answer = await app.http.post(INVITES, json=body)
    assert answer.status_code == 422, answer.text
    assert list(answer.json()["errors"]) == [field]


async def test_nothing_that_is_typed_adds_a_line(app):
    evil = "x\r\nATTENDEE:mailto:eve@example.com\r\nX:"
    invite = await invited(
        app,
        event={**EVENT, "summary": evil, "location": {"description": evil}},
        organizer={"name": evil},
    )
    _, event = mailed(invite)
    assert str(event["ATTENDEE"]) == "mailto:guest@example.com"
    assert "\r\nATTENDEE:mailto:eve" not in invite["attachments"]["icalendar"]
    assert str(event["ORGANIZER"]).startswith("mailto:invitations@")


async def test_invitations_are_of_one_application(world, app):
    await invited(app)
    other = await world.application("Other")
    query = {"smart_invite_id": "inv1", "recipient_email": "guest@example.com"}
    assert (await other.http.get(INVITES, params=query)).status_code == 404
    http = await world.authorize(app, await world.person("Ana"))
    assert (await http.get(INVITES, params=query)).status_code == 401
    assert (await app.http.get(INVITES)).status_code == 422


# -- what people answer


async def test_an_answer_is_recorded_and_told(world, app, mailbox):
    invite = await invited(app)
    told = await handed_in(
        mailbox, reply(invite, "TENTATIVE", "guest@example.com", "COMMENT:I may be\\, late")
    )
    person = {"email": "guest@example.com", "status": "tentative", "comment": "I may be, late"}
    assert told == {
        "client_id": app.client_id,
        "smart_invite_id": "inv1",
        "recipient": person,
        "recorded": [person],
    }
    assert await world.delivered(app) == [
        (
            HOOK,
            {
                "notification": {"type": "smart_invite"},
                "smart_invite": {
                    "smart_invite_id": "inv1",
                    "callback_url": HOOK,
                    "recipient": person,
                    "reply": person,
                },
            },
        )
    ]
    found = await shown(app, recipient_email="guest@example.com")
    assert (found["recipient"], found["replies"]) == (person, [person])


async def test_another_time_can_be_proposed(world, app, mailbox):
    invite = await invited(app)
    counter = reply(
        invite,
        "TENTATIVE",
        "guest@example.com",
        "DTSTART;TZID=Europe/Paris:20270112T140000",
        "DTEND;TZID=Europe/Paris:20270112T150000",
        METHOD="COUNTER",
    )
    told = await handed_in(mailbox, counter)
    proposal = {"start": "2027-01-12T13:00:00Z", "end": "2027-01-12T14:00:00Z"}
    assert told["recipient"] == {"email": "guest@example.com", "status": "tentative", "proposal": proposal}
    [(_, body)] = await world.delivered(app)
    assert body["smart_invite"]["reply"]["proposal"] == proposal
    assert "proposal" not in (await handed_in(mailbox, reply(invite)))["recipient"]


async def test_googles_words_and_forwarded_invitations(world, app, mailbox):
    invite = await invited(app)
    words = {"PARAMETERS": ';CN=Guest;X-NUM-GUESTS=0;X-RESPONSE-COMMENT="See you: there"'}
    told = await handed_in(mailbox, reply(invite, "ACCEPTED", "GUEST@example.com", **words))
    assert told["recipient"]["comment"] == "See you: there"
    told = await handed_in(mailbox, reply(invite, "ACCEPTED", "friend@example.com"))
    assert told["recorded"] == [{"email": "friend@example.com", "status": "accepted"}]
    found = await shown(app, recipient_email="guest@example.com")
    assert {person["email"] for person in found["replies"]} == {"guest@example.com", "friend@example.com"}
    assert str(mailed(found)[1]["ATTENDEE"]) == "mailto:guest@example.com"


async def test_an_older_answer_that_comes_late_changes_nothing(world, app, mailbox):
    invite = await invited(app)
    await handed_in(mailbox, reply(invite, "ACCEPTED", DTSTAMP="20261121T100000Z"))
    late = await handed_in(mailbox, reply(invite, "DECLINED", DTSTAMP="20261121T090000Z"))
    assert (late["recipient"]["status"], late["recorded"]) == ("accepted", [])
    later = {**EVENT, "end": {"time": "2027-01-12T11:00:00Z", "tzid": "Europe/Paris"}}
    await invited(app, event=later)
    stale = await handed_in(mailbox, reply(invite, "ACCEPTED", DTSTAMP="20261122T090000Z"))  # to the old time
    assert (stale["recipient"]["status"], stale["recorded"]) == ("pending", [])
    assert len(await world.delivered(app)) == 1


async def test_what_is_no_answer_is_refused_with_its_reason(app, mailbox):
    invite = await invited(app)
    for text, code in (
        ("hello", "not_a_calendar"),
        (invite["attachments"]["icalendar"], "not_a_reply"),
        (reply(invite).replace("END:VCALENDAR", ""), "not_a_calendar"),
        (reply(invite).replace("ATTENDEE", "X-ATTENDEE"), "not_a_reply"),
    ):
        answer = await mailbox.post("/api/smart-invites/reply", content=text.encode())
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    unknown = reply(invite).replace("UID:smi_", "UID:smi_0")
    assert (await mailbox.post("/api/smart-invites/reply", content=unknown.encode())).status_code == 404
    mail = await mailbox.post(
        "/api/smart-invites/reply",
        content=reply(invite).encode(),
        headers={"content-type": "message/rfc822"},
    )
    assert mail.status_code == 422


async def test_other_organisations_meet_no_invitation(world, app, mailbox):
    invite = await invited(app)
    elsewhere = (await world.installation.identity.accounts.create_organization("Else")).org_id
    issued = await world.installation.identity.keys.issue_service_key(
        operator(elsewhere), "Mail", ["smart_invites:write"]
    )
    stranger = await world.client(issued.secret.reveal())
    answer = await stranger.post(
        "/api/smart-invites/reply",
        content=reply(invite).encode(),
        headers={"content-type": "text/calendar"},
    )
    assert answer.status_code == 404
    assert (await shown(app, recipient_email="guest@example.com"))["recipient"]["status"] == "pending"
