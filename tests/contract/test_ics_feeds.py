"""Feeds by address: the reading half of the contract, and what feeds and their servers do wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from calendar_contract import CalendarReadingContract, http, kind_of, known, uid_of, vanished

from caldav_servers import event_text
from convene.formats.parser_process import CalendarParser
from convene.ports.calendars import CalendarProvider, Changes, Credentials, ProviderError
from convene.providers.http_client import HttpClient
from convene.providers.ics import CALENDAR, DEFAULT_SECONDS, IcsProvider
from fakes.faulty_proxy import FaultyProxy
from fakes.feed_server import SECRET_PATH, Feed, feed_server

__all__ = ["http"]
FIXTURES = Path(__file__).parent.parent / "fixtures" / "ics" / "feeds"


@pytest.fixture(scope="module")
def parser() -> CalendarParser:
    return CalendarParser()


@pytest.fixture
async def server(parser: CalendarParser) -> AsyncIterator[Feed]:
    async with feed_server() as found:
        yield found
    await parser.close()


@pytest.fixture
def provider(http: HttpClient, parser: CalendarParser) -> IcsProvider:
    return IcsProvider(http, parser)


@pytest.fixture
def credentials(server: Feed) -> Credentials:
    return Credentials(server.url + "/…", "", server.address)


async def read(
    provider: CalendarProvider, credentials: Credentials, held: dict[str, str] | None = None
) -> Changes:
    return await provider.changes(credentials, CALENDAR, {}, held or {})


def uids(changes: Changes) -> list[str]:
    return sorted(uid_of(event.raw) for event in changes.changed)


class TestContract(CalendarReadingContract):
    async def behind(
        self, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> tuple[Credentials, str]:
        return replace(credentials, secret=proxy.url.rstrip("/") + SECRET_PATH), CALENDAR


async def test_nothing_can_be_written(provider: IcsProvider, credentials: Credentials) -> None:
    [calendar] = (await provider.discover(credentials)).calendars
    assert calendar.is_writable is False
    raw = event_text("u")
    assert await kind_of(provider.create_event(credentials, CALENDAR, "x", raw)) == "permanent"
    assert await kind_of(provider.update_event(credentials, CALENDAR, "x", raw, "e")) == "permanent"
    assert await kind_of(provider.delete_event(credentials, CALENDAR, "x", "e")) == "permanent"
    with pytest.raises(ProviderError):
        provider.event_id(CALENDAR, "u")


@pytest.mark.parametrize("by_date", [False, True])
async def test_an_unchanged_feed_is_not_sent_again(
    server: Feed, provider: IcsProvider, credentials: Credentials, by_date: bool
) -> None:
    if by_date:
        server.has_etag, server.modified = False, "Mon, 16 Nov 2026 10:00:00 GMT"
    server.put("a", event_text("a"))
    server.head = ["REFRESH-INTERVAL;VALUE=DURATION:PT30M"]
    first = await read(provider, credentials)
    again = await provider.changes(credentials, CALENDAR, first.cursor, known(first))
    assert (list(again.changed), list(again.deleted), again.is_full) == ([], [], False)
    assert (again.cursor, again.refresh_seconds) == (first.cursor, 1800)
    asked = server.raw.requests[-1].headers
    assert ("if-modified-since" if by_date else "if-none-match") in asked
    assert server.raw.requests[-1].path == SECRET_PATH


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, "permanent", "feed_needs_password"),
        (403, "permanent", "forbidden"),
        (404, "gone", "feed_gone"),
        (410, "gone", "feed_gone"),
        (429, "temporary", "rate_limited"),
        (500, "temporary", "server_error"),
        (204, "permanent", "refused"),
    ],
)
async def test_statuses(
    server: Feed, provider: IcsProvider, credentials: Credentials, status: int, kind: str, code: str
) -> None:
    server.status = status
    for call in (read(provider, credentials), provider.discover(credentials)):
        with pytest.raises(ProviderError) as caught:
            await call
        assert (caught.value.kind, caught.value.code) == (kind, code)
        assert SECRET_PATH not in caught.value.detail


HOSTILE: dict[str, tuple[Callable[[Feed], None], str]] = {
    "web page": (lambda feed: _set(feed, body=b"\r\n<!doctype html><html>Sign in", kind="text/html"), "web_page"),
    "web page that claims to be a calendar": (lambda feed: _set(feed, body=b"<html>Sign in"), "web_page"),
    "something else": (lambda feed: _set(feed, body=b'{"events": []}'), "not_a_feed"),
    "nothing": (lambda feed: _set(feed, body=b""), "empty_answer"),
    "cut short": (lambda feed: _set(feed, body=feed.text().encode()[:-20]), "cut_short"),
    "gzip bomb": (lambda feed: setattr(feed, "is_bomb", True), "too_large"),
    "endless": (lambda feed: setattr(feed, "is_endless", True), "too_large"),
    "breaks off": (lambda feed: setattr(feed, "breaks_off", True), "connection_lost"),
    "metadata address": (
        lambda feed: setattr(feed, "redirects_to", "http://169.254.169.254/latest/"), "host_refused",
    ),
    "inside address": (lambda feed: setattr(feed, "redirects_to", "https://10.0.0.1/a.ics"), "host_refused"),
    "itself": (lambda feed: setattr(feed, "redirects_to", SECRET_PATH), "too_many_redirects"),
    "a file": (lambda feed: setattr(feed, "redirects_to", "file:///etc/passwd"), "bad_url"),
    "too many components": (
        lambda feed: _set(feed, body=b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 30_000),
        "too_complex",
    ),
}  # fmt: skip


def _set(feed: Feed, *, body: bytes, kind: str = "text/calendar") -> None:
    feed.body, feed.content_type = body, kind


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_feed_is_told_and_never_an_empty_calendar(
    server: Feed, provider: IcsProvider, credentials: Credentials, name: str
) -> None:
    server.put("a", event_text("a"))
    spoil, code = HOSTILE[name]
    spoil(server)
    with pytest.raises(ProviderError) as caught:
        await read(provider, credentials)
    assert caught.value.code == code
    assert SECRET_PATH not in caught.value.detail


async def test_an_empty_calendar_where_events_were_is_doubted(
    server: Feed, provider: IcsProvider, credentials: Credentials
) -> None:
    server.put("a", event_text("a"))
    held = known(await read(provider, credentials))
    server.delete("a")
    assert (await read(provider, credentials, held)).is_doubtful is True
    assert (await read(provider, credentials, {})).is_doubtful is False


async def test_what_producers_change_at_each_request_is_no_change(
    server: Feed, provider: IcsProvider, credentials: Credentials
) -> None:
    stamps = "DTSTAMP:{0}\r\nCREATED:{0}\r\nLAST-MODIFIED:{0}\r\n"
    text = event_text("a").replace("UID:a\r\n", "UID:a\r\n" + stamps.format("20261101T000000Z"))
    server.put("a", text)
    server.head = ["METHOD:PUBLISH", "X-WR-CALNAME:One"]
    held = known(await read(provider, credentials))
    server.put("a", text.replace("20261101T000000Z", "20261102T000000Z"))
    server.head = ["X-WR-CALNAME:Two"]
    again = await read(provider, credentials, held)
    assert (list(again.changed), list(again.unchanged)) == ([], list(held))


async def test_uids_that_change_at_each_request(
    server: Feed, provider: IcsProvider, credentials: Credentials
) -> None:
    for n in range(5):
        server.put(f"e{n}", event_text(f"first-{n}", summary=f"Event {n}"))
    server.put("twin", event_text("first-twin", summary="Event 0"))
    first = await read(provider, credentials)
    held = known(first)
    server.events.clear()
    for n in (0, 1, 2, 4):
        server.put(f"e{n}", event_text(f"second-{n}", summary=f"Event {n}"))
    server.put("twin", event_text("second-twin", summary="Event 0"))
    server.put("new", event_text("second-new", summary="New"))
    again = await read(provider, credentials, held)
    assert uids(again) == ["second-new"]
    assert len(set(again.unchanged)) == 5
    gone = vanished(again, held)
    assert [uid_of(event.raw) for event in first.changed if event.remote_id in gone] == ["first-3"]


async def test_a_series_and_its_exceptions_are_one_resource(
    server: Feed, provider: IcsProvider, credentials: Credentials
) -> None:
    changed = event_text("s", "20261203T140000Z", "20261203T150000Z", **{"RECURRENCE-ID": "20261203T100000Z"})
    server.put("0 exception first", changed)
    server.put("1 master", event_text("s", RRULE="FREQ=DAILY;COUNT=5"))
    server.put("2 orphan", event_text("o", **{"RECURRENCE-ID": "20261208T100000Z"}))
    found = {uid_of(event.raw): event.raw for event in (await read(provider, credentials)).changed}
    assert sorted(found) == ["o", "s"]
    assert found["s"].index("RRULE") < found["s"].index("RECURRENCE-ID")
    assert found["s"].count("BEGIN:VEVENT") == 2


async def test_what_shares_a_uid_stays_together_once(
    server: Feed, provider: IcsProvider, credentials: Credentials
) -> None:
    server.put("a", event_text("same"))
    server.put("b", event_text("same", "20261205T100000Z", "20261205T110000Z"))
    server.put("c", event_text("same"))
    first = await read(provider, credentials)
    assert [event.raw.count("BEGIN:VEVENT") for event in first.changed] == [2]
    again = await read(provider, credentials, known(first))
    assert (list(again.changed), len(again.unchanged)) == ([], 1)


async def test_a_broken_event_loses_only_itself(
    server: Feed, provider: IcsProvider, credentials: Credentials
) -> None:
    server.put("a", event_text("a"))
    text = server.text()
    server.body = text.replace(
        "BEGIN:VEVENT",
        "BEGIN:VEVENT\r\nUID:left-open\r\nDTSTART:20261201T080000Z\r\nBEGIN:VALARM\r\nBEGIN:VEVENT",
        1,
    ).encode()
    server.body = server.body.replace(b"END:VCALENDAR", b"BEGIN:VEVENT\r\nUID:z\r\nnonsense\r\nEND:VCALENDAR")
    assert uids(await read(provider, credentials)) == ["a", "left-open", "z"]


FORMS: dict[str, Callable[[str], bytes]] = {
    "BOM and blank lines": lambda text: b"\xef\xbb\xbf\r\n \r\n" + text.encode(),
    "bare LF": lambda text: text.replace("\r\n", "\n").encode(),
    "bare CR": lambda text: text.replace("\r\n", "\r").encode(),
    "folded inside characters": lambda text: b"".join(
        (line if line.startswith((b"BEGIN", b"END")) else b"\r\n ".join(line[n : n + 7] for n in range(0, len(line), 7)))
        + b"\r\n"
        for line in text.encode().split(b"\r\n")[:-1]
    ),
    "folded with tabs": lambda text: text.replace("SUMMARY:Caf", "SUMMA\n\tRY:C\r\n\taf").encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "lower case": lambda text: text.replace("BEGIN:VEVENT", "begin:vevent").replace("DTSTART", "dtstart").encode(),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
async def test_odd_forms_say_the_same(
    server: Feed, provider: IcsProvider, credentials: Credentials, form: str
) -> None:
    server.put("a", event_text("a", summary="Café – 東京"))
    server.body = FORMS[form](server.text())
    [event] = (await read(provider, credentials)).changed
    assert "SUMMARY:Café – 東京" in event.raw


@pytest.mark.parametrize(
    ("sent", "claimed"),
    [("iso-8859-1", "iso-8859-1"), ("windows-1252", "utf-8"), ("utf-8", "iso-8859-1"), ("utf-8", "nonsense")],
)
async def test_wrong_charsets(
    server: Feed, provider: IcsProvider, credentials: Credentials, sent: str, claimed: str
) -> None:
    server.put("a", event_text("a", summary="Café"))
    server.body, server.content_type = server.text().encode(sent), f'text/plain; charset="{claimed}"'
    [event] = (await read(provider, credentials)).changed
    assert "SUMMARY:Café" in event.raw


async def test_a_packed_feed_is_unpacked(
    server: Feed, provider: IcsProvider, credentials: Credentials
) -> None:
    server.is_packed = True
    server.put("a", event_text("a"))
    assert uids(await read(provider, credentials)) == ["a"]


@pytest.mark.parametrize(
    ("head", "cache", "seconds"),
    [
        ([], "", DEFAULT_SECONDS),
        ([], "no-cache, max-age=0", DEFAULT_SECONDS),
        ([], "private, max-age=1800", 1800),
        (["REFRESH-INTERVAL;VALUE=DURATION:PT12H"], "", 43_200),
        (["X-PUBLISHED-TTL:PT1M"], "", 900),
        (["X-PUBLISHED-TTL:P7D"], "", 86_400),
        (["X-PUBLISHED-TTL:P1D", "REFRESH-INTERVAL;VALUE=DURATION:PT2H"], "max-age=9000", 7_200),
        (["X-PUBLISHED-TTL:soon"], "", DEFAULT_SECONDS),
    ],
)
async def test_when_to_ask_again(
    server: Feed, provider: IcsProvider, credentials: Credentials, head: list[str], cache: str, seconds: int
) -> None:
    server.head = head
    server.headers = {"Cache_Control": cache} if cache else {}
    assert (await read(provider, credentials)).refresh_seconds == seconds


@pytest.mark.parametrize(
    ("name", "title", "tzid", "color", "events"),
    [
        ("google", "Ana, privat", "Europe/Berlin", "", 3),
        ("outlook", "Calendar", None, "", 2),
        ("apple", "Família", "Europe/Lisbon", "#1badf8", 2),
    ],
)
async def test_feeds_as_services_write_them(
    server: Feed,
    provider: IcsProvider,
    credentials: Credentials,
    name: str,
    title: str,
    tzid: str | None,
    color: str,
    events: int,
) -> None:
    server.body = (FIXTURES / f"{name}.ics").read_bytes()
    [calendar] = (await provider.discover(credentials)).calendars
    assert (calendar.name, calendar.tzid, calendar.color) == (title, tzid, color)
    assert len((await read(provider, credentials)).changed) == events
