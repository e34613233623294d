"""A link, or the booking behind a guest's token, as one request sees it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import Any

from fastapi import Request

from convene.api.book.headings import heading
from convene.api.book.look import Look, common, default_tzid, host_zone, look_of
from convene.api.book.times import time_item
from convene.core.booking_questions import Question, questions_of
from convene.core.errors import NotFound
from convene.core.instants import known_tzids
from convene.core.scheduling_links import LinkRequest, from_json
from convene.edge.loose_bodies import query_of
from convene.security.tokens import fingerprint
from convene.services.link_times import Offer
from convene.services.link_visits import Visit
from convene.services.platform import Platform
from convene.services.waitlist import Waiting
from convene.storage import accounts, links
from convene.storage.database import Connection
from convene.storage.links import HostRow, LinkRow

MAX_TEXT = 1000


class Opened:
    """A link as one request sees it."""

    def __init__(
        self,
        link: LinkRow,
        request: LinkRequest,
        hosts: Mapping[str, HostRow],
        look: Look,
        organization: str,
    ) -> None:
        self.link = link
        self.request = request
        self.hosts = hosts
        self.look = look
        self.organization = organization

    @property
    def host_tzid(self) -> str:
        return host_zone(self.request, self.hosts)

    @property
    def steps(self) -> dict[str, str]:
        """The title of each meeting of a sequence."""
        return {
            step.sequence_id: str(step.event.get("summary") or self.request.event.get("summary") or "")
            for step in self.request.steps
        }

    def seats_left(self, offer: Offer) -> str:
        """Return `3 of 8 seats left`; "" for times that are not shared, and where the link keeps numbers back."""
        if offer.seats_left is None or self.link.settings.get("hides_seats_left"):
            return ""
        return self.look.texts("seats_left", n=offer.seats_left, of=self.request.seats)

    def time_item(self, offer: Offer) -> dict[str, Any]:
        """Return one time to choose."""
        return time_item(offer, self.look, self.host_tzid, self.steps, self.seats_left(offer))

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked besides name and address."""
        return questions_of(self.link.settings.get("questions", ()))

    @property
    def heading(self) -> dict[str, Any]:
        """What the link is about."""
        return heading(self.request, self.hosts, self.link.settings, self.look)

    def values(self) -> dict[str, Any]:
        """What every page of this link needs."""
        return {
            **common(self.look, self.link.settings),
            "heading": self.heading,
            "logo_alt": str(self.link.settings.get("host_name") or self.organization),
        }


async def opened_link(
    request: Request, platform: Platform, token: str, members: Mapping[str, str] | None = None
) -> Opened:
    """Return the link behind a token; raise `NotFound` for any other text. `members` are those of a form."""
    async with platform.db.transaction() as conn:
        link = await links.find_link_by_token(conn, fingerprint(token))
        if link is None:
            raise NotFound("There is no such link.")
        asked = from_json(link.request)
        hosts = await links.list_hosts(conn, link.org_id, asked.subs)
        organization = await _organization(conn, link)
    return Opened(link, asked, hosts, _look(request, link, asked, hosts, members), organization)


def opened_part(found: Opened, visit: Visit) -> tuple[Opened, Visit]:
    """Return the meeting of a series that the request is about, `of`, with all after it if it says `following`.

    Raises:
        NotFound: the visit has no such meeting.
    """
    of, following = found.look.query.get("of", ""), found.look.query.get("following") == "1"
    if not of:
        return found, visit
    also = {"of": of, **({"following": "1"} if following else {})}
    narrowed = copy(found)
    narrowed.look = replace(found.look, also=also)
    return narrowed, visit.part(of, following=following)


async def opened_booking(
    request: Request, platform: Platform, token: str, members: Mapping[str, str] | None = None
) -> tuple[Opened, Visit]:
    """Return the visit behind a guest's token, with its link as far as it can still be moved; raise `NotFound`."""
    async with platform.db.transaction() as conn:
        visit = await platform.link_visits.managed(conn, token)
        asked = await platform.link_visits.request_of(conn, visit)
        hosts = await links.list_hosts(conn, visit.link.org_id, asked.subs)
        organization = await _organization(conn, visit.link)
    look = _look(request, visit.link, asked, hosts, members, tzid=visit.guest.tzid)
    return Opened(visit.link, asked, hosts, look, organization), visit


async def opened_entry(
    request: Request, platform: Platform, token: str, members: Mapping[str, str] | None = None
) -> tuple[Opened, Waiting]:
    """Return the place in a waitlist behind a token, with its page; raise `NotFound` for any other text."""
    waiting = await platform.waitlist.of(token)
    async with platform.db.transaction() as conn:
        asked = from_json(waiting.link.request)
        hosts = await links.list_hosts(conn, waiting.link.org_id, asked.subs)
        organization = await _organization(conn, waiting.link)
    look = _look(request, waiting.link, asked, hosts, members, tzid=waiting.entry.tzid)
    return Opened(waiting.link, asked, hosts, look, organization), waiting


async def _organization(conn: Connection, link: LinkRow) -> str:
    """Return whose logo a page shows, for those who cannot see it."""
    if not (link.settings.get("logo") or link.settings.get("logo_url")):
        return ""
    found = await accounts.find_organization(conn, link.org_id)
    return found.name if found is not None else ""


def _look(
    request: Request,
    link: LinkRow,
    asked: LinkRequest,
    hosts: Mapping[str, HostRow],
    members: Mapping[str, str] | None,
    tzid: str = "",
) -> Look:
    query = {name: str(value) for name, value in (members or query_of(request)).items()}
    return look_of(
        request.url.path,
        query,
        request.headers.get("accept-language", ""),
        default_tzid=tzid if tzid in known_tzids() else default_tzid(link, asked, hosts),
        hour_format=asked.hour_format,
        language=str(link.settings.get("locale", "")),
    )


def plain(text: str) -> str:
    """What somebody typed, without characters that have no place in text."""
    kept = "".join(char for char in text.replace("\r\n", "\n") if char in "\n\t" or char.isprintable())
    return kept.strip()[:MAX_TEXT]
