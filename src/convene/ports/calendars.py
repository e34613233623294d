"""The port every calendar provider implements (`providers/`, one file per kind).

Providers speak to a remote service and return plain values; they hold no database and decide nothing. Errors are
`ProviderError` with one of four kinds, which drive retry, resync and reconnect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

Priority = Literal["interactive", "write_back", "background"]
"""Who waits for an answer: a person, somebody's meeting, or nobody."""
ErrorKind = Literal["temporary", "permanent", "reauth", "gone", "conflict"]


class ProviderError(Exception):
    """A remote call did not work.

    kind:
        temporary  try again later (`retry_after_seconds` if the server said so)
        permanent  this request will never work (no right, refused content)
        reauth     the credential is no longer accepted: a person must reconnect
        gone       the cursor or the object is dead: resync, or treat a delete as done
        conflict   the object changed since we read it (412), or exists already
    code: stable short text for logs and screens (`unauthorized`, `host_refused`, `timeout`, ...).
    """

    def __init__(
        self,
        kind: ErrorKind,
        code: str,
        detail: str,
        *,
        retry_after_seconds: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.code = code
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds
        self.status = status


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is needed to sign in to a remote account. The secret never appears in its repr.

    scope: what the account's owner granted, for services that ask so. renew: returns fresh credentials, for a service
    that refuses these before their time. priority: of what is asked with them, where a service allows only so much.
    """

    url: str
    username: str
    secret: str = field(repr=False)
    scope: frozenset[str] = frozenset()
    renew: Callable[[], Awaitable[Credentials]] | None = field(default=None, repr=False, compare=False)
    priority: Priority = "interactive"


@dataclass(frozen=True, slots=True)
class RemoteCalendar:
    """A calendar found at a remote account. `remote_id` is its stable address there (CalDAV: URL).

    is_own: its events take its owner's time. A colleague's calendar that is shown beside does not.
    """

    remote_id: str
    name: str
    color: str = ""
    tzid: str | None = None
    is_writable: bool = True
    is_own: bool = True


@dataclass(frozen=True, slots=True)
class Discovery:
    """What connecting found: calendars that hold events, and facts to keep (`profile`, JSON-safe)."""

    calendars: Sequence[RemoteCalendar]
    profile: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RemoteEvent:
    """One remote resource as received: a VCALENDAR text with a master and its exceptions."""

    remote_id: str
    etag: str
    raw: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference since a cursor.

    If `is_full` is true, `changed` names everything there is and anything else is gone (a first or a forced full
    read). `unchanged` lists, for a full read by listing only, remote ids whose etag the caller already has.
    `cursor` is opaque JSON for the next call; store it only together with the changes.
    `is_doubtful`: so much is missing that only a second read makes it believable. `refresh_seconds`: after how long the
    source wishes to be asked again, if it says so.
    """

    changed: Sequence[RemoteEvent]
    deleted: Sequence[str]
    cursor: dict[str, Any]
    is_full: bool = False
    unchanged: Sequence[str] = ()
    is_doubtful: bool = False
    refresh_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A write that took effect. `etag` is empty when the server did not tell; `raw` is what it holds if it differs."""

    remote_id: str
    etag: str
    raw: str | None = None


StoredTexts = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
"""(remote ids): the texts that are held of those among them that are known."""


async def nothing_stored(remote_ids: Sequence[str]) -> Mapping[str, str]:
    """The `StoredTexts` of a caller that holds nothing."""
    return {}


class CalendarProvider(Protocol):
    """A remote calendar service. All calls raise `ProviderError`.

    A service that can only be read tells of calendars with `is_writable` false alone, and answers every call about
    writing with `permanent` (`ReadOnlyCalendars`).
    """

    async def discover(self, credentials: Credentials) -> Discovery:
        """Sign in and list the calendars that hold events."""
        ...

    async def changes(
        self,
        credentials: Credentials,
        calendar: str,
        cursor: dict[str, Any],
        known: dict[str, str],
        stored: StoredTexts = nothing_stored,
    ) -> Changes:
        """Return what changed in `calendar` since `cursor` ({} = everything). `known` maps remote id to etag.

        Where a service tells only of a part of a resource (one changed occurrence), the rest comes from `stored`.
        """
        ...

    async def get_event(self, credentials: Credentials, calendar: str, remote_id: str) -> RemoteEvent | None:
        """Read one resource, or None if it is not there."""
        ...

    def event_id(self, calendar: str, uid: str) -> str:
        """The remote id at which an event with `uid` of ours is kept: the same for the same arguments, always."""
        ...

    async def create_event(
        self, credentials: Credentials, calendar: str, remote_id: str, raw: str
    ) -> Written:
        """Create a resource that must not exist; `conflict` if it does."""
        ...

    async def update_event(
        self, credentials: Credentials, calendar: str, remote_id: str, raw: str, etag: str
    ) -> Written:
        """Replace a resource that must still have `etag`; `conflict` if it changed, `gone` if it vanished."""
        ...

    async def delete_event(self, credentials: Credentials, calendar: str, remote_id: str, etag: str) -> None:
        """Delete a resource that must still have `etag` (empty: whatever it has); `gone` if it vanished already."""
        ...


class ReadOnlyCalendars:
    """The writing half of `CalendarProvider` for services that can only be read: refused, every call."""

    def event_id(self, calendar: str, uid: str) -> str:
        raise _read_only()

    async def create_event(
        self, credentials: Credentials, calendar: str, remote_id: str, raw: str
    ) -> Written:
        raise _read_only()

    async def update_event(
        self, credentials: Credentials, calendar: str, remote_id: str, raw: str, etag: str
    ) -> Written:
        raise _read_only()

    async def delete_event(self, credentials: Credentials, calendar: str, remote_id: str, etag: str) -> None:
        raise _read_only()


def _read_only() -> ProviderError:
    return ProviderError("permanent", "read_only", "This calendar can be read only.")


@runtime_checkable
class MakesCalendars(Protocol):
    """What a provider may do besides: make calendars. Calls raise `ProviderError`."""

    async def create_calendar(
        self, credentials: Credentials, profile: dict[str, Any], name: str, color: str
    ) -> str:
        """Make a calendar for events where `profile` (of discovery) says that they live; return its remote id.

        `color` is `#RRGGBB` or empty.
        """
        ...


@dataclass(frozen=True, slots=True)
class BusyTime:
    """A time that somebody is not free: half-open, instants in UTC."""

    start: datetime
    end: datetime
    kind: Literal["busy", "tentative"] = "busy"


@dataclass(frozen=True, slots=True)
class ColleagueTimes:
    """When a colleague is busy. With a `problem` (a stable short code) nothing is known: unknown is never free."""

    busy: Sequence[BusyTime] = ()
    problem: str = ""

    @property
    def is_known(self) -> bool:
        return not self.problem


@runtime_checkable
class KnowsColleagues(Protocol):
    """What a provider may do besides: tell when colleagues are busy whose calendars are not connected."""

    async def free_busy(
        self, credentials: Credentials, addresses: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, ColleagueTimes]:
        """Return the busy times within [start, end), aware instants, of each address, by the address as it was asked.

        Every address that was asked is answered; whatever number and length a service takes at once is its provider's
        to cut. Raises `ProviderError` where the whole question failed: then nothing is known of anybody.
        """
        ...
