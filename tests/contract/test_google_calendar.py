"""The Google provider against a fake of Google Calendar: the contract, and what only Google does."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from calendar_contract import RAW, UID, CalendarProviderContract, http, kind_of, known

from convene.formats.google_events import item_id, resource_text
from convene.formats.google_items import item_of
from convene.ports.calendars import CalendarProvider, Changes, Credentials, ProviderError
from convene.providers.google_calendar import GoogleCalendarProvider
from convene.providers.http_client import HttpClient
from factories.google import endpoints
from fakes.faulty_proxy import FaultyProxy, faulty_proxy
from fakes.google_calendar import (
    BUSY,
    EMAIL,
    LIST,
    READ,
    WRITE,
    GoogleCalendarFake,
    google_calendar,
)

__all__ = ["http"]
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


class Owner:
    """What the owner of the account does, in the words of the contract: texts by name."""

    def __init__(self, fake: GoogleCalendarFake) -> None:
        self.fake = fake

    @property
    def url(self) -> str:
        return self.fake.url

    def put(self, name: str, text: str) -> None:
        uid = next(line[4:] for line in text.splitlines() if line.startswith("UID:"))
        event_id = name if name == item_id(uid) else name.encode().hex()
        self.fake.put({**item_of(text), "id": event_id, "iCalUID": uid})

    def get(self, name: str) -> str | None:
        found = [item for item in self.fake.live() if item["id"] == name]
        return resource_text(found[0], ()) if found else None

    def delete(self, name: str) -> None:
        self.fake.remove(name.encode().hex())

    def names(self) -> list[str]:
        return [item["id"] for item in self.fake.live()]


@pytest.fixture
def fake() -> Iterator[GoogleCalendarFake]:
    with google_calendar() as found:
        yield found


@pytest.fixture
def server(fake: GoogleCalendarFake) -> Owner:
    return Owner(fake)


@pytest.fixture
async def proxy(server: Owner) -> AsyncIterator[FaultyProxy]:
    async with faulty_proxy(server.url) as found:
        yield found


@pytest.fixture
def provider(http: HttpClient, proxy: FaultyProxy) -> GoogleCalendarProvider:
    # Google is where the operator says, not where a connection does: so the proxy is, too.
    return GoogleCalendarProvider(http, endpoints(proxy.url), lambda: NOW)


def granted(fake: GoogleCalendarFake, *scopes: str) -> Credentials:
    _, access = fake.issue(*scopes)
    return Credentials("https://google.test", EMAIL, access, frozenset(scopes))


@pytest.fixture
def credentials(fake: GoogleCalendarFake) -> Credentials:
    return granted(fake, LIST, WRITE)


class TestGoogle(CalendarProviderContract):
    creates_with = "POST"
    before_creating = ()

    def name(self, remote_id: str) -> str:
        try:
            return bytes.fromhex(remote_id).decode()
        except ValueError:
            return remote_id

    async def behind(
        self, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> tuple[Credentials, str]:
        return credentials, EMAIL


# -- series


def at(day: int, hour: int, tzid: str = "Europe/Berlin") -> dict[str, str]:
    # November: an hour ahead of UTC.
    return {"dateTime": f"2026-11-{day:02}T{hour:02}:00:00+01:00", "timeZone": tzid}


SERIES = {
    "id": "series0",
    "summary": "Daily",
    "start": at(1, 9),
    "end": at(1, 10),
    "recurrence": ["RRULE:FREQ=DAILY;COUNT=20"],
}


def occurrence(day: int, **more: object) -> dict[str, object]:
    return {
        "id": f"series0_202611{day:02}T080000Z",
        "recurringEventId": "series0",
        "originalStartTime": at(day, 9),
        **more,
    }


def holding(changes: Changes) -> object:
    """Return a `StoredTexts` that holds what an earlier answer brought."""
    texts = {event.remote_id: event.raw for event in changes.changed}

    async def stored(remote_ids: object) -> dict[str, str]:
        return {name: texts[name] for name in remote_ids if name in texts}  # type: ignore[attr-defined]

    return stored


async def test_a_series_is_one_resource_with_its_exceptions(fake, provider, credentials):
    fake.put(SERIES)
    fake.put(occurrence(3, status="cancelled"))
    fake.put(occurrence(4, summary="Later", start=at(4, 15), end=at(4, 16)))
    [event] = (await provider.changes(credentials, EMAIL, {}, {})).changed
    assert event.remote_id == "series0"
    assert event.raw.count("BEGIN:VEVENT") == 2
    assert "EXDATE;X-CONVENE-CANCELLED=1:20261103T080000Z" in event.raw
    assert "RECURRENCE-ID:20261104T080000Z" in event.raw


async def test_an_exception_alone_joins_what_is_held(fake, provider, credentials):
    fake.put(SERIES)
    fake.put(occurrence(3, status="cancelled"))
    first = await provider.changes(credentials, EMAIL, {}, {})
    fake.put(occurrence(5, summary="Moved", start=at(5, 15), end=at(5, 16)))
    second = await provider.changes(credentials, EMAIL, first.cursor, known(first), holding(first))
    assert not second.is_full
    [event] = second.changed
    assert "RRULE:FREQ=DAILY;COUNT=20" in event.raw
    assert "EXDATE;X-CONVENE-CANCELLED=1:20261103T080000Z" in event.raw
    assert "SUMMARY:Moved" in event.raw
    assert event.etag != first.changed[0].etag
    # The same again as a full read tells it: nothing new.
    again = await provider.changes(credentials, EMAIL, {}, {"series0": event.etag})
    assert list(again.unchanged) == ["series0"]


async def test_a_changed_series_keeps_its_exceptions(fake, provider, credentials):
    fake.put(SERIES)
    fake.put(occurrence(3, status="cancelled"))
    first = await provider.changes(credentials, EMAIL, {}, {})
    fake.change("series0", summary="Renamed")
    second = await provider.changes(credentials, EMAIL, first.cursor, known(first), holding(first))
    assert "SUMMARY:Renamed" in second.changed[0].raw
    assert "EXDATE;X-CONVENE-CANCELLED=1:20261103T080000Z" in second.changed[0].raw


async def test_an_exception_of_a_series_that_is_not_held_fetches_it(fake, provider, credentials):
    first = await provider.changes(credentials, EMAIL, {}, {})
    fake.put(SERIES)
    series = fake.calendars[EMAIL]
    fake.put(occurrence(5, start=at(5, 15), end=at(5, 16)))
    series.changed["series0"] = 0  # told of long ago
    [event] = (await provider.changes(credentials, EMAIL, first.cursor, {})).changed
    assert "RRULE:FREQ=DAILY;COUNT=20" in event.raw


async def test_an_occurrence_outlives_its_series(fake, provider, credentials):
    fake.put(SERIES)
    first = await provider.changes(credentials, EMAIL, {}, {})
    fake.remove("series0")
    fake.put(occurrence(5, start=at(5, 15), end=at(5, 16)))
    second = await provider.changes(credentials, EMAIL, first.cursor, known(first), holding(first))
    assert list(second.deleted) == []
    assert "RRULE" not in second.changed[0].raw
    assert "RECURRENCE-ID:20261105T080000Z" in second.changed[0].raw
    fake.remove("series0_20261105T080000Z")
    third = await provider.changes(credentials, EMAIL, second.cursor, known(second), holding(second))
    assert list(third.deleted) == ["series0"]


async def test_a_deleted_series_takes_its_exceptions_along(fake, provider, credentials):
    fake.put(SERIES)
    fake.put(occurrence(5, start=at(5, 15), end=at(5, 16)))
    first = await provider.changes(credentials, EMAIL, {}, {})
    fake.remove("series0")
    second = await provider.changes(credentials, EMAIL, first.cursor, known(first), holding(first))
    assert (list(second.deleted), list(second.changed)) == (["series0"], [])


# -- cursors and pages


def single(name: str, **more: object) -> dict[str, object]:
    return {"id": name, "summary": name, "start": at(25, 9), "end": at(25, 10), **more}


async def test_short_and_empty_pages_are_not_the_end(fake, provider, credentials):
    for n in range(7):
        fake.put(single(f"event{n}"))
    fake.faults.page_size, fake.faults.empty_pages = 2, True
    first = await provider.changes(credentials, EMAIL, {}, {})
    assert len(first.changed) == 7
    fake.put(single("event8"))
    second = await provider.changes(credentials, EMAIL, first.cursor, known(first))
    assert [event.remote_id for event in second.changed] == ["event8"]


async def test_a_page_that_is_forgotten_begins_the_read_anew(fake, provider, credentials):
    for n in range(5):
        fake.put(single(f"event{n}"))
    fake.faults.page_size, fake.faults.dead_page = 2, True
    assert len((await provider.changes(credentials, EMAIL, {}, {})).changed) == 5


async def test_a_dead_token_reads_everything_and_deletes_nothing_by_itself(fake, provider, credentials):
    fake.put(single("event1"))
    fake.put(single("event2"))
    first = await provider.changes(credentials, EMAIL, {}, {})
    fake.remove("event2")
    fake.faults.dead_token = True
    second = await provider.changes(credentials, EMAIL, first.cursor, known(first))
    assert (second.is_full, list(second.unchanged), list(second.changed)) == (True, ["event1"], [])


async def test_the_past_is_bounded_once(fake, provider, credentials):
    long_ago = {"dateTime": "2025-01-01T10:00:00Z", "timeZone": "UTC"}
    fake.put(single("event1", start=long_ago, end=long_ago))
    fake.put(single("event2"))
    first = await provider.changes(credentials, EMAIL, {}, {})
    assert [event.remote_id for event in first.changed] == ["event2"]
    await provider.changes(credentials, EMAIL, first.cursor, known(first))
    queries = [query for method, path, query in fake.requests if path.endswith("/events")]
    assert ["timeMin" in query for query in queries] == [True, False]


# -- refusals


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((403, "rateLimitExceeded", ""), ("temporary", "rate_limited", None)),
        ((403, "userRateLimitExceeded", "30"), ("temporary", "rate_limited", 30)),
        ((403, "quotaExceeded", ""), ("temporary", "rate_limited", None)),
        ((429, "rateLimitExceeded", "7"), ("temporary", "rate_limited", 7)),
        ((503, "backendError", "9"), ("temporary", "rate_limited", 9)),
        ((500, "backendError", ""), ("temporary", "server_error", None)),
        ((403, "forbidden", ""), ("permanent", "forbidden", None)),
        ((403, "insufficientPermissions", ""), ("reauth", "missing_scope", None)),
        ((403, "accessNotConfigured", ""), ("permanent", "api_disabled", None)),
        ((404, "notFound", ""), ("gone", "not_found", None)),
        ((400, "invalid", ""), ("permanent", "refused", None)),
    ],
)
async def test_the_reason_decides(fake, provider, credentials, answer, expected):
    fake.faults.answers = [answer]
    with pytest.raises(ProviderError) as caught:
        await provider.changes(credentials, EMAIL, {}, {})
    error = caught.value
    assert (error.kind, error.code, error.retry_after_seconds) == expected


async def test_a_token_refused_early_is_renewed_once(fake, provider, credentials):
    asked = []

    async def renew() -> Credentials:
        asked.append(1)
        return granted(fake, LIST, WRITE)

    old = replace(credentials, secret="ended", renew=renew)
    assert (await provider.changes(old, EMAIL, {}, {})).is_full
    fake.faults.refuses_tokens = True
    assert await kind_of(provider.changes(old, EMAIL, {}, {})) == "reauth"
    assert len(asked) == 2


# -- what was granted


async def test_calendars_are_those_of_the_list(fake, provider, credentials):
    fake.add_calendar("team@group.calendar.google.com", "Team")
    fake.add_calendar("bo@globex.example", "Bo", "reader")
    fake.faults.page_size = 1
    found = await provider.discover(credentials)
    assert [(item.name, item.is_writable, item.is_own) for item in found.calendars] == [
        ("Ana Ruiz", True, True),
        ("Team", True, True),
        ("Bo", False, False),
    ]
    assert found.profile["account"] == EMAIL
    assert found.profile["addresses"] == [EMAIL, "team@group.calendar.google.com"]
    read = await provider.discover(granted(fake, LIST, READ))
    assert [item.is_writable for item in read.calendars] == [False, False, False]


async def test_busy_only_holds_no_words(fake, provider):
    people = [
        {"email": "bo@globex.example", "responseStatus": "accepted"},
        {"email": EMAIL, "self": True, "responseStatus": "tentative"},
    ]
    fake.put(single("event1", summary="Secret plan", description="Why", location="Where", attendees=people))
    # Also where the service tells more than was asked for: one that was granted more before.
    for scopes in ((LIST, BUSY), (LIST, READ)):
        seen = replace(granted(fake, *scopes), scope=frozenset({LIST, BUSY}))
        [event] = (await provider.changes(seen, EMAIL, {}, {})).changed
        held = await provider.get_event(seen, EMAIL, "event1")
        for text in (event.raw, held.raw):
            assert "DTSTART;TZID=Europe/Berlin:20261125T090000" in text
            for word in ("Secret", "Why", "Where", "bo@globex"):
                assert word not in text
    asked = [query["fields"] for _, path, query in fake.requests if path.endswith("/events")]
    assert not any("summary" in fields or "email" in fields for fields in asked)


async def test_who_may_only_read_cannot_write(fake, provider):
    seen = granted(fake, LIST, READ)
    place = provider.event_id(EMAIL, UID)
    assert await kind_of(provider.create_event(seen, EMAIL, place, RAW)) == "reauth"


# -- writing


async def test_our_uid_is_known_again_and_copies_are_not_ours(fake, provider, credentials):
    place = provider.event_id(EMAIL, UID)
    await provider.create_event(credentials, EMAIL, place, RAW)
    [item] = fake.live()
    fake.put({**item, "id": "copy0", "iCalUID": "copy0@google.com"})
    found = {
        event.remote_id: event.raw for event in (await provider.changes(credentials, EMAIL, {}, {})).changed
    }
    assert f"UID:{UID}" in found[place]
    assert f"UID:{UID}" not in found["copy0"]


async def test_only_what_changed_is_sent(fake, provider, credentials):
    place = provider.event_id(EMAIL, UID)
    await provider.create_event(credentials, EMAIL, place, RAW)
    person = {"email": "bo@globex.example", "responseStatus": "accepted", "comment": "Gladly"}
    fake.change(place, colorId="3", attendees=[person], reminders={"useDefault": True})
    held = await provider.get_event(credentials, EMAIL, place)
    text = held.raw.replace("T100000Z", "T140000Z").replace("T110000Z", "T150000Z")
    written = await provider.update_event(credentials, EMAIL, place, text, held.etag)
    [item] = fake.live()
    assert item["start"]["dateTime"].endswith("T14:00:00+00:00")
    assert (item["colorId"], item["attendees"], item["reminders"]) == ("3", [person], {"useDefault": True})
    # Nothing new: nothing is sent.
    again = await provider.update_event(credentials, EMAIL, place, text, written.etag)
    assert again.etag == written.etag
    assert [method for method, _, _ in fake.requests].count("PATCH") == 1


async def test_an_edit_between_reading_and_writing_is_a_conflict(fake, provider, credentials):
    place = provider.event_id(EMAIL, UID)
    made = await provider.create_event(credentials, EMAIL, place, RAW)
    fake.faults.before_write = lambda: fake.change(place, summary="Theirs")
    changed = RAW.replace("T100000Z", "T103000Z")
    assert await kind_of(provider.update_event(credentials, EMAIL, place, changed, made.etag)) == "conflict"
    assert fake.live()[0]["summary"] == "Theirs"


async def test_a_deleted_event_of_ours_comes_back_at_its_place(fake, provider, credentials):
    place = provider.event_id(EMAIL, UID)
    made = await provider.create_event(credentials, EMAIL, place, RAW)
    await provider.delete_event(credentials, EMAIL, place, made.etag)
    await provider.create_event(credentials, EMAIL, place, RAW)
    assert [item["id"] for item in fake.live()] == [place]


async def test_nobody_is_written_to_whom_we_write_ourselves(fake, provider, credentials):
    mark = "END:VEVENT"
    ours = RAW.replace(mark, f"ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:bo@globex.example\r\n{mark}")
    await provider.create_event(credentials, EMAIL, provider.event_id(EMAIL, UID), ours)
    theirs = RAW.replace(UID, "two").replace(mark, f"ATTENDEE:mailto:bo@globex.example\r\n{mark}")
    await provider.create_event(credentials, EMAIL, provider.event_id(EMAIL, "two"), theirs)
    told = [query["sendUpdates"] for method, _, query in fake.requests if method == "POST"]
    assert told == ["none", "all"]
    assert ["attendees" in item for item in fake.live()] == [False, True]


# -- signing in


async def test_consent_becomes_tokens_that_renew_and_end(fake, provider):
    verifier = "v" * 60
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    back = "https://convene.test/back"
    url = provider.authorize_url(
        "two_way", redirect_uri=back, state="s1", challenge=challenge, login_hint=EMAIL
    )
    code = fake.consent(url).partition("code=")[2].partition("&")[0]
    assert await kind_of(provider.exchange("other", redirect_uri=back, verifier=verifier)) == "reauth"
    tokens = await provider.exchange(code, redirect_uri=back, verifier=verifier)
    assert (tokens.scope, provider.granted(tokens.scope)) == ({LIST, WRITE}, "two_way")
    assert tokens.expires_at == NOW + timedelta(seconds=3599)
    assert tokens.access_token not in repr(tokens)
    newer = await provider.renew(tokens)
    assert newer.refresh_token == tokens.refresh_token
    assert newer.access_token != tokens.access_token
    fake.faults.answers = [(503, "unavailable", "")]
    assert await kind_of(provider.renew(tokens)) == "temporary"
    await provider.revoke(newer)
    assert await kind_of(provider.renew(newer)) == "reauth"


async def test_what_was_unticked_is_not_granted(provider):
    assert provider.granted(frozenset({WRITE})) is None
    assert provider.granted(frozenset({LIST})) is None
    assert provider.granted(frozenset({LIST, BUSY})) == "busy"
    assert provider.granted(frozenset({LIST, BUSY, READ})) == "read"
