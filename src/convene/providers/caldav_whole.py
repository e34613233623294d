"""Reading the texts of a whole calendar in one answer (RFC 4791 7.8): a first read of thousands of events.

A server that is asked for addresses looks up each of them, and some search all that they hold for every one; asked for
everything it reads its calendar once. The answer only saves requests: what it lacks is asked for by address, so a server
that cannot answer, or cuts what it says, costs time and loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from anyio.lowlevel import checkpoint

from convene.ports.calendars import ProviderError, RemoteEvent
from convene.providers.caldav_session import LIST, Session
from convene.providers.caldav_xml import every_event, read_members

WHOLE_FROM = 1_000
"""Below so many events a few requests by address are as quick."""
MAX_WHOLE_BYTES = 48 * 1024 * 1024
WHOLE = replace(LIST, body_bytes=MAX_WHOLE_BYTES, total_seconds=120.0, read_seconds=110.0)
# Errors that a request by address would only repeat, at a cost to the server or to the account.
_MEANT = frozenset({"rate_limited", "points_elsewhere"})
_BREATH = 200


async def read_whole(session: Session, url: str, wanted: Collection[str]) -> dict[str, RemoteEvent]:
    """Return of the events at the paths `wanted` those that the server tells with everything else, by path.

    Raises:
        ProviderError: the account is refused or asked to wait. No other failure is one here: the answer is empty then.
    """
    try:
        answer = await session.report(url, every_event(), 1, WHOLE)
        if answer.status != 207:
            session.multistatus(answer)
        return await _events(answer.body, answer.url, frozenset(wanted))
    except ProviderError as error:
        if error.kind == "reauth" or error.code in _MEANT:
            raise
        return {}


async def _events(body: bytes, base: str, wanted: frozenset[str]) -> dict[str, RemoteEvent]:
    found: dict[str, RemoteEvent] = {}
    for number, member in enumerate(read_members(body, base, MAX_WHOLE_BYTES)):
        raw = member.text("c:calendar-data")
        if member.path in wanted and raw:
            found[member.path] = RemoteEvent(member.path, member.text("d:getetag"), raw)
        if number % _BREATH == 0:
            await checkpoint()
    return found
