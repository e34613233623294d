"""Members' own booking pages: make, change, leave and remove them.

A page's owner and administrators manage it; hosts see it and can leave it. Hosts are members of the organisation who
share when they are free. Each page is a link (services/link_bookings) that is never used up; what visitors meet, and how
they book, is the link's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from convene.core.booking_pages import (
    Host,
    PageDefinition,
    check_hosts,
    checked_slug,
    definition_of,
    request_of,
    slug_of,
)
from convene.core.errors import Conflict, Forbidden, Invalid, NotFound
from convene.core.instants import seconds_floor
from convene.core.permissions import Caller
from convene.core.scheduling_links import to_json
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.services.link_view import link_url, token_context
from convene.storage import audit, booking_pages, bookings, links, page_logos, waitlist
from convene.storage.booking_pages import PageHostRow, PageRow
from convene.storage.database import Connection, Database
from convene.storage.links import LinkRow

# The last part of an address: 22 characters of 64 or nearly, more than anybody can try.
_SUFFIX = 22
# A link counts its uses; a page's are not counted down.
UNLIMITED = 2_147_483_647


class SlugTaken(Conflict):
    """The organisation has a page with this address already."""

    code = "slug_taken"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as its readers are told of it. `hosting` is the reader's own part in it, None for whoever hosts it not."""

    row: PageRow
    definition: PageDefinition
    hosts: Sequence[PageHostRow]
    url: str
    may_manage: bool
    hosting: PageHostRow | None
    waiting: int
    """How many are in the waitlists of its times to come."""

    @property
    def is_host(self) -> bool:
        return self.hosting is not None


class BookingPageService:
    def __init__(self, db: Database, clock: Clock, sealer: Sealer, base_url: str) -> None:
        self.db = db
        self.clock = clock
        self.sealer = sealer
        self.base_url = base_url

    async def mine(self, caller: Caller, *, everybody: bool = False) -> list[Page]:
        """Return the pages that the member owns or hosts; with `everybody` all, for administrators."""
        caller.require("pages:read")
        if everybody and not caller.is_admin:
            raise Forbidden("Only administrators see everybody's pages.")
        async with self.db.transaction() as conn:
            rows = await booking_pages.list_pages(
                conn, caller.org_id, None if everybody else caller.member_id
            )
            hosts = await booking_pages.list_hosts(conn, caller.org_id, [row.link_id for row in rows])
            return [await self._told(conn, caller, row, hosts[row.link_id]) for row in rows]

    async def get(self, caller: Caller, page_id: str) -> Page:
        """Return a page that the member manages or hosts."""
        caller.require("pages:read")
        async with self.db.transaction() as conn:
            return await self._page(conn, caller, page_id)

    async def managed(self, caller: Caller, page_id: str) -> Page:
        """Return a page that the member may change; raise `Forbidden` for a host, `NotFound` for anybody else."""
        async with self.db.transaction() as conn:
            return await self._page(conn, caller, page_id, to_manage=True)

    async def create(
        self,
        caller: Caller,
        fields: Mapping[str, Any],
        *,
        slug: str = "",
        hosts: Sequence[Host] | None = None,
        is_active: bool = True,
    ) -> Page:
        """Make a page of the member's own.

        Args:
            fields: members of `core.booking_pages.PageDefinition`, of the right types.
            slug: the readable part of the address; made of the name if empty.
            hosts: who may be met; the member alone for None.

        Raises:
            Invalid: names the field that cannot be accepted.
            SlugTaken: another page has this slug.
        """
        caller.require("pages:write")
        owner, now = caller.member_id, self.clock()
        page_id = new_id("scheduling_link")
        async with self.db.transaction() as conn:
            [me] = await bookings.list_people(conn, caller.org_id, [owner])
            page = definition_of({"tzid": me.tzid, **fields})
            joined = await self._joining(conn, caller, hosts or [Host(owner)], ())
            check_hosts(page, joined)
            slug = checked_slug(slug) if slug else await self._free_slug(conn, caller.org_id, page.name)
            token = _token(slug, new_secret())
            await links.insert_link(
                conn,
                org_id=caller.org_id,
                link_id=page_id,
                kind="scheduling",
                client_id=None,
                account_id=owner,
                token=self.sealer.seal(token, *token_context(caller.org_id, page_id)),
                token_hash=fingerprint(token),
                request=to_json(request_of(page, joined)),
                settings=page.settings(),
                max_uses=UNLIMITED,
                opens_at=None,
                expires_at=None,
                now=now,
            )
            if not await booking_pages.insert_page(conn, caller.org_id, page_id, slug, page.to_json()):
                raise SlugTaken(f"There is a page called {slug} already. Choose another slug.")
            weights = {host.sub: host.weight for host in joined}
            await booking_pages.replace_hosts(conn, caller.org_id, page_id, weights, now, owner)
            if not is_active:
                await self._store(
                    conn, await self._lock(conn, caller, page_id), page, joined, is_active=False
                )
            found = await self._page(conn, caller, page_id)
            await audit.append(
                conn,
                caller,
                "booking_page.created",
                now=now,
                target=page_id,
                detail=_comings([], [host.sub for host in joined]),
            )
        return found

    async def change(
        self,
        caller: Caller,
        page_id: str,
        fields: Mapping[str, Any],
        *,
        slug: str | None = None,
        hosts: Sequence[Host] | None = None,
        is_active: bool | None = None,
    ) -> Page:
        """Change what is given. Bookings that were made stay; with another slug the old address stops working.

        Raises:
            Invalid, SlugTaken: as for `create`; `is_active` for a page without hosts.
            Forbidden: the member hosts the page and does not manage it.
        """
        caller.require("pages:write")
        async with self.db.transaction() as conn:
            return await self.change_in(
                conn, caller, page_id, fields, slug=slug, hosts=hosts, is_active=is_active
            )

    async def change_in(
        self,
        conn: Connection,
        caller: Caller,
        page_id: str,
        fields: Mapping[str, Any],
        *,
        slug: str | None = None,
        hosts: Sequence[Host] | None = None,
        is_active: bool | None = None,
    ) -> Page:
        """Do the same inside the transaction of whoever changes something else with it."""
        link = await self._lock(conn, caller, page_id)
        before = await self._page(conn, caller, page_id, to_manage=True)
        page = definition_of({**before.row.definition, **fields})
        if page.logo is None and before.definition.logo is not None:
            await page_logos.delete_logo(conn, caller.org_id, page_id)
        now = self.clock()
        current = [_host(row) for row in before.hosts]
        joined = current if hosts is None else await self._joining(conn, caller, hosts, current)
        active = link.status == "open" if is_active is None else is_active
        if joined or active or hosts is not None:
            check_hosts(page, joined)
        await booking_pages.replace_hosts(
            conn, caller.org_id, page_id, {host.sub: host.weight for host in joined}, now, caller.member_id
        )
        await self._rename(conn, link, before.row, page, slug)
        await self._store(conn, link, page, joined, is_active=active)
        found = await self._page(conn, caller, page_id)
        changed = sorted({*fields, *(["slug"] if slug else []), *(["hosts"] if hosts is not None else [])})
        await audit.append(
            conn,
            caller,
            "booking_page.changed",
            now=now,
            target=page_id,
            detail={
                "changed": changed,
                "is_active": active,
                **_comings([host.sub for host in current], [host.sub for host in joined]),
            },
        )
        return found

    async def delete(self, caller: Caller, page_id: str) -> None:
        """Remove a page; its address stops working. Guests keep what they have booked, and can move or cancel it."""
        caller.require("pages:write")
        async with self.db.transaction() as conn:
            link = await self._lock(conn, caller, page_id)
            await self._page(conn, caller, page_id, to_manage=True)
            now = self.clock()
            if "logo" in link.settings:  # its picture goes with the page
                kept = {name: value for name, value in link.settings.items() if name != "logo"}
                await links.update_link(conn, replace(link, settings=kept), now)
            await links.update_status(conn, link, status="disabled", display_message="", now=now)
            await booking_pages.delete_page(conn, caller.org_id, page_id)
            await audit.append(conn, caller, "booking_page.deleted", now=now, target=page_id, detail={})

    async def leave(self, caller: Caller, page_id: str) -> None:
        """Stop being a host. Meetings that were booked stay. A page that has no hosts left takes no more bookings."""
        caller.require("pages:write")
        async with self.db.transaction() as conn:
            link = await self._lock(conn, caller, page_id)
            before = await self._page(conn, caller, page_id)
            if not before.is_host:
                return
            now = self.clock()
            left = [_host(row) for row in before.hosts if row.account_id != caller.member_id]
            await booking_pages.replace_hosts(
                conn, caller.org_id, page_id, {host.sub: host.weight for host in left}, now, caller.member_id
            )
            page = before.definition
            if page.quorum is not None and left:
                page = replace(page, quorum=min(page.quorum, len(left)))
            await booking_pages.update_page(conn, caller.org_id, page_id, before.row.slug, page.to_json())
            await self._store(conn, link, page, left, is_active=link.status == "open" and bool(left))
            await audit.append(conn, caller, "booking_page.left", now=now, target=page_id, detail={})

    async def _joining(
        self, conn: Connection, caller: Caller, hosts: Sequence[Host], current: Sequence[Host]
    ) -> list[Host]:
        """Return the hosts with since when they are; raise `Invalid` for whoever cannot become one."""
        since = {host.sub: host.joined_at for host in current}
        now = seconds_floor(self.clock())
        subs = [host.sub for host in hosts]
        people = {row.account_id: row for row in await bookings.list_people(conn, caller.org_id, subs)}
        for number, host in enumerate(hosts):
            at, row = f"hosts.{number}", people.get(host.sub)
            if host.sub in since:
                continue
            is_member = row is not None and row.kind == "person" and row.suspended_at is None
            # Guests of the organisation could not leave a page again.
            if row is None or not is_member or row.role == "guest":
                raise Invalid(at, f"{at}: there is no member {host.sub[:60]}.", code="not_found")
            if row.sharing == "nobody" and host.sub != caller.account_id:
                raise Invalid(at, f"{at}: {row.name} does not share when they are free.", code="not_shared")
        return [Host(host.sub, host.weight, since.get(host.sub, now)) for host in hosts]

    async def _free_slug(self, conn: Connection, org_id: str, name: str) -> str:
        """Return a slug made of the name, with a number behind it if there is such a page already."""
        wanted = slug_of(name)
        for number in range(1, 100):
            slug = wanted if number == 1 else f"{wanted[:56].rstrip('-')}-{number}"
            if await booking_pages.is_slug_free(conn, org_id, slug):
                return slug
        raise SlugTaken(f"There are many pages called {wanted}. Choose a slug.")

    async def _rename(
        self, conn: Connection, link: LinkRow, before: PageRow, page: PageDefinition, slug: str | None
    ) -> None:
        """Store what was set up, and with another slug the address that goes with it."""
        wanted = before.slug if not slug else checked_slug(slug)
        if wanted != before.slug:
            if not await booking_pages.is_slug_free(conn, link.org_id, wanted, link.link_id):
                raise SlugTaken(f"There is a page called {wanted} already. Choose another slug.")
            context = token_context(link.org_id, link.link_id)
            old = self.sealer.open(link.token, *context).reveal()
            token = f"{wanted}-{old[-_SUFFIX:]}"
            await booking_pages.update_token(
                conn,
                link.org_id,
                link.link_id,
                token=self.sealer.seal(token, *context),
                token_hash=fingerprint(token),
            )
        await booking_pages.update_page(conn, link.org_id, link.link_id, wanted, page.to_json())

    async def _store(
        self,
        conn: Connection,
        link: LinkRow,
        page: PageDefinition,
        hosts: Sequence[Host],
        *,
        is_active: bool,
    ) -> None:
        """Give the link what the page comes to now. Without hosts it keeps its request, for meetings to be moved."""
        changed = replace(
            link,
            request=to_json(request_of(page, hosts)) if hosts else link.request,
            settings=page.settings(),
            status="open" if is_active else "disabled",
        )
        await links.update_link(conn, changed, self.clock())

    async def _lock(self, conn: Connection, caller: Caller, page_id: str) -> LinkRow:
        link = await links.lock_link(conn, caller.org_id, page_id)
        if link is None:
            raise NotFound("There is no such page.")
        return link

    async def _page(self, conn: Connection, caller: Caller, page_id: str, *, to_manage: bool = False) -> Page:
        row = await booking_pages.find_page(conn, caller.org_id, page_id)
        if row is None:
            raise NotFound("There is no such page.")
        hosts = (await booking_pages.list_hosts(conn, caller.org_id, [page_id]))[page_id]
        found = await self._told(conn, caller, row, hosts)
        if not (found.may_manage or found.is_host):
            raise NotFound("There is no such page.")
        if to_manage and not found.may_manage:
            raise Forbidden("Only the page's owner and administrators may change it. You can leave it.")
        return found

    async def _told(
        self, conn: Connection, caller: Caller, row: PageRow, hosts: Sequence[PageHostRow]
    ) -> Page:
        link = await links.find_link(conn, row.org_id, row.link_id)
        assert link is not None
        return Page(
            row=row,
            definition=definition_of(row.definition),
            hosts=hosts,
            url=link_url(self.sealer, link, self.base_url),
            may_manage=caller.account_id == row.account_id or caller.is_admin,
            hosting=next((host for host in hosts if host.account_id == caller.account_id), None),
            waiting=(await waitlist.count_waiting(conn, row.org_id, [row.link_id], self.clock()))[
                row.link_id
            ],
        )


def _comings(before: Sequence[str], after: Sequence[str]) -> dict[str, list[str]]:
    """Return who has become a host and who is none any more, for the audit log; only what there is to say."""
    found = {
        "hosts_added": [sub for sub in after if sub not in before],
        "hosts_removed": [sub for sub in before if sub not in after],
    }
    return {name: subs for name, subs in found.items() if subs}


def _host(row: PageHostRow) -> Host:
    return Host(row.account_id, row.weight, seconds_floor(row.joined_at))


def _token(slug: str, secret: str) -> str:
    return f"{slug}-{secret.replace('-', '').replace('_', '')[:_SUFFIX]}"
