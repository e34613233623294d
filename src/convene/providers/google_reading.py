"""Reading one Google calendar: everything, or what changed since a sync token (Calendar API v3, "Synchronize resources").

Masters and changed occurrences are asked for as such (`singleEvents=false`). A token is kept only with the last page, and
beside it the version of the parameters that it belongs to. A dead token leads to a full read at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from convene.formats.google_events import Item, is_cancelled, master_id, resource_text, times_only
from convene.formats.google_joining import has_events, joined_text
from convene.ports.calendars import Changes, ProviderError, RemoteEvent, StoredTexts
from convene.providers.google_session import PAGE, Session, failure, json_of

VERSION = 1
"""Of the parameters below and of what is made of the answers."""
PAST = timedelta(days=60)
"""How far back a full read goes. Series that began before and go on are among what it finds."""
MAX_PAGES = 1_000
_TIMES = (
    "id,iCalUID,etag,status,start,end,endTimeUnspecified,recurrence,recurringEventId,originalStartTime,transparency,"
    "eventType,sequence,updated"
)
_ALL = (
    f"{_TIMES},created,summary,description,location,visibility,organizer,attendees,hangoutLink,conferenceData/entryPoints,"
    "source,extendedProperties/private"
)


class _CursorDead(Exception):
    """The sync token, or a page of it, is no longer known."""


@dataclass(slots=True)
class _Told:
    """What answers told of one resource."""

    master: Item | None = None
    exceptions: dict[str, Item] = field(default_factory=dict)


class CalendarReader:
    """Args:
    is_busy_only: only times are asked for and passed on.
    now: bounds the past of a full read.
    """

    def __init__(
        self,
        session: Session,
        calendar: str,
        known: Mapping[str, str],
        stored: StoredTexts,
        *,
        is_busy_only: bool,
        now: datetime,
    ) -> None:
        self.session = session
        self.path = f"/calendars/{quote(calendar, safe='')}/events"
        self.known = known
        self.stored = stored
        self.is_busy_only = is_busy_only
        self.now = now
        self.owner = session.credentials.username

    async def changes(self, cursor: Mapping[str, Any]) -> Changes:
        token = cursor.get("token") if _fits(cursor, is_busy_only=self.is_busy_only) else None
        if token:
            try:
                return await self._delta(str(token))
            except _CursorDead:
                pass
        try:
            return await self._everything()
        except _CursorDead:
            # A page of this very read was forgotten: once more from its start.
            pass
        try:
            return await self._everything()
        except _CursorDead:
            raise ProviderError(
                "temporary", "server_error", "Google forgets the pages of its answer."
            ) from None

    # -- asking

    async def _items(self, first: Mapping[str, str]) -> tuple[list[Item], dict[str, Any]]:
        """Return the items of all pages and the cursor of the last one."""
        fields = _TIMES + ",attendees(self,responseStatus)" if self.is_busy_only else _ALL
        query = {
            "singleEvents": "false",
            "maxResults": "2500",
            "maxAttendees": "200",
            "fields": f"nextPageToken,nextSyncToken,items({fields})",
            **first,
        }
        items: list[Item] = []
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            page = await self._page(query)
            items += [item for item in page.get("items") or () if isinstance(item, dict) and item.get("id")]
            # A page may be short, or empty, and not be the last one.
            following = str(page.get("nextPageToken") or "")
            if not following:
                if not page.get("nextSyncToken"):
                    raise ProviderError(
                        "temporary", "bad_answer", "Google's answer ends without a sync token."
                    )
                kind = "busy" if self.is_busy_only else "all"
                return items, {"v": VERSION, "kind": kind, "token": str(page["nextSyncToken"])}
            if following in seen:
                break
            seen.add(following)
            query["pageToken"] = following
        raise ProviderError("temporary", "bad_answer", "Google's answer does not end.")

    async def _page(self, query: Mapping[str, str]) -> dict[str, Any]:
        answer = await self.session.request("GET", self.path, query, limits=PAGE)
        continues = "syncToken" in query or "pageToken" in query
        if answer.status == 410 or (answer.status == 400 and continues):
            raise _CursorDead
        if answer.status != 200:
            raise failure(answer)
        return json_of(answer)

    # -- answering

    async def _everything(self) -> Changes:
        since = (self.now - PAST).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        items, cursor = await self._items({"timeMin": since})
        changed: list[RemoteEvent] = []
        unchanged: list[str] = []
        for remote_id, told in self._grouped(items)[0].items():
            event = self._event(remote_id, told)
            if event is None:
                continue
            if self.known.get(remote_id) == event.etag:
                unchanged.append(remote_id)
            else:
                changed.append(event)
        return Changes(changed, [], cursor, is_full=True, unchanged=unchanged)

    async def _delta(self, token: str) -> Changes:
        items, cursor = await self._items({"syncToken": token})
        groups, gone = self._grouped(items)
        held = await self._held(groups)
        changed: list[RemoteEvent] = []
        for remote_id, told in groups.items():
            is_part = told.master is None and remote_id not in gone and remote_id not in held
            if is_part:
                told.master = await self._master(remote_id)
            event = self._event(remote_id, told, "" if remote_id in gone else held.get(remote_id, ""))
            if event is None:
                gone.add(remote_id)
            else:
                changed.append(event)
        there = {event.remote_id for event in changed}
        deleted = [
            remote_id for remote_id in sorted(gone) if remote_id not in there and remote_id in self.known
        ]
        return Changes(changed, deleted, cursor)

    def _grouped(self, items: Sequence[Item]) -> tuple[dict[str, _Told], set[str]]:
        """Return what was told by resource, and the resources that are gone. What comes later in an answer is newer."""
        groups: dict[str, _Told] = {}
        gone: set[str] = set()
        for item in items:
            found = times_only(item, self.owner) if self.is_busy_only else item
            remote_id = master_id(item)
            if item.get("recurringEventId"):
                groups.setdefault(remote_id, _Told()).exceptions[str(item["id"])] = found
            elif is_cancelled(item):
                gone.add(remote_id)
                if remote_id in groups:
                    groups[remote_id].master = None
            else:
                gone.discard(remote_id)
                groups.setdefault(remote_id, _Told()).master = found
        return groups, gone

    async def _held(self, groups: Mapping[str, _Told]) -> Mapping[str, str]:
        """Return the texts of those series of which only a part was told."""
        parts = [
            remote_id
            for remote_id, told in groups.items()
            if told.master is None or told.master.get("recurrence")
        ]
        return await self.stored(parts) if parts else {}

    async def _master(self, remote_id: str) -> Item | None:
        """Return the series that a changed occurrence belongs to, None if it is gone."""
        answer = await self.session.request("GET", f"{self.path}/{quote(remote_id, safe='')}")
        if answer.status in (404, 410):
            return None
        if answer.status != 200:
            raise failure(answer)
        found = json_of(answer)
        if is_cancelled(found):
            return None
        return times_only(found, self.owner) if self.is_busy_only else found

    def _event(self, remote_id: str, told: _Told, held: str = "") -> RemoteEvent | None:
        """Return a resource as it is now, None if nothing of it is left."""
        exceptions = list(told.exceptions.values())
        if held:
            raw = joined_text(held, told.master, exceptions, owner=self.owner)
        else:
            raw = resource_text(told.master, exceptions, owner=self.owner)
        version = _version(told, raw, is_busy_only=self.is_busy_only)
        return RemoteEvent(remote_id, version, raw) if has_events(raw) else None


def _version(told: _Told, raw: str, *, is_busy_only: bool) -> str:
    """Return what tells this state of a resource from others: a single event's etag. A series changes with its
    occurrences, which its etag does not tell; and where only times are told, other words are the same etag.
    """
    etag = str(told.master.get("etag") or "") if told.master is not None else ""
    is_single = told.master is not None and not told.master.get("recurrence") and not told.exceptions
    return (
        etag
        if is_single and etag and not is_busy_only
        else f"+{hashlib.sha256(raw.encode()).hexdigest()[:20]}"
    )


def etag_of(version: str) -> str:
    """Return the etag that such a version is, "" if it is none."""
    return version.partition("+")[0]


def _fits(cursor: Mapping[str, Any], *, is_busy_only: bool) -> bool:
    return cursor.get("v") == VERSION and cursor.get("kind") == ("busy" if is_busy_only else "all")
