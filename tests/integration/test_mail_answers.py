"""Answers to invitations that come by mail: who is believed, what counts, and other times that guests propose."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from convene.storage.database import Database
from factories.booking_pages import TUESDAY, Member
from factories.mail import SENDER, PostOffice, post_office
from fakes.mail_sink import Taken

CY = "cy@example.org"
THREE = ("20261124T150000Z", "20261124T153000Z")


@pytest.fixture
async def post(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[PostOffice]:
    async with post_office(database_url, tmp_path, clock) as office:
        yield office


async def invited(post: PostOffice) -> tuple[Member, str, Taken]:
    """Ana's meeting with Cy, on Tuesday at ten: (Ana, the booking's id, Cy's invitation)."""
    ana = await post.pages.member("Ana")
    await post.pages.book(await ana.make(), "10:00")
    [booking] = await ana.bookings()
    [invitation] = [mail for mail in await post.send() if mail.recipient == CY]
    assert await post.read() == 0, "from here on the mailbox is looked at"
    return ana, booking["booking_id"], invitation


async def booking_of(ana: Member, booking_id: str) -> dict[str, Any]:
    return (await ana.http.get(f"/api/bookings/{booking_id}")).json()


async def answers_of(ana: Member, booking_id: str) -> dict[str, Any]:
    answer = await ana.http.get(f"/api/bookings/{booking_id}/invitations")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def cys(ana: Member, booking_id: str) -> str:
    return (await booking_of(ana, booking_id))["guests"][0]["rsvp"]


async def told(post: PostOffice) -> list[dict[str, Any]]:
    found = await post.rows(
        "SELECT DISTINCT ON (event_id) event_id, body FROM webhook_delivery WHERE type = 'booking.answered'"
    )
    return [json.loads(body)["data"]["answer"] for _, body in sorted(found)]


async def test_an_answer_is_shown_on_the_meeting_and_told(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    before = await booking_of(ana, booking_id)
    post.answer(invitation, "DECLINED", comment="Down with a cold")
    assert await post.read() == 1
    after = await booking_of(ana, booking_id)
    assert after["guests"][0]["rsvp"] == "declined"
    assert (after["revision"], after["state"]) == (before["revision"], "confirmed"), (
        "the meeting itself stays"
    )
    assert after["sync_revision"] == before["sync_revision"] + 1
    [cy] = [person for person in (await answers_of(ana, booking_id))["invitees"] if person["email"] == CY]
    assert (cy["rsvp"], cy["comment"]) == ("declined", "Down with a cold")
    assert [(answer["email"], answer["rsvp"]) for answer in await told(post)] == [(CY, "declined")]
    assert post.imap.sessions == 2


async def test_every_message_is_handled_once(post: PostOffice):
    _ana, _booking_id, invitation = await invited(post)
    post.answer(invitation, "DECLINED")
    assert await post.read() == 1
    assert await post.read() == 0
    post.imap.renumber(8)
    assert await post.read() == 1, "read again under other numbers,"
    assert len(await told(post)) == 1, "and nothing new is told"


async def test_a_counter_read_again_does_not_come_back(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    post.answer(invitation, "TENTATIVE", method="COUNTER", time=THREE)
    await post.read()
    [proposal] = (await answers_of(ana, booking_id))["proposals"]
    await ana.http.post(f"/api/bookings/{booking_id}/proposals/{proposal['proposal_id']}/decline", json={})
    post.imap.renumber(9)
    await post.read()
    assert [item["state"] for item in (await answers_of(ana, booking_id))["proposals"]] == ["declined"]


async def test_an_answer_to_an_older_version_changes_nothing(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    moved = await ana.http.post(
        f"/api/bookings/{booking_id}/reschedule", json={"start": f"{TUESDAY}T14:00:00Z"}
    )
    assert moved.json()["guests"][0]["rsvp"] == "needs_action"
    post.answer(invitation, "ACCEPTED")
    await post.read()
    assert await cys(ana, booking_id) == "needs_action"
    [newer] = [mail for mail in await post.send() if mail.recipient == CY]
    post.answer(newer, "ACCEPTED")
    await post.read()
    assert await cys(ana, booking_id) == "accepted"


async def test_of_two_answers_the_later_counts_in_whatever_order_they_come(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    post.answer(invitation, "DECLINED", stamp="20261120T080000Z")
    post.answer(invitation, "ACCEPTED", stamp="20261120T070000Z")
    await post.read()
    assert await cys(ana, booking_id) == "declined"


async def test_strangers_are_told_of_and_not_believed(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    post.answer(invitation, "DECLINED", sender="mallory@example.net", attendee=CY, to=SENDER)
    post.answer(invitation, "DECLINED", sender="di@example.net")  # the invitation was forwarded to her
    forged = (("Authentication-Results", "mx.example; spf=fail; dmarc=fail (p=none)"),)
    post.answer(invitation, "DECLINED", to=SENDER, head=forged)
    await post.read()
    assert await cys(ana, booking_id) == "accepted"
    unproven = (await answers_of(ana, booking_id))["unproven_answers"]
    assert {(item["sender"], item["attendee"], item["why"]) for item in unproven} == {
        ("mallory@example.net", CY, "It came from another address than the one that was invited."),
        ("di@example.net", "di@example.net", "This address was not invited."),
        (CY, CY, "The mail server says that its sender is forged."),
    }
    assert await told(post) == []


async def test_an_answer_from_the_invited_address_needs_no_secret_address(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    post.answer(invitation, "TENTATIVE", to=SENDER)
    await post.read()
    assert await cys(ana, booking_id) == "tentative"


async def test_a_secret_address_lets_people_answer_from_another_account(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    post.answer(invitation, "DECLINED", sender="cy.private@example.net", attendee=CY)
    await post.read()
    assert await cys(ana, booking_id) == "declined"


async def test_a_secret_address_of_another_meeting_proves_nothing(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    page = (await ana.http.get("/api/booking-pages")).json()
    [made] = next(iter(value for value in page.values() if isinstance(value, list)))
    visitor = await post.pages.visitor()
    form = await visitor.open(made["url"], at=f"{TUESDAY}T12:00:00Z")
    await form.submit(name="Mallory", email="mallory@example.net")
    [hers] = [mail for mail in await post.send() if mail.recipient == "mallory@example.net"]
    post.answer(invitation, "DECLINED", sender="mallory@example.net", attendee=CY, to=hers.answer_to)
    await post.read()
    assert await cys(ana, booking_id) == "accepted"


@pytest.mark.parametrize(
    "message",
    [
        b"From: a@example.org\r\nTo: meetings@convene.example\r\nSubject: Hello\r\n\r\nCan we talk?\r\n",
        b"\xff\xfe\x00" * 50,
        b"",
        b"From: a@example.org\r\nContent-Type: text/calendar; charset=nonsense\r\n\r\nBEGIN:VCALENDAR\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 300,
        b"Subject: big\r\n\r\n" + b"x" * (1024 * 1024),
    ],
    ids=["letter", "noise", "nothing", "charset", "nested", "big"],
)
async def test_other_mail_is_passed_over(post: PostOffice, message: bytes):
    ana, booking_id, invitation = await invited(post)
    post.imap.deliver(message)
    post.answer(invitation, "DECLINED")
    assert await post.read() == 1
    assert await cys(ana, booking_id) == "declined"
    assert len(post.imap.messages) == 2, "everything is left where it was"


async def test_a_message_that_cannot_be_taken_does_not_keep_the_others(post: PostOffice, monkeypatch):
    ana, booking_id, invitation = await invited(post)
    post.answer(invitation, "DECLINED", stamp="20261120T080000Z")
    post.answer(invitation, "TENTATIVE", stamp="20261120T083000Z")
    whole, calls = post.mail.mailbox.receive, []

    async def receive(conn: Any, found: Any) -> bool:
        calls.append(found)
        if len(calls) == 1:
            raise RuntimeError
        return bool(await whole(conn, found))

    monkeypatch.setattr(post.mail.mailbox, "receive", receive)
    assert await post.read() == 1
    assert await cys(ana, booking_id) == "tentative"


async def test_a_mailbox_that_breaks_off_is_read_on_later(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    post.answer(invitation, "DECLINED")
    post.imap.is_broken = True
    assert await post.read() == 0
    [(detail,)] = await post.rows("SELECT error_detail FROM mailbox")
    assert "127.0.0.1" in detail
    post.imap.is_broken = False
    assert await post.read() == 1
    assert await cys(ana, booking_id) == "declined"
    assert await post.rows("SELECT error_detail FROM mailbox") == [("",)]


async def test_a_wrong_password_is_told_without_it(post: PostOffice):
    post.imap.password = "another"
    assert await post.read() == 0
    [(detail,)] = await post.rows("SELECT error_detail FROM mailbox")
    assert detail == "127.0.0.1 refuses user name and password: [AUTHENTICATIONFAILED]"


async def test_a_proposed_time_waits_for_a_host_who_accepts_it(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    post.answer(invitation, "TENTATIVE", method="COUNTER", time=THREE, comment="Three would be better")
    await post.read()
    before = await booking_of(ana, booking_id)
    assert before["start"] == f"{TUESDAY}T10:00:00Z", "mail moves nothing"
    [proposal] = (await answers_of(ana, booking_id))["proposals"]
    assert (proposal["start"], proposal["state"]) == (f"{TUESDAY}T15:00:00Z", "open")
    assert [answer["proposal"]["start"] for answer in await told(post)] == [f"{TUESDAY}T15:00:00Z"]
    path = f"/api/bookings/{booking_id}/proposals/{proposal['proposal_id']}"
    accepted = await ana.http.post(f"{path}/accept")
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["start"] == f"{TUESDAY}T15:00:00Z"
    assert accepted.json()["guests"][0]["rsvp"] == "accepted", "whoever proposes a time has agreed to it"
    assert (await ana.http.post(f"{path}/accept")).json()["revision"] == accepted.json()["revision"]
    assert (await ana.http.post(f"{path}/decline", json={})).json()["code"] == "already_answered"
    [moved] = [mail for mail in await post.send() if mail.recipient == CY]
    assert (moved.method, moved.event["ATTENDEE"].params["PARTSTAT"]) == ("REQUEST", "ACCEPTED")


async def test_a_declined_proposal_is_answered_by_mail(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    post.answer(invitation, "TENTATIVE", method="COUNTER", time=THREE)
    await post.read()
    [proposal] = (await answers_of(ana, booking_id))["proposals"]
    path = f"/api/bookings/{booking_id}/proposals/{proposal['proposal_id']}"
    for _ in range(2):
        declined = await ana.http.post(f"{path}/decline", json={"reason": "We are away then"})
        assert declined.status_code == 200, declined.text
    [mail] = [mail for mail in await post.send() if mail.recipient == CY]
    assert (mail.method, mail.event["UID"]) == ("DECLINECOUNTER", invitation.event["UID"])
    assert "We are away then" in mail.text
    assert mail.event["DTSTART"].dt == invitation.event["DTSTART"].dt
    assert (await ana.http.post(f"{path}/accept")).json()["code"] == "already_answered"


async def test_a_proposal_for_a_time_that_is_taken_stays_open(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    bo = await post.pages.member("Bo")
    busy = {
        "participants": [bo.sub],
        "start": f"{TUESDAY}T15:00:00Z",
        "duration_minutes": 30,
        "title": "Talk",
    }
    assert (await ana.http.post("/api/bookings", json=busy)).status_code == 201
    post.answer(invitation, "TENTATIVE", method="COUNTER", time=THREE)
    await post.read()
    [proposal] = (await answers_of(ana, booking_id))["proposals"]
    path = f"/api/bookings/{booking_id}/proposals/{proposal['proposal_id']}"
    taken = await ana.http.post(f"{path}/accept")
    assert (taken.status_code, taken.json()["code"]) == (409, "slot_taken")
    [still] = (await answers_of(ana, booking_id))["proposals"]
    assert still["state"] == "open"


async def test_a_move_leaves_nothing_to_be_decided_of_proposals(post: PostOffice):
    ana, booking_id, invitation = await invited(post)
    post.answer(invitation, "TENTATIVE", method="COUNTER", time=THREE)
    await post.read()
    await ana.http.post(f"/api/bookings/{booking_id}/reschedule", json={"start": f"{TUESDAY}T14:00:00Z"})
    assert [item["state"] for item in (await answers_of(ana, booking_id))["proposals"]] == ["superseded"]


@pytest.mark.parametrize(
    "time",
    [
        ("20251124T150000Z", "20251124T153000Z"),
        ("20261124T150000Z", "20261124T140000Z"),
        ("20261124T150000Z", "20271124T150000Z"),
    ],
    ids=["past", "backwards", "year"],
)
async def test_a_proposal_that_cannot_be_is_none(post: PostOffice, time: tuple[str, str]):
    ana, booking_id, invitation = await invited(post)
    post.answer(invitation, "TENTATIVE", method="COUNTER", time=time)
    await post.read()
    found = await answers_of(ana, booking_id)
    assert found["proposals"] == []
    assert await cys(ana, booking_id) == "tentative"


async def test_others_learn_nothing_of_a_meeting(post: PostOffice):
    _ana, booking_id, _invitation = await invited(post)
    bo = await post.pages.member("Bo")
    assert (await bo.http.get(f"/api/bookings/{booking_id}/invitations")).status_code == 404
