"""The CalDAV provider (RFC 4791): implements `ports.calendars.CalendarProvider`.

A calendar's remote id is its collection's address, an event's remote id its path there in one spelling. Our events lie
at a path that follows from their UID, so that a create whose answer was lost can be recognised instead of repeated.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from convene.formats.scheduled_people import names_people, without_people
from convene.ports.calendars import (
    Changes,
    Credentials,
    Discovery,
    ProviderError,
    RemoteEvent,
    StoredTexts,
    Written,
    nothing_stored,
)
from convene.ports.runtime import Clock
from convene.providers import caldav_busy, caldav_discovery
from convene.providers.caldav_busy import is_busy_only
from convene.providers.caldav_reading import CalendarReader, collection_path, get, member_url
from convene.providers.caldav_scheduling import Invitations
from convene.providers.caldav_session import WRITE, Session, failure
from convene.providers.dns_records import FindService, find_caldav
from convene.providers.http_client import Answer, HttpClient

_ICALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}
_BEFORE_SENDING = frozenset({"host_not_found", "unreachable", "tls_failed"})


class CalDavProvider:
    """CalDAV over the guarded client. Credentials with the scope `busy` read busy times and nothing else.

    find_service: looks up what the records of a domain say; the system's name servers are asked by default.
    """

    def __init__(self, http: HttpClient, clock: Clock, *, find_service: FindService = find_caldav) -> None:
        self._http = http
        self._find_service = find_service
        self._clock = clock
        self._invitations = Invitations()

    def _session(self, credentials: Credentials) -> Session:
        home = caldav_discovery.normal_url(credentials.url)
        return Session(self._http, replace(credentials, url=home))

    async def discover(self, credentials: Credentials) -> Discovery:
        session = self._session(credentials)
        found = await caldav_discovery.discover(session, credentials.url, self._find_service)
        if is_busy_only(credentials):
            return await caldav_busy.discovered(session, found, self._clock())
        return found

    async def create_calendar(
        self, credentials: Credentials, profile: dict[str, Any], name: str, color: str
    ) -> str:
        return await caldav_discovery.create_calendar(self._session(credentials), profile, name, color)

    async def changes(
        self,
        credentials: Credentials,
        calendar: str,
        cursor: dict[str, Any],
        known: dict[str, str],
        stored: StoredTexts = nothing_stored,
    ) -> Changes:
        session = self._session(credentials)
        if is_busy_only(credentials):
            return await caldav_busy.busy_times(session, calendar, known, self._clock())
        return await CalendarReader(session, calendar, known).changes(cursor)

    async def get_event(self, credentials: Credentials, calendar: str, remote_id: str) -> RemoteEvent | None:
        _refuse_if_busy_only(credentials)
        return await get(self._session(credentials), calendar, remote_id)

    def event_id(self, calendar: str, uid: str) -> str:
        digest = hashlib.sha256(uid.encode()).hexdigest()[:32]
        return collection_path(calendar) + f"convene-{digest}.ics"

    async def create_event(
        self, credentials: Credentials, calendar: str, remote_id: str, raw: str
    ) -> Written:
        _refuse_if_busy_only(credentials)
        session = self._session(credentials)
        # Some servers ignore If-None-Match and overwrite, so the place is looked at first.
        if await get(session, calendar, remote_id) is not None:
            raise ProviderError("conflict", "exists", "There is an event at this place already.", status=412)
        try:
            answer = await self._put(session, calendar, remote_id, raw, {"If-None-Match": "*"})
        except ProviderError as error:
            return await self._read_back(session, calendar, remote_id, error)
        if answer.status >= 500 and answer.status != 507:
            return await self._read_back(session, calendar, remote_id, failure(answer))
        return await self._written(session, calendar, remote_id, answer)

    async def update_event(
        self, credentials: Credentials, calendar: str, remote_id: str, raw: str, etag: str
    ) -> Written:
        _refuse_if_busy_only(credentials)
        session = self._session(credentials)
        # Some servers make anew what was deleted, or overwrite what was changed, whatever the condition says.
        strong = await self._held(session, calendar, remote_id, etag)
        answer = await self._put(session, calendar, remote_id, raw, {"If-Match": strong})
        if answer.status == 412 and await get(session, calendar, remote_id) is None:
            raise _gone()
        return await self._written(session, calendar, remote_id, answer)

    async def delete_event(self, credentials: Credentials, calendar: str, remote_id: str, etag: str) -> None:
        _refuse_if_busy_only(credentials)
        session = self._session(credentials)
        headers = {"If-Match": await self._held(session, calendar, remote_id, etag)} if etag else {}
        url = member_url(calendar, remote_id)
        answer = await session.request("DELETE", url, headers=headers, limits=WRITE)
        if answer.status in (404, 410):
            raise _gone()
        if answer.status == 412 and await get(session, calendar, remote_id) is None:
            raise _gone()
        if not 200 <= answer.status < 300:
            raise failure(answer)

    async def _held(self, session: Session, calendar: str, remote_id: str, etag: str) -> str:
        """Return the concrete tag of what is there, which must still be `etag` (empty: whatever it is).

        `*` and weak tags mean different things to different servers, so neither is ever a condition.
        """
        found = await get(session, calendar, remote_id)
        if found is None:
            raise _gone()
        is_concrete = bool(etag and found.etag) and not etag.startswith("W/")
        if is_concrete and _bare(found.etag) != _bare(etag):
            raise ProviderError("conflict", "conflict", "The event was changed meanwhile.", status=412)
        return (found.etag or etag).removeprefix("W/")

    async def _put(
        self, session: Session, calendar: str, remote_id: str, raw: str, headers: dict[str, str]
    ) -> Answer:
        if names_people(raw) and not await self._invitations.heeds_agent(session, calendar):
            raw = without_people(raw)
        return await session.request(
            "PUT",
            member_url(calendar, remote_id),
            headers={**_ICALENDAR, **headers},
            content=raw.encode(),
            limits=WRITE,
        )

    async def _written(self, session: Session, calendar: str, remote_id: str, answer: Answer) -> Written:
        if not 200 <= answer.status < 300:
            raise failure(answer)
        etag = answer.headers.get("etag", "")
        if etag and not etag.startswith("W/"):
            return Written(remote_id, etag)
        # Without a strong tag the server may have changed what we sent (RFC 4791 5.3.4): see what it holds.
        found = await get(session, calendar, remote_id)
        return Written(remote_id, "") if found is None else Written(remote_id, found.etag, found.raw)

    async def _read_back(
        self, session: Session, calendar: str, remote_id: str, error: ProviderError
    ) -> Written:
        """Find out whether a create took effect although nobody said so."""
        if error.kind != "temporary" or error.code in _BEFORE_SENDING:
            raise error
        found = await get(session, calendar, remote_id)
        if found is None:
            raise error
        return Written(remote_id, found.etag, found.raw)


def _bare(etag: str) -> str:
    """Return a tag as it is without what servers add to it when they compress an answer."""
    return etag.removeprefix("W/").replace('-gzip"', '"')


def _gone() -> ProviderError:
    return ProviderError("gone", "not_found", "The event is no longer there.", status=404)


def _refuse_if_busy_only(credentials: Credentials) -> None:
    if is_busy_only(credentials):
        raise ProviderError("permanent", "read_only", "Of this account only busy times are read.")
