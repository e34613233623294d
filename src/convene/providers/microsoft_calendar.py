"""The Microsoft 365 and Outlook.com calendar provider (Graph v1.0): implements `CalendarProvider`, `SignsInElsewhere`,
`KnowsColleagues` and `Pushes` of the ports.

How Graph's events become resources is told in `microsoft_places` and `formats.graph_events`: single events and occurrences
are resources of their own, and an event of ours lies at a place that follows from its UID.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from convene.formats.graph_events import is_place, place_of, resource_text, times_only
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
from convene.providers import microsoft_push
from convene.providers.http_client import HttpClient
from convene.providers.microsoft_oauth import MicrosoftSignIn, granted, narrowed
from convene.providers.microsoft_places import Events, version_of
from convene.providers.microsoft_reading import CalendarReader
from convene.providers.microsoft_schedule import free_busy
from convene.providers.microsoft_session import MailboxTurns, MicrosoftEndpoints, Session, failure, json_of
from convene.providers.microsoft_writing import CalendarWriter
from convene.providers.request_pace import RequestPace

MAX_LIST_PAGES = 20
_COLORS = {
    "lightBlue": "#a6d1f5",
    "lightGreen": "#87d28e",
    "lightOrange": "#fcab73",
    "lightGray": "#c0c0c0",
    "lightYellow": "#f5e27a",
    "lightTeal": "#4adacc",
    "lightPink": "#f5a3c7",
    "lightBrown": "#ce9c7a",
    "lightRed": "#ff8c9f",
}


class MicrosoftCalendarProvider:
    """Microsoft Graph over the guarded client, asked no faster than `pace` lets it be."""

    def __init__(
        self, http: HttpClient, endpoints: MicrosoftEndpoints, clock: Clock, pace: RequestPace | None = None
    ) -> None:
        self._http = http
        self._endpoints = endpoints
        self._clock = clock
        self._turns = MailboxTurns(pace)
        self._sign_in = MicrosoftSignIn(http, endpoints, clock)

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

    def session(self, credentials: Credentials) -> Session:
        """Return how Graph is asked with these credentials: one mailbox at most three times at once."""
        return Session(self._http, self._endpoints, credentials, self._turns)

    async def discover(self, credentials: Credentials) -> Discovery:
        """List the account's calendars, the default one first. Its owner's address names the account."""
        session, access = self.session(credentials), granted(credentials.scope)
        entries: list[dict[str, Any]] = []
        address = session.address("/me/calendars", {"$top": "100"})
        for _ in range(MAX_LIST_PAGES):
            answer = await session.request("GET", address)
            if answer.status != 200:
                raise failure(answer)
            page = json_of(answer)
            entries += [item for item in page.get("value") or () if isinstance(item, dict) and item.get("id")]
            address = str(page.get("@odata.nextLink") or "")
            if not address or not session.is_ours(address):
                break
        entries.sort(key=lambda item: not item.get("isDefaultCalendar"))
        account = next((_owner(item) for item in entries if item.get("isDefaultCalendar")), "")
        profile = {"addresses": [account] if account else [], "account": account, "access": access or ""}
        found = [_calendar(item, account, may_write=access == "two_way") for item in entries]
        return Discovery(found, profile)

    async def changes(
        self,
        credentials: Credentials,
        calendar: str,
        cursor: dict[str, Any],
        known: dict[str, str],
        stored: StoredTexts = nothing_stored,
    ) -> Changes:
        reader = CalendarReader(
            self.session(credentials),
            calendar,
            known,
            stored,
            is_busy_only=_is_busy_only(credentials),
            now=self._clock(),
        )
        return await reader.changes(cursor)

    async def get_event(self, credentials: Credentials, calendar: str, remote_id: str) -> RemoteEvent | None:
        is_busy_only = _is_busy_only(credentials)
        item = await self._events(credentials, calendar).find(remote_id)
        if item is None:
            return None
        raw = resource_text(times_only(item) if is_busy_only else item, owner=credentials.username)
        return RemoteEvent(remote_id, version_of(item, digest=raw if is_busy_only else ""), raw)

    def _events(self, credentials: Credentials, calendar: str) -> Events:
        return Events(self.session(credentials), calendar, is_busy_only=_is_busy_only(credentials))

    async def free_busy(
        self, credentials: Credentials, addresses: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, ColleagueTimes]:
        """Return when colleagues are busy. Needs more than busy-only access; personal accounts have no colleagues."""
        return await free_busy(self.session(credentials), addresses, start, end)

    # -- writing

    def event_id(self, calendar: str, uid: str) -> str:
        return place_of(uid)

    async def create_event(
        self, credentials: Credentials, calendar: str, remote_id: str, raw: str
    ) -> Written:
        if not is_place(remote_id):
            raise ProviderError("permanent", "bad_id", "This is no place for an event of ours.")
        return await self._writer(credentials, calendar).create(remote_id, raw)

    async def update_event(
        self, credentials: Credentials, calendar: str, remote_id: str, raw: str, etag: str
    ) -> Written:
        return await self._writer(credentials, calendar).update(remote_id, raw, etag)

    async def delete_event(self, credentials: Credentials, calendar: str, remote_id: str, etag: str) -> None:
        await self._writer(credentials, calendar).delete(remote_id, etag)

    def _writer(self, credentials: Credentials, calendar: str) -> CalendarWriter:
        if granted(credentials.scope) != "two_way":
            # Graph would say no more than that access is denied, which may have other causes.
            detail = "Writing was not granted at Microsoft. Connect it again and allow it."
            raise ProviderError("reauth", "missing_scope", detail)
        return CalendarWriter(self._events(credentials, calendar), credentials.username)

    # -- being told of changes

    @property
    def push_terms(self) -> PushTerms:
        return microsoft_push.TERMS

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
        return await microsoft_push.watch(
            self.session(credentials),
            calendar,
            channel_id=channel_id,
            token=token,
            address=address,
            lifecycle_address=lifecycle_address,
            until=until,
        )

    async def prolong(self, credentials: Credentials, remote_id: str, *, until: datetime) -> Watched:
        return await microsoft_push.prolong(self.session(credentials), remote_id, until=until)

    async def stop_watching(self, credentials: Credentials, *, channel_id: str, remote_id: str) -> None:
        await microsoft_push.stop(self.session(credentials), remote_id)


def _is_busy_only(credentials: Credentials) -> bool:
    return granted(credentials.scope) == "busy"


def _owner(item: Mapping[str, Any]) -> str:
    return str((item.get("owner") or {}).get("address") or "")


def _calendar(item: Mapping[str, Any], account: str, *, may_write: bool) -> RemoteCalendar:
    color = str(item.get("hexColor") or "") or _COLORS.get(str(item.get("color")), "")
    return RemoteCalendar(
        str(item["id"]),
        str(item.get("name") or item["id"])[:200],
        color,
        is_writable=may_write and bool(item.get("canEdit")),
        # Colleagues' calendars that were opened are listed beside one's own.
        is_own=bool(item.get("isDefaultCalendar")) or _owner(item).lower() == account.lower(),
    )
