"""Who may do what: roles of members, grants of keys, and the `Caller` that every use case receives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from convene.core.errors import Forbidden, Unauthenticated

Role = Literal["owner", "admin", "member", "guest"]
CallerKind = Literal["session", "personal_token", "api_key", "oauth", "system"]

GRANTS: dict[str, str] = {
    "availability:read": "See when people are free.",
    "bookings:read": "Read bookings.",
    "bookings:write": "Book, move and cancel meetings.",
    "calendars:read": "See calendar connections and their health.",
    "calendars:write": "Connect, change and remove calendars.",
    "rules:read": "Read working hours and booking rules.",
    "rules:write": "Change working hours and booking rules.",
    "pages:read": "See booking pages and their statistics.",
    "pages:write": "Make, change and remove booking pages.",
    "members:read": "List the organisation's people.",
    "members:act_for": "Act for a member named in Convene-Acting-For.",
    "webhooks:manage": "Create and inspect webhook subscriptions.",
    "smart_invites:write": "Record what people answered to applications' invitations.",
    "organization:manage": "Invite and change members, issue keys, read the audit log.",
}
_ADMIN = frozenset({"smart_invites:write", "organization:manage"})
_MEMBER = frozenset(GRANTS) - _ADMIN - {"members:act_for"}
ROLE_GRANTS: dict[Role, frozenset[str]] = {
    "owner": _MEMBER | _ADMIN,
    "admin": _MEMBER | _ADMIN,
    "member": _MEMBER,
    "guest": frozenset({"availability:read", "bookings:read", "bookings:write", "members:read"}),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated party behind a request.

    `account_id` is the member on whose behalf it acts; a key without one acts for the organisation only.
    `grants` is what this credential may do: for people the grants of their role, for keys the listed ones
    (never more than the member has, when acting for one).
    """

    org_id: str
    kind: CallerKind
    account_id: str | None = None
    role: Role = "member"
    grants: frozenset[str] = field(default_factory=frozenset)
    credential_id: str | None = None
    ip: str | None = None

    def require(self, grant: str) -> None:
        """Raise `Forbidden` unless this caller holds `grant`."""
        if grant not in self.grants:
            raise Forbidden(f"This needs the grant {grant}.", grant=grant)

    @property
    def member_id(self) -> str:
        """The account acted for; raises `Unauthenticated` for an organisation-level key."""
        if self.account_id is None:
            raise Unauthenticated(
                "This call acts for a member: send Convene-Acting-For with an account id.",
                code="member_required",
            )
        return self.account_id

    @property
    def is_admin(self) -> bool:
        return self.role in ("owner", "admin") and "organization:manage" in self.grants
