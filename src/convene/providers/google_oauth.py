"""Signing in at Google (OAuth 2.0 for web servers, RFC 6749 and RFC 7636): consent, tokens, renewal, giving back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from convene.ports.calendar_oauth import LEVELS, Access, Tokens
from convene.ports.calendars import ProviderError
from convene.ports.runtime import Clock
from convene.providers.google_session import WRITE, GoogleEndpoints, json_of
from convene.providers.http_client import Answer, HttpClient

_PREFIX = "https://www.googleapis.com/auth/"
LIST = f"{_PREFIX}calendar.calendarlist.readonly"
EVENTS: dict[Access, str] = {
    "busy": f"{_PREFIX}calendar.events.freebusy",
    "read": f"{_PREFIX}calendar.events.readonly",
    "two_way": f"{_PREFIX}calendar.events",
}
"""The least scope of each kind of access; each goes with `LIST`."""
_WITHDRAWN = frozenset({"invalid_grant", "unauthorized_client"})


def granted(scope: frozenset[str]) -> Access | None:
    """Return the most that these scopes allow. People can untick each of them."""
    if LIST not in scope:
        return None
    return next((access for access in reversed(LEVELS) if EVENTS[access] in scope), None)


def narrowed(scope: frozenset[str], access: Access) -> frozenset[str]:
    """Return the scopes of the lesser of what was granted and `access`; none if nothing can be read."""
    most = granted(scope)
    if most is None:
        return frozenset()
    level: Access = min(most, access, key=LEVELS.index)
    return frozenset({EVENTS[level], LIST})


class GoogleSignIn:
    """Args:
    clock: tells when tokens end.
    """

    def __init__(self, http: HttpClient, endpoints: GoogleEndpoints, clock: Clock) -> None:
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
            "scope": f"{EVENTS[access]} {LIST}",
            "access_type": "offline",
            # Without it a second consent brings no refresh token.
            "prompt": "consent",
            "include_granted_scopes": "true",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **({"login_hint": login_hint} if login_hint else {}),
        }
        return f"{self._endpoints.authorize_url}?{urlencode(query)}"

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
                "permanent", "no_refresh_token", "Google gave no lasting access. Try once more."
            )
        return self._tokens(found, "", frozenset())

    async def renew(self, tokens: Tokens) -> Tokens:
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        found = self._tokens(await self._token(form), tokens.refresh_token, tokens.scope)
        access = granted(tokens.scope)
        # What was granted elsewhere meanwhile was not asked for this connection.
        return replace(found, scope=narrowed(found.scope, access)) if access is not None else found

    async def revoke(self, tokens: Tokens) -> None:
        answer = await self._post(self._endpoints.revoke_url, {"token": tokens.refresh_token})
        # 400 with invalid_token: it was withdrawn already.
        if answer.status not in (200, 400):
            raise _refusal(answer)

    def _tokens(self, found: Mapping[str, Any], refresh_token: str, scope: frozenset[str]) -> Tokens:
        lifetime = found.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) and 0 < lifetime < 1_000_000 else 3_600
        return Tokens(
            str(found.get("refresh_token") or refresh_token),
            str(found.get("access_token") or ""),
            self._clock() + timedelta(seconds=seconds),
            frozenset(str(found["scope"]).split()) if found.get("scope") else scope,
        )

    async def _token(self, form: Mapping[str, str]) -> dict[str, Any]:
        client = {"client_id": self._endpoints.client_id, "client_secret": self._endpoints.client_secret}
        answer = await self._post(self._endpoints.token_url, {**form, **client})
        if answer.status != 200:
            raise _refusal(answer)
        return json_of(answer)

    async def _post(self, url: str, form: Mapping[str, str]) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return await self._http.request(
            "POST", url, headers=headers, content=urlencode(form).encode(), limits=WRITE
        )


def _refusal(answer: Answer) -> ProviderError:
    """Return what a refusal of the token endpoint means (RFC 6749, section 5.2)."""
    try:
        error = str(json.loads(answer.body).get("error", ""))
    except (ValueError, AttributeError, RecursionError):
        error = ""
    if error in _WITHDRAWN:
        detail = "Google no longer accepts what was granted to Convene. Connect the account again."
        return ProviderError("reauth", "invalid_grant", detail, status=answer.status)
    if error == "invalid_client":
        detail = "Google does not accept this installation's client id and secret. Ask an administrator."
        return ProviderError("permanent", "invalid_client", detail, status=answer.status)
    if answer.status in (408, 429) or answer.status >= 500:
        code = "rate_limited" if answer.status in (429, 503) else "server_error"
        return ProviderError(
            "temporary",
            code,
            "Google's sign-in does not work just now.",
            retry_after_seconds=answer.retry_after_seconds,
            status=answer.status,
        )
    return ProviderError(
        "permanent", error[:60] or "refused", "Google refused the sign-in.", status=answer.status
    )
