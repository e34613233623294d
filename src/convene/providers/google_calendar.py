"""The Google Calendar provider (Calendar API v3): implements `ports.calendars.CalendarProvider`, `SignsInElsewhere`,
`KnowsColleagues` and `Pushes`.

An event's remote id is Google's id of it, a series' that of its master. Ids of our events follow from their UID, so that a
create whose answer was lost is recognised instead of repeated. Google sends invitations only to people whom the text
names as its to invite.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from convene.formats.google_events import is_cancelled, item_id, resource_text, times_only
from convene.formats.google_items import changed_members, item_of
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.online_meetings import without_place
from convene.ports.calendar_oauth import Access, Tokens
from convene.ports.calendar_push import PushTerms, Watched
from convene.ports.calendars import (
    Changes,
    ColleagueTimes,
    Credentials,
    Discovery,
    ProviderError,
    RemoteCalendar,
    RemoteEvent,
    StoredTexts,
    Written,
    nothing_stored,
)
from convene.ports.runtime import Clock
from convene.providers import google_push
from convene.providers.google_oauth import GoogleSignIn, granted, narrowed
from convene.providers.google_reading import CalendarReader, etag_of
from convene.providers.google_schedule import free_busy
from convene.providers.google_session import (
    PER_ACCOUNT,
    PER_PROJECT,
    GoogleEndpoints,
    Session,
    failure,
    json_of,
)
from convene.providers.http_client import HttpClient
from convene.providers.request_pace import RequestPace

MAX_LIST_PAGES = 20
_ID = re.compile(r"[A-Za-z0-9_@.\-]{1,1024}")
_WRITABLE = frozenset({"owner", "writer", "writerWithoutPrivateAccess"})
_BEFORE_SENDING = frozenset({"host_not_found", "unreachable", "tls_failed", "host_refused"})


class GoogleCalendarProvider:
    """Google Calendar over the guarded client, asked no faster than `pace` lets it be."""

    def __init__(
        self, http: HttpClient, endpoints: GoogleEndpoints, clock: Clock, pace: RequestPace | None = None
    ) -> None:
        self._http = http
        self._endpoints = endpoints
        self._clock = clock
        self._pace = pace or RequestPace(PER_ACCOUNT, PER_PROJECT)
        self._sign_in = GoogleSignIn(http, endpoints, clock)

    # -- signing in

    @property
    def is_ready(self) -> bool:
        return bool(self._endpoints.client_id and self._endpoints.client_secret)

    @property
    def account_url(self) -> str:
        return self._endpoints.api_url

    def authorize_url(
        self, access: Access, *, redirect_uri: str, state: str, challenge: str, login_hint: str
    ) -> str:
        return self._sign_in.authorize_url(
            access, redirect_uri=redirect_uri, state=state, challenge=challenge, login_hint=login_hint
        )

    async def exchange(self, code: str, *, redirect_uri: str, verifier: str) -> Tokens:
        return await self._sign_in.exchange(code, redirect_uri=redirect_uri, verifier=verifier)

    async def renew(self, tokens: Tokens) -> Tokens:
        return await self._sign_in.renew(tokens)

    async def revoke(self, tokens: Tokens) -> None:
        await self._sign_in.revoke(tokens)

    def granted(self, scope: frozenset[str]) -> Access | None:
        return granted(scope)

    def narrowed(self, scope: frozenset[str], access: Access) -> frozenset[str]:
        return narrowed(scope, access)

    # -- reading

    def _session(self, credentials: Credentials) -> Session:
        return Session(self._http, self._endpoints.api_url, credentials, self._pace)

    async def discover(self, credentials: Credentials) -> Discovery:
        """List the account's calendars. Its address is the id of its primary one."""
        session, access = self._session(credentials), granted(credentials.scope)
        entries: list[dict[str, Any]] = []
        query = {"maxResults": "250"}
        for _ in range(MAX_LIST_PAGES):
            page = await session.get("/users/me/calendarList", query)
            entries += [item for item in page.get("items") or () if isinstance(item, dict) and item.get("id")]
            if not page.get("nextPageToken"):
                break
            query["pageToken"] = str(page["nextPageToken"])
        entries = [item for item in entries if not item.get("deleted")]
        entries.sort(key=lambda item: not item.get("primary"))
        own = [str(item["id"]) for item in entries if item.get("accessRole") == "owner"]
        primary = next((str(item["id"]) for item in entries if item.get("primary")), "")
        profile = {"addresses": own, "account": primary, "access": access or ""}
        return Discovery([_calendar(item, may_write=access == "two_way") for item in entries], profile)

    async def changes(
        self,
        credentials: Credentials,
        calendar: str,
        cursor: dict[str, Any],
        known: dict[str, str],
        stored: StoredTexts = nothing_stored,
    ) -> Changes:
        reader = CalendarReader(
            self._session(credentials),
            calendar,
            known,
            stored,
            is_busy_only=_is_busy_only(credentials),
            now=self._clock(),
        )
        return await reader.changes(cursor)

    async def get_event(self, credentials: Credentials, calendar: str, remote_id: str) -> RemoteEvent | None:
        item = await self._item(self._session(credentials), calendar, remote_id)
        if item is None or is_cancelled(item):
            return None
        shown = times_only(item, credentials.username) if _is_busy_only(credentials) else item
        return RemoteEvent(
            remote_id, str(item.get("etag") or ""), resource_text(shown, (), owner=credentials.username)
        )

    async def _item(self, session: Session, calendar: str, remote_id: str) -> dict[str, Any] | None:
        """Return an item, also a cancelled one; None if there never was one."""
        answer = await session.request("GET", _place(calendar, remote_id))
        if answer.status in (404, 410):
            return None
        if answer.status != 200:
            raise failure(answer)
        return json_of(answer)

    async def free_busy(
        self, credentials: Credentials, addresses: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, ColleagueTimes]:
        return await free_busy(self._session(credentials), addresses, start, end)

    # -- writing

    def event_id(self, calendar: str, uid: str) -> str:
        return item_id(uid)

    async def create_event(
        self, credentials: Credentials, calendar: str, remote_id: str, raw: str
    ) -> Written:
        session = self._session(credentials)
        body = {**_body(raw), "id": remote_id}
        asked = "conferenceData" in body
        try:
            answer = await session.request("POST", _place(calendar), _told(body), body=body)
            if asked and answer.status == 400:
                # A calendar in which no Meet can be made: the event is written all the same.
                body = {name: value for name, value in body.items() if name != "conferenceData"}
                answer = await session.request("POST", _place(calendar), _told(body), body=body)
        except ProviderError as error:
            if error.kind != "temporary" or error.code in _BEFORE_SENDING:
                raise
            return await self._read_back(session, calendar, remote_id, error)
        if answer.status == 409:
            return await self._revived(session, calendar, remote_id, body, asked=asked)
        if answer.status >= 500:
            return await self._read_back(session, calendar, remote_id, failure(answer))
        if answer.status not in (200, 201):
            raise failure(answer)
        return _made(session, json_of(answer), body, asked=asked)

    async def _read_back(
        self, session: Session, calendar: str, remote_id: str, error: ProviderError
    ) -> Written:
        """Find out whether a create took effect although nobody said so."""
        item = await self._item(session, calendar, remote_id)
        if item is None or is_cancelled(item):
            raise error
        owner = session.credentials.username
        return Written(remote_id, str(item.get("etag") or ""), resource_text(item, (), owner=owner))

    async def _revived(
        self, session: Session, calendar: str, remote_id: str, body: dict[str, Any], *, asked: bool
    ) -> Written:
        """Bring back an event of ours that was deleted: Google keeps its id for ever."""
        item = await self._item(session, calendar, remote_id)
        if item is None or not is_cancelled(item):
            raise ProviderError("conflict", "exists", "There is an event with this id already.", status=409)
        answer = await session.request(
            "PUT",
            _place(calendar, remote_id),
            _told(body),
            body={**body, "status": "confirmed", "sequence": int(item.get("sequence") or 0) + 1},
            if_match=str(item.get("etag") or ""),
        )
        if answer.status != 200:
            raise failure(answer)
        return _made(session, json_of(answer), body, asked=asked)

    async def update_event(
        self, credentials: Credentials, calendar: str, remote_id: str, raw: str, etag: str
    ) -> Written:
        session = self._session(credentials)
        item = await self._item(session, calendar, remote_id)
        if item is None or is_cancelled(item):
            raise ProviderError("gone", "not_found", "The event is no longer there.", status=404)
        current = str(item.get("etag") or "")
        if etag and etag_of(etag) != current:
            raise ProviderError("conflict", "conflict", "The event was changed at Google.", status=412)
        try:
            changed = changed_members(item, raw, owner=credentials.username)
        except CalendarRefused as error:
            raise ProviderError("permanent", "unreadable_event", str(error)) from error
        if not changed:
            return Written(remote_id, current)
        told = _told({"attendees": changed.get("attendees", item.get("attendees"))})
        answer = await session.request(
            "PATCH", _place(calendar, remote_id), told, body=changed, if_match=current
        )
        if answer.status != 200:
            raise failure(answer)
        return Written(remote_id, str(json_of(answer).get("etag") or ""))

    async def delete_event(self, credentials: Credentials, calendar: str, remote_id: str, etag: str) -> None:
        session = self._session(credentials)
        answer = await session.request(
            "DELETE", _place(calendar, remote_id), {"sendUpdates": "none"}, if_match=etag_of(etag)
        )
        if answer.status == 412:
            item = await self._item(session, calendar, remote_id)
            if item is None or is_cancelled(item):
                raise ProviderError("gone", "not_found", "The event is no longer there.", status=410)
        if not 200 <= answer.status < 300:
            raise failure(answer)

    # -- being told of changes

    @property
    def push_terms(self) -> PushTerms:
        return google_push.TERMS

    async def watch(
        self,
        credentials: Credentials,
        calendar: str,
        *,
        channel_id: str,
        token: str,
        address: str,
        lifecycle_address: str,
        until: datetime,
    ) -> Watched:
        session = self._session(credentials)
        return await google_push.watch(
            session, calendar, channel_id=channel_id, token=token, address=address, until=until
        )

    async def prolong(self, credentials: Credentials, remote_id: str, *, until: datetime) -> Watched:
        raise ProviderError("gone", "not_renewable", "Channels of Google are followed by new ones.")

    async def stop_watching(self, credentials: Credentials, *, channel_id: str, remote_id: str) -> None:
        await google_push.stop(self._session(credentials), channel_id=channel_id, remote_id=remote_id)


def _is_busy_only(credentials: Credentials) -> bool:
    return granted(credentials.scope) == "busy"


def _calendar(item: dict[str, Any], *, may_write: bool) -> RemoteCalendar:
    role = item.get("accessRole")
    return RemoteCalendar(
        str(item["id"]),
        str(item.get("summaryOverride") or item.get("summary") or item["id"])[:200],
        str(item.get("backgroundColor") or ""),
        str(item.get("timeZone") or "") or None,
        is_writable=may_write and role in _WRITABLE,
        # Colleagues' and public calendars are listed beside one's own.
        is_own=role == "owner",
    )


def _place(calendar: str, remote_id: str = "") -> str:
    path = f"/calendars/{quote(calendar, safe='')}/events"
    if not remote_id:
        return path
    if not _ID.fullmatch(remote_id):
        raise ProviderError("permanent", "bad_id", "This is no event of the calendar.")
    return f"{path}/{quote(remote_id, safe='')}"


def _body(raw: str) -> dict[str, Any]:
    try:
        item = item_of(raw)
    except CalendarRefused as error:
        raise ProviderError("permanent", "unreadable_event", str(error)) from error
    return {name: value for name, value in item.items() if value not in ("", [], {})}


def _told(body: dict[str, Any]) -> dict[str, str]:
    """Return who is told of a write: the people whom Google invites, and nobody else; and whether a Meet is asked for."""
    version = {"conferenceDataVersion": "1"} if "conferenceData" in body else {}
    return {"sendUpdates": "all" if body.get("attendees") else "none"} | version


def _made(session: Session, item: dict[str, Any], body: Mapping[str, Any], *, asked: bool) -> Written:
    """Return what a create has made; where a Meet was asked for, with what the event says of it."""
    etag = str(item.get("etag") or "")
    if not asked:
        return Written(str(item["id"]), etag)
    text = resource_text(item, (), owner=session.credentials.username)
    return Written(str(item["id"]), etag, text if "conferenceData" in body else without_place(text))
