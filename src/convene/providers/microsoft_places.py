"""Where an event of a mailbox is found: our names of places and versions, and Graph's ids behind them.

Graph chooses the ids of events. Ours lie at places that follow from their UID all the same: the place is the event's
`transactionId`, so that a create that is repeated makes no second one, and a property by which it is searched for. The
version of such an event bears Graph's id beside the etag, so that the search is seldom needed. The remote id of any other
single event is Graph's; of an occurrence its series' and its own, `series~occurrence`.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import quote

from convene.formats.graph_events import PLACE_PROPERTY, TAGS_PROPERTY, Item, is_place, own_place
from convene.ports.calendars import ProviderError
from convene.providers.microsoft_session import Session, failure, json_of

EXPAND_TAGS = f"singleValueExtendedProperties($filter=id eq '{TAGS_PROPERTY}')"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-=.+]{0,511}")
_NONE = "-"


def version_of(item: Item, *, digest: str = "") -> str:
    """Return what tells this state of an item from others: its etag, unless a digest of what is kept of it is given."""
    etag = (
        f"+{hashlib.sha256(digest.encode()).hexdigest()[:20]}"
        if digest
        else str(item.get("@odata.etag") or "")
    )
    return f"{etag or _NONE} {item['id']}" if own_place(item) else etag


def etag_of(version: str) -> str:
    """Return the etag that a version names, "" if it names none."""
    etag = version.partition(" ")[0]
    return "" if etag == _NONE or etag.startswith("+") else etag


def graph_id_of(version: str) -> str:
    """Return Graph's id of our event that a version names, "" if it names none."""
    return version.partition(" ")[2]


def occurrence_id(item: Item) -> str:
    """Return the remote id of an occurrence."""
    return f"{item['seriesMasterId']}~{item['id']}"


class Events:
    """The events of one calendar."""

    def __init__(self, session: Session, calendar: str, *, is_busy_only: bool = False) -> None:
        self.session = session
        self.is_busy_only = is_busy_only
        self.collection = f"/me/calendars/{quote(calendar, safe='')}"

    def path(self, graph_id: str = "") -> str:
        """Return the path of all events, or of one."""
        return f"{self.collection}/events" + (f"/{quote(graph_id, safe='')}" if graph_id else "")

    async def find(self, remote_id: str, version: str = "") -> Item | None:
        """Return the event with a remote id, None if there is none. `version`: what is known of it, if anything is."""
        if not is_place(remote_id):
            series, _, graph_id = remote_id.rpartition("~")
            if not all(_ID.fullmatch(part) for part in (series or graph_id, graph_id)):
                raise ProviderError("permanent", "bad_id", "This is no event of the calendar.")
            return await self.read(graph_id)
        graph_id = graph_id_of(version)
        if _ID.fullmatch(graph_id):
            found = await self.read(graph_id)
            return found if found is not None and own_place(found) == remote_id else None
        return None if self.is_busy_only else await self._search(remote_id)

    async def read(self, graph_id: str) -> dict[str, Any] | None:
        """Return what has an id of Graph's, None if nothing has."""
        query = {} if self.is_busy_only else {"$expand": EXPAND_TAGS}
        answer = await self.session.request("GET", self.session.address(self.path(graph_id), query))
        if answer.status in (404, 410):
            return None
        if answer.status != 200:
            raise failure(answer)
        return json_of(answer)

    async def _search(self, place: str) -> Item | None:
        """Return our event at a place. Copies of it bear its properties, but not its `transactionId`."""
        wanted = (
            f"singleValueExtendedProperties/any(ep: ep/id eq '{PLACE_PROPERTY}' and ep/value eq '{place}')"
        )
        query = {"$filter": wanted, "$expand": EXPAND_TAGS, "$top": "25"}
        page = await self.session.get(self.path(), query)
        found = [item for item in page.get("value") or () if isinstance(item, dict) and item.get("id")]
        ours = [item for item in found if own_place(item) == place]
        return min(ours, key=lambda item: str(item.get("createdDateTime")), default=None)
