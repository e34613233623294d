"""The fake of Google Calendar judged by Google's own client library, and by the schemas of its discovery document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import httplib2
import jsonschema_rs
import pytest
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from convene.providers import google_oauth, google_reading, google_schedule
from fakes.google_calendar import (
    BUSY,
    CLIENT_ID,
    CLIENT_SECRET,
    EMAIL,
    LIST,
    READ,
    WRITE,
    GoogleCalendarFake,
    google_calendar,
)


@pytest.fixture
def fake() -> Iterator[GoogleCalendarFake]:
    with google_calendar() as found:
        yield found


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """What the service is, offline, as the client carries it along."""
    place = resources.files("googleapiclient") / "discovery_cache" / "documents" / "calendar.v3.json"
    return json.loads(place.read_text("utf-8"))


@pytest.fixture
def client(fake: GoogleCalendarFake, document: dict[str, Any]) -> Iterator[Any]:
    refresh, _ = fake.issue(LIST, WRITE)
    credentials = Credentials(
        # An access token that is no good: the client's first act is to renew it.
        token="ended",
        refresh_token=refresh,
        token_uri=f"{fake.url}/token",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
    )
    there = {**document, "rootUrl": f"{fake.url}/", "baseUrl": f"{fake.url}/calendar/v3/"}
    http = AuthorizedHttp(credentials, httplib2.Http(timeout=20))
    yield build_from_document(there, http=http)
    http.close()


def conforms(document: Mapping[str, Any], name: str, value: Any) -> list[str]:
    """Return what in an answer is not as the discovery document's schema has it: also members that it does not know."""
    schemas = {
        key: {**schema, "additionalProperties": schema.get("additionalProperties", False)}
        for key, schema in document["schemas"].items()
    }
    text = json.dumps({"$ref": name, "$defs": schemas}).replace('"$ref": "', '"$ref": "#/$defs/')
    # Formats such as int64 are texts here, and "required" names methods: neither is JSON Schema's.
    schema = _only_shapes(json.loads(text))
    return [error.message for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(value)]


def _only_shapes(value: Any) -> Any:
    if isinstance(value, list):
        return [_only_shapes(item) for item in value]
    if not isinstance(value, dict):
        return value
    dropped = {"annotations", "required", "format", "default", "id", "enumDescriptions", "description"}
    if "properties" not in value and "type" not in value and "$ref" not in value and "$defs" not in value:
        dropped = set()
    found = {}
    for key, item in value.items():
        if key in ("properties", "$defs"):
            found[key] = {name: _only_shapes(one) for name, one in item.items()}
        elif key not in dropped and item != "any":
            found[key] = _only_shapes(item)
    return found


def single(**more: Any) -> dict[str, Any]:
    time = {"timeZone": "UTC"}
    return {
        "summary": "Talk",
        "start": {"dateTime": "2026-12-01T10:00:00Z", **time},
        "end": {"dateTime": "2026-12-01T11:00:00Z", **time},
        **more,
    }


def test_calendars_are_listed(client: Any, fake: GoogleCalendarFake, document: dict[str, Any]) -> None:
    fake.add_calendar("team@group.calendar.google.com", "Team")
    fake.faults.page_size = 1
    request, names = client.calendarList().list(), []
    while request is not None:
        answer = request.execute()
        assert conforms(document, "CalendarList", answer) == []
        names += [item["summary"] for item in answer["items"]]
        request = client.calendarList().list_next(request, answer)
    assert names == ["Ana Ruiz", "Team"]


def test_events_are_made_changed_and_removed(
    client: Any, fake: GoogleCalendarFake, document: dict[str, Any]
) -> None:
    events = client.events()
    made = events.insert(calendarId=EMAIL, body=single(id="abcde12345")).execute()
    assert conforms(document, "Event", made) == []
    with pytest.raises(HttpError) as caught:
        events.insert(calendarId=EMAIL, body=single(id="abcde12345")).execute()
    assert (caught.value.status_code, caught.value.error_details[0]["reason"]) == (409, "duplicate")
    changed = events.patch(calendarId=EMAIL, eventId=made["id"], body={"summary": "Walk"}).execute()
    assert (changed["summary"], changed["start"], changed["etag"] != made["etag"]) == (
        "Walk",
        made["start"],
        True,
    )
    stale = events.patch(calendarId=EMAIL, eventId=made["id"], body={"summary": "Late"})
    stale.headers["If-Match"] = made["etag"]
    with pytest.raises(HttpError) as caught:
        stale.execute()
    assert caught.value.error_details[0]["reason"] == "conditionNotMet"
    events.delete(calendarId=EMAIL, eventId=made["id"]).execute()
    with pytest.raises(HttpError) as caught:
        events.delete(calendarId=EMAIL, eventId=made["id"]).execute()
    assert (caught.value.status_code, caught.value.error_details[0]["reason"]) == (410, "deleted")
    gone = events.get(calendarId=EMAIL, eventId=made["id"]).execute()
    assert gone["status"] == "cancelled"
    assert conforms(document, "Event", gone) == []


def test_changes_are_told_by_pages_and_tokens(
    client: Any, fake: GoogleCalendarFake, document: dict[str, Any]
) -> None:
    for n in range(5):
        fake.put(single(id=f"event{n}"))
    fake.faults.page_size, fake.faults.empty_pages = 2, True
    request, found = client.events().list(calendarId=EMAIL), []
    while request is not None:
        answer = request.execute()
        assert conforms(document, "Events", answer) == []
        found += answer["items"]
        request = client.events().list_next(request, answer)
    assert len(found) == 5
    fake.remove("event3")
    fake.faults.page_size, fake.faults.empty_pages = 2500, False
    delta = client.events().list(calendarId=EMAIL, syncToken=answer["nextSyncToken"]).execute()
    assert [(item["id"], item["status"]) for item in delta["items"]] == [("event3", "cancelled")]
    with pytest.raises(HttpError) as caught:
        client.events().list(calendarId=EMAIL, syncToken="nonsense").execute()
    assert (caught.value.status_code, caught.value.error_details[0]["reason"]) == (410, "fullSyncRequired")


def test_channels_are_opened_told_and_stopped(
    client: Any, fake: GoogleCalendarFake, document: dict[str, Any]
) -> None:
    asked = {
        "id": "channel-1",
        "type": "web_hook",
        "address": "https://convene.example.com/push/google",
        "token": "t",
    }
    assert conforms(document, "Channel", asked) == []
    opened = client.events().watch(calendarId=EMAIL, body=asked).execute()
    assert conforms(document, "Channel", opened) == []
    with pytest.raises(HttpError) as caught:
        client.events().watch(calendarId=EMAIL, body=asked).execute()
    assert caught.value.error_details[0]["reason"] == "channelIdNotUnique"
    fake.put(single(id="event1"))
    told = [item.headers["X-Goog-Resource-State"] for item in fake.channels.take()]
    assert told == ["sync", "exists"]
    stopped = {"id": "channel-1", "resourceId": opened["resourceId"]}
    client.channels().stop(body=stopped).execute()
    fake.put(single(id="event2"))
    assert fake.channels.take() == []
    with pytest.raises(HttpError) as caught:
        client.channels().stop(body=stopped).execute()
    assert caught.value.status_code == 404
    # Every kind of access may be told of changes.
    for method in (
        document["resources"]["events"]["methods"]["watch"],
        document["resources"]["channels"]["methods"]["stop"],
    ):
        assert {BUSY, READ, WRITE} <= set(method["scopes"])


def test_colleagues_are_asked_for(fake: GoogleCalendarFake, document: dict[str, Any]) -> None:
    _, access = fake.issue(LIST, BUSY)
    there = {**document, "rootUrl": f"{fake.url}/", "baseUrl": f"{fake.url}/calendar/v3/"}
    fake.colleagues["bo@globex.example"] = [
        (datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 12, 1, 10, tzinfo=UTC))
    ]
    asked = {
        "timeMin": "2026-12-01T00:00:00+00:00",
        "timeMax": "2026-12-02T00:00:00+00:00",
        "timeZone": "UTC",
        "calendarExpansionMax": google_schedule.MAX_CALENDARS,
        "items": [{"id": "bo@globex.example"}, {"id": "nobody@globex.example"}],
    }
    assert conforms(document, "FreeBusyRequest", asked) == []
    http = AuthorizedHttp(Credentials(token=access), httplib2.Http(timeout=20))
    answer = build_from_document(there, http=http).freebusy().query(body=asked).execute()
    http.close()
    assert conforms(document, "FreeBusyResponse", answer) == []
    assert answer["calendars"]["bo@globex.example"]["busy"] == [
        {"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}
    ]
    assert answer["calendars"]["nobody@globex.example"]["errors"][0]["reason"] == "notFound"
    assert set(document["resources"]["freebusy"]["methods"]["query"]["scopes"]) == google_schedule.OPENS


def test_what_we_ask_is_in_the_document(document: dict[str, Any]) -> None:
    event = document["schemas"]["Event"]["properties"]
    asked = google_reading._ALL.replace("conferenceData/entryPoints", "conferenceData").replace(
        "extendedProperties/private", "extendedProperties"
    )
    assert set(asked.split(",")) - set(event) == set()
    listing = document["resources"]["events"]["methods"]["list"]
    parameters = {"singleEvents", "maxResults", "maxAttendees", "timeMin", "syncToken", "pageToken"}
    assert parameters <= set(listing["parameters"])
    assert "larger than 2500" in listing["parameters"]["maxResults"]["description"]
    # The least scope of each kind of access is accepted by all that this kind does.
    calendars = document["resources"]["calendarList"]["methods"]["list"]["scopes"]
    assert google_oauth.LIST in calendars
    assert {BUSY, READ, WRITE} == set(google_oauth.EVENTS.values())
    for scope in google_oauth.EVENTS.values():
        assert scope in listing["scopes"]
        assert scope in document["resources"]["events"]["methods"]["get"]["scopes"]
    for method in ("insert", "patch", "update", "delete"):
        assert google_oauth.EVENTS["two_way"] in document["resources"]["events"]["methods"][method]["scopes"]
