"""People of an organisation: making accounts, profiles, roles, suspension, passwords."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from convene.core import people
from convene.core.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited, Unauthenticated
from convene.core.permissions import Caller, Role
from convene.ports.runtime import Clock, Waker
from convene.security.passwords import Passwords
from convene.security.tokens import new_id
from convene.storage import accounts, audit, connections, rate_limits, sessions
from convene.storage.accounts import Account, Organization
from convene.storage.database import Connection, Database
from convene.storage.rate_limits import Limit

ROLES: tuple[Role, ...] = ("owner", "admin", "member", "guest")
SHARING = ("free_busy", "nobody")
PASSWORD_CHECKS = Limit(capacity=5, seconds=900)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is needed to make an account; `checked` returns it in the form that is stored."""

    email: str
    name: str
    tzid: str
    role: Role = "member"
    title: str = ""
    pronouns: str = ""
    phone: str = ""

    def checked(self) -> NewPerson:
        if self.role not in ROLES:
            raise Invalid("role", f"role must be one of {', '.join(ROLES)}.")
        return NewPerson(
            email=people.checked_email(self.email),
            name=people.checked_name(self.name),
            tzid=people.checked_tzid(self.tzid),
            role=self.role,
            title=people.checked_line(self.title, "title", max_length=200),
            pronouns=people.checked_line(self.pronouns, "pronouns", max_length=50),
            phone=people.checked_line(self.phone, "phone", max_length=50),
        )


async def insert_person(
    conn: Connection, org_id: str, person: NewPerson, password_hash: str | None, clock: Clock
) -> Account:
    """Add a checked person with a built-in calendar. Working hours need no row: without one, the defaults hold."""
    account_id, now = new_id("account"), clock()
    await accounts.insert_account(
        conn,
        org_id=org_id,
        account_id=account_id,
        email=person.email,
        name=person.name,
        tzid=person.tzid,
        role=person.role,
        password_hash=password_hash,
        now=now,
        title=person.title,
        pronouns=person.pronouns,
        phone=person.phone,
    )
    await connections.ensure_builtin(conn, org_id, account_id, person.tzid, now)
    return await _found(conn, org_id, account_id)


def wake_access(waker: Waker | None, account_id: str) -> None:
    """Tell, after the commit, whoever holds a connection open for this person to check it again (`access:acc_…`)."""
    if waker is not None:
        waker.wake(f"access:{account_id}")


def require_person(caller: Caller) -> str:
    """Return the account of a person who acts themselves; raise `Forbidden` for applications and keys."""
    if caller.account_id is None or caller.kind not in ("session", "personal_token"):
        raise Forbidden("Only a person who is signed in, or their personal token, may do this.")
    return caller.account_id


class Accounts:
    """Use cases about people. All are bounded by the caller's organisation."""

    def __init__(self, db: Database, clock: Clock, passwords: Passwords, waker: Waker | None) -> None:
        self._db = db
        self._clock = clock
        self._passwords = passwords
        self._waker = waker

    async def create_organization(self, name: str) -> Organization:
        """Start an organisation without anybody in it. For the command line and for seeding."""
        found = Organization(new_id("organization"), people.checked_name(name), self._clock())
        async with self._db.transaction() as conn:
            await accounts.insert_organization(conn, found.org_id, found.name, found.created_at)
        return found

    async def ensure_organization(self, name: str) -> Organization:
        """Return the installation's oldest organisation; start one called `name` if there is none."""
        async with self._db.transaction() as conn:
            await accounts.lock_organizations(conn)
            found = await accounts.oldest_organization(conn)
            if found is None:
                found = Organization(new_id("organization"), people.checked_name(name), self._clock())
                await accounts.insert_organization(conn, found.org_id, found.name, found.created_at)
        return found

    async def find_anywhere(self, *, account_id: str | None = None, email: str | None = None) -> Account:
        """Return an account by id or address in whichever organisation it is. For the operator's command line only."""
        async with self._db.connection() as conn:
            if account_id is not None:
                found = await accounts.find_account_anywhere(conn, account_id)
            else:
                found = await accounts.find_account_by_email(conn, email or "")
        if found is None:
            raise NotFound(f"There is no account {account_id or email}.")
        return found

    async def first_organization(self) -> Organization | None:
        """Return the installation's oldest organisation, or None on a fresh installation."""
        async with self._db.connection() as conn:
            return await accounts.oldest_organization(conn)

    async def create(
        self,
        caller: Caller,
        person: NewPerson,
        *,
        password: str | None = None,
        is_first_owner: bool = False,
    ) -> Account:
        """Make an account in the caller's organisation.

        Args:
            caller: who is recorded as having made it; needs `organization:manage`.
            password: kept as given (the operator's choice); None for somebody who cannot sign in with one.
            is_first_owner: make them the owner, whatever `person.role` says, if the organisation has none.

        Raises `Invalid` naming the field, or `Conflict` (`email_taken`).
        """
        caller.require("organization:manage")
        checked = person.checked()
        password_hash = await self._passwords.hash(password) if password else None
        async with self._db.transaction() as conn:
            await accounts.lock_organization(conn, caller.org_id)
            if is_first_owner and await accounts.count_other_owners(conn, caller.org_id, "") == 0:
                checked = replace(checked, role="owner")
            made = await insert_person(conn, caller.org_id, checked, password_hash, self._clock)
            await audit.append(
                conn,
                caller,
                "member.created",
                now=self._clock(),
                target=made.account_id,
                detail={"role": made.role},
            )
        return made

    async def me(self, caller: Caller) -> tuple[Account, Organization]:
        """Return the account acted for and its organisation."""
        async with self._db.connection() as conn:
            account = await _found(conn, caller.org_id, caller.member_id)
            organization = await accounts.find_organization(conn, caller.org_id)
        assert organization is not None
        return account, organization

    async def members(self, caller: Caller) -> list[Account]:
        """Return everybody of the caller's organisation."""
        caller.require("members:read")
        async with self._db.connection() as conn:
            return await accounts.list_accounts(conn, caller.org_id)

    async def member(self, caller: Caller, account_id: str) -> Account:
        """Return one person of the caller's organisation; raises `NotFound` for anybody else."""
        caller.require("members:read")
        async with self._db.connection() as conn:
            return await _found(conn, caller.org_id, account_id)

    async def update_profile(
        self,
        caller: Caller,
        changes: dict[str, Any],
        *,
        password: str | None = None,
        current_password: str | None = None,
    ) -> Account:
        """Change one's own name, title, pronouns, phone, tzid or sharing, and perhaps the password.

        Everything is checked before anything is stored. Returns the account as it is then.
        """
        account_id = require_person(caller)
        checked = _checked_profile(changes)
        if password is not None:
            await self.change_password(caller, current_password, password)
        async with self._db.transaction() as conn:
            before = await _found(conn, caller.org_id, account_id)
            after = replace(before, **checked)
            if after != before:
                await accounts.update_profile(conn, after)
            return after

    async def change_password(self, caller: Caller, current: str | None, wanted: str) -> None:
        """Set a new password and sign out everywhere else.

        Somebody who has none yet sets the first without `current`. Raises `Unauthenticated` (`bad_credentials`) if
        `current` is not right, and `RateLimited` after five wrong ones in a quarter of an hour.
        """
        account_id = require_person(caller)
        async with self._db.connection() as conn:
            account = await _found(conn, caller.org_id, account_id)
        people.checked_password(wanted, email=account.email, name=account.name)
        if account.password_hash is not None:
            await self._check_current(account, current)
        await self._store_password(caller, account, wanted)

    async def reset_password(self, caller: Caller, account_id: str, wanted: str) -> None:
        """Set somebody's password and sign them out everywhere. For the installation's operator only."""
        if caller.kind != "system":
            raise Forbidden("Passwords are set by their owners, or on the command line of the server.")
        async with self._db.connection() as conn:
            account = await _found(conn, caller.org_id, account_id)
        await self._store_password(caller, account, wanted)

    async def set_access(
        self, caller: Caller, account_id: str, *, role: Role | None = None, suspended: bool | None = None
    ) -> Account:
        """Change somebody's role or suspend them, which ends their sessions and stops their tokens.

        Needs `organization:manage`; owners are made and changed by owners only. Raises `Conflict` when the
        organisation would be left without an owner.
        """
        caller.require("organization:manage")
        if role is not None and role not in ROLES:
            raise Invalid("role", f"role must be one of {', '.join(ROLES)}.")
        async with self._db.transaction() as conn:
            await accounts.lock_organization(conn, caller.org_id)
            before = await _found(conn, caller.org_id, account_id)
            wanted_role = before.role if role is None else role
            is_suspended = before.suspended_at is not None
            wanted_suspended = is_suspended if suspended is None else suspended
            if wanted_role == before.role and wanted_suspended == is_suspended:
                return before
            await self._may_set(conn, caller, before, wanted_role, suspended=wanted_suspended)
            if wanted_role != before.role:
                await self._set_role(conn, caller, before, wanted_role)
            if wanted_suspended != is_suspended:
                await self._set_suspended(conn, caller, before, suspended=wanted_suspended)
            after = await _found(conn, caller.org_id, account_id)
        wake_access(self._waker, account_id)
        return after

    async def _may_set(
        self, conn: Connection, caller: Caller, before: Account, role: Role, *, suspended: bool
    ) -> None:
        if "owner" in (before.role, role) and caller.role != "owner" and caller.kind != "system":
            raise Forbidden("Only an owner may make, change or suspend an owner.")
        if suspended and before.suspended_at is None and before.account_id == caller.account_id:
            raise Conflict("You cannot suspend yourself. Ask another administrator.")
        stops_owning = before.role == "owner" and (role != "owner" or suspended)
        if stops_owning and await accounts.count_other_owners(conn, before.org_id, before.account_id) == 0:
            raise Conflict("An organisation needs an owner. Make somebody else an owner first.")

    async def _set_role(self, conn: Connection, caller: Caller, before: Account, role: Role) -> None:
        await accounts.update_role(conn, before.org_id, before.account_id, role)
        await audit.append(
            conn,
            caller,
            "member.role_changed",
            now=self._clock(),
            target=before.account_id,
            detail={"from": before.role, "to": role},
        )

    async def _set_suspended(
        self, conn: Connection, caller: Caller, before: Account, *, suspended: bool
    ) -> None:
        now = self._clock()
        await accounts.update_suspended(conn, before.org_id, before.account_id, now if suspended else None)
        if suspended:
            await sessions.delete_sessions_of(conn, before.org_id, before.account_id)
        action = "member.suspended" if suspended else "member.reinstated"
        await audit.append(conn, caller, action, now=now, target=before.account_id)

    async def _check_current(self, account: Account, current: str | None) -> None:
        if not current:
            raise Invalid("current_password", "current_password is needed to set a new password.")
        bucket = f"password {account.account_id}"
        async with self._db.connection() as conn:
            wait = await rate_limits.take(conn, bucket, PASSWORD_CHECKS, self._clock())
        if wait:
            raise RateLimited("Too many wrong passwords. Wait a few minutes.", retry_after_seconds=wait)
        if not await self._passwords.verify(account.password_hash, current):
            raise Unauthenticated("The current password is not right.", code="bad_credentials")
        async with self._db.connection() as conn:
            await rate_limits.give_back(conn, bucket, PASSWORD_CHECKS)

    async def _store_password(self, caller: Caller, account: Account, wanted: str) -> None:
        password_hash = await self._passwords.hash(wanted)
        kept = caller.credential_id if caller.kind == "session" else None
        async with self._db.transaction() as conn:
            await accounts.update_password(conn, account.org_id, account.account_id, password_hash)
            await sessions.delete_sessions_of(conn, account.org_id, account.account_id, kept=kept)
            await audit.append(conn, caller, "password.changed", now=self._clock(), target=account.account_id)
        wake_access(self._waker, account.account_id)


async def _found(conn: Connection, org_id: str, account_id: str) -> Account:
    account = await accounts.find_account(conn, org_id, account_id)
    if account is None:
        raise NotFound("There is no such person in this organisation.")
    return account


def _checked_profile(changes: dict[str, Any]) -> dict[str, Any]:
    checked = dict(changes)
    if "name" in changes:
        checked["name"] = people.checked_name(changes["name"])
    for field, max_length in (("title", 200), ("pronouns", 50), ("phone", 50)):
        if field in changes:
            checked[field] = people.checked_line(changes[field], field, max_length=max_length)
    if "tzid" in changes:
        checked["tzid"] = people.checked_tzid(changes["tzid"])
    if changes.get("sharing", SHARING[0]) not in SHARING:
        raise Invalid("sharing", f"sharing must be one of {', '.join(SHARING)}.")
    unknown = set(changes) - {"name", "title", "pronouns", "phone", "tzid", "sharing"}
    if unknown:
        raise Invalid(min(unknown), f"{min(unknown)} is not a field of a profile.")
    return checked
