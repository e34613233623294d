"""Cronofy's client for Node (3.8.4), unchanged but for its address, against the real server: every call that it can
make, but those for bookable events, which this surface does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from icalendar import Calendar
from node_client import NodeClient, NodeError, node_client
from packages import install_packages
from sdk_bed import REDIRECT, SCOPE, Person, SdkBed, at, written


@pytest.fixture(scope="module")
def node(bed: SdkBed) -> Iterator[NodeClient]:
    install_packages()
    with node_client(bed.url) as found:
        yield found


@pytest.fixture
def ana(bed: SdkBed, node: NodeClient) -> NodeClient:
    return client_of(bed, node, bed.ana)


@pytest.fixture
def calendar_id(ana: NodeClient) -> Iterator[str]:
    yield calendar_of(ana)
    ana.call("bulkDeleteEvents", delete_all=True)


def client_of(bed: SdkBed, node: NodeClient, person: Person, **fields: Any) -> NodeClient:
    tokens = bed.tokens(person, **fields)
    return node.with_config(
        client_id=bed.client_id,
        client_secret=bed.secrets[0],
        access_token=tokens["access_token"],
        refresh_token=tokens["refresh_token"],
    )


def api_key(bed: SdkBed, node: NodeClient) -> NodeClient:
    """A client that only knows the application."""
    return node.with_config(client_id=bed.client_id, client_secret=bed.secrets[0])


def calendar_of(client: NodeClient) -> str:
    return str(client.call("listCalendars")["calendars"][0]["calendar_id"])


def times(days: int, start: int, end: int) -> dict[str, str]:
    return {"start": written(at(days, start)), "end": written(at(days, end))}


def refused(client: NodeClient, status: int, method: str, **options: Any) -> Any:
    """Return the body of a call that is refused with this status."""
    with pytest.raises(NodeError) as found:
        client.call(method, **options)
    assert found.value.status == status, found.value
    return found.value.entity


def test_a_person_lets_the_application_in_and_out_again(bed: SdkBed, node: NodeClient):
    query = {"client_id": bed.client_id, "redirect_uri": REDIRECT, "scope": SCOPE, "state": "x"}
    link = httpx.URL(f"{bed.url}/oauth/authorize", params={"response_type": "code", **query})
    back = bed.allow(bed.ana, str(link))
    client = api_key(bed, node)
    answer = client.call("requestAccessToken", code=back["code"], redirect_uri=REDIRECT)
    assert (answer["token_type"], answer["sub"], answer["scope"]) == ("bearer", bed.ana.sub, SCOPE)
    first = client.config["access_token"]
    assert refused(client, 400, "requestAccessToken", code="guessed")["error"] == "invalid_grant"
    client.call("refreshAccessToken")
    assert client.config["access_token"] != first
    assert client.call("accountInformation")["account"]["account_id"] == bed.ana.sub
    assert client.call("userInfo", callback=True)["sub"] == bed.ana.sub
    held = dict(client.config)
    client.call("revokeAuthorization")
    assert "access_token" not in client.config
    client.config = held
    refused(client, 401, "accountInformation")


def test_calendars_and_profiles(bed: SdkBed, ana: NodeClient):
    [profile] = ana.call("profileInformation")["profiles"]
    name = f"Interviews {uuid4().hex[:8]}"
    made = ana.call("createCalendar", profile_id=profile["profile_id"], name=name)["calendar"]
    found = {item["calendar_id"]: item for item in ana.call("listCalendars")["calendars"]}
    assert found[made["calendar_id"]]["calendar_name"] == name
    errors = refused(ana, 422, "createCalendar", profile_id=profile["profile_id"], name=name)["errors"]
    assert errors["name"][0]["key"] == "errors.duplicate_calendar_name"
    assert "accessible_calendars" in ana.call("listAccessibleCalendars", profile_id=profile["profile_id"])
    refused(ana, 404, "revokeProfileAuthorization", profile_id="pro_unknown")
    wanted = [{"calendar_id": made["calendar_id"], "permission_level": "unrestricted"}]
    asked = ana.call("elevatedPermissions", permissions=wanted, redirect_uri=REDIRECT)
    assert asked["permissions_request"]["url"].startswith(bed.url)
    page = ana.call("conferencingServiceAuthorizations", redirect_uri=REDIRECT)
    assert page["authorization_request"]["url"].startswith(bed.url)


def test_events(bed: SdkBed, node: NodeClient, ana: NodeClient, calendar_id: str):
    event = {"event_id": "one", "summary": "Interview", **times(15, 9, 10), "tzid": "Europe/London"}
    assert ana.call("createEvent", calendar_id=calendar_id, **event) == ""
    window = {"from": written(at(15, 0)), "to": written(at(16, 0)), "tzid": "Etc/UTC"}
    [found] = ana.call("readEvents", **window, include_managed=True)["events"]
    assert (found["event_id"], found["summary"], found["start"]) == ("one", "Interview", event["start"])
    [busy] = ana.call("freeBusy", **window, include_managed=True)["free_busy"]
    assert busy["free_busy_status"] == "busy"
    assert ana.call("deleteEvent", calendar_id=calendar_id, event_id="one") == ""

    other = client_of(bed, node, bed.ana, client_id=bed.other_client_id)
    other.call("createEvent", calendar_id=calendar_id, **{**event, "event_id": "theirs"})
    [theirs] = ana.call("readEvents", **window)["events"]
    change = {"event_uid": theirs["event_uid"], "summary": "Moved", **times(15, 11, 12)}
    ana.call("updateExternalEvent", calendar_id=calendar_id, **change)
    assert ana.call("readEvents", **window)["events"][0]["summary"] == "Moved"
    ana.call("deleteExternalEvent", calendar_id=calendar_id, event_uid=theirs["event_uid"])
    assert ana.call("readEvents", **window)["events"] == []
    errors = refused(ana, 422, "createEvent", calendar_id=calendar_id, event_id="two")["errors"]
    assert errors["summary"][0]["key"] == "errors.required"


def test_batches_and_pages(ana: NodeClient, calendar_id: str):
    def entry(number: int, method: str = "POST") -> dict[str, Any]:
        data = {
            "event_id": f"e{number}",
            "summary": "Many",
            **times(16 + number // 20, number % 20, number % 20 + 1),
        }
        return {"method": method, "relative_url": f"/v1/calendars/{calendar_id}/events", "data": data}

    for part in range(5):
        batch = [entry(part * 50 + number) for number in range(50)]
        assert {item["status"] for item in ana.call("batch", batch=batch)["batch"]} == {202}
    page = ana.call("readEvents", tzid="Etc/UTC", only_managed=True, include_managed=True)
    found = list(page["events"])
    while "next_page" in page["pages"]:
        page = ana.call("readEvents", next_page=page["pages"]["next_page"])
        found += page["events"]
    assert len({item["event_id"] for item in found}) == 250
    ana.call("bulkDeleteEvents", calendar_ids=[calendar_id])
    assert ana.call("readEvents", tzid="Etc/UTC", only_managed=True, include_managed=True)["events"] == []


def test_availability(bed: SdkBed, node: NodeClient, ana: NodeClient, calendar_id: str):
    ana.call("createEvent", calendar_id=calendar_id, event_id="busy", summary="Busy", **times(17, 10, 11))
    query = {
        "participants": [{"members": [{"sub": bed.ana.sub}, {"sub": bed.bo.sub}], "required": "all"}],
        "required_duration": {"minutes": 60},
        "query_periods": [times(17, 9, 13)],
        "response_format": "slots",
    }
    wanted = [times(17, 9, 10), times(17, 11, 12), times(17, 12, 13)]
    # With an account's token, and with the client secret in its place.
    for client in (ana, node.with_config(access_token=bed.secrets[1])):
        slots = client.call("availability", **query)["available_slots"]
        assert [{"start": slot["start"], "end": slot["end"]} for slot in slots] == wanted
    step = {
        "sequence_id": "first",
        "ordinal": 1,
        **{k: query[k] for k in ("participants", "required_duration")},
    }
    found = ana.call("sequencedAvailability", sequence=[step], query_periods=query["query_periods"])
    assert found["sequences"][0]["sequence"][0]["sequence_id"] == "first"
    both = refused(ana, 422, "availability", **query, available_periods=query["query_periods"])
    assert both["errors"]


def test_rules_and_available_periods(ana: NodeClient):
    rule = {
        "availability_rule_id": "node",
        "tzid": "Europe/London",
        "weekly_periods": [{"day": "friday", "start_time": "09:00", "end_time": "17:00"}],
    }
    assert ana.call("upsertAvailabilityRule", **rule)["availability_rule"] == rule
    assert ana.call("readAvailabilityRule", availability_rule_id="node")["availability_rule"] == rule
    assert rule in ana.call("listAvailabilityRules")["availability_rules"]
    ana.call("deleteAvailabilityRule", availability_rule_id="node")
    refused(ana, 404, "readAvailabilityRule", availability_rule_id="node")
    ana.call("upsertAvailablePeriod", available_period_id="p1", **times(18, 9, 10))
    window = {"from": written(at(18, 0)), "to": written(at(19, 0)), "tzid": "Etc/UTC"}
    [found] = ana.call("listAvailablePeriods", **window)["available_periods"]
    assert found["available_period_id"] == "p1"
    ana.call("deleteAvailablePeriods", available_period_id="p1")
    assert ana.call("listAvailablePeriods", **window)["available_periods"] == []


def test_channels_and_their_signatures(bed: SdkBed, node: NodeClient, ana: NodeClient):
    url = f"{bed.receiver.url}/{uuid4().hex}"
    channel = ana.call("createNotificationChannel", callback_url=url, filters={"only_managed": True})[
        "channel"
    ]
    assert channel in ana.call("listNotificationChannels")["channels"]
    [hello] = bed.pushes(lambda push: push.body.get("channel") == channel)
    for secret in bed.secrets:
        checker = node.with_config(client_secret=secret)
        assert checker.call("hmacValid", hmac=hello.headers["cronofy-hmac-sha256"], body=hello.raw) is True
        assert checker.call("hmacValid", hmac=hello.headers["cronofy-hmac-sha256"], body="else") is False
    ana.call("deleteNotificationChannel", channel_id=channel["channel_id"])
    refused(ana, 404, "deleteNotificationChannel", channel_id=channel["channel_id"])


def test_smart_invites(bed: SdkBed, node: NodeClient):
    client = api_key(bed, node)
    name, guest = uuid4().hex, {"email": "guest@example.com"}
    event = {"summary": "Board meeting", **times(19, 9, 10)}
    made = client.call("createSmartInvite", smart_invite_id=name, recipient=guest, event=event)
    assert Calendar.from_ical(made["attachments"]["icalendar"])["METHOD"] == "REQUEST"
    found = client.call("getSmartInvite", smart_invite_id=name, recipient_email=guest["email"])
    assert found["recipient"] == {**guest, "status": "pending"}
    off = client.call("cancelSmartInvite", smart_invite_id=name, recipient=guest)
    assert Calendar.from_ical(off["attachments"]["icalendar"])["METHOD"] == "CANCEL"


def test_links_and_tokens_of_the_application(
    bed: SdkBed, node: NodeClient, ana: NodeClient, calendar_id: str
):
    client = api_key(bed, node)
    token = client.call(
        "requestElementToken", permissions=["agenda"], subs=[bed.ana.sub], origin="http://localhost"
    )
    assert token["element_token"]["permissions"] == ["agenda"]
    calendar = api_key(bed, node)
    made = calendar.call("applicationCalendar", application_calendar_id="node")
    assert calendar.call("userInfo")["sub"] == made["sub"]

    participants = [{"members": [{"sub": bed.ana.sub}], "required": "all"}]
    query = {
        "participants": participants,
        "required_duration": {"minutes": 60},
        "query_periods": [times(20, 9, 17)],
    }
    event = {"event_id": "node-link", "summary": "Interview", "tzid": "Europe/London"}
    link = {
        "client_id": bed.client_id,
        "oauth": {"redirect_uri": REDIRECT},
        "event": event,
        "target_calendars": [{"sub": bed.ana.sub, "calendar_id": calendar_id}],
        "tzid": "Europe/London",
    }
    made = client.call("realTimeScheduling", **link, availability=query)
    with bed.browser() as visitor:
        assert "Interview" in visitor.get(made["real_time_scheduling"]["url"]).text
    step = {"sequence_id": "first", **query, "event": {"event_id": "first", "summary": "First"}}
    sequence = {"sequence": [step], "query_periods": query["query_periods"]}
    made = client.call("realTimeSequencing", **{**link, "availability": sequence})
    assert made["url"].startswith(bed.url)
    start_end = {**event, "event_id": "node-add", **times(20, 9, 10)}
    assert client.call("addToCalendar", oauth={"redirect_uri": REDIRECT, "scope": SCOPE}, event=start_end)[
        "url"
    ]


def test_what_is_not_here_says_so(bed: SdkBed, node: NodeClient, ana: NodeClient):
    refused(ana, 404, "delegatedAuthorizations", profile_id="pro_x", email="x@example.com")
    refused(api_key(bed, node), 404, "createBookableEvent", bookable_event_id="one")
    # An ordinary account's token is no service account's.
    answer = {"email": bed.bo.email, "scope": "read_write", "callback_url": bed.receiver.url, "state": "x"}
    refused(ana, 403, "authorizeWithServiceAccount", **answer)
