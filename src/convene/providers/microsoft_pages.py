"""The pages of Graph's answers: followed to their end, never to another host, and not for ever.

Links come whole from Graph and are opaque. A service that forgets them says so; one that gives the same page again and
again, with always another link, does not, so that is looked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from convene.formats.graph_events import Item
from convene.ports.calendars import ProviderError
from convene.providers.http_client import Answer
from convene.providers.microsoft_session import PAGE, Session, failure, is_forgotten, json_of

PAGE_SIZE = 200
MAX_PAGES = 1_000


class CursorDead(Exception):
    """The link, or a page of it, is no longer known."""


class Endless(Exception):
    """The pages repeat themselves."""


class Pages:
    """Args:
    collection: the path of a calendar.
    """

    def __init__(self, session: Session, collection: str) -> None:
        self.session = session
        self.collection = collection

    def is_ours(self, link: str) -> bool:
        """Tell whether a link leads to the API that was asked."""
        return self.session.is_ours(link)

    def first(self, window: tuple[datetime, datetime]) -> str:
        """Return the address of the first page of a delta over a window."""
        return self.session.address(f"{self.collection}/calendarView/delta", _bounds(window))

    async def round(self, address: str) -> tuple[list[Item], str]:
        """Return the items of a delta from a link on, and the link for the next one.

        Raises:
            CursorDead, Endless: nothing can be made of it.
        """
        items, last = await self._all(address)
        link = str(last.get("@odata.deltaLink") or "")
        if not self.is_ours(link):
            raise ProviderError(
                "temporary", "bad_answer", "Microsoft's answer ends without a link of its own."
            )
        return items, link

    async def view(self, window: tuple[datetime, datetime]) -> list[Item]:
        """Return what is in a window, without a delta."""
        query = {**_bounds(window), "$top": str(PAGE_SIZE)}
        return await self._plain(self.session.address(f"{self.collection}/calendarView", query))

    async def instances(self, master_id: str, window: tuple[datetime, datetime]) -> list[Item]:
        """Return the occurrences of a series in a window; none if the series is gone."""
        path = f"/me/events/{quote(master_id, safe='')}/instances"
        query = {**_bounds(window), "$top": str(PAGE_SIZE)}
        try:
            return await self._plain(self.session.address(path, query))
        except ProviderError as error:
            if error.kind == "gone":
                return []
            raise

    async def _plain(self, address: str) -> list[Item]:
        try:
            return (await self._all(address))[0]
        except (CursorDead, Endless):
            raise ProviderError("temporary", "bad_answer", "Microsoft's answer does not end.") from None

    async def _all(self, address: str) -> tuple[list[Item], Mapping[str, Any]]:
        """Return the items of all pages, and the last page."""
        items: list[Item] = []
        seen: set[frozenset[str]] = set()
        links = {address}
        for _ in range(MAX_PAGES):
            page = _read(await self.session.request("GET", address, page_size=PAGE_SIZE, limits=PAGE))
            found = [item for item in page.get("value") or () if isinstance(item, dict) and item.get("id")]
            items += found
            following = page.get("@odata.nextLink")
            if not following:
                return items, page
            address = str(following)
            if not self.is_ours(address):
                raise ProviderError("temporary", "bad_answer", "Microsoft's answer leads somewhere else.")
            ids = frozenset(str(item["id"]) for item in found)
            # A page may be empty, or short, and not be the last one.
            if address in links or (ids and ids in seen):
                raise Endless
            links.add(address)
            seen.add(ids)
        raise Endless


def _bounds(window: tuple[datetime, datetime]) -> dict[str, str]:
    start, end = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in window)
    return {"startDateTime": start, "endDateTime": end}


def _read(answer: Answer) -> dict[str, Any]:
    if is_forgotten(answer):
        raise CursorDead
    if answer.status != 200:
        raise failure(answer)
    return json_of(answer)
