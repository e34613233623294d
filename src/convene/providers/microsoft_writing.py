"""Writing into one Microsoft calendar: one event at one place, whatever is lost on the way.

A create bears a `transactionId`: Graph answers the same one again with the event that it made before. It goes on doing so
when that event was deleted since, so an answer that is older than its question is looked at twice, and the next event at
the place gets the next number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote

from convene.formats.graph_events import Item, join_url, resource_text, transaction_id
from convene.formats.graph_items import (
    answer_of,
    changed_members,
    item_of,
    says_the_same,
    with_windows_zones,
)
from convene.formats.graph_zones import stamp_of
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.online_meetings import without_place
from convene.ports.calendars import ProviderError, Written
from convene.providers.http_client import Answer
from convene.providers.microsoft_places import Events, etag_of, graph_id_of, version_of
from convene.providers.microsoft_session import UNKNOWN_ZONE, code_of, failure, json_of

MAX_AT_A_PLACE = 9
"""How often an event comes back to a place after it was deleted there."""
_FRESH = timedelta(minutes=1)
_BEFORE_SENDING = frozenset({"host_not_found", "unreachable", "tls_failed", "host_refused"})
T = TypeVar("T")


class CalendarWriter:
    """Args:
    owner: the account's address.
    """

    def __init__(self, events: Events, owner: str) -> None:
        self.events = events
        self.session = events.session
        self.owner = owner

    async def create(self, place: str, raw: str) -> Written:
        body = _readable(lambda: item_of(raw))
        body = {name: value for name, value in body.items() if value not in ("", [])}
        for number in range(1, MAX_AT_A_PLACE + 1):
            try:
                answer = await self._send(
                    "POST", "", {**body, "transactionId": transaction_id(place, number)}
                )
            except ProviderError as error:
                if error.kind != "temporary" or error.code in _BEFORE_SENDING:
                    raise
                return await self._read_back(place, error)
            if answer.status >= 500:
                return await self._read_back(place, failure(answer))
            if answer.status not in (200, 201):
                raise failure(answer)
            made = await self._alive(answer)
            if made is not None:
                return await self._made(made, place, raw, is_asked_for=bool(body.get("isOnlineMeeting")))
        raise ProviderError("permanent", "place_taken", "This event was deleted in the calendar too often.")

    async def _alive(self, answer: Answer) -> Item | None:
        """Return what a create made, or made before; None if that was deleted since."""
        made = json_of(answer)
        created = stamp_of(made.get("createdDateTime"))
        try:
            asked = parsedate_to_datetime(answer.headers.get("date", ""))
        except (TypeError, ValueError):
            asked = None
        if created is not None and asked is not None and timedelta(0) <= asked - created < _FRESH:
            return made
        return await self.events.read(str(made.get("id") or ""))

    async def _made(self, made: Item, place: str, raw: str, *, is_asked_for: bool) -> Written:
        if not _readable(lambda: says_the_same(made, raw, owner=self.owner)):
            raise ProviderError("conflict", "exists", "There is an event at this place already.", status=409)
        if is_asked_for and not join_url(made):
            # Teams takes a moment to make the meeting's link.
            made = await self.events.read(str(made["id"])) or made
        told = resource_text(made, owner=self.owner) if is_asked_for else None
        if told is not None and not made.get("isOnlineMeeting"):
            told = without_place(told)  # a mailbox without Teams
        return Written(place, version_of(made), told)

    async def _read_back(self, place: str, error: ProviderError) -> Written:
        """Find out whether a create took effect although nobody said so."""
        item = await self.events.find(place)
        if item is None:
            raise error
        return Written(place, version_of(item), resource_text(item, owner=self.owner))

    async def update(self, remote_id: str, raw: str, version: str) -> Written:
        item = await self.events.find(remote_id, version)
        if item is None:
            raise ProviderError("gone", "not_found", "The event is no longer there.", status=404)
        current = str(item.get("@odata.etag") or "")
        if etag_of(version) and etag_of(version) != current:
            raise ProviderError("conflict", "conflict", "The event was changed at Microsoft.", status=412)
        response = _readable(lambda: answer_of(item, raw, owner=self.owner))
        if response and not item.get("isOrganizer"):
            return await self._respond(remote_id, item, response)
        changed = _readable(lambda: changed_members(item, raw, owner=self.owner))
        if not changed:
            return Written(remote_id, version_of(item))
        answer = await self._send("PATCH", str(item["id"]), changed, if_match=current)
        if answer.status != 200:
            raise failure(answer)
        made = {**json_of(answer), **_identity(item)}
        # The text of an online meeting of ours stays Teams' own: what lies there is told, not what we would say.
        told = resource_text({**item, **made}, owner=self.owner) if item.get("isOnlineMeeting") else None
        return Written(remote_id, version_of(made), told)

    async def _respond(self, remote_id: str, item: Item, response: str) -> Written:
        """Answer an invitation: its organizer is told. A declined event leaves the calendar."""
        path = f"/me/events/{quote(str(item['id']), safe='')}/{response}"
        body = {"sendResponse": True}
        answer = await self.session.request("POST", self.session.address(path), body=body)
        if not 200 <= answer.status < 300:
            raise failure(answer)
        found = await self.events.read(str(item["id"]))
        return Written(remote_id, version_of(found) if found is not None else "")

    async def delete(self, remote_id: str, version: str) -> None:
        graph_id = graph_id_of(version) if etag_of(version) else ""
        if not graph_id:
            # Also what is no id of an event is found out here.
            item = await self.events.find(remote_id)
            if item is None:
                raise ProviderError("gone", "not_found", "The event is no longer there.", status=404)
            graph_id = str(item["id"])
        address = self.session.address(self.events.path(graph_id))
        answer = await self.session.request("DELETE", address, if_match=etag_of(version))
        if answer.status == 412 and await self.events.read(graph_id) is None:
            raise ProviderError("gone", "not_found", "The event is no longer there.", status=404)
        if not 200 <= answer.status < 300:
            raise failure(answer)

    async def _send(
        self, method: str, graph_id: str, body: Mapping[str, Any], *, if_match: str = ""
    ) -> Answer:
        """Write an event. Where IANA's names of zones are not known, it is sent once more with Windows' names."""
        address = self.session.address(self.events.path(graph_id))
        answer = await self.session.request(method, address, body=body, if_match=if_match)
        if answer.status == 400 and code_of(answer) == UNKNOWN_ZONE:
            other = with_windows_zones(body)
            if other is not None:
                answer = await self.session.request(method, address, body=other, if_match=if_match)
        return answer


def _identity(item: Item) -> dict[str, Any]:
    """Return what of an event never changes."""
    return {name: item[name] for name in ("id", "transactionId") if name in item}


def _readable(read: Callable[[], T]) -> T:
    try:
        return read()
    except CalendarRefused as error:
        raise ProviderError("permanent", "unreadable_event", str(error)) from error
