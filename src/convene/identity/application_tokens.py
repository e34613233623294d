"""What applications make for themselves: element tokens, link tokens, calendars of their own, delegated codes."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from convene.core.applications import PERMISSIONS, Application
from convene.core.errors import Forbidden, Invalid
from convene.core.people import checked_line
from convene.core.scopes import ACCOUNTS_SCOPES, RESOURCES_SCOPES, parse_scope
from convene.identity.applications import Applications
from convene.identity.oauth import Grantee, OAuth, new_family
from convene.ports.runtime import Clock
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.storage import applications, audit, authorizations, connections, oauth
from convene.storage.authorizations import ServiceAccount
from convene.storage.database import Connection, Database

ELEMENT_LIFETIME = timedelta(hours=18)
LINK_LIFETIME = timedelta(minutes=5)
# Longer than that of a code in a browser: the callback may be sent several times before it arrives.
DELEGATED_LIFETIME = timedelta(minutes=10)
MAX_SUBS = 100
CALENDAR_SCOPE = ("read_write",)
_ORIGIN_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ElementTokenMade:
    token: str
    permissions: Sequence[str]
    subs: Sequence[str]
    origin: str


@dataclass(frozen=True, slots=True)
class Delegation:
    """Whom an application asks for under its service account, and where it wants to hear."""

    email: str
    callback_url: str
    scope: str
    state: str = ""


def checked_origin(text: str, field: str = "origin") -> str:
    """Return scheme, host and port as browsers write them in `Origin`; raise `Invalid` for anything else."""
    try:
        parts = urlsplit(text.strip().lower())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    name = f"[{host}]" if ":" in host else host
    rest = f"{parts.path}{parts.query}{parts.fragment}"
    if parts.scheme not in ("http", "https") or rest or "@" in parts.netloc or not _is_host(host):
        raise Invalid(
            field, f"{field} must be scheme, host and port of your page, such as https://app.example.com."
        )
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{name}" + ("" if port in (None, standard) else f":{port}")


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _ORIGIN_HOST.fullmatch(host) is not None
    return True


class ApplicationTokens:
    """Use cases of applications, on their own behalf."""

    def __init__(self, db: Database, clock: Clock, tokens: OAuth, visible: Applications) -> None:
        self._db = db
        self._clock = clock
        self._tokens = tokens
        self._visible = visible

    async def make_element_token(
        self, application: Application, permissions: Sequence[str], subs: Sequence[str], origin: str
    ) -> ElementTokenMade:
        """Make a token for UI elements on pages of `origin`. Raises `Invalid` naming the field."""
        wanted = list(dict.fromkeys(permissions))
        wrong = next((name for name in wanted if name not in PERMISSIONS), None)
        if not wanted or wrong is not None:
            raise Invalid("permissions", f"permissions must name some of: {', '.join(PERMISSIONS)}.")
        meant = list(dict.fromkeys(subs))
        if not 0 < len(meant) <= MAX_SUBS:
            raise Invalid("subs", f"subs must name 1 to {MAX_SUBS} accounts.")
        page, now, token = checked_origin(origin), self._clock(), new_secret("cve_")
        async with self._db.transaction() as conn:
            await self._visible.require_visible(conn, application, meant, "subs")
            await applications.insert_element_token(
                conn,
                org_id=application.org_id,
                token_hash=fingerprint(token),
                client_id=application.client_id,
                permissions=wanted,
                subs=meant,
                origin=page,
                now=now,
                expires_at=now + ELEMENT_LIFETIME,
            )
        return ElementTokenMade(token, wanted, meant, page)

    async def make_link_token(self, application: Application) -> str:
        """Make a token that ties the next authorization request to this access token's account."""
        token, now = new_secret("cvl_"), self._clock()
        async with self._db.transaction() as conn:
            await authorizations.insert_link_token(
                conn,
                org_id=application.org_id,
                token_hash=fingerprint(token),
                client_id=application.client_id,
                account_id=application.sub,
                now=now,
                expires_at=now + LINK_LIFETIME,
            )
        return token

    async def open_calendar(self, application: Application, application_calendar_id: str) -> dict[str, Any]:
        """Return tokens for the application's calendar of that name, which is made if there is none."""
        name = checked_line(application_calendar_id, "application_calendar_id", max_length=255)
        if not name:
            raise Invalid(
                "application_calendar_id", "application_calendar_id must be specified", code="required"
            )
        org_id, client_id, now = application.org_id, application.client_id, self._clock()
        async with self._db.transaction() as conn:
            await oauth.lock_client(conn, org_id, client_id)
            account_id = await authorizations.find_application_calendar(conn, org_id, client_id, name)
            if account_id is None:
                account_id = new_id("application_calendar")
                await authorizations.insert_application_calendar(
                    conn,
                    org_id=org_id,
                    client_id=client_id,
                    application_calendar_id=name,
                    account_id=account_id,
                    now=now,
                )
                await connections.ensure_builtin(conn, org_id, account_id, "Etc/UTC", now)
            grantee = Grantee(org_id, client_id, account_id)
            answer = await self._tokens.insert_tokens(conn, grantee, CALENDAR_SCOPE)
        return {**answer, "application_calendar_id": name}

    # -- under a service account

    async def service_account(self, conn: Connection, application: Application) -> ServiceAccount:
        """Return the service account of an access token; raise `Forbidden` for any other."""
        held = await authorizations.find_service_account(conn, application.org_id, application.client_id)
        if held is None or held.service_account_id != application.service_account_id:
            raise Forbidden(
                "This needs the access token of a service account.", code="service_account_required"
            )
        return held

    async def delegate(self, conn: Connection, application: Application, asked: Delegation) -> dict[str, str]:
        """Return what the application is told at its callback: a code for the account, or why there is none.

        Raises `Invalid` for a scope that the service account may not hand on.
        """
        held = await self.service_account(conn, application)
        scopes = parse_scope(asked.scope)
        beyond = sorted(set(scopes) - set(held.delegated_scope))
        if beyond:
            raise Invalid("scope", f"scope: the organisation did not allow {beyond[0]} to be handed on.")
        told = {"state": asked.state} if asked.state else {}
        found = await authorizations.find_named_account(conn, application.org_id, asked.email.strip())
        if found is None:
            return {"error": "not_found", "error_description": "Nobody here has this address.", **told}
        needed = RESOURCES_SCOPES if found.kind == "resource" else ACCOUNTS_SCOPES
        if not needed & set(held.scope):
            return {
                "error": "access_denied",
                "error_description": "The organisation did not allow this.",
                **told,
            }
        code, now = new_secret(), self._clock()
        await authorizations.insert_code(
            conn,
            org_id=application.org_id,
            code_hash=fingerprint(code),
            client_id=application.client_id,
            account_id=found.account_id,
            service_account_id=None,
            scope=scopes,
            redirect_uri=asked.callback_url,
            code_challenge="",
            family_id=new_family(),
            now=now,
            expires_at=now + DELEGATED_LIFETIME,
        )
        await audit.append(
            conn,
            application.caller(),
            "client.delegated",
            now=now,
            target=application.client_id,
            detail={"account": found.account_id, "scope": " ".join(scopes), "by": held.service_account_id},
        )
        return {"code": code, **told}
