"""Signing in at Microsoft (identity platform version 2, RFC 6749 and RFC 7636): consent, tokens and their renewal.

Every renewal brings another refresh token; the caller keeps it. Microsoft has no place at which one consent is given
back: forgetting the tokens is all that can be done from here, and people withdraw it in their account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from convene.ports.calendar_oauth import LEVELS, Access, Tokens
from convene.ports.calendars import ProviderError
from convene.ports.runtime import Clock
from convene.providers.http_client import Answer, HttpClient
from convene.providers.microsoft_session import WRITE, MicrosoftEndpoints, json_of

CALENDARS: dict[Access, str] = {
    "busy": "Calendars.ReadBasic",
    "read": "Calendars.Read",
    "two_way": "Calendars.ReadWrite",
}
"""The least permission of each kind of access; each goes with `LASTING`. Who it is, calendars tell by their owner."""
LASTING = "offline_access"
_KNOWN = {scope.lower(): scope for scope in CALENDARS.values()}
# interaction_required and its kin: a person must appear (a second factor, a new password, terms of use).
_WITHDRAWN = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
# "Invalid client secret provided", "client secret keys are expired", "application not found in the directory".
_UNKNOWN_HERE = frozenset({7000215, 7000222, 700016})
_NUMBER = re.compile(r"AADSTS(\d+)")


def granted(scope: frozenset[str]) -> Access | None:
    """Return the most that these permissions allow. What an organisation does not allow is missing."""
    return next((access for access in reversed(LEVELS) if CALENDARS[access] in scope), None)


def narrowed(scope: frozenset[str], access: Access) -> frozenset[str]:
    """Return the permissions of the lesser of what was granted and `access`; none if nothing can be read."""
    most = granted(scope)
    if most is None:
        return frozenset()
    level: Access = min(most, access, key=LEVELS.index)
    return frozenset({CALENDARS[level]})


class MicrosoftSignIn:
    """Args:
    clock: tells when tokens end.
    """

    def __init__(self, http: HttpClient, endpoints: MicrosoftEndpoints, clock: Clock) -> None:
        self._http = http
        self._endpoints = endpoints
        self._clock = clock

    def authorize_url(
        self, access: Access, *, redirect_uri: str, state: str, challenge: str, login_hint: str
    ) -> str:
        query = {
            "client_id": self._endpoints.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "response_mode": "query",
            "scope": self._scope(CALENDARS[access]),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            # Somebody with several accounts chooses; who reconnects is known already.
            **({"login_hint": login_hint} if login_hint else {"prompt": "select_account"}),
        }
        return f"{self._place('authorize')}?{urlencode(query)}"

    async def exchange(self, code: str, *, redirect_uri: str, verifier: str) -> Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        found = await self._token(form)
        if not found.get("refresh_token"):
            raise ProviderError(
                "permanent", "no_refresh_token", "Microsoft gave no lasting access. Try once more."
            )
        return self._tokens(found, "", frozenset())

    async def renew(self, tokens: Tokens) -> Tokens:
        access = granted(tokens.scope)
        form = {
            "grant_type": "refresh_token",
            "refresh_token": tokens.refresh_token,
            "scope": self._scope(CALENDARS[access]) if access is not None else "",
        }
        found = self._tokens(await self._token(form), tokens.refresh_token, tokens.scope)
        # Microsoft gives what was ever consented to; not all of it was asked for this connection.
        return replace(found, scope=narrowed(found.scope, access)) if access is not None else found

    async def revoke(self, tokens: Tokens) -> None:
        """Do nothing: Microsoft ends all sign-ins of a person at once, or none."""

    def _scope(self, calendars: str) -> str:
        resource = self._endpoints.graph_url.rstrip("/")
        # The resource is named, or a national cloud would take its own default for it.
        return f"{resource}/{calendars} {LASTING}"

    def _place(self, what: str) -> str:
        tenant = quote(self._endpoints.tenant, safe="")
        return f"{self._endpoints.login_url.rstrip('/')}/{tenant}/oauth2/v2.0/{what}"

    def _tokens(self, found: Mapping[str, Any], refresh_token: str, scope: frozenset[str]) -> Tokens:
        lifetime = found.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) and 0 < lifetime < 1_000_000 else 3_600
        return Tokens(
            str(found.get("refresh_token") or refresh_token),
            str(found.get("access_token") or ""),
            self._clock() + timedelta(seconds=seconds),
            _names(str(found["scope"])) if found.get("scope") else scope,
        )

    async def _token(self, form: Mapping[str, str]) -> dict[str, Any]:
        client = {"client_id": self._endpoints.client_id, "client_secret": self._endpoints.client_secret}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        content = urlencode({**form, **client}).encode()
        answer = await self._http.request(
            "POST", self._place("token"), headers=headers, content=content, limits=WRITE
        )
        if answer.status != 200:
            raise _refusal(answer)
        return json_of(answer)


def _names(scope: str) -> frozenset[str]:
    """Return the permissions that a token answer names: with or without the resource, in whatever case."""
    bare = (one.rsplit("/", 1)[-1] for one in scope.split())
    return frozenset(_KNOWN.get(one.lower(), one) for one in bare)


def _refusal(answer: Answer) -> ProviderError:
    """Return what a refusal of the token endpoint means: its word, and the number of Microsoft's message."""
    error, number = _told(answer)
    if error in ("invalid_client", "unauthorized_client") or number in _UNKNOWN_HERE:
        detail = "Microsoft does not accept this installation's client id and secret. Ask an administrator."
        return ProviderError("permanent", "invalid_client", detail, status=answer.status)
    if error in _WITHDRAWN:
        detail = "Microsoft no longer accepts what was granted to Convene. Connect the account again."
        return ProviderError("reauth", "invalid_grant", detail, status=answer.status)
    if answer.status in (408, 429) or answer.status >= 500 or error == "temporarily_unavailable":
        return ProviderError(
            "temporary",
            "rate_limited" if answer.status in (429, 503) else "server_error",
            "Microsoft's sign-in does not work just now.",
            retry_after_seconds=answer.retry_after_seconds,
            status=answer.status,
        )
    said = f" (AADSTS{number})" if number else ""
    return ProviderError(
        "permanent", error[:60] or "refused", f"Microsoft refused the sign-in{said}.", status=answer.status
    )


def _told(answer: Answer) -> tuple[str, int]:
    try:
        found = json.loads(answer.body)
        match = _NUMBER.search(str(found.get("error_description", "")))
        return str(found.get("error", "")), int(match[1]) if match else 0
    except (ValueError, AttributeError, RecursionError):
        return "", 0
