"""Bodies and answers of people, sessions, invitations and keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends
from pydantic import Field, StringConstraints

from convene.core.permissions import GRANTS
from convene.edge.auth import identity_of, visitor_of
from convene.edge.requests import Body, format_instant
from convene.identity import Identity
from convene.identity.sessions import Visitor
from convene.storage.accounts import Account

IdentityDep = Annotated[Identity, Depends(identity_of)]
VisitorDep = Annotated[Visitor, Depends(visitor_of)]

# A password keeps its spaces.
Password = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=512)]
Line = Annotated[str, StringConstraints(max_length=1000)]


class SignIn(Body):
    email: Line
    password: Password


class Profile(Body):
    """Every field may be left out; only those sent are changed."""

    name: Line = ""
    title: Line = ""
    pronouns: Line = ""
    phone: Line = ""
    tzid: Line = ""
    sharing: Literal["free_busy", "nobody"] = "free_busy"
    password: Password = ""
    current_password: Password = ""


class Access(Body):
    role: Literal["owner", "admin", "member", "guest"] = "member"
    suspended: bool = False


class Invite(Body):
    email: Line
    name: Line
    role: Literal["admin", "member", "guest"]


class Acceptance(Body):
    token: Line
    name: Line
    password: Password
    tzid: Line


class NewKey(Body):
    name: Line
    grants: Annotated[list[Line], Field(max_length=len(GRANTS))]


class NewToken(Body):
    name: Line


def show_account(account: Account) -> dict[str, Any]:
    """An account as the API shows it."""
    return {
        "sub": account.account_id,
        "name": account.name,
        "email": account.email,
        "title": account.title,
        "pronouns": account.pronouns,
        "phone": account.phone,
        "tzid": account.tzid,
        "role": account.role,
        "sharing": account.sharing,
        "suspended": account.suspended_at is not None,
        "created_at": format_instant(account.created_at),
    }
