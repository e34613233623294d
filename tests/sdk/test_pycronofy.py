"""pycronofy 2.1.1, unchanged but for its two addresses, against the real server: every call that it can make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pycronofy
import pytest
from icalendar import Calendar
from pycronofy.batch import BatchBuilder
from pycronofy.exceptions import PyCronofyPartialSuccessError, PyCronofyRequestError
from sdk_bed import REDIRECT, Person, Push, SdkBed, at, press, written

from caldav_servers import PASSWORD, USER, Radicale, event_text


@pytest.fixture(autouse=True)
def addresses(bed: SdkBed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pycronofy.settings, "API_BASE_URL", bed.url)
    monkeypatch.setattr(pycronofy.settings, "APP_BASE_URL", bed.url)


@pytest.fixture
def ana(bed: SdkBed, addresses: None) -> pycronofy.Client:
    return client_of(bed, bed.ana)


def client_of(bed: SdkBed, person: Person, **fields: Any) -> pycronofy.Client:
    tokens = bed.tokens(person, **fields)
    return pycronofy.Client(
        client_id=fields.get("client_id", bed.client_id),
        client_secret=bed.secrets[0],
        access_token=tokens["access_token"],
        refresh_token=tokens["refresh_token"],
    )


def calendar_of(client: pycronofy.Client) -> str:
    return str(client.list_calendars()[0]["calendar_id"])


@pytest.fixture
def calendar_id(ana: pycronofy.Client) -> Iterator[str]:
    yield calendar_of(ana)
    ana.delete_all_events()


def event(event_id: str, start: Any, end: Any, **fields: Any) -> dict[str, Any]:
    return {"event_id": event_id, "summary": "Interview", "start": start, "end": end, **fields}


# -- authorization and accounts


def test_a_person_lets_the_application_in_and_out_again(bed: SdkBed):
    client = pycronofy.Client(client_id=bed.client_id, client_secret=bed.secrets[1])  # the older secret
    back = bed.allow(bed.ana, client.user_auth_link(REDIRECT, state="s t&1"))
    assert back["state"] == "s t&1"
    first = client.get_authorization_from_code(back["code"])
    assert not client.is_authorization_expired()
    account = client.account()
    assert (account["account_id"], account["email"], account["default_tzid"]) == (
        bed.ana.sub,
        bed.ana.email,
        "Europe/London",
    )
    with pytest.raises(PyCronofyRequestError) as used:
        client.get_authorization_from_code(back["code"])
    assert used.value.response.status_code == 400
    assert used.value.response.json()["error"] == "invalid_grant"

    again = bed.allow(bed.ana, client.user_auth_link(REDIRECT))
    client.get_authorization_from_code(again["code"])
    second = client.refresh_authorization()
    assert second["access_token"] != first["access_token"]
    assert client.userinfo()["sub"] == bed.ana.sub
    gone = client.auth.access_token
    client.revoke_authorization()
    client.auth.update(access_token=gone)
    with pytest.raises(PyCronofyRequestError) as refused:
        client.account()
    assert refused.value.response.status_code == 401


def test_who_somebody_is_and_which_calendars_there_are(bed: SdkBed, ana: pycronofy.Client):
    found = ana.userinfo()
    assert found["sub"] == bed.ana.sub
    [profile] = found["cronofy.data"]["profiles"]
    calendars = ana.list_calendars()
    assert {item["calendar_id"] for item in profile["profile_calendars"]} == {
        item["calendar_id"] for item in calendars
    }
    assert [item["profile_id"] for item in ana.list_profiles()] == [profile["profile_id"]]
    assert sum(item["calendar_primary"] for item in calendars) == 1
    assert [room["email"] for room in ana.resources()] == ["fountain@example.org"]


def test_a_calendar_that_cannot_be_made_is_refused_by_field(ana: pycronofy.Client):
    """pycronofy looks for `errors.name` whatever was refused, so the call itself is made."""
    profile_id = ana.list_profiles()[0]["profile_id"]
    name = f"Interviews {uuid4().hex[:8]}"
    made = ana.create_calendar(profile_id, name)["calendar"]
    assert made["calendar_name"] == name
    assert name in {item["calendar_name"] for item in ana.list_calendars()}
    with pytest.raises(PyCronofyRequestError) as refused:
        ana.create_calendar(profile_id, name)
    assert refused.value.response.json()["errors"]["name"][0]["key"] == "errors.duplicate_calendar_name"
    known = ana.create_calendar(profile_id, name, error_on_duplicate=False)
    assert known["calendar_id"] == made["calendar_id"]


def test_an_application_calendar(bed: SdkBed):
    client = pycronofy.Client(client_id=bed.client_id, client_secret=bed.secrets[0])
    first = client.application_calendar("board-room")
    assert first["access_token"] == client.auth.access_token
    account = client.userinfo()["sub"]
    assert account.startswith("apc_")
    client.upsert_event(calendar_of(client), event("one", at(4, 9), at(4, 10)))
    assert [item["event_id"] for item in client.read_events(only_managed=True)] == ["one"]
    client.application_calendar("board-room")
    assert client.userinfo()["sub"] == account


def test_tokens_for_elements_and_pages_for_people(bed: SdkBed, ana: pycronofy.Client):
    token = ana.get_ui_element_token(["availability"], [bed.ana.sub], "http://localhost:7001")[
        "element_token"
    ]
    assert token["permissions"] == ["availability"]
    assert token["origin"] == "http://localhost:7001"
    assert token["expires_in"] > 3600
    with httpx.Client(trust_env=False) as browser:
        assert browser.get(ana.get_conferencing_services_auth_link(REDIRECT)).status_code == 200
        asked = ana.elevated_permissions(
            [{"calendar_id": calendar_of(ana), "permission_level": "unrestricted"}], REDIRECT
        )
        assert browser.get(asked["url"], follow_redirects=True).status_code == 200


# -- events


def test_events_are_made_changed_read_and_deleted(ana: pycronofy.Client, calendar_id: str):
    start, end = at(5, 9), at(5, 10)
    made = event("one", start, end, description="Bring a pen", location={"description": "Room 3"})
    ana.upsert_event(calendar_id, dict(made))
    ana.upsert_event(calendar_id, {**made, "summary": "Second interview"})
    ana.upsert_event(calendar_id, event("day", start.date(), at(6, 0).date()))
    window = {"from_date": start.date(), "to_date": at(6, 0)}
    found = {item["event_id"]: item for item in ana.read_events(**window)}
    assert set(found) == {"one", "day"}
    one = found["one"]
    assert (one["summary"], one["start"], one["end"]) == ("Second interview", written(start), written(end))
    assert (one["calendar_id"], one["deleted"], one["location"]["description"]) == (
        calendar_id,
        False,
        "Room 3",
    )
    assert found["day"]["start"] == start.date().isoformat()
    localized = ana.read_events(localized_times=True, from_date=start, to_date=end).json()["events"]
    assert {"time", "tzid"} <= set(next(item for item in localized if item["event_id"] == "one")["start"])
    busy = list(ana.read_free_busy(**window))
    assert {item["free_busy_status"] for item in busy} == {"busy"}
    ana.delete_event(calendar_id, "one")
    left = {item.get("event_id"): item["deleted"] for item in ana.read_events(**window, include_deleted=True)}
    assert (left.get("one"), left["day"]) == (True, False)
    ana.delete_all_events(calendar_ids=(calendar_id,))
    assert list(ana.read_events(only_managed=True)) == []


def test_many_events_come_in_pages(ana: pycronofy.Client, calendar_id: str):
    for part in range(5):
        batch = BatchBuilder()
        for number in range(50):
            times = [at(7 + part, number // 3, number % 3 * 20 + shift) for shift in (0, 10)]
            batch.upsert_event(calendar_id, event(f"{part}-{number}", *times))
        assert len(ana.batch(batch).entries) == 50
    pages = ana.read_events(only_managed=True)
    assert pages.total > 1
    assert len({item["event_id"] for item in pages.all()}) == 250


def test_a_batch_says_what_failed(ana: pycronofy.Client, calendar_id: str):
    batch = BatchBuilder().upsert_event(calendar_id, event("one", at(5, 9), at(5, 10)))
    batch.upsert_event(calendar_id, event("broken", at(5, 12), at(5, 11)))
    batch.delete_event(calendar_id, "one")
    with pytest.raises(PyCronofyPartialSuccessError) as partial:
        ana.batch(batch)
    result = partial.value.batch_response
    assert [entry.status() for entry in result.entries] == [202, 422, 202]
    assert result.errors()[0].response["data"]["errors"]


def test_events_of_others_are_deleted_and_answered(bed: SdkBed, ana: pycronofy.Client, calendar_id: str):
    """What another application put there is an external event to this one."""
    other = client_of(bed, bed.ana, client_id=bed.other_client_id)
    other.upsert_event(calendar_id, event("theirs", at(5, 13), at(5, 14)))
    window = {"from_date": at(5, 12), "to_date": at(5, 15)}
    [theirs] = ana.read_events(**window)
    assert "event_id" not in theirs
    with pytest.raises(PyCronofyRequestError) as nobody_asked:
        ana.change_participation_status(calendar_id, theirs["event_uid"], "accepted")
    assert nobody_asked.value.response.status_code in (403, 422)
    with pytest.raises(PyCronofyRequestError) as missing:
        ana.change_participation_status(calendar_id, "evt_external_none", "accepted")
    assert missing.value.response.status_code == 404
    ana.delete_external_event(calendar_id, theirs["event_uid"])
    assert list(ana.read_events(**window)) == []


def test_what_is_wrong_surfaces_as_the_sdks_own_error(ana: pycronofy.Client, calendar_id: str):
    with pytest.raises(PyCronofyRequestError) as refused:
        ana.upsert_event(calendar_id, {"event_id": "x", "start": at(5, 9), "end": at(5, 10)})
    assert refused.value.response.status_code == 422
    assert refused.value.response.json()["errors"]["summary"][0]["key"] == "errors.required"


# -- availability


def test_availability_in_all_its_forms(bed: SdkBed, ana: pycronofy.Client, calendar_id: str):
    bo = client_of(bed, bed.bo)
    ana.upsert_event(calendar_id, event("busy", at(8, 10), at(8, 11)))
    bo.upsert_event(calendar_of(bo), event("busy", at(8, 12), at(8, 12, 30)))
    group = {"members": [{"sub": bed.ana.sub}, {"sub": bed.bo.sub}], "required": "all"}
    rooms = {"members": [bed.room], "required": 1}
    period = {"start": at(8, 9), "end": at(8, 14)}

    def asked(**fields: Any) -> list[dict[str, Any]]:
        query = {"participants": [group, rooms], "required_duration": 60, "available_periods": [dict(period)]}
        return ana.availability(**{**query, **fields})

    def times(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [(item["start"], item["end"]) for item in found]

    free = [(at(8, 9), at(8, 10)), (at(8, 11), at(8, 12)), (at(8, 12, 30), at(8, 14))]
    assert times(asked()) == [(written(start), written(end)) for start, end in free]
    slots = asked(response_format="slots")
    assert {person["sub"] for person in slots[0]["participants"]} == {bed.ana.sub, bed.bo.sub, bed.room}
    assert times(slots)[:2] == [(written(s), written(e)) for s, e in free[:2]]
    overlapping = asked(response_format="overlapping_slots", start_interval=15, max_results=3)
    assert [item["start"] for item in overlapping] == [
        written(at(8, 9)),
        written(at(8, 11)),
        written(at(8, 12, 30)),
    ]
    slot = asked(
        available_periods=None,
        query_slots=[{"start": at(8, 9)}, {"start": at(8, 10)}],
        response_format="slots",
    )
    assert [item["start"] for item in slot] == [written(at(8, 9))]
    buffered = asked(buffer={"before": {"minutes": 15}}, response_format="slots")
    assert written(at(8, 11)) not in {item["start"] for item in buffered}
    bo.delete_all_events()


def test_sequences_are_found(bed: SdkBed, ana: pycronofy.Client, calendar_id: str):
    def step(name: str, ordinal: int, who: str) -> dict[str, Any]:
        return {
            "sequence_id": name,
            "ordinal": ordinal,
            "participants": [{"members": [{"sub": who}], "required": "all"}],
            "required_duration": 60,
            "start_interval": 60,
            "buffer": {"before": {"minimum": 0, "maximum": 60}},
        }

    found = ana.sequenced_availability(
        sequence=[step("first", 1, bed.ana.sub), step("second", 2, bed.bo.sub)],
        available_periods=[{"start": at(9, 9), "end": at(9, 12)}],
    )
    assert [item["sequence_id"] for item in found[0]["sequence"]] == ["first", "second"]
    assert found[0]["sequence"][0]["end"] <= found[0]["sequence"][1]["start"]


def test_availability_rules(ana: pycronofy.Client):
    rule = {
        "availability_rule_id": "interviews",
        "tzid": "America/Chicago",
        "weekly_periods": [{"day": "monday", "start_time": "09:30", "end_time": "12:30"}],
    }
    assert ana.upsert_availability_rule(dict(rule)) == rule
    assert ana.get_availability_rule("interviews") == rule
    assert rule in ana.list_availability_rules()
    ana.delete_availability_rule("interviews")
    with pytest.raises(PyCronofyRequestError) as gone:
        ana.get_availability_rule("interviews")
    assert gone.value.response.status_code == 404


# -- notifications


def assert_signed(bed: SdkBed, push: Push) -> None:
    """Both of the application's secrets check it, as the SDK does; another secret or body does not."""
    signature = push.headers["cronofy-hmac-sha256"]
    for secret in bed.secrets:
        checker = pycronofy.Client(client_id=bed.client_id, client_secret=secret)
        assert checker.hmac_valid(signature, push.raw)
        assert not checker.hmac_valid(signature, push.raw + " ")
    assert not pycronofy.Client(client_secret="another").hmac_valid(signature, push.raw)


def test_channels_say_hello_and_push_what_others_change(bed: SdkBed, ana: pycronofy.Client, calendar_id: str):
    url = f"{bed.receiver.url}/{uuid4().hex}"
    channel = ana.create_notification_channel(url, calendar_ids=(calendar_id,))
    assert ana.create_notification_channel(url, calendar_ids=[calendar_id]) == channel
    managed = ana.create_notification_channel(url, only_managed=True)
    assert managed["filters"] == {"only_managed": True}

    def of(found: dict[str, Any], type_: str) -> Any:
        return lambda push: push.body.get("channel") == found and push.body["notification"]["type"] == type_

    for found in (channel, managed):
        [hello] = bed.pushes(of(found, "verification"))
        assert_signed(bed, hello)
        assert hello.headers["content-type"] == "application/json; charset=utf-8"
    other = client_of(bed, bed.ana, client_id=bed.other_client_id)
    other.upsert_event(calendar_id, event("theirs", at(10, 9), at(10, 10)))
    push = bed.pushes(of(channel, "change"))[0]
    assert_signed(bed, push)
    since = push.body["notification"]["changes_since"]
    changed = list(ana.read_events(last_modified=since, include_deleted=True))
    assert [item["start"] for item in changed if item["start"] == written(at(10, 9))]
    assert channel in ana.list_notification_channels()
    for found in (channel, managed):
        ana.close_notification_channel(found["channel_id"])
    assert channel not in ana.list_notification_channels()
    other.delete_all_events()


def test_smart_invites_are_mailed_answered_and_called_off(bed: SdkBed, ana: pycronofy.Client):
    name, url = uuid4().hex, f"{bed.receiver.url}/{uuid4().hex}"
    guest = {"email": "guest@example.com"}
    details = {"summary": "Board meeting", "start": at(11, 9), "end": at(11, 10)}
    invite = ana.upsert_smart_invite(name, guest, dict(details), url, {"name": "Globex"})
    assert invite["recipient"] == {**guest, "status": "pending"}
    [mailed] = Calendar.from_ical(invite["attachments"]["icalendar"]).walk("VEVENT")
    reply = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"UID:{mailed['UID']}\r\nDTSTAMP:20300101T000000Z\r\nSEQUENCE:0\r\n"
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:guest@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    with bed.served.client(bed.key("smart_invites:write")) as mailbox:
        kind = {"content-type": "text/calendar"}
        answer = mailbox.post("/api/smart-invites/reply", content=reply, headers=kind)
        assert answer.status_code == 200, answer.text
    [told] = bed.pushes(lambda push: push.body.get("smart_invite", {}).get("smart_invite_id") == name)
    assert_signed(bed, told)
    assert told.body["smart_invite"]["recipient"]["status"] == "accepted"
    assert ana.get_smart_invite(name, "guest@example.com")["recipient"]["status"] == "accepted"
    off = ana.cancel_smart_invite(name, guest)
    assert "METHOD:CANCEL" in off["attachments"]["icalendar"]
    both = ana.upsert_smart_invite(f"{name}-2", [guest, {"email": "other@example.com"}], dict(details))
    assert [person["status"] for person in both["recipients"]] == ["pending", "pending"]


# -- links


def test_a_scheduling_link_is_made_looked_up_and_disabled(
    bed: SdkBed, ana: pycronofy.Client, calendar_id: str
):
    made = ana.real_time_scheduling(
        availability={
            "participants": [{"members": [{"sub": bed.ana.sub}], "required": "all"}],
            "required_duration": 60,
            "available_periods": [{"start": at(12, 9), "end": at(12, 17)}],
        },
        oauth={"redirect_uri": REDIRECT},
        event=event("link", "", "") | {"tzid": "Europe/London"},
        target_calendars=[{"sub": bed.ana.sub, "calendar_id": calendar_id}],
        minimum_notice={"hours": 2},
        callback_urls={"completed_url": f"{bed.receiver.url}/{uuid4().hex}"},
        redirect_urls={"completed_url": REDIRECT},
        event_creation="single",
    )
    link = made["real_time_scheduling"]
    assert made["url"] == link["url"]
    with bed.browser() as visitor:
        page = visitor.get(link["url"])
        assert page.status_code == 200
        assert "Interview" in page.text
    token = link["url"].rpartition("/")[2]
    for status in (
        ana.get_real_time_scheduling_status(token=token),
        ana.get_real_time_scheduling_status(real_time_scheduling_id=link["real_time_scheduling_id"]),
    ):
        assert status["real_time_scheduling"]["status"] == "open"
    ended = ana.disable_real_time_scheduling_link(link["real_time_scheduling_id"], "Already filled")
    assert ended["real_time_scheduling"]["status"] == "disabled"


def test_a_sequencing_link_is_made(bed: SdkBed, ana: pycronofy.Client, calendar_id: str):
    step = {
        "sequence_id": "first",
        "ordinal": 1,
        "participants": [{"members": [{"sub": bed.ana.sub}], "required": "all"}],
        "required_duration": 60,
        "event": {"event_id": "first", "summary": "First talk"},
    }
    made = ana.real_time_sequencing(
        availability={"sequence": [step], "available_periods": [{"start": at(12, 9), "end": at(12, 17)}]},
        oauth={"redirect_uri": REDIRECT},
        event={"event_id": "sequence", "summary": "Talks", "tzid": "Europe/London"},
        target_calendars=[{"sub": bed.ana.sub, "calendar_id": calendar_id}],
    )
    assert made["url"] == made["real_time_sequencing"]["url"]


# -- administrators, and the end


def test_an_administrator_lets_the_application_act_for_everybody(bed: SdkBed):
    link = httpx.URL(
        f"{bed.url}/enterprise_connect/oauth/authorize",
        params={
            "response_type": "code",
            "client_id": bed.client_id,
            "redirect_uri": REDIRECT,
            "scope": "service_account/accounts/manage",
            "delegated_scope": "read_write",
            "state": "s",
        },
    )
    back = bed.allow(bed.ana, str(link))
    client = pycronofy.Client(client_id=bed.client_id, client_secret=bed.secrets[0])
    answer = httpx.post(
        f"{bed.url}/oauth/token",
        json={
            "client_id": bed.client_id,
            "client_secret": bed.secrets[0],
            "grant_type": "authorization_code",
            "code": back["code"],
            "redirect_uri": REDIRECT,
        },
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    client.auth.update(access_token=answer.json()["access_token"])
    url = f"{bed.receiver.url}/{uuid4().hex}"
    client.authorize_with_service_account(bed.bo.email, "read_write", url, state="one")
    [told] = bed.pushes(lambda push: "one" in push.raw and "code" in push.raw)
    assert_signed(bed, told)
    client.authorize_multiple_accounts_via_service_account(
        [{"email": bed.bo.email, "scope": "read_write", "callback_url": url, "state": "many"}]
    )
    assert bed.pushes(lambda push: "many" in push.raw and "code" in push.raw)


def test_invitations_in_a_real_calendar_are_answered_and_its_profile_revoked(
    bed: SdkBed, tmp_path_factory: pytest.TempPathFactory
):
    client = client_of(bed, bed.bo)
    [builtin] = client.list_profiles()
    with pytest.raises(PyCronofyRequestError) as refused:
        client.revoke_profile(builtin["profile_id"])
    assert list(refused.value.response.json()["errors"]) == ["profile_id"]
    radicale = Radicale(tmp_path_factory.mktemp("radicale"))
    radicale.start()
    try:
        radicale.reset()
        radicale.make_calendar()
        start, end = (time.strftime("%Y%m%dT%H%M%SZ") for time in (at(6, 9), at(6, 10)))
        guest = {"ATTENDEE;PARTSTAT=NEEDS-ACTION": f"mailto:{bed.bo.email}"}
        radicale.put("talk.ics", event_text("talk", start, end, summary="Asked to", **guest))
        with bed.browser(bed.bo) as browser:
            body = {"kind": "caldav", "url": radicale.url, "username": USER, "password": PASSWORD}
            made = browser.post("/api/calendar-connections", json=body)
            assert made.status_code == 201, made.text

        def asked() -> dict[str, Any] | None:
            found = client.read_events(from_date=at(6, 0), to_date=at(7, 0))
            return next((item for item in found if item["summary"] == "Asked to"), None)

        invitation = bed.until(asked)
        assert invitation["participation_status"] == "needs_action"
        client.change_participation_status(invitation["calendar_id"], invitation["event_uid"], "accepted")
        bed.until(lambda: "PARTSTAT=ACCEPTED" in radicale.get("talk.ics"))
        profile_id = made.json()["connection_id"]
        client.revoke_profile(profile_id)
        assert [item["profile_id"] for item in client.list_profiles()] == [builtin["profile_id"]]
    finally:
        radicale.stop()


def test_denying_sends_the_person_back_with_an_error(bed: SdkBed):
    client = pycronofy.Client(client_id=bed.client_id, client_secret=bed.secrets[0])
    with bed.browser(bed.bo) as browser:
        page = browser.get(client.user_auth_link(REDIRECT, state="x"))
        answer = press(browser, page, "deny")
    assert "error=access_denied" in answer.headers["location"]
    assert "state=x" in answer.headers["location"]
