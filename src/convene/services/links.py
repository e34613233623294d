"""Booking links of applications: make, look up, change and disable them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from convene.core.applications import Application
from convene.core.availability_query_checks import QueryLimits, checked_query, checked_sequence
from convene.core.errors import Invalid, NotFound
from convene.core.permissions import Caller
from convene.core.scheduling_links import MAX_MESSAGE, LinkRequest, check_seats, from_json, to_json
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.services.availability_query import Visibility
from convene.services.link_events import target_problem, unwritable
from convene.services.link_view import link_url, status_object, token_context, visit_of
from convene.services.webhooks import WebhookService
from convene.storage import audit, links
from convene.storage.database import Connection, Database
from convene.storage.links import LinkRow

KINDS = {
    "scheduling": "scheduling_link",
    "sequencing": "sequencing_link",
    "add_to_calendar": "scheduling_link",
}
MAX_USES = 100_000


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """A link to make. `settings` hold what concerns the page alone (see `edge.link_settings`)."""

    kind: str
    request: LinkRequest
    settings: Mapping[str, Any] = field(default_factory=dict)
    max_uses: int = 1
    opens_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkChange:
    """What is changed of a link; None leaves it. `clears` names `expires_at` or `opens_at` to be taken away."""

    request: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] | None = None
    max_uses: int | None = None
    opens_at: datetime | None = None
    expires_at: datetime | None = None
    clears: frozenset[str] = frozenset()


class LinkService:
    """Args:
    visibility: which accounts an application may see.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        sealer: Sealer,
        visibility: Visibility,
        webhooks: WebhookService,
        base_url: str,
        limits: QueryLimits | None = None,
    ) -> None:
        self.db = db
        self.clock = clock
        self.sealer = sealer
        self.visibility = visibility
        self.webhooks = webhooks
        self.base_url = base_url
        self.limits = limits or QueryLimits()

    async def create(self, application: Application, draft: LinkDraft) -> dict[str, Any]:
        """Make a link and return its status object.

        Raises:
            Invalid: names the field that cannot be accepted.
        """
        request = self._checked(draft)
        now, link_id, token = self.clock(), new_id(KINDS[draft.kind]), new_secret()
        async with self.db.transaction() as conn:
            await self._check_reach(conn, application, request)
            await links.insert_link(
                conn,
                org_id=application.org_id,
                link_id=link_id,
                kind=draft.kind,
                client_id=application.client_id,
                account_id=None,
                token=self.sealer.seal(token, *token_context(application.org_id, link_id)),
                token_hash=fingerprint(token),
                request=to_json(request),
                settings=draft.settings,
                max_uses=draft.max_uses,
                opens_at=draft.opens_at,
                expires_at=draft.expires_at,
                now=now,
            )
            return await self._told(conn, application.org_id, link_id)

    async def get(self, application: Application, kind: str, link_id: str) -> dict[str, Any]:
        """Return the status object of one of the application's own links."""
        async with self.db.transaction() as conn:
            link = await self._own(conn, application, kind, link_id)
            return await self._told(conn, link.org_id, link.link_id)

    async def get_by_token(self, application: Application, kind: str, token: str) -> dict[str, Any]:
        """Return the status object of the link whose address ends in `token`."""
        async with self.db.transaction() as conn:
            link = await links.find_link_by_token(conn, fingerprint(token))
            link = await self._own(conn, application, kind, link.link_id if link else "")
            return await self._told(conn, link.org_id, link.link_id)

    async def disable(
        self, application: Application, kind: str, link_id: str, display_message: str
    ) -> dict[str, Any]:
        """Let a link take no more bookings; visitors are shown `display_message`. One that is completed stays so."""
        if len(display_message) >= MAX_MESSAGE:
            raise Invalid(
                "display_message", f"display_message must have fewer than {MAX_MESSAGE} characters."
            )
        async with self.db.transaction() as conn:
            link = await self._own(conn, application, kind, link_id, lock=True)
            if link.status != "completed" and (link.status, link.display_message) != (
                "disabled",
                display_message,
            ):
                await links.update_status(
                    conn, link, status="disabled", display_message=display_message, now=self.clock()
                )
            return await self._told(conn, link.org_id, link.link_id)

    async def change(
        self, application: Application, kind: str, link_id: str, change: LinkChange
    ) -> dict[str, Any]:
        """Change what a link asks for, how often and until when. Bookings that were made stay as they are."""
        async with self.db.transaction() as conn:
            link = await self._own(conn, application, kind, link_id, lock=True)
            before = from_json(link.request)
            request = replace(before, **change.request)
            gone = {step.sequence_id for step in before.steps} - {step.sequence_id for step in request.steps}
            if gone and link.uses:
                raise Invalid(
                    "availability",
                    f"availability: the meeting {min(gone)!r} was booked already; keep its sequence_id.",
                )
            max_uses = link.max_uses if change.max_uses is None else change.max_uses
            if max_uses < link.uses:
                raise Invalid("max_uses", f"max_uses: the link was used {link.uses} times already.")
            opens_at = None if "opens_at" in change.clears else change.opens_at or link.opens_at
            expires_at = None if "expires_at" in change.clears else change.expires_at or link.expires_at
            settings = link.settings if change.settings is None else {**link.settings, **change.settings}
            draft = LinkDraft(link.kind, request, settings, max_uses, opens_at, expires_at)
            request = self._checked(draft)
            await self._check_reach(conn, application, request)
            status = link.status
            if status != "disabled":
                status = "completed" if link.uses >= max_uses else "open"
            changed = replace(
                link,
                request=to_json(request),
                settings=dict(settings),
                status=status,
                max_uses=max_uses,
                opens_at=opens_at,
                expires_at=expires_at,
            )
            await links.update_link(conn, changed, self.clock())
            await audit.append(
                conn, _acting(application), "link.changed", now=self.clock(), target=link.link_id, detail={}
            )
            return await self._told(conn, link.org_id, link.link_id)

    async def _told(self, conn: Connection, org_id: str, link_id: str) -> dict[str, Any]:
        link = await links.find_link(conn, org_id, link_id)
        assert link is not None
        visit = await visit_of(conn, link) if link.uses else []
        return status_object(link, link_url(self.sealer, link, self.base_url), visit, self.clock())

    async def _own(
        self, conn: Connection, application: Application, kind: str, link_id: str, *, lock: bool = False
    ) -> LinkRow:
        look = links.lock_link if lock else links.find_link
        found = await look(conn, application.org_id, link_id)
        if found is None or found.client_id != application.client_id or found.kind != kind:
            raise NotFound("There is no such link.")
        return found

    def _checked(self, draft: LinkDraft) -> LinkRequest:
        """Return the request within its bounds; raise `Invalid` naming the field outside them."""
        request = draft.request
        if not 1 <= draft.max_uses <= MAX_USES:
            raise Invalid("max_uses", f"max_uses must be 1 to {MAX_USES}.")
        check_seats(request)
        if draft.opens_at and draft.expires_at and draft.expires_at <= draft.opens_at:
            raise Invalid("expires_at", "expires_at must be later than opens_at.")
        if draft.kind == "sequencing":
            checked_sequence(request.sequenced, self.limits, "availability.")
        elif request.steps:
            query = checked_query(request.steps[0].query, self.limits, "availability.")
            request = replace(request, steps=(replace(request.steps[0], query=query),))
        if request.answer_within is not None and request.seats is not None:
            raise Invalid("requires_confirmation", "requires_confirmation and seats do not go together.")
        for name, url in request.callback_urls.items():
            self.webhooks.check_url(url, f"callback_urls.{name}")
        return request

    async def _check_reach(self, conn: Connection, application: Application, request: LinkRequest) -> None:
        """Raise `Invalid` for people or calendars that are not this application's to book or write to."""
        await self.visibility.require_visible(conn, application, request.subs, "availability.participants")
        targets = request.targets or ()
        for number, target in enumerate(targets):
            field_ = f"target_calendars.{number}.sub"
            await self.visibility.require_visible(conn, application, [target.sub], field_)
            await _require_writable(conn, application, [target.sub], field_)
        if request.targets is None:
            # Then it is the calendars of those who attend.
            await _require_writable(conn, application, request.subs, "availability.participants")
        problem = await target_problem(conn, application.org_id, targets)
        if problem is not None:
            number, why = problem
            field_ = f"target_calendars.{number}.calendar_id"
            raise Invalid(field_, f"{field_} {why}", code="not_found")


async def _require_writable(
    conn: Connection, application: Application, subs: Sequence[str], field_: str
) -> None:
    hidden = sorted(await unwritable(conn, application.org_id, application.client_id, subs))
    if hidden:
        raise Invalid(field_, f"{field_}: {hidden[0][:60]!r} has not allowed this application to add events.")


def _acting(application: Application) -> Caller:
    """The application as the actor of the audit log."""
    return Caller(
        org_id=application.org_id, kind="api_key", credential_id=application.client_id, ip=application.ip
    )
