"""Reading a CalDAV calendar: by sync token (RFC 6578) where there is one, by ctag or listing elsewhere.

An error, or an answer that was cut, is never taken for the absence of events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import anyio
import httpx

from convene.ports.calendars import Changes, ProviderError, RemoteEvent
from convene.providers import caldav_whole
from convene.providers.caldav_session import LIST, Session, failure
from convene.providers.caldav_xml import (
    MAX_MEMBERS,
    Member,
    Multistatus,
    canonical_path,
    multiget,
    names_error,
    sync_collection,
)
from convene.providers.http_client import Answer

# One request each, a few at once: a server's answer is read while it writes the next.
CHUNK, AT_ONCE = 200, 3
MAX_PAGES = 200
# Longer ones do not fit an index, and nobody's calendar has them.
MAX_PATH = 2000
# Of one round, in characters: a calendar is held in memory while it is read.
MAX_FETCHED = 128 * 1024 * 1024
CURSOR_VERSION = 1
# What servers answer to a report that they do not know.
NOT_SUPPORTED = frozenset({400, 403, 404, 405, 415, 422, 501})


class _DeadTokenError(Exception):
    """The server does not know this token any more."""


class CalendarReader:
    """Reads one calendar.

    Args:
        url: the collection's address, as discovery found it.
        known: remote id -> etag of what the caller holds.
    """

    def __init__(self, session: Session, url: str, known: Mapping[str, str]) -> None:
        self.session = session
        self.url = url
        self.path = collection_path(url)
        self.host = httpx.URL(url).host
        self.known = known

    async def changes(self, cursor: Mapping[str, Any]) -> Changes:
        """Return what changed since `cursor`; everything for an empty, foreign or dead one."""
        if cursor.get("v") == CURSOR_VERSION:
            if cursor.get("token"):
                try:
                    return await self._since(str(cursor["token"]))
                except _DeadTokenError:
                    return await self._everything()
            ctag = cursor.get("ctag")
            if ctag and ctag == await self._ctag():
                if not cursor.get("is_new"):
                    return Changes((), (), dict(cursor))
                return await self._listed(str(ctag))
            return await self._listed()
        return await self._everything()

    async def _everything(self) -> Changes:
        try:
            etags, _, token = await self._collect("")
        except (_DeadTokenError, ProviderError) as error:
            if isinstance(error, ProviderError) and error.status not in NOT_SUPPORTED:
                raise
            return await self._listed()
        if not token:
            return await self._listed()
        return await self._full(etags, {"v": CURSOR_VERSION, "token": token})

    async def _listed(self, seen: str = "") -> Changes:
        """List everything. `seen`: the ctag at which it was listed before.

        Some servers count whole seconds, so a ctag that is seen for the first time may stand for two states: one more
        listing at the same ctag makes it believable.
        """
        # The ctag first: what changes during the listing is seen the next time.
        ctag = seen or await self._ctag()
        cursor = {"v": CURSOR_VERSION, "ctag": ctag, **({} if seen else {"is_new": True})}
        return await self._full(await self._etags(), cursor)

    async def _since(self, token: str) -> Changes:
        etags, deleted, new_token = await self._collect(token)
        cursor = {"v": CURSOR_VERSION, "token": new_token or token}
        if any(self.known.get(path) == etag for path, etag in etags.items()):
            # A true difference names nothing that we hold. Some servers answer an unknown token with everything and
            # no error; what is gone can then be told only from a listing.
            return await self._full(await self._etags(), cursor)
        changed, missing = await self.fetch(list(etags))
        return Changes(changed, [*deleted, *missing], cursor)

    async def _full(self, etags: Mapping[str, str], cursor: dict[str, Any]) -> Changes:
        unchanged = [path for path, etag in etags.items() if etag and self.known.get(path) == etag]
        wanted = set(etags).difference(unchanged)
        whole: dict[str, RemoteEvent] = {}
        if len(wanted) >= caldav_whole.WHOLE_FROM and len(wanted) > len(unchanged):
            whole = await caldav_whole.read_whole(self.session, self.url, wanted)
        rest, _ = await self.fetch(sorted(wanted.difference(whole)))
        changed = [*whole.values(), *rest]
        _refuse_too_much(sum(len(event.raw) for event in changed))
        return Changes(changed, (), cursor, is_full=True, unchanged=unchanged)

    async def _collect(self, token: str) -> tuple[dict[str, str], list[str], str]:
        """Follow a sync-collection to its end: etags of what changed, what is gone, the new token."""
        etags: dict[str, str] = {}
        gone: dict[str, None] = {}
        for _ in range(MAX_PAGES):
            answer = await self.session.report(self.url, sync_collection(token), 0, LIST)
            page = self._page(answer, token)
            is_cut = False
            for member in page.members:
                if self._is_itself(member):
                    is_cut = is_cut or member.status == 507
                elif self._is_member(member):
                    self._note(member, etags, gone)
            if not is_cut:
                return etags, list(gone), page.sync_token
            if not page.sync_token or page.sync_token == token or len(etags) > MAX_MEMBERS:
                break
            token = page.sync_token
        raise ProviderError(
            "temporary", "endless_answer", "The server never comes to the end of its changes."
        )

    def _page(self, answer: Answer, token: str) -> Multistatus:
        if answer.status == 207:
            return self.session.multistatus(answer)
        is_dead = answer.status in (409, 410, 412) or (
            400 <= answer.status < 500 and names_error(answer.body, "d:valid-sync-token")
        )
        if token and is_dead:
            raise _DeadTokenError
        if token and answer.status in NOT_SUPPORTED:
            # The server has forgotten how: read everything another way.
            raise _DeadTokenError
        raise failure(answer)

    def _note(self, member: Member, etags: dict[str, str], gone: dict[str, None]) -> None:
        if member.status in (404, 410):
            gone[member.path] = None
            etags.pop(member.path, None)
        elif member.status is None or member.status == 200:
            etags[member.path] = member.text("d:getetag")
            gone.pop(member.path, None)
        else:
            raise ProviderError("temporary", "partial_answer", "The server could not list all events.")

    async def _etags(self) -> dict[str, str]:
        found, _ = await self.session.propfind(self.url, ["d:getetag", "d:resourcetype"], 1)
        etags: dict[str, str] = {}
        is_whole = False
        for member in found.members:
            if self._is_itself(member):
                is_whole = member.status in (None, 200)
            elif self._is_member(member):
                if member.status not in (None, 200):
                    raise ProviderError(
                        "temporary", "partial_answer", "The server could not list all events."
                    )
                etags[member.path] = member.text("d:getetag")
        if not is_whole:
            raise ProviderError("temporary", "partial_answer", "The server's list of events is not complete.")
        return etags

    async def _ctag(self) -> str:
        found, _ = await self.session.propfind(self.url, ["cs:getctag"], 0)
        return next((member.text("cs:getctag") for member in found.members if self._is_itself(member)), "")

    def _is_itself(self, member: Member) -> bool:
        return member.path.rstrip("/") + "/" == self.path

    def _is_member(self, member: Member) -> bool:
        """Tell whether an answer's address is an event of this very calendar: nothing else is ever asked for."""
        rest = member.path.removeprefix(self.path)
        return (
            rest != member.path
            and bool(rest)
            and "/" not in rest
            and len(member.path) <= MAX_PATH
            and rest not in (".", "..")
            and member.host == self.host
            and not member.has("d:resourcetype", "d:collection")
        )

    async def fetch(self, paths: Sequence[str]) -> tuple[list[RemoteEvent], list[str]]:
        """Return the resources at `paths`, and those paths at which there is nothing any more."""
        chunks = [paths[begin : begin + CHUNK] for begin in range(0, len(paths), CHUNK)]
        found: list[tuple[list[RemoteEvent], list[str]]] = []
        size = 0
        for begin in range(0, len(chunks), AT_ONCE):
            answers = await self._at_once(chunks[begin : begin + AT_ONCE])
            size += sum(len(event.raw) for events, _ in answers for event in events)
            _refuse_too_much(size)
            found += answers
        return (
            [event for events, _ in found for event in events],
            [path for _, missing in found for path in missing],
        )

    async def _at_once(self, chunks: Sequence[Sequence[str]]) -> list[tuple[list[RemoteEvent], list[str]]]:
        """Fetch chunks beside each other; the first error of any of them is everybody's."""
        found: dict[int, tuple[list[RemoteEvent], list[str]]] = {}
        errors: list[ProviderError] = []

        async def one(number: int, chunk: Sequence[str]) -> None:
            try:
                found[number] = await self._multiget(chunk)
            except ProviderError as error:
                errors.append(error)
                group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            for number, chunk in enumerate(chunks):
                group.start_soon(one, number, chunk)
        if errors:
            raise errors[0]
        return [found[number] for number in range(len(chunks))]

    async def _multiget(self, paths: Sequence[str]) -> tuple[list[RemoteEvent], list[str]]:
        try:
            answer = await self.session.report(self.url, multiget(paths), 1)
            page = self.session.multistatus(answer)
        except ProviderError as error:
            if error.code == "too_large":
                return await self._halves(paths)
            if error.status not in NOT_SUPPORTED:
                raise
            return await self._one_by_one(paths)
        events: dict[str, RemoteEvent] = {}
        missing: list[str] = []
        asked = set(paths)
        for member in page.members:
            raw = member.text("c:calendar-data")
            if member.path in asked and raw:
                events[member.path] = RemoteEvent(member.path, member.text("d:getetag"), raw)
            elif member.path in asked and member.status in (404, 410):
                missing.append(member.path)
        # What the answer does not mention is asked for by itself before it counts as gone.
        rest, gone = await self._one_by_one([p for p in paths if p not in events and p not in missing])
        return [*events.values(), *rest], [*missing, *gone]

    async def _halves(self, paths: Sequence[str]) -> tuple[list[RemoteEvent], list[str]]:
        if len(paths) == 1:
            # Too large to read at all: known to be there, and nothing more.
            return [RemoteEvent(paths[0], "", "")], []
        middle = len(paths) // 2
        events, missing = await self._multiget(paths[:middle])
        more, gone = await self._multiget(paths[middle:])
        return [*events, *more], [*missing, *gone]

    async def _one_by_one(self, paths: Sequence[str]) -> tuple[list[RemoteEvent], list[str]]:
        events: list[RemoteEvent] = []
        missing: list[str] = []
        for path in paths:
            found = await get(self.session, self.url, path)
            if found is None:
                missing.append(path)
            else:
                events.append(found)
        return events, missing


def _refuse_too_much(characters: int) -> None:
    if characters > MAX_FETCHED:
        raise ProviderError("permanent", "too_large", "This calendar is too large to be read.")


async def get(session: Session, calendar: str, path: str) -> RemoteEvent | None:
    """Read one resource, None if it is not there."""
    answer = await session.request("GET", member_url(calendar, path), headers={"Accept": "text/calendar"})
    if answer.status in (404, 410):
        return None
    if answer.status != 200:
        raise failure(answer)
    try:
        raw = answer.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProviderError(
            "temporary", "bad_answer", "The server sent an event that is not text."
        ) from error
    return RemoteEvent(path, answer.headers.get("etag", ""), raw)


def member_url(calendar: str, path: str) -> str:
    """Return the address of a member of `calendar`; a path outside of it is a fault of the caller."""
    base = collection_path(calendar)
    if not path.startswith(base) or "/" in path[len(base) :]:
        raise ProviderError("permanent", "bad_remote_id", "This event is not in that calendar.")
    return calendar_origin(calendar) + path


def calendar_origin(calendar: str) -> str:
    scheme, _, rest = calendar.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def collection_path(url: str) -> str:
    """Return a collection's path in its one spelling, with the slash at its end."""
    path = "/" + url.partition("://")[2].partition("/")[2].partition("?")[0]
    return canonical_path(path).rstrip("/") + "/"
