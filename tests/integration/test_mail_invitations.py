"""Invitations by mail: who is sent what, once, and what becomes of it when mail servers fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from convene.ports.mail import MailDelayed
from convene.storage import bookings
from convene.storage.database import Database
from factories.booking_pages import TUESDAY, Member
from factories.links import Page, make_links, query
from factories.mail import SENDER, PostOffice, post_office
from fakes.mail_sink import Taken

CY = "cy@example.org"


@pytest.fixture
async def post(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[PostOffice]:
    async with post_office(database_url, tmp_path, clock) as office:
        yield office


async def booked(post: PostOffice, **members: Any) -> tuple[Member, dict[str, Any], Page]:
    """Ana's page, booked by Cy for Tuesday at ten: (Ana, the booking, Cy's page)."""
    ana = await post.pages.member("Ana")
    done = await post.pages.book(await ana.make(**members), "10:00")
    shown = await done.go_on()
    assert shown.status == 200, shown.text
    [booking] = await ana.bookings()
    return ana, booking, shown


async def move(ana: Member, booking: dict[str, Any], time: str) -> dict[str, Any]:
    answer = await ana.http.post(
        f"/api/bookings/{booking['booking_id']}/reschedule", json={"start": f"{TUESDAY}T{time}:00Z"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def only(found: list[Taken], recipient: str = CY) -> Taken:
    [mail] = [mail for mail in found if mail.recipient == recipient]
    return mail


async def test_a_visitor_is_invited_moved_and_called_off(post: PostOffice):
    ana, booking, shown = await booked(post)
    first = only(await post.send())
    assert first.sender == SENDER
    assert first.subject == "Invitation: Intro call, Tuesday 24 November, 10:00"
    assert first.method == "REQUEST"
    manage = str(shown.answer.url).partition("?")[0]
    assert manage.rpartition("/")[2] in first.text
    event = first.event
    assert event["SEQUENCE"] == 0
    assert [str(event["DTSTART"].dt), event["DTSTART"].params["TZID"]] == [
        "2026-11-24 10:00:00+00:00",
        "Europe/London",
    ]
    assert str(event["ATTENDEE"]) == f"mailto:{CY}"
    assert {name: str(event["ATTENDEE"].params[name]) for name in ("PARTSTAT", "RSVP")} == {
        "PARTSTAT": "ACCEPTED",
        "RSVP": "TRUE",
    }
    assert first.message["Auto-Submitted"] == "auto-generated"
    await move(ana, booking, "14:00")
    second = only(await post.send())
    assert second.subject == "Moved: Intro call, now Tuesday 24 November, 14:00"
    assert "10:00–10:30" in second.text
    assert second.event["UID"] == event["UID"]
    assert second.event["SEQUENCE"] == 1
    assert second.event["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION", "a host has moved it"
    assert second.message["In-Reply-To"] == first.message["Message-ID"]
    assert second.answer_to == first.answer_to
    cancelled = await ana.http.post(
        f"/api/bookings/{booking['booking_id']}/cancel", json={"reason": "Ill,\nsorry"}
    )
    assert cancelled.status_code == 200
    third = only(await post.send())
    assert third.subject.startswith("Cancelled: Intro call")
    assert "Ill,\nsorry" in third.text
    assert (third.method, third.event["STATUS"], third.event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 2)
    assert third.event["UID"] == event["UID"]
    assert await post.send() == []


async def test_members_without_a_calendar_are_invited_those_with_one_are_not(post: PostOffice):
    ana, bo = await post.pages.member("Ana"), await post.pages.member("Bo")
    async with post.pages.world.installation.platform.db.transaction() as conn:
        await conn.execute(
            "INSERT INTO calendar_connection (org_id, connection_id, account_id, kind, state, created_at) "
            "SELECT org_id, 'pro_of_ana', account_id, 'caldav', 'ok', now() FROM account WHERE account_id = %s",
            [ana.sub],
        )
        await conn.execute(
            "INSERT INTO calendar (org_id, calendar_id, connection_id, account_id, name, tzid, is_writable, is_checked)"
            " SELECT org_id, 'cal_of_ana', 'pro_of_ana', account_id, 'Work', tzid, true, false"
            " FROM account WHERE account_id = %s",
            [ana.sub],
        )
    answer = await ana.http.post(
        "/api/bookings",
        json={
            "participants": [bo.sub],
            "start": f"{TUESDAY}T10:00:00Z",
            "duration_minutes": 30,
            "title": "Talk",
        },
    )
    assert answer.status_code == 201, answer.text
    found = await post.send()
    [address] = await post.rows(f"SELECT email FROM account WHERE account_id = '{bo.sub}'")
    assert [mail.recipient for mail in found] == [address[0]]
    assert f"/bookings/{answer.json()['booking_id']}" in found[0].text


async def test_whoever_connects_a_calendar_later_or_is_suspended_is_not_told_that_it_is_off(post: PostOffice):
    ana, bo = await post.pages.member("Ana"), await post.pages.member("Bo")
    talk = {
        "participants": [bo.sub],
        "start": f"{TUESDAY}T10:00:00Z",
        "duration_minutes": 30,
        "title": "Talk",
    }
    booking = (await ana.http.post("/api/bookings", json=talk)).json()
    emails = dict(await post.rows("SELECT account_id, email FROM account"))
    assert {mail.recipient for mail in await post.send()} == {emails[ana.sub], emails[bo.sub]}
    async with post.pages.world.installation.platform.db.transaction() as conn:
        await conn.execute(
            "UPDATE calendar_connection SET kind = 'caldav' WHERE account_id = %s AND kind = 'builtin'",
            [ana.sub],
        )
        await conn.execute("UPDATE calendar SET is_checked = false WHERE account_id = %s", [ana.sub])
        await conn.execute("UPDATE account SET suspended_at = now() WHERE account_id = %s", [bo.sub])
        await conn.execute(
            "UPDATE booking SET title = 'Longer talk', revision = revision + 1 WHERE booking_id = %s",
            [booking["booking_id"]],
        )
        row = await bookings.find_booking(conn, post.pages.world.org_id, booking["booking_id"])
        assert row is not None
        await post.mail.invitations.follow(conn, row)
    assert [(mail.recipient, mail.method) for mail in await post.send()] == [(emails[ana.sub], "REQUEST")]


async def test_guests_of_a_shared_meeting_learn_of_no_others(post: PostOffice):
    ana = await post.pages.member("Ana")
    made = await ana.make(seats=3)
    for name, email in (("Cy", CY), ("Di", "di@example.org")):
        visitor = await post.pages.visitor()
        form = await visitor.open(made["url"], at=f"{TUESDAY}T10:00:00Z")
        done = await form.submit(name=name, email=email)
        assert done.status == 303, done.text
    found = await post.send()
    guests = [mail for mail in found if mail.recipient in (CY, "di@example.org")]
    assert [mail.recipient for mail in guests] == [CY, "di@example.org"], "Cy is not told that Di comes"
    assert b"di@example.org" not in guests[0].raw
    assert CY.encode() not in guests[1].raw
    assert CY not in guests[1].icalendar
    left = await (await done.go_on()).follow("Cancel my seat")
    gone = await left.submit(reason="")
    assert gone.status == 303, gone.text
    last = [mail for mail in await post.send() if mail.recipient in (CY, "di@example.org")]
    assert [(mail.recipient, mail.method) for mail in last] == [("di@example.org", "CANCEL")]


async def test_a_request_is_told_of_without_an_event_until_it_is_accepted(post: PostOffice):
    ana, booking, _ = await booked(post, requires_confirmation=True)
    asked = only(await post.send())
    assert asked.subject.startswith("Requested: ")
    assert asked.icalendar == ""
    accepted = await ana.http.post(f"/api/bookings/{booking['booking_id']}/accept", json={})
    assert accepted.status_code == 200
    invited = only(await post.send())
    assert (invited.method, invited.event["SEQUENCE"]) == ("REQUEST", 1)
    assert invited.message["In-Reply-To"] == asked.message["Message-ID"]


async def test_a_declined_request_says_why(post: PostOffice):
    ana, booking, _ = await booked(post, requires_confirmation=True)
    await post.send()
    await ana.http.post(f"/api/bookings/{booking['booking_id']}/decline", json={"reason": "Away that week"})
    declined = only(await post.send())
    assert declined.subject.startswith("Declined: ")
    assert "Away that week" in declined.text
    assert declined.icalendar == ""


async def test_whoever_waits_is_told_that_the_time_is_free(post: PostOffice):
    ana = await post.pages.member("Ana")
    made = await ana.make(has_waitlist=True)
    await post.pages.book(made, "10:00")
    [booking] = await ana.bookings()
    visitor = await post.pages.visitor()
    form = await visitor.open(made["url"], wait=f"{TUESDAY}T10:00:00Z")
    done = await form.submit(name="Di", email="di@example.org")
    assert done.status == 303, done.text
    assert only(await post.send()).method == "REQUEST"
    assert post.sink.to("di@example.org") == []
    await ana.http.post(f"/api/bookings/{booking['booking_id']}/cancel", json={})
    offered = only(await post.send(), "di@example.org")
    assert offered.subject == "Free for you: Intro call, Tuesday 24 November, 10:00"
    assert "/book/waitlist/" in offered.text
    assert (await visitor.open(offered.text.split("Take this time: ")[1].split()[0])).status == 200


async def test_what_was_not_sent_in_time_is_not_sent_late(post: PostOffice):
    ana, booking, _ = await booked(post)
    await move(ana, booking, "14:00")
    [mail] = [mail for mail in await post.send() if mail.recipient == CY]
    assert mail.event["SEQUENCE"] == 1
    assert ("superseded") in {state for email, _, state in await post.states() if email == CY}


async def test_a_refused_address_is_given_up_with_the_reason(post: PostOffice):
    ana, booking, _ = await booked(post)
    post.sink.refused[CY] = "550 5.1.1 no such mailbox"
    await post.send()
    found = (await ana.http.get(f"/api/bookings/{booking['booking_id']}/invitations")).json()
    [cy] = [person for person in found["invitees"] if person["email"] == CY]
    assert cy["mail"]["state"] == "failed"
    assert "no such mailbox" in cy["mail"]["detail"]


async def test_a_busy_mail_server_is_asked_again_later(post: PostOffice, clock):
    ana, booking, _ = await booked(post)
    post.sink.put_off = "451 4.7.1 greylisted"
    await post.send()
    found = (await ana.http.get(f"/api/bookings/{booking['booking_id']}/invitations")).json()
    [cy] = [person for person in found["invitees"] if person["email"] == CY]
    assert (cy["mail"]["state"], cy["mail"]["next_try_at"]) == ("retrying", "2026-11-20T09:01:00Z")
    post.sink.put_off = ""
    assert await post.send() == [], "not before its time"
    clock.advance(minutes=1)
    assert only(await post.send()).method == "REQUEST"


async def test_an_answer_that_was_not_heard_leads_to_one_repetition_and_no_more(post: PostOffice, clock):
    await booked(post)
    post.sink.is_mute = True
    post.sink.refused = {email: "550 no" for email, _, _ in await post.states() if email != CY}
    await post.send()
    assert len(post.sink.to(CY)) == 1
    clock.advance(minutes=10)
    post.sink.is_mute = True
    await post.send()
    first, second = post.sink.to(CY)
    assert first.message["Message-ID"] == second.message["Message-ID"], (
        "mail programs see that it is the same"
    )
    clock.advance(hours=1)
    await post.send()
    assert len(post.sink.to(CY)) == 2
    assert [state for email, _, state in await post.states() if email == CY] == ["failed"]


async def test_a_process_that_ends_after_sending_repeats_once(post: PostOffice, clock, monkeypatch):
    await booked(post)

    async def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(post.mail.outbox, "_settle", dies)
        with pytest.raises(KeyboardInterrupt):
            await post.send()
    [(sent, _, state)] = [row for row in await post.states() if row[2] == "sending"]
    assert state == "sending"
    assert len(post.sink.to(sent)) == 1
    await post.send()
    assert len(post.sink.to(sent)) == 1, "its claim has not run out"
    clock.advance(minutes=11)
    await post.send()
    clock.advance(minutes=11)
    await post.send()
    assert len(post.sink.to(sent)) == 2
    assert {state for _, _, state in await post.states()} == {"sent"}


async def test_two_workers_send_a_mail_once(post: PostOffice):
    await booked(post)
    [(org_id, mail_id), *_] = await post.rows("SELECT org_id, mail_id FROM mail ORDER BY mail_id")
    await post.mail.outbox.send(org_id, mail_id)
    await post.mail.outbox.send(org_id, mail_id)
    assert len(post.sink.taken) == 1


async def test_an_address_is_sent_no_more_than_so_much_in_a_day(post: PostOffice, monkeypatch):
    monkeypatch.setattr("convene.services.mail_outbox.MOST_PER_DAY", 0)
    await booked(post)
    assert await post.send() == []
    assert {state for _, _, state in await post.states()} == {"failed"}


async def test_what_a_stranger_types_is_not_sent_on(post: PostOffice):
    ana = await post.pages.member("Ana")
    made = await ana.make(questions=[{"label": "What about?"}])
    visitor = await post.pages.visitor()
    form = await visitor.open(made["url"], at=f"{TUESDAY}T10:00:00Z")
    done = await form.submit(
        name="Win at https://bad.example", email="victim@example.org", **{"answer.0": "Visit bad.example"}
    )
    assert done.status == 303, done.text
    mail = only(await post.send(), "victim@example.org")
    assert "bad.example" not in mail.text + mail.icalendar + str(mail.message["To"]) + mail.subject


async def test_without_a_mail_server_nothing_is_written_down(
    db: Database, database_url: str, tmp_path, clock
):
    from factories.booking_pages import Pages
    from factories.receivers import application_world

    async with application_world(database_url, tmp_path, clock) as world:
        pages = Pages(world)
        ana = await pages.member("Ana")
        await pages.book(await ana.make(), "10:00")
        [booking] = await ana.bookings()
        found = (await ana.http.get(f"/api/bookings/{booking['booking_id']}/invitations")).json()
        assert (found["sent_by"], found["invitees"]) == ("nobody", [])
        with pytest.raises(MailDelayed, match="CONVENE_SMTP_URL"):
            await world.installation.platform.mail.outbox.sender.send(SENDER, CY, b"")


async def test_attendees_of_a_single_event_are_invited_once_and_by_us(
    db: Database, database_url: str, tmp_path, clock
):
    """The event names them, and says to whatever calendar service holds it that it shall not invite them."""
    async with post_office(database_url, tmp_path, clock) as post:
        links = await make_links(post.pages.world)
        made = await links.make(
            availability=query(links.ana.member_id, links.bo.member_id), event_creation="single"
        )
        done = await (await links.visitor()).book(made["real_time_scheduling"]["url"], "2026-11-24T09:00:00Z")
        assert done.status == 303, done.text
        sent = await post.send()
        emails = await post.rows("SELECT account_id, email FROM account")
        bo = dict(emails)[links.bo.member_id]
        assert sorted(mail.recipient for mail in sent).count(CY) == 1
        assert [mail.recipient for mail in sent].count(bo) == 1
