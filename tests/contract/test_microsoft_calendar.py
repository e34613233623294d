"""The Microsoft provider against a fake of Microsoft Graph: the contract, and what only Graph does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from calendar_contract import RAW, UID, CalendarProviderContract, http, kind_of, known

from convene.formats.event_reader import ONLINE_MEETING
from convene.formats.graph_events import is_place, place_of, resource_text
from convene.formats.graph_items import item_of
from convene.ports.calendars import CalendarProvider, Changes, Credentials, KnowsColleagues, ProviderError
from convene.providers.http_client import HttpClient
from convene.providers.microsoft_calendar import MicrosoftCalendarProvider
from convene.providers.microsoft_session import MailboxTurns, MicrosoftEndpoints
from convene.providers.request_pace import Rate, RequestPace
from fakes.faulty_proxy import FaultyProxy, faulty_proxy
from fakes.microsoft_graph import (
    BASIC,
    CALENDAR,
    CLIENT_ID,
    CLIENT_SECRET,
    EMAIL,
    READ,
    USER,
    WRITE,
    MicrosoftGraphFake,
    microsoft_graph,
)
from fakes.raw_server import Request, answer, serve

__all__ = ["http"]
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


class Owner:
    """What the owner of the account does, in the words of the contract: texts by name."""

    def __init__(self, fake: MicrosoftGraphFake) -> None:
        self.fake = fake
        self.ids: dict[str, str] = {}

    @property
    def url(self) -> str:
        return self.fake.url

    def _id(self, name: str) -> str:
        ours = [item["id"] for item in self.fake.live() if item["transactionId"] == name]
        return ours[0] if ours else self.ids.get(name, "")

    def put(self, name: str, text: str) -> None:
        members = {
            key: value for key, value in item_of(text).items() if key != "singleValueExtendedProperties"
        }
        if self._id(name):
            self.fake.change(self._id(name), **members)
            return
        made = self.fake.put(
            **members, uid=next(line[4:] for line in text.splitlines() if line.startswith("UID:"))
        )
        self.ids[name] = made
        NAMES[made] = name

    def get(self, name: str) -> str | None:
        found = [item for item in self.fake.live() if item["id"] == self._id(name)]
        return resource_text(found[0]) if found else None

    def delete(self, name: str) -> None:
        self.fake.remove(self.ids.pop(name))

    def names(self) -> list[str]:
        return [item["transactionId"] or item["id"] for item in self.fake.live()]


NAMES: dict[str, str] = {}
"""What the contract calls events that Graph named."""


@pytest.fixture
def fake() -> Iterator[MicrosoftGraphFake]:
    NAMES.clear()
    with microsoft_graph() as found:
        found.clock = lambda: NOW
        yield found


@pytest.fixture
def server(fake: MicrosoftGraphFake) -> Owner:
    return Owner(fake)


@pytest.fixture
async def proxy(server: Owner) -> AsyncIterator[FaultyProxy]:
    async with faulty_proxy(server.url) as found:
        yield found


def endpoints(url: str) -> MicrosoftEndpoints:
    return MicrosoftEndpoints(CLIENT_ID, CLIENT_SECRET, login_url=url.rstrip("/"), graph_url=url.rstrip("/"))


@pytest.fixture
def provider(http: HttpClient, fake: MicrosoftGraphFake, proxy: FaultyProxy) -> MicrosoftCalendarProvider:
    # Graph is where the operator says, not where a connection does: so the proxy is, too, and Graph's links lead there.
    proxy.faults.replaced[fake.url.encode()] = proxy.url.rstrip("/").encode()
    found = MicrosoftCalendarProvider(http, endpoints(proxy.url), lambda: NOW)
    # How fast is held elsewhere.
    found._turns = MailboxTurns(RequestPace(Rate(1e9, 10**9), Rate(1e9, 10**9)))
    return found


def granted(fake: MicrosoftGraphFake, *scopes: str) -> Credentials:
    _, access = fake.issue(*scopes)
    return Credentials("https://graph.test", EMAIL, access, frozenset(scopes))


@pytest.fixture
def credentials(fake: MicrosoftGraphFake) -> Credentials:
    return granted(fake, WRITE, USER)


class TestMicrosoft(CalendarProviderContract):
    creates_with = "POST"
    before_creating = ()

    def name(self, remote_id: str) -> str:
        return NAMES.get(remote_id, remote_id)

    async def behind(
        self, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> tuple[Credentials, str]:
        return credentials, CALENDAR


# -- series


def at(day: int, hour: int, tzid: str = "Europe/Berlin") -> dict[str, str]:
    return {"dateTime": f"2026-11-{day:02}T{hour:02}:00:00", "timeZone": tzid}


def daily(times: int = 5, **more: object) -> dict[str, object]:
    recurrence = {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "numberOfOccurrences": times, "startDate": "2026-11-23"},
    }
    return {"subject": "Daily", "start": at(23, 9), "end": at(23, 10), "recurrence": recurrence, **more}


def single(subject: str, **more: object) -> dict[str, object]:
    return {"subject": subject, "start": at(25, 9), "end": at(25, 10), **more}


def holding(changes: Changes) -> object:
    """Return a `StoredTexts` that holds what an earlier answer brought."""
    texts = {event.remote_id: event.raw for event in changes.changed}

    async def stored(remote_ids: object) -> dict[str, str]:
        return {name: texts[name] for name in remote_ids if name in texts}  # type: ignore[attr-defined]

    return stored


def starts(changes: Changes) -> list[str]:
    found = [
        line for event in changes.changed for line in event.raw.splitlines() if line.startswith("DTSTART")
    ]
    return sorted(line.rpartition(":")[2][6:11] for line in found)


@pytest.mark.parametrize("is_bare", [True, False])
@pytest.mark.parametrize("tells_masters", [True, False])
async def test_a_series_is_its_occurrences_with_what_the_series_says(
    fake, provider, credentials, is_bare, tells_masters
):
    fake.faults.bare_occurrences, fake.faults.tells_masters = is_bare, tells_masters
    series = fake.put(**daily(showAs="oof", location={"displayName": "High Street"}))
    fake.change(fake.occurrence_id(series, "2026-11-24"), start=at(24, 15), end=at(24, 16), showAs="free")
    fake.remove(fake.occurrence_id(series, "2026-11-25"))
    first = await provider.changes(credentials, CALENDAR, {}, {})
    assert starts(first) == ["23T09", "24T15", "26T09", "27T09"]
    assert all(
        "LOCATION:High Street" in event.raw and "SUMMARY:Daily" in event.raw for event in first.changed
    )
    moved = next(event.raw for event in first.changed if "24T15" in event.raw)
    assert "RECURRENCE-ID:20261124T080000Z" in moved
    assert "TRANSP:TRANSPARENT" in moved
    assert sum("X-MICROSOFT-CDO-BUSYSTATUS:OOF" in event.raw for event in first.changed) == 3
    assert (
        len({line for event in first.changed for line in event.raw.splitlines() if line.startswith("UID")})
        == 1
    )
    assert not any("RRULE" in event.raw for event in first.changed)


@pytest.mark.parametrize("tells_masters", [True, False])
async def test_what_a_series_says_anew_reaches_all_its_occurrences(
    fake, provider, credentials, tells_masters
):
    fake.faults.tells_masters = tells_masters
    series = fake.put(**daily())
    fake.change(fake.occurrence_id(series, "2026-11-24"), subject="Longer", end=at(24, 11))
    first = await provider.changes(credentials, CALENDAR, {}, {})
    held = known(first)
    fake.remove(fake.occurrence_id(series, "2026-11-27"))
    fake.change(series, subject="Renamed")
    second = await provider.changes(credentials, CALENDAR, first.cursor, held)
    assert not second.is_full
    assert starts(second)[:1] == ["23T09"]
    assert sum("SUMMARY:Renamed" in event.raw for event in second.changed) == 3
    assert [held[remote_id] != "" for remote_id in second.deleted] == [True]
    there = {**held, **known(second)}
    gone = set(second.deleted)
    again = await provider.changes(
        credentials, CALENDAR, {}, {k: v for k, v in there.items() if k not in gone}
    )
    assert (list(again.changed), len(again.unchanged)) == ([], 4)


async def test_a_series_goes_with_its_occurrences(fake, provider, credentials):
    series, other = fake.put(**daily()), fake.put(**daily(2, subject="Other"))
    first = await provider.changes(credentials, CALENDAR, {}, {})
    fake.remove(series)
    second = await provider.changes(credentials, CALENDAR, first.cursor, known(first))
    assert (list(second.changed), len(second.deleted)) == ([], 5)
    # One that is a series no more is one event.
    fake.change(other, recurrence=None)
    left = {key: value for key, value in known(first).items() if key not in second.deleted}
    third = await provider.changes(credentials, CALENDAR, second.cursor, left)
    assert [event.remote_id for event in third.changed] == [other]
    assert set(third.deleted) == set(left)


async def test_a_single_event_that_becomes_a_series_is_replaced(fake, provider, credentials):
    event = fake.put(**single("Lunch"))
    first = await provider.changes(credentials, CALENDAR, {}, {})
    assert list(known(first)) == [event]
    fake.change(event, recurrence=daily(2)["recurrence"], start=at(23, 9), end=at(23, 10))
    second = await provider.changes(credentials, CALENDAR, first.cursor, known(first))
    assert (starts(second), list(second.deleted)) == (["23T09", "24T09"], [event])


async def test_one_occurrence_is_read_and_changed_alone(fake, provider, credentials):
    fake.put(**daily())
    first = await provider.changes(credentials, CALENDAR, {}, {})
    remote_id = next(
        event.remote_id for event in first.changed if "T090000" in event.raw and "1125T" in event.raw
    )
    held = await provider.get_event(credentials, CALENDAR, remote_id)
    text = held.raw.replace("T090000", "T110000").replace("T100000", "T120000")
    await provider.update_event(credentials, CALENDAR, remote_id, text, held.etag)
    second = await provider.changes(credentials, CALENDAR, first.cursor, known(first))
    assert [event.remote_id for event in second.changed] == [remote_id]
    assert starts(second) == ["25T11"]


# -- windows, cursors and pages


async def test_what_leaves_the_window_is_gone_and_strangers_are_nobody(fake, provider, credentials):
    event = fake.put(**single("Moves"))
    first = await provider.changes(credentials, CALENDAR, {}, {})
    far = {"dateTime": "2031-01-01T09:00:00", "timeZone": "UTC"}
    fake.put(**single("Far", start=far, end=far))
    fake.change(event, start=far, end=far)
    second = await provider.changes(credentials, CALENDAR, first.cursor, known(first))
    assert (list(second.changed), list(second.deleted)) == ([], [event])


async def test_the_window_rolls_before_it_is_left(fake, proxy, provider, credentials, http):
    fake.put(**single("Soon"))
    late = {"dateTime": "2028-02-10T09:00:00", "timeZone": "UTC"}
    later = fake.put(**single("Late", start=late, end={**late, "dateTime": "2028-02-10T10:00:00"}))
    first = await provider.changes(credentials, CALENDAR, {}, {})
    assert len(first.changed) == 1
    asked = [query for _, path, query in fake.requests if path.endswith("delta")]
    assert [query["startDateTime"][:10] for query in asked] == ["2026-10-07"]
    for days, is_new in ((29, False), (31, True)):
        now = NOW + timedelta(days=days)
        after = MicrosoftCalendarProvider(http, endpoints(proxy.url), lambda now=now: now)
        found = await after.changes(credentials, CALENDAR, first.cursor, known(first))
        assert (found.is_full, [event.remote_id for event in found.changed]) == (
            is_new,
            [later] if is_new else [],
        )
        # What was stored serves on until then.
        assert list(found.deleted) == []


async def test_short_and_empty_pages_are_not_the_end(fake, provider, credentials):
    for n in range(7):
        fake.put(**single(f"event{n}"))
    fake.faults.page_size, fake.faults.empty_pages = 2, True
    first = await provider.changes(credentials, CALENDAR, {}, {})
    assert len(first.changed) == 7
    event = fake.put(**single("event8"))
    second = await provider.changes(credentials, CALENDAR, first.cursor, known(first))
    assert [event.remote_id for event in second.changed] == [event]


async def test_a_page_that_is_forgotten_begins_the_read_anew(fake, provider, credentials):
    for n in range(5):
        fake.put(**single(f"event{n}"))
    fake.faults.page_size, fake.faults.dead_page = 2, True
    assert len((await provider.changes(credentials, CALENDAR, {}, {})).changed) == 5


@pytest.mark.parametrize("code", ["syncStateNotFound", "syncStateInvalid", "resyncRequired"])
async def test_a_dead_link_reads_everything_and_deletes_nothing_by_itself(fake, provider, credentials, code):
    kept, gone = fake.put(**single("event1")), fake.put(**single("event2"))
    first = await provider.changes(credentials, CALENDAR, {}, {})
    fake.remove(gone)
    fake.faults.dead_token = code
    second = await provider.changes(credentials, CALENDAR, first.cursor, known(first))
    assert (second.is_full, list(second.unchanged), list(second.changed)) == (True, [kept], [])


async def test_pages_without_end_are_given_up_and_the_view_is_read_instead(fake, provider, credentials):
    for n in range(7):
        fake.put(**single(f"event{n}"))
    series = fake.put(**daily(2))
    healthy = await provider.changes(credentials, CALENDAR, {}, {})
    fake.faults.page_size, fake.faults.endless_pages = 3, True
    for cursor in ({}, healthy.cursor):
        fake.put(**single("more"))
        found = await provider.changes(credentials, CALENDAR, dict(cursor), known(healthy))
        assert found.is_full
        assert "token" not in found.cursor
    assert {event.remote_id.partition("~")[0] for event in healthy.changed} >= {series}
    assert len(found.unchanged) + len(found.changed) == 11
    before = len(fake.requests)
    # For a day nobody tries in vain again; afterwards it may have been mended.
    await provider.changes(credentials, CALENDAR, found.cursor, {})
    assert not any(path.endswith("delta") for _, path, _ in fake.requests[before:])
    fake.faults.endless_pages = False
    old = {**found.cursor, "plain": (NOW - timedelta(days=2)).isoformat()}
    assert "token" in (await provider.changes(credentials, CALENDAR, old, {})).cursor


async def test_a_link_to_somewhere_else_is_never_followed(fake, proxy, provider, credentials):
    for n in range(3):
        fake.put(**single(f"event{n}"))
    first = await provider.changes(credentials, CALENDAR, {}, {})
    for host in (
        "https://evil.example",
        proxy.url.replace("127.0.0.1", "127.0.0.1.evil.example").rstrip("/"),
    ):
        elsewhere = {**first.cursor, "token": f"{host}/v1.0/me/calendarView/delta?$deltatoken=x"}
        assert (await provider.changes(credentials, CALENDAR, elsewhere, known(first))).is_full
    proxy.faults.replaced = {fake.url.encode(): b"https://evil.example"}
    fake.faults.page_size = 1
    with pytest.raises(ProviderError) as caught:
        await provider.changes(credentials, CALENDAR, {}, {})
    assert (caught.value.kind, caught.value.code) == ("temporary", "bad_answer")


async def test_every_request_wishes_the_same_and_has_an_id(fake, provider, credentials):
    await provider.changes(credentials, CALENDAR, {}, {})
    await provider.create_event(credentials, CALENDAR, place_of(UID), RAW)
    for headers in fake.headers:
        assert 'IdType="ImmutableId"' in headers["prefer"]
        assert 'outlook.timezone="UTC"' in headers["prefer"]
    ids = [headers["client-request-id"] for headers in fake.headers]
    assert len(set(ids)) == len(ids) > 1


# -- refusals


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((429, "TooManyRequests", "30"), ("temporary", "rate_limited", 30)),
        ((429, "ApplicationThrottled", ""), ("temporary", "rate_limited", None)),
        ((503, "ErrorServerBusy", "9"), ("temporary", "rate_limited", 9)),
        ((500, "ErrorInternalServerError", ""), ("temporary", "server_error", None)),
        ((504, "UnknownError", ""), ("temporary", "server_error", None)),
        ((403, "ErrorAccessDenied", ""), ("permanent", "forbidden", None)),
        ((404, "MailboxNotEnabledForRESTAPI", ""), ("permanent", "no_mailbox", None)),
        ((404, "ErrorItemNotFound", ""), ("gone", "not_found", None)),
        ((400, "ErrorInvalidRequest", ""), ("permanent", "refused", None)),
    ],
)
async def test_the_code_decides(fake, provider, credentials, answer, expected):
    fake.faults.answers = [answer]
    with pytest.raises(ProviderError) as caught:
        await provider.changes(credentials, CALENDAR, {}, {})
    error = caught.value
    assert (error.kind, error.code, error.retry_after_seconds) == expected


@pytest.mark.parametrize("challenges", [False, True])
async def test_a_token_refused_early_is_renewed_once(fake, provider, credentials, challenges):
    asked = []

    async def renew() -> Credentials:
        asked.append(1)
        return granted(fake, WRITE, USER)

    old = replace(credentials, secret="ended", renew=renew)
    assert (await provider.changes(old, CALENDAR, {}, {})).is_full
    fake.faults.refuses_tokens, fake.faults.challenges = True, challenges
    assert await kind_of(provider.changes(old, CALENDAR, {}, {})) == "reauth"
    assert len(asked) == 2


async def test_a_mailbox_is_asked_three_things_at_once_and_no_more(provider, credentials):
    turns, most, waiting = provider._turns, [], anyio.Event()
    now = 0

    async def ask() -> None:
        nonlocal now
        async with turns.turn("ana", "interactive"):
            now += 1
            most.append(now)
            if now == 3:
                waiting.set()
            await waiting.wait()
            now -= 1

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(ask)
        async with turns.turn("bo", "interactive"):
            pass
    assert max(most) == 3


# -- what was granted


async def test_calendars_are_those_of_the_list(fake, provider, credentials):
    fake.add_calendar("AAMkTeam=", "Team", hexColor="#aa0000")
    fake.add_calendar("AAMkBo=", "Bo", canEdit=False, owner={"name": "Bo", "address": "bo@globex.example"})
    fake.faults.page_size = 1
    found = await provider.discover(credentials)
    assert [(item.name, item.color, item.is_writable, item.is_own) for item in found.calendars] == [
        ("Calendar", "#a6d1f5", True, True),
        ("Team", "#aa0000", True, True),
        ("Bo", "#a6d1f5", False, False),
    ]
    assert (found.profile["account"], found.profile["addresses"]) == (EMAIL, [EMAIL])
    read = await provider.discover(granted(fake, READ, USER))
    assert [item.is_writable for item in read.calendars] == [False, False, False]


async def test_busy_only_holds_no_words(fake, provider):
    people = [{"emailAddress": {"address": "bo@globex.example"}, "type": "required"}]
    words = {"body": {"contentType": "text", "content": "Why"}, "location": {"displayName": "Where"}}
    event = fake.put(**single("Secret plan", attendees=people, sensitivity="private", **words))
    fake.put(**daily(3, subject="Secret series", **words))
    # Also where the service tells more than is kept: one that was granted more before.
    for scopes in ((BASIC, USER), (READ, USER)):
        seen = replace(granted(fake, *scopes), scope=frozenset({BASIC, USER}))
        changes = await provider.changes(seen, CALENDAR, {}, {})
        held = await provider.get_event(seen, CALENDAR, event)
        assert held.etag == known(changes)[event]
        assert len(changes.changed) == 4
        for text in (held.raw, *(one.raw for one in changes.changed)):
            assert "DTSTART;TZID=Europe/Berlin:202611" in text
            for word in ("Secret", "Why", "Where", "bo@globex", "PRIVATE"):
                assert word not in text
        # Other words are nothing new.
        fake.change(event, subject="Secret, too")
        second = await provider.changes(seen, CALENDAR, changes.cursor, known(changes))
        assert known(second) == {event: known(changes)[event]}


async def test_who_may_only_read_cannot_write(fake, provider):
    seen = granted(fake, READ, USER)
    with pytest.raises(ProviderError) as caught:
        await provider.create_event(seen, CALENDAR, provider.event_id(CALENDAR, UID), RAW)
    assert (caught.value.kind, caught.value.code) == ("reauth", "missing_scope")
    assert fake.requests == []


# -- writing


async def test_our_events_lie_at_places_and_copies_are_not_ours(fake, provider, credentials):
    place = provider.event_id(CALENDAR, UID)
    assert is_place(place)
    made = await provider.create_event(credentials, CALENDAR, place, RAW)
    assert (made.remote_id, made.etag.partition(" ")[2]) == (place, fake.live()[0]["id"])
    [item] = fake.live()
    # Outlook copies our properties along, and gives the copy no transactionId.
    properties = item["singleValueExtendedProperties"]
    fake.put(**single("Copy", singleValueExtendedProperties=properties))
    found = {
        event.remote_id: event.raw
        for event in (await provider.changes(credentials, CALENDAR, {}, {})).changed
    }
    assert f"UID:{UID}" in found.pop(place)
    [copy] = found.values()
    assert f"UID:{UID}" not in copy
    held = await provider.get_event(credentials, CALENDAR, place)
    assert "X-CONVENE-BOOKING:bkg_1" in held.raw
    assert held.etag == made.etag


async def test_our_event_is_told_at_its_place_wherever_it_moves(fake, provider, credentials):
    place = provider.event_id(CALENDAR, UID)
    await provider.create_event(credentials, CALENDAR, place, RAW)
    first = await provider.changes(credentials, CALENDAR, {}, {})
    assert list(known(first)) == [place]
    far = {"dateTime": "2031-01-01T09:00:00", "timeZone": "UTC"}
    event = fake.live()[0]["id"]
    fake.change(event, start=far, end={**far, "dateTime": "2031-01-01T10:00:00"})
    # Graph says that it is gone: it only left the window.
    second = await provider.changes(credentials, CALENDAR, first.cursor, known(first))
    assert ([one.remote_id for one in second.changed], list(second.deleted)) == ([place], [])
    third = await provider.changes(credentials, CALENDAR, {}, known(second), holding(second))
    assert list(third.unchanged) == [place]
    fake.remove(event)
    for cursor in (second.cursor, {}):
        last = await provider.changes(credentials, CALENDAR, dict(cursor), known(second), holding(second))
        assert (list(last.deleted), list(last.changed), list(last.unchanged)) == (
            [] if last.is_full else [place],
            [],
            [],
        )


async def test_a_uid_that_is_too_long_has_a_place_too(fake, provider, credentials):
    uid = "x" * 90 + "@convene.example"
    place = provider.event_id(CALENDAR, uid)
    assert (is_place(place), len(place) <= 62) == (True, True)
    await provider.create_event(credentials, CALENDAR, place, RAW.replace(UID, uid))
    [event] = (await provider.changes(credentials, CALENDAR, {}, {})).changed
    assert event.remote_id == place
    assert f"UID:{uid}" in event.raw.replace("\r\n ", "")


async def test_only_what_changed_is_sent(fake, provider, credentials):
    place = provider.event_id(CALENDAR, UID)
    await provider.create_event(credentials, CALENDAR, place, RAW)
    person = {
        "emailAddress": {"address": "bo@globex.example", "name": "Bo"},
        "type": "required",
        "status": {"response": "accepted"},
    }
    event = fake.live()[0]["id"]
    fake.change(event, categories=["Red"], attendees=[person], showAs="oof", reminderMinutesBeforeStart=7)
    held = await provider.get_event(credentials, CALENDAR, place)
    text = held.raw.replace("T100000Z", "T140000Z").replace("T110000Z", "T150000Z")
    written = await provider.update_event(credentials, CALENDAR, place, text, held.etag)
    [item] = fake.live()
    assert item["start"]["dateTime"].startswith("2026-12-01T14:00:00")
    assert (item["categories"], item["attendees"], item["showAs"]) == (["Red"], [person], "oof")
    assert item["reminderMinutesBeforeStart"] == 7
    # Nothing new: nothing is sent.
    again = await provider.update_event(credentials, CALENDAR, place, text, written.etag)
    assert again.etag == written.etag
    assert [method for method, _, _ in fake.requests].count("PATCH") == 1


async def test_an_edit_between_reading_and_writing_is_a_conflict(fake, provider, credentials):
    place = provider.event_id(CALENDAR, UID)
    made = await provider.create_event(credentials, CALENDAR, place, RAW)
    event = fake.live()[0]["id"]
    fake.faults.before_write = lambda: fake.change(event, subject="Theirs")
    changed = RAW.replace("T100000Z", "T103000Z")
    assert (
        await kind_of(provider.update_event(credentials, CALENDAR, place, changed, made.etag)) == "conflict"
    )
    assert fake.live()[0]["subject"] == "Theirs"


async def test_a_deleted_event_of_ours_comes_back_at_its_place(fake, provider, credentials):
    place = provider.event_id(CALENDAR, UID)
    made = await provider.create_event(credentials, CALENDAR, place, RAW)
    await provider.delete_event(credentials, CALENDAR, place, made.etag)
    again = await provider.create_event(credentials, CALENDAR, place, RAW)
    assert [item["transactionId"] for item in fake.live()] == [place]
    assert again.etag != made.etag


async def test_a_create_that_is_answered_with_what_was_deleted_is_made_anew(http, credentials):
    """Graph remembers what a transactionId made, also when it was deleted since."""
    place, asked = place_of(UID), []

    async def handler(request: Request, writer: object) -> None:
        asked.append(request.method)
        if request.method == "GET":
            writer.write(answer(404, b'{"error": {"code": "ErrorItemNotFound"}}'))
            return
        body = json.loads(request.body)
        is_new = body["transactionId"] == f"{place}~2"
        made = {**body, "id": "AAnew=" if is_new else "AAold=", "@odata.etag": 'W/"1"'}
        made["createdDateTime"] = "2026-11-21T08:00:00Z" if is_new else "2026-11-20T08:00:00Z"
        writer.write(answer(201, json.dumps(made).encode(), Date="Sat, 21 Nov 2026 08:00:01 GMT"))

    async with serve(handler) as raw:
        provider = MicrosoftCalendarProvider(http, endpoints(raw.url), lambda: NOW)
        made = await provider.create_event(credentials, CALENDAR, place, RAW)
    assert (made.remote_id, made.etag) == (place, 'W/"1" AAnew=')
    assert asked == ["POST", "GET", "POST"]


async def test_zones_have_windows_names_where_no_others_are_known(fake, provider, credentials):
    fake.faults.unknown_zones = {"Europe/Vienna", "Europe/Berlin"}
    raw = RAW.replace("DTSTART:20261201T100000Z", "DTSTART;TZID=Europe/Vienna:20261201T100000")
    raw = raw.replace("DTEND:20261201T110000Z", "DTEND;TZID=Europe/Vienna:20261201T110000")
    await provider.create_event(credentials, CALENDAR, place_of(UID), raw)
    [item] = fake.live()
    assert item["originalStartTimeZone"] == "Central Europe Standard Time"
    assert item["start"]["dateTime"].startswith("2026-12-01T09:00")


async def test_nobody_is_written_to_whom_we_write_ourselves(fake, provider, credentials):
    mark = "END:VEVENT"
    ours = RAW.replace(mark, f"ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:bo@globex.example\r\n{mark}")
    await provider.create_event(credentials, CALENDAR, place_of(UID), ours)
    assert fake.mailed == []
    theirs = RAW.replace(UID, "two").replace(mark, f"ATTENDEE:mailto:bo@globex.example\r\n{mark}")
    await provider.create_event(credentials, CALENDAR, place_of("two"), theirs)
    assert [(what, people) for what, _, people in fake.mailed] == [("invitation", ["bo@globex.example"])]


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_place_to_meet_online_is_made_if_it_is_asked_for(fake, provider, credentials, is_late):
    fake.faults.late_join_link = is_late
    raw = RAW.replace("END:VEVENT", f"{ONLINE_MEETING}:TRUE\r\nEND:VEVENT")
    made = await provider.create_event(credentials, CALENDAR, place_of(UID), raw)
    assert "CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=Join:https://teams.example/meet/" in made.raw
    # Later edits leave it on.
    moved = made.raw.replace("T100000Z", "T120000Z").replace("T110000Z", "T130000Z")
    await provider.update_event(credentials, CALENDAR, place_of(UID), moved, made.etag)
    assert fake.live()[0]["isOnlineMeeting"] is True


async def test_an_invitation_is_answered_and_its_organizer_told(fake, provider, credentials):
    bo, ana = ({"emailAddress": {"address": name}} for name in ("bo@globex.example", EMAIL))
    event = fake.put(
        **single("Review", attendees=[{**ana, "type": "required"}], organizer=bo, isOrganizer=False),
        responseStatus={"response": "notResponded"},
    )
    held = await provider.get_event(credentials, CALENDAR, event)
    unfolded = held.raw.replace("\r\n ", "")
    assert f"ATTENDEE;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT:mailto:{EMAIL}" in unfolded
    text = unfolded.replace("NEEDS-ACTION", "ACCEPTED")
    written = await provider.update_event(credentials, CALENDAR, event, text, held.etag)
    assert fake.requests[-2][:2] == ("POST", f"/v1.0/me/events/{event}/accept")
    again = await provider.get_event(credentials, CALENDAR, event)
    assert (again.etag, "PARTSTAT=ACCEPTED" in again.raw) == (written.etag, True)


# -- series of ours


def series_of_ours(rule: str) -> str:
    raw = RAW.replace("DTSTART:20261201T100000Z", "DTSTART;TZID=Europe/Berlin:20261201T100000")
    raw = raw.replace("DTEND:20261201T110000Z", "DTEND;TZID=Europe/Berlin:20261201T110000")
    return raw.replace("END:VEVENT", f"RRULE:{rule}\r\nEND:VEVENT")


async def test_a_series_of_ours_is_one_resource_at_its_place(fake, provider, credentials):
    place = place_of(UID)
    await provider.create_event(
        credentials, CALENDAR, place, series_of_ours("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4")
    )
    [item] = fake.live()
    assert item["recurrence"]["range"]["recurrenceTimeZone"] == "Europe/Berlin"
    first = await provider.changes(credentials, CALENDAR, {}, {})
    [event] = first.changed
    assert (event.remote_id, event.raw.count("BEGIN:VEVENT")) == (place, 4)
    held = await provider.get_event(credentials, CALENDAR, place)
    assert "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=TU,TH;WKST=MO;COUNT=4" in held.raw
    fake.remove(fake.occurrence_id(item["id"], "2026-12-03"))
    fake.change(fake.occurrence_id(item["id"], "2026-12-08"), subject="Longer")
    second = await provider.changes(credentials, CALENDAR, first.cursor, known(first))
    [event] = second.changed
    assert (event.raw.count("BEGIN:VEVENT"), "SUMMARY:Longer" in event.raw) == (3, True)
    again = await provider.changes(credentials, CALENDAR, {}, known(second))
    assert list(again.unchanged) == [place]
    fake.remove(item["id"])
    third = await provider.changes(credentials, CALENDAR, second.cursor, known(second))
    assert list(third.deleted) == [place]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=31", "not every month"),
        ("FREQ=HOURLY;COUNT=3", "within a day"),
        ("FREQ=MONTHLY;BYDAY=1TU,3TU", "several days"),
        ("FREQ=WEEKLY;BYDAY=WE", "first date"),
    ],
)
async def test_what_cannot_be_repeated_there_is_refused_in_words(fake, provider, credentials, rule, reason):
    with pytest.raises(ProviderError, match=reason) as caught:
        await provider.create_event(credentials, CALENDAR, place_of(UID), series_of_ours(rule))
    assert caught.value.kind == "permanent"
    assert fake.requests == []


# -- colleagues


async def test_colleagues_are_told_of_in_parts_and_the_unknown_are_not_free(fake, provider, credentials):
    def hour(day: int, status: str = "busy") -> tuple[str, datetime, datetime]:
        start = NOW + timedelta(days=day)
        return status, start, start + timedelta(hours=1)

    names = [f"c{n}@globex.example" for n in range(41)]
    fake.colleagues = {name: [hour(1), hour(90, "tentative"), hour(2, "workingElsewhere")] for name in names}
    fake.colleagues[names[40]] = [hour(61, "oof")]
    assert isinstance(provider, KnowsColleagues)
    found = await provider.free_busy(
        credentials, [*names, "nobody@globex.example"], NOW, NOW + timedelta(days=100)
    )
    assert list(found) == [*names, "nobody@globex.example"]
    told = [(time.start - NOW, time.end - time.start, time.kind) for time in found[names[0]].busy]
    day = timedelta(days=1)
    assert told == [(day, timedelta(hours=1), "busy"), (90 * day, timedelta(hours=1), "tentative")]
    assert [time.start for time in found[names[40]].busy] == [NOW + 61 * day]
    assert (found["nobody@globex.example"].is_known, found[names[0]].is_known) == (False, True)
    assert found["nobody@globex.example"].problem == "ErrorMailRecipientNotFound"
    # Three lots of people, two lots of days.
    assert len(fake.requests) == 6


async def test_personal_accounts_have_no_colleagues(fake, provider, credentials):
    fake.is_personal = True
    asked = provider.free_busy(credentials, ["bo@globex.example"], NOW, NOW + timedelta(days=1))
    assert await kind_of(asked) == "permanent"
