"""What every calendar provider promises (`ports.calendars`). Each provider's test class inherits it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from caldav_servers import CalDavServer, event_text
from convene.ports.calendars import CalendarProvider, Changes, Credentials, ProviderError, Written
from convene.providers import caldav_whole
from convene.providers.http_client import HttpClient
from fakes.faulty_proxy import FaultyProxy, faulty_proxy

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
UID = "bkg-1@convene.example"
RAW = event_text(UID, **{"X-CONVENE-BOOKING": "bkg_1"})
MOVED = RAW.replace("T100000Z", "T140000Z").replace("T110000Z", "T150000Z")


async def kind_of(awaitable: object) -> str:
    """Return the kind of the provider's error."""
    with pytest.raises(ProviderError) as caught:
        await awaitable  # type: ignore[misc]
    return caught.value.kind


def known(changes: Changes) -> dict[str, str]:
    return {event.remote_id: event.etag for event in changes.changed}


def uid_of(raw: str) -> str:
    """Return the UID of a text's first event."""
    return next(line[4:] for line in raw.splitlines() if line.startswith("UID:"))


def vanished(changes: Changes, held: dict[str, str]) -> set[str]:
    """Return which of the ids held are gone."""
    if not changes.is_full:
        return set(changes.deleted)
    return set(held) - {event.remote_id for event in changes.changed} - set(changes.unchanged)


class CalendarReadingContract:
    """Reading, also where nothing can be written. Subclasses give the fixtures `server` (a fresh one with an empty
    calendar and `url`, `put(name, text)`, `delete(name)`), `provider`, `credentials`.
    """

    @pytest.fixture
    async def proxy(self, server: CalDavServer) -> AsyncIterator[FaultyProxy]:
        async with faulty_proxy(server.url) as found:
            yield found

    @pytest.fixture
    async def calendar(self, provider: CalendarProvider, credentials: Credentials) -> str:
        return (await provider.discover(credentials)).calendars[0].remote_id

    async def behind(
        self, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> tuple[Credentials, str]:
        """Return credentials and calendar as they are seen through the proxy."""
        seen = replace(credentials, url=proxy.url)
        return seen, (await provider.discover(seen)).calendars[0].remote_id

    async def test_an_empty_calendar_is_read_whole(
        self, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        first = await provider.changes(credentials, calendar, {}, {})
        assert (list(first.changed), first.is_full) == ([], True)
        again = await provider.changes(credentials, calendar, first.cursor, {})
        assert (list(again.changed), list(again.deleted)) == ([], [])

    async def test_only_news_are_told(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        for n in range(30):
            server.put(f"e{n}.ics", event_text(f"u{n}"))
        first = await provider.changes(credentials, calendar, {}, {})
        assert (len(first.changed), first.is_full) == (30, True)
        held = known(first)
        server.put("e7.ics", event_text("u7", summary="Moved"))
        server.put("new.ics", event_text("new"))
        server.delete("e8.ics")
        second = await provider.changes(credentials, calendar, first.cursor, held)
        assert sorted(uid_of(event.raw) for event in second.changed) == ["new", "u7"]
        gone = vanished(second, held)
        assert [uid_of(event.raw) for event in first.changed if event.remote_id in gone] == ["u8"]
        third = await provider.changes(credentials, calendar, second.cursor, {**held, **known(second)})
        assert list(third.changed) == []

    async def test_one_event_is_read_alone(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        server.put("e.ics", event_text("u"))
        [event] = (await provider.changes(credentials, calendar, {}, {})).changed
        held = await provider.get_event(credentials, calendar, event.remote_id)
        assert held is not None
        assert (held.etag, uid_of(held.raw)) == (event.etag, "u")
        server.delete("e.ics")
        assert await provider.get_event(credentials, calendar, event.remote_id) is None

    async def test_any_cursor_that_is_not_ours_reads_everything(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        for n in range(3):
            server.put(f"e{n}.ics", event_text(f"u{n}"))
        first = await provider.changes(credentials, calendar, {}, {})
        server.put("e1.ics", event_text("u1", summary="Moved"))
        for cursor in ({"v": 0, "token": "x"}, {"v": "?", "etag": 7}, {}):
            again = await provider.changes(credentials, calendar, dict(cursor), known(first))
            assert again.is_full is True
            assert [uid_of(event.raw) for event in again.changed] == ["u1"]
            assert len(again.unchanged) == 2

    async def test_what_was_cut_short_is_an_error(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> None:
        seen, calendar = await self.behind(provider, credentials, proxy)
        for n in range(3):
            server.put(f"e{n}.ics", event_text(f"u{n}"))
        for cut in (0, 0.01, 0.5, 0.99):
            proxy.faults.cut_at = cut
            assert await kind_of(provider.changes(seen, calendar, {}, {})) == "temporary"
        proxy.faults.cut_at = None
        proxy.faults.sign_in_page = True
        assert await kind_of(provider.changes(seen, calendar, {}, {})) == "permanent"

    @pytest.mark.parametrize(
        ("status", "kind"), [(500, "temporary"), (503, "temporary"), (429, "temporary"), (404, "gone")]
    )
    async def test_an_error_is_never_an_empty_calendar(
        self, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy, status: int, kind: str
    ) -> None:
        seen, calendar = await self.behind(provider, credentials, proxy)
        proxy.faults.statuses = [status] * 9
        proxy.faults.retry_after = "77"
        with pytest.raises(ProviderError) as caught:
            await provider.changes(seen, calendar, {}, {})
        assert (caught.value.kind, caught.value.retry_after_seconds) == (kind, 77)


class CalendarProviderContract(CalendarReadingContract):
    """Reading by difference, and writing. Subclasses give the same fixtures.

    creates_with: the method of a request that makes an event. before_creating: what is answered before it.
    """

    creates_with = "PUT"
    before_creating: tuple[int, ...] = (404,)

    def name(self, remote_id: str) -> str:
        """Return the name under which the server's owner knows an event."""
        return remote_id.rpartition("/")[2]

    # -- reading

    async def test_one_change_among_many_is_one_change(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        for n in range(120):
            server.put(f"e {n}@x.ics".replace(" ", "%20"), event_text(f"u{n}"))
        first = await provider.changes(credentials, calendar, {}, {})
        assert len(first.changed) == 120
        held = known(first)
        server.put("e%207@x.ics", event_text("u7", summary="Moved"))
        server.put("new.ics", event_text("new"))
        server.delete("e%208@x.ics")
        second = await provider.changes(credentials, calendar, first.cursor, held)
        assert second.is_full is False
        assert sorted(event.raw.count("Moved") for event in second.changed) == [0, 1]
        assert {self.name(event.remote_id) for event in second.changed} == {"e%207@x.ics", "new.ics"}
        assert [remote_id in held for remote_id in second.deleted] == [True]
        third = await provider.changes(credentials, calendar, second.cursor, held)
        assert (list(third.changed), list(third.deleted)) == ([], [])

    @pytest.mark.parametrize("damage", ["bogus", "foreign version"])
    async def test_a_dead_cursor_reads_everything_but_fetches_only_news(
        self,
        server: CalDavServer,
        provider: CalendarProvider,
        credentials: Credentials,
        calendar: str,
        damage: str,
    ) -> None:
        for n in range(5):
            server.put(f"e{n}.ics", event_text(f"u{n}"))
        first = await provider.changes(credentials, calendar, {}, {})
        server.put("e1.ics", event_text("u1", summary="Moved"))
        server.delete("e2.ics")
        dead = {**first.cursor, "token": "data:,nonsense"} if damage == "bogus" else {"v": 0, "token": "x"}
        again = await provider.changes(credentials, calendar, dead, known(first))
        assert again.is_full is True
        assert [self.name(event.remote_id) for event in again.changed] == ["e1.ics"]
        assert len(again.unchanged) == 3
        assert (await provider.changes(credentials, calendar, again.cursor, {})).is_full is False

    async def test_half_an_answer_and_sign_in_pages_are_errors(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> None:
        seen, calendar = await self.behind(provider, credentials, proxy)
        for n in range(3):
            server.put(f"e{n}.ics", event_text(f"u{n}"))
        whole = await provider.changes(seen, calendar, {}, {})
        for cut in (0, 0.1, 0.5, 0.9, 0.99):
            proxy.faults.cut_at = cut
            for cursor in ({}, whole.cursor, {"v": 1, "ctag": "old"}):
                assert (
                    await kind_of(provider.changes(seen, calendar, dict(cursor), known(whole))) == "temporary"
                )
        proxy.faults.cut_at = None
        proxy.faults.sign_in_page = True
        assert await kind_of(provider.changes(seen, calendar, whole.cursor, known(whole))) == "permanent"

    # -- writing

    async def test_our_place_follows_from_the_uid(self, provider: CalendarProvider, calendar: str) -> None:
        assert provider.event_id(calendar, UID) == provider.event_id(calendar, UID)
        assert provider.event_id(calendar, UID) != provider.event_id(calendar, UID + "2")

    async def written(self, provider: CalendarProvider, credentials: Credentials, calendar: str) -> Written:
        return await provider.create_event(credentials, calendar, provider.event_id(calendar, UID), RAW)

    async def test_create_update_delete(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        made = await self.written(provider, credentials, calendar)
        assert made.etag
        held = await provider.get_event(credentials, calendar, made.remote_id)
        assert held is not None
        assert (held.etag, UID in held.raw) == (made.etag, True)
        moved = await provider.update_event(credentials, calendar, made.remote_id, MOVED, made.etag)
        assert moved.etag != made.etag
        assert "T140000Z" in (server.get(self.name(made.remote_id)) or "")
        await provider.delete_event(credentials, calendar, made.remote_id, moved.etag)
        assert server.names() == []
        assert await provider.get_event(credentials, calendar, made.remote_id) is None

    async def test_creating_twice_is_a_conflict(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        made = await self.written(provider, credentials, calendar)
        assert (
            await kind_of(provider.create_event(credentials, calendar, made.remote_id, MOVED)) == "conflict"
        )
        assert "T100000Z" in (server.get(self.name(made.remote_id)) or "")
        assert len(server.names()) == 1

    async def test_a_server_that_ignores_conditions_still_keeps_the_first(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> None:
        seen, calendar = await self.behind(provider, credentials, proxy)
        proxy.faults.ignores_conditions = True
        made = await self.written(provider, seen, calendar)
        assert await kind_of(provider.create_event(seen, calendar, made.remote_id, MOVED)) == "conflict"
        assert "T100000Z" in (server.get(self.name(made.remote_id)) or "")

    async def test_a_lost_reply_makes_no_twin(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> None:
        seen, calendar = await self.behind(provider, credentials, proxy)
        proxy.faults.lost_replies = [self.creates_with]
        made = await self.written(provider, seen, calendar)
        assert made.etag
        assert proxy.count(self.creates_with) == 1
        assert len(server.names()) == 1

    async def test_a_create_that_did_not_arrive_is_an_error(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> None:
        seen, calendar = await self.behind(provider, credentials, proxy)
        remote_id = provider.event_id(calendar, UID)
        proxy.faults.statuses = [*self.before_creating, 503]
        assert await kind_of(provider.create_event(seen, calendar, remote_id, RAW)) == "temporary"
        assert server.names() == []

    async def test_an_update_of_something_else_is_a_conflict(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        made = await self.written(provider, credentials, calendar)
        name = self.name(made.remote_id)
        server.put(name, RAW.replace(f"SUMMARY:{UID}", "SUMMARY:Edited there"))
        assert (
            await kind_of(provider.update_event(credentials, calendar, made.remote_id, MOVED, made.etag))
            == "conflict"
        )
        assert (
            await kind_of(provider.delete_event(credentials, calendar, made.remote_id, made.etag))
            == "conflict"
        )
        assert "Edited there" in (server.get(name) or "")

    async def test_what_is_gone_is_gone(
        self, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        made = await self.written(provider, credentials, calendar)
        await provider.delete_event(credentials, calendar, made.remote_id, "")
        for etag in (made.etag, ""):
            assert await kind_of(provider.delete_event(credentials, calendar, made.remote_id, etag)) == "gone"
            assert (
                await kind_of(provider.update_event(credentials, calendar, made.remote_id, RAW, etag))
                == "gone"
            )

    async def test_an_event_elsewhere_is_not_touched(
        self, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        for remote_id in ("/etc/passwd", "/ana/other/x.ics", provider.event_id(calendar, UID) + "/../../x"):
            assert await kind_of(provider.get_event(credentials, calendar, remote_id)) == "permanent"


class CalDavContract(CalendarProviderContract):
    """What CalDAV servers of all kinds make of it."""

    async def test_a_server_that_answers_unknown_tokens_with_everything(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> None:
        seen, calendar = await self.behind(provider, credentials, proxy)
        for n in range(4):
            server.put(f"e{n}.ics", event_text(f"u{n}"))
        first = await provider.changes(seen, calendar, {}, {})
        server.delete("e2.ics")
        proxy.faults.ignores_tokens = True
        again = await provider.changes(seen, calendar, first.cursor, known(first))
        assert again.is_full is True
        assert len(again.unchanged) == 3

    @pytest.mark.parametrize("ctags", [True, False])
    async def test_without_sync_collection_listing_finds_the_same(
        self,
        server: CalDavServer,
        provider: CalendarProvider,
        credentials: Credentials,
        proxy: FaultyProxy,
        ctags: bool,
    ) -> None:
        seen, calendar = await self.behind(provider, credentials, proxy)
        proxy.faults.unknown_reports = {"sync-collection", "calendar-multiget"}
        proxy.faults.hides_ctags = not ctags
        for n in range(4):
            server.put(f"e{n}.ics", event_text(f"u{n}"))
        first = await provider.changes(seen, calendar, {}, {})
        assert (len(first.changed), first.is_full) == (4, True)
        server.delete("e0.ics")
        server.put("e1.ics", event_text("u1", summary="Moved"))
        again = await provider.changes(seen, calendar, first.cursor, known(first))
        assert again.is_full is True
        assert [self.name(event.remote_id) for event in again.changed] == ["e1.ics"]
        assert len(again.unchanged) == 2

    async def test_what_a_multiget_leaves_out_is_not_gone(
        self, server: CalDavServer, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> None:
        seen, calendar = await self.behind(provider, credentials, proxy)
        for n in range(5):
            server.put(f"e{n}.ics", event_text(f"u{n}"))
        proxy.faults.drops_from_multiget = True
        assert len((await provider.changes(seen, calendar, {}, {})).changed) == 5

    @pytest.mark.parametrize("is_known", [True, False])
    async def test_many_events_come_in_one_answer_or_by_address(
        self,
        server: CalDavServer,
        provider: CalendarProvider,
        credentials: Credentials,
        proxy: FaultyProxy,
        monkeypatch: pytest.MonkeyPatch,
        is_known: bool,
    ) -> None:
        seen, calendar = await self.behind(provider, credentials, proxy)
        texts = {f"e{n}.ics": event_text(f"u{n}", summary=f"Größe {n}") for n in range(4)}
        for name, text in texts.items():
            server.put(name, text)
        by_address = await provider.changes(seen, calendar, {}, {})
        monkeypatch.setattr(caldav_whole, "WHOLE_FROM", 3)
        if not is_known:
            proxy.faults.unknown_reports = {"calendar-query"}
        before = proxy.reports("calendar-multiget")
        found = await provider.changes(seen, calendar, {}, {})
        assert sorted(found.changed, key=str) == sorted(by_address.changed, key=str)
        assert found.is_full
        # Where tokens follow the clock, they are others by now.
        assert set(found.cursor) == set(by_address.cursor)
        assert proxy.reports("calendar-multiget") == before + (not is_known)

    async def test_without_an_etag_in_the_answer_it_is_read(
        self, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> None:
        seen, calendar = await self.behind(provider, credentials, proxy)
        proxy.faults.hides_etags = True
        made = await self.written(provider, seen, calendar)
        assert made.etag
        assert UID in (made.raw or "")


class FreeBusyContract:
    """What a CalDAV server that knows free-busy-query makes of a connection to busy times alone."""

    @pytest.fixture
    def busy_only(self, credentials: Credentials) -> Credentials:
        return replace(credentials, scope=frozenset({"busy"}))

    async def test_busy_times_are_read_and_nothing_else(
        self, server: CalDavServer, provider: CalendarProvider, busy_only: Credentials
    ) -> None:
        server.put("a.ics", event_text("a", summary="Secret", LOCATION="Hidden", DESCRIPTION="Private"))
        server.put("free.ics", event_text("free", TRANSP="TRANSPARENT"))
        server.put(
            "next.ics", event_text("next", "20261201T110000Z", "20261201T113000Z", summary="Secret too")
        )
        server.put(
            "series.ics", event_text("s", "20261202T090000Z", "20261202T093000Z", RRULE="FREQ=DAILY;COUNT=3")
        )
        server.put("old.ics", event_text("old", "20261001T090000Z", "20261001T093000Z"))
        found = await provider.discover(busy_only)
        assert found.profile["access"] == "busy"
        assert not any(item.is_writable for item in found.calendars)
        calendar = found.calendars[0].remote_id
        first = await provider.changes(busy_only, calendar, {}, {})
        assert [starts_and_ends(event.raw) for event in first.changed] == [
            ("20261201T100000Z", "20261201T113000Z"),
            *[(f"202612{day:02}T090000Z", f"202612{day:02}T093000Z") for day in (2, 3, 4)],
        ]
        assert not any(
            word in event.raw for event in first.changed for word in ("Secret", "Hidden", "Private")
        )
        server.delete("next.ics")
        again = await provider.changes(busy_only, calendar, first.cursor, known(first))
        assert again.is_full is True
        assert [starts_and_ends(event.raw) for event in again.changed] == [
            ("20261201T100000Z", "20261201T110000Z")
        ]
        assert len(again.unchanged) == 3

    async def test_busy_times_alone_give_no_event_and_take_none(
        self, server: CalDavServer, provider: CalendarProvider, busy_only: Credentials
    ) -> None:
        server.put("a.ics", event_text("a"))
        calendar = (await provider.discover(busy_only)).calendars[0].remote_id
        place = provider.event_id(calendar, UID)
        assert await kind_of(provider.create_event(busy_only, calendar, place, RAW)) == "permanent"
        assert await kind_of(provider.delete_event(busy_only, calendar, place, "")) == "permanent"
        assert await kind_of(provider.get_event(busy_only, calendar, place)) == "permanent"
        assert server.names() == ["a.ics"]


def starts_and_ends(raw: str) -> tuple[str, str]:
    lines = dict(line.split(":", 1) for line in raw.splitlines() if ":" in line)
    return lines["DTSTART"], lines["DTEND"]


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient(["127.0.0.1"])
    yield client
    await client.close()
