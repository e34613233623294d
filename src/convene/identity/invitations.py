"""Invitations: one address, one use, seven days. Accepting one makes a new account and never touches an old one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from convene.core import people
from convene.core.errors import Conflict, Invalid, NotFound
from convene.core.permissions import Caller, Role
from convene.identity.accounts import NewPerson, insert_person
from convene.identity.sessions import Sessions, SignedIn, Visitor
from convene.ports.runtime import Clock
from convene.security.passwords import Passwords
from convene.security.sealing import Secret
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.storage import accounts, audit, invitations
from convene.storage.database import Database
from convene.storage.invitations import Invitation

LIFETIME = timedelta(days=7)
ROLES: tuple[Role, ...] = ("admin", "member", "guest")


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation and its token, which is shown once."""

    invitation: Invitation
    token: Secret


class Invitations:
    """Use cases about people who are not here yet."""

    def __init__(self, db: Database, clock: Clock, passwords: Passwords, sessions: Sessions) -> None:
        self._db = db
        self._clock = clock
        self._passwords = passwords
        self._sessions = sessions

    async def invite(self, caller: Caller, email: str, name: str, role: Role) -> Invited:
        """Invite an address into the caller's organisation; an earlier open invitation to it stops working.

        Needs `organization:manage`. Raises `Conflict` (`email_taken`) if the address is a member's already. Whether
        another organisation knows the address is not told.
        """
        caller.require("organization:manage")
        if role not in ROLES:
            raise Invalid("role", f"role must be one of {', '.join(ROLES)}.")
        email, name = people.checked_email(email), people.checked_name(name)
        now, token = self._clock(), new_secret()
        async with self._db.transaction() as conn:
            organization = await accounts.lock_organization(conn, caller.org_id)
            if organization is None:
                raise NotFound
            known = await accounts.find_account_by_email(conn, email)
            if known is not None and known.org_id == caller.org_id:
                raise Conflict(f"{email} is a member already.", code="email_taken")
            invitation = Invitation(
                org_id=caller.org_id,
                invitation_id=new_id("invitation"),
                email=email,
                name=name,
                role=role,
                invited_by=caller.account_id or caller.credential_id or caller.kind,
                created_at=now,
                expires_at=now + LIFETIME,
                organization=organization.name,
            )
            await invitations.insert_invitation(
                conn,
                org_id=invitation.org_id,
                invitation_id=invitation.invitation_id,
                email=email,
                name=name,
                role=role,
                token_hash=fingerprint(token),
                invited_by=invitation.invited_by,
                now=now,
                expires_at=invitation.expires_at,
            )
            detail = {"email": email, "role": role}
            await audit.append(
                conn, caller, "invitation.created", now=now, target=invitation.invitation_id, detail=detail
            )
        return Invited(invitation, Secret(token))

    async def list_open(self, caller: Caller) -> list[Invitation]:
        """Return the invitations of the caller's organisation that can still be accepted."""
        caller.require("organization:manage")
        async with self._db.connection() as conn:
            return await invitations.list_open(conn, caller.org_id, self._clock())

    async def revoke(self, caller: Caller, invitation_id: str) -> None:
        """Take an unused invitation back; raises `NotFound` if there is none."""
        caller.require("organization:manage")
        now = self._clock()
        async with self._db.transaction() as conn:
            if not await invitations.revoke(conn, caller.org_id, invitation_id, now):
                raise _gone()
            await audit.append(conn, caller, "invitation.revoked", now=now, target=invitation_id)

    async def read(self, token: str) -> Invitation:
        """Return what an open invitation says; `NotFound` alike for unknown, used, revoked and expired ones."""
        async with self._db.connection() as conn:
            found = await invitations.find_open(conn, fingerprint(token), self._clock())
        if found is None:
            raise _gone()
        return found

    async def accept(
        self,
        token: str,
        name: str,
        password: str,
        tzid: str,
        visitor: Visitor,
        *,
        replaces: str | None = None,
    ) -> SignedIn:
        """Make the invited account and sign it in.

        The address and the role are the invitation's; nothing in the request can change them. Raises `NotFound` for
        an invitation that is not open, `Invalid`, or `Conflict` (`email_taken`) if the address has an account by now.
        """
        invitation = await self.read(token)
        person = NewPerson(invitation.email, name, tzid, invitation.role).checked()
        people.checked_password(password, email=person.email, name=person.name)
        password_hash = await self._passwords.hash(password)
        async with self._db.transaction() as conn:
            await accounts.lock_organization(conn, invitation.org_id)
            now = self._clock()
            if not await invitations.accept(conn, invitation.org_id, invitation.invitation_id, now):
                raise _gone()
            made = await insert_person(conn, invitation.org_id, person, password_hash, self._clock)
            caller = Caller(made.org_id, "session", made.account_id, made.role, ip=visitor.ip)
            await audit.append(conn, caller, "invitation.accepted", now=now, target=invitation.invitation_id)
            return await self._sessions.start(conn, made, visitor, replaces=replaces)


def _gone() -> NotFound:
    return NotFound("This invitation is not valid any more. Ask for a new one.")
