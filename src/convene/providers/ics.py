"""Calendars that are subscribed to by address (RFC 5545 over HTTP): implements `ports.calendars.CalendarProvider`.

A feed is one calendar that can only be read, whole, each time it changed. Its address is the secret of the credentials:
whoever knows it can read the calendar. It is cut into events by a limited process; what is unchanged in substance is
told as unchanged, also where the feed invents new UIDs at each request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import anyio.to_thread
import httpx

from convene.core.feed_addresses import feed_address
from convene.formats.feed_text import decode_feed
from convene.formats.icalendar_limits import MAX_TEXT
from convene.formats.parser_messages import ParsedFeed, ParsedFeedPart, ParsedResource
from convene.ports.calendars import (
    Changes,
    Credentials,
    Discovery,
    ProviderError,
    ReadOnlyCalendars,
    RemoteCalendar,
    RemoteEvent,
    StoredTexts,
    nothing_stored,
)
from convene.providers.http_client import HttpClient, Limits
from convene.providers.ics_answers import charset_of, max_age_of, require_feed

CALENDAR = "feed"
"""The remote id of a feed's only calendar; its address is a secret and no id."""
FEED = Limits(body_bytes=MAX_TEXT)
DEFAULT_SECONDS, MIN_SECONDS, MAX_SECONDS = 3600, 15 * 60, 24 * 3600
_VERSION = 1


class FeedSplitter(Protocol):
    """Cuts a feed into its events, outside this process."""

    async def split_feed(self, raw: str) -> ParsedResource: ...


@dataclass(frozen=True, slots=True)
class _Fetched:
    feed: ParsedFeed
    cursor: dict[str, Any]


class IcsProvider(ReadOnlyCalendars):
    """Feeds over the guarded client."""

    def __init__(self, http: HttpClient, splitter: FeedSplitter) -> None:
        self._http = http
        self._splitter = splitter

    async def discover(self, credentials: Credentials) -> Discovery:
        fetched = await self._fetch(credentials, {})
        assert fetched is not None  # without a condition there is no 304
        feed = fetched.feed
        name = feed.name or httpx.URL(feed_address(credentials.secret)).host
        calendar = RemoteCalendar(CALENDAR, name, feed.color, feed.tzid or None, is_writable=False)
        return Discovery([calendar], {})

    async def changes(
        self,
        credentials: Credentials,
        calendar: str,
        cursor: dict[str, Any],
        known: dict[str, str],
        stored: StoredTexts = nothing_stored,
    ) -> Changes:
        held = cursor if cursor.get("v") == _VERSION else {}
        fetched = await self._fetch(credentials, held)
        if fetched is None:
            return Changes([], [], held, refresh_seconds=held.get("refresh"))
        changed, unchanged = compared(fetched.feed.parts, known)
        return Changes(
            changed,
            [],
            fetched.cursor,
            is_full=True,
            unchanged=unchanged,
            # Servers in trouble answer with calendars of nothing.
            is_doubtful=bool(known) and not fetched.feed.parts,
            refresh_seconds=fetched.cursor["refresh"],
        )

    async def get_event(self, credentials: Credentials, calendar: str, remote_id: str) -> RemoteEvent | None:
        fetched = await self._fetch(credentials, {})
        parts = fetched.feed.parts if fetched is not None else []
        found = next((part for part in parts if part.key == remote_id), None)
        return None if found is None else RemoteEvent(found.key, found.digest, found.raw)

    async def _fetch(self, credentials: Credentials, cursor: Mapping[str, Any]) -> _Fetched | None:
        """Return the feed, or None if it is what `cursor` stands for."""
        headers = {"Accept": "text/calendar, */*;q=0.5"}
        for header, key in (("If-None-Match", "etag"), ("If-Modified-Since", "modified")):
            if isinstance(cursor.get(key), str) and cursor[key]:
                headers[header] = cursor[key]
        answer = await self._http.request(
            "GET", feed_address(credentials.secret), headers=headers, limits=FEED
        )
        if answer.status == 304 and len(headers) > 1:
            return None
        require_feed(answer)
        charset = charset_of(answer)
        text = await anyio.to_thread.run_sync(decode_feed, answer.body, charset)
        feed = await self._split(text, answer.url)
        found = {
            "v": _VERSION,
            "etag": answer.headers.get("etag", "")[:500],
            "modified": answer.headers.get("last-modified", "")[:100],
            "refresh": refresh_seconds([feed.refresh_seconds, max_age_of(answer)]),
        }
        return _Fetched(feed, found)

    async def _split(self, text: str, url: str) -> ParsedFeed:
        read = await self._splitter.split_feed(text)
        if read.feed is not None:
            return read.feed
        host = httpx.URL(url).host
        detail = (
            f"{host}: {read.notices[0].detail}" if read.notices else f"The feed of {host} cannot be read."
        )
        # It began as a calendar, so what is missing is missing at its end: the next read may bring it.
        kind = "temporary" if read.problem == "not_a_calendar" else "permanent"
        code = "cut_short" if kind == "temporary" else read.problem
        raise ProviderError(kind, code, detail)  # type: ignore[arg-type]


def refresh_seconds(wishes: Iterable[int | None]) -> int:
    """Return after how long to ask again, within bounds."""
    told = min((wish for wish in wishes if wish), default=DEFAULT_SECONDS)
    return max(MIN_SECONDS, min(told, MAX_SECONDS))


def compared(
    parts: Sequence[ParsedFeedPart], known: Mapping[str, str]
) -> tuple[list[RemoteEvent], list[str]]:
    """Return what changed of a feed's parts and the ids of what did not; `known` maps ids to digests.

    A part that is new by its UID but says what a vanished one said is that one: some feeds mint UIDs at each request.
    """
    keys = {part.key for part in parts}
    orphans: dict[str, list[str]] = {}
    for remote_id, digest in known.items():
        if remote_id not in keys:
            orphans.setdefault(digest, []).append(remote_id)
    changed: list[RemoteEvent] = []
    unchanged: list[str] = []
    for part in parts:
        heirs = orphans.get(part.digest) if part.key not in known else None
        if known.get(part.key) == part.digest:
            unchanged.append(part.key)
        elif heirs:
            unchanged.append(heirs.pop())
        else:
            changed.append(RemoteEvent(part.key, part.digest, part.raw))
    return changed, unchanged
