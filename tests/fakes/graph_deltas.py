"""Delta rounds over a calendar view, as Graph has them: opaque links, with the window and what was told baked in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fakes.graph_faults import Faults, Refused
from fakes.graph_mailbox import Mailbox, Seen
from fakes.graph_times import Item, asked

BARE = ("@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end")
_NOT_IN_DELTAS = ("$select", "$filter", "$expand", "$orderby", "$search", "$top", "$skip")


@dataclass(frozen=True, slots=True)
class Reader:
    """How answers are wanted: zone, kind of id and of body (the `Prefer` header), and what the token allows."""

    tzid: str
    immutable: bool
    basic: bool
    page_size: int
    text: bool


@dataclass(frozen=True, slots=True)
class _Round:
    calendar: str
    start: datetime
    end: datetime
    # What was told before, by id: the version.
    known: Mapping[str, int]
    count: int
    is_immutable: bool


@dataclass(frozen=True, slots=True)
class _Page:
    left: list[Item]
    after: _Round
    is_empty: bool


class Deltas:
    """Args:
    base_url: of the links that are given out, up to `/v1.0`.
    """

    def __init__(self, mailbox: Mailbox, faults: Faults) -> None:
        self.mailbox, self.faults = mailbox, faults
        self._rounds: dict[str, _Round] = {}
        self._pages: dict[str, _Page] = {}

    def forget(self) -> None:
        """Lose all states, as the service does after a while."""
        self._rounds.clear()

    def answer(self, calendar: str, query: Mapping[str, str], reader: Reader, link: str) -> Item:
        """Return a page. `link`: the address asked, without its query."""
        if any(name in query for name in _NOT_IN_DELTAS):
            raise Refused(
                400, "ErrorInvalidUrlQuery", "The query option is not supported by change tracking."
            )
        if "$skiptoken" in query:
            return self._next_page(query["$skiptoken"], reader, link)
        if "$deltatoken" in query:
            before = self._rounds.get(query["$deltatoken"])
            if self.faults.dead_token or before is None:
                code, self.faults.dead_token = self.faults.dead_token or "syncStateNotFound", ""
                raise Refused(
                    410, code, "The sync state generation is not found.", headers={"Location": link}
                )
            if before.is_immutable != reader.immutable:
                raise Refused(400, "ErrorInvalidIdMalformed", "The kind of ids changed within a round.")
        else:
            if "startDateTime" not in query or "endDateTime" not in query:
                message = "This request requires a time window specified by startDateTime and endDateTime."
                raise Refused(400, "ErrorInvalidParameter", message)
            window = asked(query["startDateTime"]), asked(query["endDateTime"])
            before = _Round(calendar, *window, {}, -1, reader.immutable)
        found, after = self._difference(before, reader)
        return self._paged(found, after, reader, link, is_empty=self.faults.empty_pages)

    def _next_page(self, token: str, reader: Reader, link: str) -> Item:
        page = self._pages.get(token)
        if page is None or self.faults.dead_page:
            self.faults.dead_page = False
            raise Refused(410, "syncStateNotFound", headers={"Location": link})
        return self._paged(page.left, page.after, reader, link, is_empty=page.is_empty)

    def _paged(self, found: list[Item], after: _Round, reader: Reader, link: str, *, is_empty: bool) -> Item:
        size = 0 if is_empty else min(reader.page_size, self.faults.page_size)
        page, left = found[:size], found[size:]
        base = link[: link.index("/v1.0") + 5]
        answer: Item = {"@odata.context": f"{base}/$metadata#Collection(event)", "value": page}
        token = secrets.token_urlsafe(24)
        if self.faults.endless_pages:
            self._pages[token] = _Page(found, after, is_empty=False)
        elif left:
            self._pages[token] = _Page(left, after, self.faults.empty_pages and not is_empty)
        else:
            self._rounds[token] = after
            return {**answer, "@odata.deltaLink": f"{link}?$deltatoken={token}"}
        return {**answer, "@odata.nextLink": f"{link}?$skiptoken={token}"}

    def _difference(self, before: _Round, reader: Reader) -> tuple[list[Item], _Round]:
        now = self._seen(before)
        versions = {seen.id(immutable=before.is_immutable): seen.version for seen in now}
        found = [
            self._told(seen, reader)
            for seen in now
            if before.known.get(seen.id(immutable=before.is_immutable)) != seen.version
        ]
        removed = [key for key in before.known if key not in versions]
        if self.faults.strange_removals and before.count >= 0:
            removed += [key for key in self._strangers(before) if key not in versions and key not in removed]
        found += [{"id": key, "@removed": {"reason": "deleted"}} for key in removed]
        after = _Round(
            before.calendar,
            before.start,
            before.end,
            versions,
            self.mailbox.count,
            before.is_immutable,
        )
        return found, after

    def _seen(self, before: _Round) -> list[Seen]:
        seen = self.mailbox.view(before.calendar, before.start, before.end)
        if not self.faults.tells_masters:
            return seen
        masters = {one.held.immutable: one.held for one in seen if one.day}
        return [self.mailbox.find(key) for key in masters] + seen

    def _strangers(self, before: _Round) -> list[str]:
        """Return the ids of what was changed or deleted outside the window since."""
        mailbox = self.mailbox
        found = [
            held.immutable if before.is_immutable else held.ordinary
            for held in mailbox.events.values()
            if held.changed > before.count
        ]
        return found + [
            f"AAkALgIMM{key}=" if before.is_immutable else f"AAMkORD0{key}="
            for key, (calendar, count) in mailbox.gone.items()
            if count > before.count and calendar == before.calendar
        ]

    def _told(self, seen: Seen, reader: Reader) -> Item:
        item = self.mailbox.rendered(
            seen, tzid=reader.tzid, immutable=reader.immutable, basic=reader.basic, text=reader.text
        )
        item = {"@odata.type": "#microsoft.graph.event", **item}
        if seen.kind == "occurrence" and self.faults.bare_occurrences:
            return {name: item[name] for name in BARE}
        return item
