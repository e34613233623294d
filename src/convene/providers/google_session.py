"""Requests to Google's API for one account, and what its errors mean (Calendar API v3, "Handle API errors").

The reason decides and not the status: 403 may say "never", "slow down" or "the administrator forgot a switch".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from convene.ports.calendars import Credentials, ErrorKind, ProviderError
from convene.providers.http_client import READ, Answer, HttpClient, Limits
from convene.providers.request_pace import Rate, RequestPace

PAGE = replace(READ, body_bytes=32 * 1024 * 1024, total_seconds=90.0)
WRITE = replace(READ, total_seconds=30.0, redirects=0)
# Google counts 600 requests a minute of one person and 10,000 of a project.
PER_ACCOUNT, PER_PROJECT = Rate(8, 60), Rate(120, 600)
_SLOW_DOWN = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "quotaExceeded",
        "calendarUsageLimits",
        "dailyLimitExceeded",
    }
)
_NO_SCOPE = frozenset({"insufficientPermissions", "insufficientScopes", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_SWITCHED_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})


@dataclass(frozen=True, slots=True)
class GoogleEndpoints:
    """Where Google is, and as whom this installation is known there. Without `client_id` nobody can connect."""

    client_id: str = ""
    client_secret: str = ""
    authorize_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    revoke_url: str = "https://oauth2.googleapis.com/revoke"
    api_url: str = "https://www.googleapis.com/calendar/v3"

    def __repr__(self) -> str:
        return f"GoogleEndpoints(client_id={self.client_id!r}, api_url={self.api_url!r})"


class Session:
    """An account's credentials, sent to Google's API and nowhere else, no faster than `pace` lets them."""

    def __init__(self, http: HttpClient, api_url: str, credentials: Credentials, pace: RequestPace) -> None:
        self._http = http
        self._pace = pace
        self._api_url = api_url.rstrip("/")
        self.credentials = credentials

    async def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Mapping[str, Any] | None = None,
        if_match: str = "",
        limits: Limits | None = None,
    ) -> Answer:
        """Send a request. A token that is refused before its time is renewed, and the request repeated, once."""
        answer = await self._send(method, path, query or {}, body, if_match, limits)
        if answer.status == 401 and self.credentials.renew is not None:
            self.credentials = await self.credentials.renew()
            answer = await self._send(method, path, query or {}, body, if_match, limits)
        return answer

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        if_match: str,
        limits: Limits | None,
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.credentials.secret}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        if if_match:
            headers["If-Match"] = if_match
        url = f"{self._api_url}{path}" + (f"?{urlencode(query)}" if query else "")
        content = b"" if body is None else json.dumps(body).encode()
        chosen = limits or (READ if method == "GET" else WRITE)
        # Before the account's name is known its token stands for it.
        account = self.credentials.username or self.credentials.secret
        await self._pace.take(account, self.credentials.priority)
        return await self._http.request(method, url, headers=headers, content=content, limits=chosen)

    async def get(self, path: str, query: Mapping[str, str], limits: Limits = READ) -> dict[str, Any]:
        """Return the JSON of a GET that must succeed."""
        answer = await self.request("GET", path, query, limits=limits)
        if answer.status != 200:
            raise failure(answer)
        return json_of(answer)


def json_of(answer: Answer) -> dict[str, Any]:
    """Return an answer's object; anything else is a broken answer, or somebody else's page."""
    if answer.body.lstrip()[:1] == b"<":
        raise ProviderError("permanent", "not_google", "A web page came in place of Google's answer.")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderError("temporary", "bad_answer", "Google sent an answer that cannot be read.")
    return found


def reason_of(answer: Answer) -> str:
    """Return the first reason that an error names, "" if it names none."""
    try:
        error = json.loads(answer.body)["error"]
        reasons = [entry.get("reason") for entry in error.get("errors") or ()]
        reasons += [entry.get("reason") for entry in error.get("details") or ()]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return ""
    return next((str(reason) for reason in reasons if reason), "")


def failure(answer: Answer) -> ProviderError:
    """Return the error for an answer that is not the hoped-for one."""
    kind, code, detail = _meaning(answer.status, reason_of(answer))
    return ProviderError(
        kind, code, detail, retry_after_seconds=answer.retry_after_seconds, status=answer.status
    )


def _meaning(status: int, reason: str) -> tuple[ErrorKind, str, str]:
    if status == 401:
        return (
            "reauth",
            "unauthorized",
            "Google no longer accepts the access that was granted. Connect it again.",
        )
    if reason in _SLOW_DOWN or status == 429:
        return "temporary", "rate_limited", "Google asks us to wait."
    if reason in _NO_SCOPE:
        return (
            "reauth",
            "missing_scope",
            "Google says that this was not granted. Connect it again and tick everything.",
        )
    if reason in _SWITCHED_OFF:
        detail = (
            "The Google Calendar API is switched off for this installation's project. Ask an administrator."
        )
        return "permanent", "api_disabled", detail
    if status == 412:
        return "conflict", "conflict", "The event at Google is not what we expected."
    if status == 409:
        return "conflict", "exists", "There is an event with this id at Google already."
    if status == 404:
        return "gone", "not_found", "Google has nothing at this place."
    if status == 410:
        return "gone", reason or "deleted", "Google no longer has this."
    if status == 503:
        return "temporary", "rate_limited", "Google asks us to wait."
    if status == 408 or status >= 500:
        return "temporary", "server_error", f"Google answered with error {status}."
    if status == 403:
        return "permanent", "forbidden", "Google does not allow this."
    return (
        "permanent",
        "refused",
        f"Google refused the request with status {status}{f' ({reason})' if reason else ''}.",
    )
