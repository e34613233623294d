"""Authorization requests (RFC 6749 section 4.1.1): from an address that an application made to a code, or a refusal.

An application that is not known, or an address that it has not registered, is told to the person and nobody else. Every
other mistake goes back to the application in the address (RFC 6749 section 4.1.2.1), with who we are (`iss`, RFC 9207).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from convene.core.errors import ConveneError, Forbidden, Invalid
from convene.core.ids import is_id
from convene.core.permissions import Caller
from convene.core.redirect_uris import matches, origin_of, with_answer
from convene.core.scopes import parse_scope, parse_service_scope
from convene.identity.oauth import new_family
from convene.ports.runtime import Clock
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.storage import audit, authorizations, oauth
from convene.storage.authorizations import ServiceAccount
from convene.storage.database import Connection, Database
from convene.storage.oauth import Client

CODE_LIFETIME = timedelta(seconds=60)
MAX_STATE = 2000
ConsentKind = Literal["account", "service_account"]
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class NoWayBack(ConveneError):
    """The request names no application, or no address, that we could send anybody back to."""

    code = "invalid_request"


class SentBack(ConveneError):
    """The application is to be told at `location` that its request cannot be granted."""

    code = "invalid_request"

    def __init__(self, location: str, detail: str) -> None:
        super().__init__(detail)
        self.location = location


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """A sound request: what an application asks of whoever is signed in.

    `scope` is the account's, or the service account's with `delegated_scope` for the accounts under it. `link_token`
    says which account is meant; '' leaves it open.
    """

    kind: ConsentKind
    client: Client
    redirect_uri: str
    scope: tuple[str, ...]
    delegated_scope: tuple[str, ...] = ()
    state: str = ""
    code_challenge: str = ""
    link_token: str = ""
    provider_name: str = ""

    @property
    def origin(self) -> str:
        """Where the person will be sent."""
        return origin_of(self.redirect_uri)


class Consent:
    """Use cases of the consent page. `issuer` is the installation's public address."""

    def __init__(self, db: Database, clock: Clock, issuer: str) -> None:
        self._db = db
        self._clock = clock
        self._issuer = issuer

    async def read(self, kind: ConsentKind, given: Mapping[str, Sequence[str]]) -> ConsentRequest:
        """Return what the parameters of a request ask for; several values of one are a mistake.

        Raises `NoWayBack` (tell the person) or `SentBack` (send the browser there).
        """
        one = {name: values[0] for name, values in given.items() if len(values) == 1 and values[0]}
        for name in ("client_id", "redirect_uri"):
            if name not in one:
                raise NoWayBack(f"The address has no {name}, or more than one.")
        client = await self._client(one["client_id"])
        if client is None:
            raise NoWayBack("The application that sent you here is not registered at this installation.")
        if not matches(client.redirect_uris, one["redirect_uri"]):
            raise NoWayBack(
                f"{client.name} asks to be sent back to an address that is not registered for it: "
                f"{one['redirect_uri'][:300]}"
            )
        return self._checked(kind, client, one, {name for name, values in given.items() if len(values) > 1})

    async def destination(self, client_id: str, redirect_uri: str) -> tuple[Client, str]:
        """Return the application and its registered address; raise `NoWayBack` if there is none."""
        client = await self._client(client_id)
        if client is None or not matches(client.redirect_uris, redirect_uri):
            raise NoWayBack("The application that sent you here is not registered, or its address is not.")
        return client, redirect_uri

    async def _client(self, client_id: str) -> Client | None:
        if not is_id(client_id, "app"):
            return None
        async with self._db.connection() as conn:
            return await oauth.find_client(conn, client_id)

    def _checked(
        self, kind: ConsentKind, client: Client, one: Mapping[str, str], doubled: set[str]
    ) -> ConsentRequest:
        state = one.get("state", "")

        def back(code: str, detail: str) -> SentBack:
            return SentBack(self._error(one["redirect_uri"], state[:MAX_STATE], code, detail), detail)

        if doubled:
            raise back("invalid_request", f"{min(doubled)} is given more than once.")
        if len(state) > MAX_STATE:
            raise back("invalid_request", f"state may have at most {MAX_STATE} characters.")
        if one.get("response_type") != "code":
            raise back("unsupported_response_type", "response_type must be code.")
        challenge = one.get("code_challenge", "")
        has_challenge = bool(challenge) or "code_challenge_method" in one
        # Plain is the method that is meant where none is named (RFC 7636 section 4.3), and protects nothing.
        is_s256 = one.get("code_challenge_method") == "S256" and _CHALLENGE.fullmatch(challenge) is not None
        if has_challenge and not is_s256:
            raise back("invalid_request", "code_challenge must be sent with code_challenge_method=S256.")
        try:
            is_person = kind == "account"
            scope = (parse_scope if is_person else parse_service_scope)(one.get("scope", ""))
            delegated = one.get("delegated_scope", "") if not is_person else ""
            delegated_scope = parse_scope(delegated, "delegated_scope") if delegated else ()
        except Invalid as error:
            raise back("invalid_scope", error.detail) from error
        return ConsentRequest(
            kind=kind,
            client=client,
            redirect_uri=one["redirect_uri"],
            scope=scope,
            delegated_scope=delegated_scope,
            state=state,
            code_challenge=challenge,
            link_token=one.get("link_token", ""),
            provider_name=one.get("provider_name", ""),
        )

    async def may_decide(self, caller: Caller, request: ConsentRequest) -> None:
        """Raise `Forbidden` unless the person who is signed in can grant what is asked."""
        if caller.kind != "session" or caller.org_id != request.client.org_id:
            raise Forbidden(f"{request.client.name} belongs to another organisation of this installation.")
        if request.kind == "service_account" and not caller.is_admin:
            raise Forbidden(
                f"{request.client.name} asks to act for your whole organisation. "
                "Only an owner or an administrator can allow that."
            )
        if request.link_token:
            async with self._db.connection() as conn:
                meant = await self._linked(conn, request)
            if meant != caller.account_id:
                raise Forbidden(
                    "This link was made for somebody else, was used, or is older than five minutes."
                )

    async def _linked(self, conn: Connection, request: ConsentRequest) -> str | None:
        return await authorizations.find_link_token(
            conn,
            request.client.org_id,
            request.client.client_id,
            fingerprint(request.link_token),
            self._clock(),
        )

    async def allow(self, caller: Caller, request: ConsentRequest) -> str:
        """Grant what is asked; return the address, with a code, to send the browser to."""
        await self.may_decide(caller, request)
        code, now, client = new_secret(), self._clock(), request.client
        async with self._db.transaction() as conn:
            if request.link_token and not await authorizations.use_link_token(
                conn, client.org_id, fingerprint(request.link_token), now
            ):
                raise Forbidden("This link was used a moment ago.")
            service_account_id = None
            if request.kind == "service_account":
                service_account_id = await self._service_account(conn, caller, request)
            await authorizations.insert_code(
                conn,
                org_id=client.org_id,
                code_hash=fingerprint(code),
                client_id=client.client_id,
                account_id=caller.member_id if service_account_id is None else None,
                service_account_id=service_account_id,
                scope=request.scope,
                redirect_uri=request.redirect_uri,
                code_challenge=request.code_challenge,
                family_id=new_family(),
                now=now,
                expires_at=now + CODE_LIFETIME,
            )
            await audit.append(
                conn,
                caller,
                "client.authorized",
                now=now,
                target=client.client_id,
                detail={
                    "account": service_account_id or caller.member_id,
                    "scope": " ".join((*request.scope, *request.delegated_scope)),
                },
            )
        return with_answer(request.redirect_uri, {"code": code, "state": request.state, "iss": self._issuer})

    def deny(self, request: ConsentRequest) -> str:
        """Return the address to send the browser to after a refusal."""
        return self._error(
            request.redirect_uri, request.state, "access_denied", "The person did not allow it."
        )

    async def _service_account(self, conn: Connection, caller: Caller, request: ConsentRequest) -> str:
        """One service account per application: granting again changes what it may do."""
        client = request.client
        await oauth.lock_client(conn, client.org_id, client.client_id)
        held = await authorizations.find_service_account(conn, client.org_id, client.client_id)
        row = ServiceAccount(
            client.org_id,
            new_id("service_account") if held is None else held.service_account_id,
            client.client_id,
            caller.member_id,
            list(request.scope),
            list(request.delegated_scope),
            self._clock(),
        )
        store = (
            authorizations.insert_service_account if held is None else authorizations.update_service_account
        )
        await store(conn, row)
        return row.service_account_id

    def _error(self, redirect_uri: str, state: str, code: str, detail: str) -> str:
        # RFC 6749 allows printable ASCII without quotes and backslashes here.
        plain = "".join(char if " " <= char <= "~" and char not in '"\\' else "'" for char in detail)[:300]
        answer = {"error": code, "error_description": plain, "state": state, "iss": self._issuer}
        return with_answer(redirect_uri, answer)
