"""Reading one Microsoft calendar: everything in a window of time, or what changed in it (Graph v1.0, `event: delta`).

Graph keeps count of changes within a window that is chosen with the first question, and tells a series as its occurrences
there. So the window is kept beside the link for the next question, and a new one is opened every 30 days: a read of
everything, during which what was stored serves on. Besides, a read of everything follows a forgotten link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from convene.formats.graph_events import (
    Item,
    inherited,
    is_master,
    is_place,
    is_removed,
    own_place,
    resource_text,
    series_text,
    times_only,
    uid_of,
)
from convene.ports.calendars import Changes, ProviderError, RemoteEvent, StoredTexts
from convene.providers.microsoft_pages import CursorDead, Endless, Pages
from convene.providers.microsoft_places import Events, graph_id_of, occurrence_id, version_of
from convene.providers.microsoft_session import Session

VERSION = 1
"""Of the window below and of what is made of the answers."""
ROLLS_AFTER = timedelta(days=30)
PAST, AHEAD = timedelta(days=45), timedelta(days=400) + ROLLS_AFTER + timedelta(days=5)
"""How far a window reaches when it is opened: what is asked of it must still lie in it when it is as old as it gets."""
PLAIN_FOR = timedelta(days=1)
"""How long a calendar whose deltas do not end is read without them."""
Window = tuple[datetime, datetime]


class CalendarReader:
    """Args:
    is_busy_only: only times are passed on.
    now: where the window of a full read lies.
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
        self.events = Events(session, calendar, is_busy_only=is_busy_only)
        self.pages = Pages(session, self.events.collection)
        self.known = known
        self.stored = stored
        self.is_busy_only = is_busy_only
        self.now = now.astimezone(UTC)
        self.owner = session.credentials.username
        # Our own events among those that are known: Graph's id, and the place.
        self.places = {
            graph_id_of(version): remote_id
            for remote_id, version in known.items()
            if is_place(remote_id) and graph_id_of(version)
        }
        self.masters: dict[str, Item | None] = {}

    async def changes(self, cursor: Mapping[str, Any]) -> Changes:
        if not self._fits(cursor):
            return await self._everything()
        if "plain" in cursor:
            since = _moment(cursor["plain"])
            if since is not None and timedelta(0) <= self.now - since < PLAIN_FOR:
                return await self._plainly(cursor)
            return await self._everything()
        window = _window(cursor)
        token = str(cursor.get("token") or "")
        if window is None or not self.pages.is_ours(token) or self.now - window[0] >= PAST + ROLLS_AFTER:
            return await self._everything()
        try:
            items, link = await self.pages.round(token)
        except CursorDead:
            return await self._everything()
        except Endless:
            return await self._plainly(self._cursor(plain=self.now.isoformat()))
        return await self._difference(items, window, self._cursor(token=link, window=window))

    # -- cursors

    def _cursor(self, *, token: str = "", window: Window | None = None, plain: str = "") -> dict[str, Any]:
        base = {"v": VERSION, "kind": "busy" if self.is_busy_only else "all"}
        if window is None:
            return {**base, "plain": plain}
        return {**base, "token": token, "start": window[0].isoformat(), "end": window[1].isoformat()}

    def _fits(self, cursor: Mapping[str, Any]) -> bool:
        return cursor.get("v") == VERSION and cursor.get("kind") == ("busy" if self.is_busy_only else "all")

    def _new_window(self) -> Window:
        today = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        return today - PAST, today + AHEAD

    # -- all of it

    async def _everything(self) -> Changes:
        window = self._new_window()
        for _ in range(2):
            try:
                items, link = await self.pages.round(self.pages.first(window))
            except CursorDead:
                # A page of this very read was forgotten: once more from its start.
                continue
            except Endless:
                return await self._plainly(self._cursor(plain=self.now.isoformat()))
            return await self._full(items, window, self._cursor(token=link, window=window))
        raise ProviderError("temporary", "server_error", "Microsoft forgets the pages of its answer.")

    async def _plainly(self, cursor: Mapping[str, Any]) -> Changes:
        window = self._new_window()
        items = await self.pages.view(window)
        return await self._full(items, window, dict(cursor))

    async def _full(self, items: Sequence[Item], window: Window, cursor: dict[str, Any]) -> Changes:
        newest = {str(item["id"]): item for item in items}
        live = [item for item in newest.values() if not is_removed(item)]
        self.masters = {str(item["id"]): item for item in live if is_master(item)}
        found = [await self._single(item) for item in live if not is_master(item) and not _series_of(item)]
        series: dict[str, list[Item]] = {}
        for item in live:
            if _series_of(item):
                series.setdefault(_series_of(item), []).append(item)
        for master_id, occurrences in series.items():
            found += await self._of_series(master_id, occurrences)
        found += await self._out_of_sight({event.remote_id for event in found}, window)
        found = _once(found)
        changed = [event for event in found if self.known.get(event.remote_id) != event.etag]
        unchanged = [event.remote_id for event in found if self.known.get(event.remote_id) == event.etag]
        return Changes(changed, [], cursor, is_full=True, unchanged=unchanged)

    async def _out_of_sight(self, seen: set[str], window: Window) -> list[RemoteEvent]:
        """Return those of our own events that lie after the window: what applications wrote is kept whenever it is."""
        missing = [remote_id for remote_id in self.known if is_place(remote_id) and remote_id not in seen]
        texts = await self.stored(missing) if missing else {}
        after = [remote_id for remote_id, text in texts.items() if _first_day(text) >= f"{window[1]:%Y%m%d}"]
        found = [await self.events.find(remote_id, self.known[remote_id]) for remote_id in sorted(after)]
        return [await self._single(item) for item in found if item is not None]

    # -- what changed

    async def _difference(self, items: Sequence[Item], window: Window, cursor: dict[str, Any]) -> Changes:
        newest = {str(item["id"]): item for item in items}
        held = self._held_series()
        owners = {remote_id.rpartition("~")[2]: remote_id for ids in held.values() for remote_id in ids}
        self.masters = {key: item for key, item in newest.items() if is_master(item)}
        touched = set(self.masters)
        found: list[RemoteEvent] = []
        gone: set[str] = set()
        for key, item in newest.items():
            if is_removed(item):
                # Whatever was outside the window and changed is named as well: of these nothing is known here.
                touched |= {key} & held.keys()
                gone |= {owners[key]} if key in owners else {key} & self.known.keys()
                if key in self.places and key not in touched:
                    found += await self._own_again(key)
                    gone.add(self.places[key])
            elif not _series_of(item) and key not in touched:
                found.append(await self._single(item))
                # It may have been a series before.
                gone.update(held.get(key, ()))
        single = [item for item in newest.values() if not is_removed(item) and _series_of(item)]
        touched |= {_series_of(item) for item in single if _series_of(item) in self.places}
        for item in single:
            if _series_of(item) not in touched:
                found += await self._of_series(_series_of(item), [item])
        for master_id in sorted(touched):
            # A series is read anew: a change of what all its occurrences say may be told of the series alone.
            found += await self._of_series(master_id, await self._instances(master_id, window))
            gone.update(
                [*held.get(master_id, ()), *({master_id, self.places.get(master_id, "")} & self.known.keys())]
            )
        gone -= {event.remote_id for event in found}
        return Changes(_once(found), sorted(gone), cursor)

    async def _instances(self, master_id: str, window: Window) -> list[Item]:
        if master_id not in self.masters:
            # It is said to be gone: it may be, or out of the window, or be a series no more.
            item = await self.events.read(master_id)
            if item is None or not is_master(item):
                return []
            self.masters[master_id] = item
        return await self.pages.instances(master_id, window)

    def _held_series(self) -> dict[str, list[str]]:
        """Return the occurrences that are known, by their series."""
        found: dict[str, list[str]] = {}
        for remote_id in self.known:
            master_id, mark, _ = remote_id.rpartition("~")
            if mark:
                found.setdefault(master_id, []).append(remote_id)
        return found

    async def _own_again(self, graph_id: str) -> list[RemoteEvent]:
        """Return our own event that is said to be gone, if it only left the window."""
        item = await self.events.read(graph_id)
        return [] if item is None or own_place(item) != self.places[graph_id] else [await self._single(item)]

    # -- items as resources

    async def _single(self, item: Item) -> RemoteEvent:
        remote_id = own_place(item) or str(item["id"])
        if not uid_of(item):
            # The name of its place does not tell its UID.
            item = await self.events.read(str(item["id"])) or item
        raw = resource_text(self._shown(item), owner=self.owner)
        return RemoteEvent(remote_id, version_of(item, digest=raw if self.is_busy_only else ""), raw)

    async def _of_series(self, master_id: str, occurrences: Iterable[Item]) -> list[RemoteEvent]:
        """Return occurrences as resources of their own; those of a series of ours as the one resource at its place."""
        items = list(occurrences)
        if items and master_id not in self.masters:
            # The series alone tells its UID, whether it is ours, and what occurrences leave out.
            self.masters[master_id] = await self.events.read(master_id)
        master = self.masters.get(master_id)
        shown = [self._shown(inherited(item, master)) for item in items]
        if master is not None and own_place(master) and shown:
            uid = uid_of(master) or uid_of(await self.events.read(master_id) or master)
            raw = series_text(uid, shown, owner=self.owner)
            return [RemoteEvent(own_place(master), version_of(master, digest=raw), raw)]
        texts = [(occurrence_id(item), resource_text(item, owner=self.owner)) for item in shown]
        return [RemoteEvent(key, version_of({}, digest=raw), raw) for key, raw in texts]

    def _shown(self, item: Item) -> Item:
        return times_only(item) if self.is_busy_only else item


def _once(events: Iterable[RemoteEvent]) -> list[RemoteEvent]:
    return list({event.remote_id: event for event in events}.values())


def _series_of(item: Item) -> str:
    return str(item.get("seriesMasterId") or "")


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _window(cursor: Mapping[str, Any]) -> Window | None:
    start, end = _moment(cursor.get("start")), _moment(cursor.get("end"))
    return None if start is None or end is None else (start, end)


def _first_day(text: str) -> str:
    """Return the day on which a text's first event begins, as it is written: `20261121`."""
    _, _, rest = text.partition("BEGIN:VEVENT")[2].partition("\nDTSTART")
    return rest.partition("\n")[0].strip().rpartition(":")[2][:8]
