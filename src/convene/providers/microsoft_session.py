"""Requests to Microsoft Graph for one account, and what its errors mean (Graph v1.0, "Microsoft Graph error responses").

Every request asks for immutable ids, times in UTC and bodies as text, and bears an id of its own, which Microsoft's support
asks for. A mailbox answers four requests at once; three are sent. The error's code decides where it says more than the
status.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4
from weakref import WeakValueDictionary

import anyio

from convene.ports.calendars import Credentials, ErrorKind, Priority, ProviderError
from convene.providers.http_client import READ, Answer, HttpClient, Limits, origin
from convene.providers.request_pace import Rate, RequestPace

logger = logging.getLogger(__name__)
PAGE = replace(READ, body_bytes=32 * 1024 * 1024, total_seconds=90.0)
WRITE = replace(READ, total_seconds=30.0, redirects=0)
AT_ONCE = 3
"""Requests to one mailbox at the same time; Microsoft refuses the fifth."""
# Microsoft counts 10,000 requests to a mailbox in ten minutes, and 2,000 a second of an application.
PER_MAILBOX, PER_APPLICATION = Rate(12, 60), Rate(1_500, 3_000)
PREFER = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"'
_SLOW_DOWN = frozenset(
    {
        "TooManyRequests",
        "ApplicationThrottled",
        "activityLimitReached",
        "MailboxConcurrency",
        "ErrorServerBusy",
        "serviceNotAvailable",
    }
)
_NO_MAILBOX = frozenset({"MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI", "MailboxNotHosted"})
_SYNC_STATE = frozenset(
    {"syncstatenotfound", "syncstateinvalid", "resyncrequired", "errorinvalidsyncstatedata"}
)
UNKNOWN_ZONE = "TimeZoneNotSupportedException"


@dataclass(frozen=True, slots=True)
class MicrosoftEndpoints:
    """Where Microsoft's cloud is, and as whom this installation is known there. Without `client_id` nobody can connect.

    login_url and graph_url are hosts with their scheme: those of a national cloud are others. tenant: `common`,
    `organizations`, `consumers`, or one organisation's id.
    """

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    tenant: str = "common"
    login_url: str = "https://login.microsoftonline.com"
    graph_url: str = "https://graph.microsoft.com"

    @property
    def api_url(self) -> str:
        return f"{self.graph_url.rstrip('/')}/v1.0"


class MailboxTurns:
    """Lets so many requests to one mailbox go out at once, and no more in a second than `pace` says; the others wait for
    their turn.
    """

    def __init__(self, pace: RequestPace | None = None) -> None:
        self._pace = pace or RequestPace(PER_MAILBOX, PER_APPLICATION)
        self._turns: WeakValueDictionary[str, anyio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, mailbox: str, priority: Priority) -> AsyncIterator[None]:
        await self._pace.take(mailbox, priority)
        semaphore = self._turns.get(mailbox)
        if semaphore is None:
            semaphore = self._turns[mailbox] = anyio.Semaphore(AT_ONCE)
        async with semaphore:
            yield


class Session:
    """An account's credentials, sent to Graph and nowhere else."""

    def __init__(
        self, http: HttpClient, endpoints: MicrosoftEndpoints, credentials: Credentials, turns: MailboxTurns
    ) -> None:
        self._http = http
        self._api_url = endpoints.api_url
        self._turns = turns
        # Before the account's name is known its token stands for it.
        self._mailbox = credentials.username or credentials.secret
        self.credentials = credentials

    def address(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """Return the address of a path of the API."""
        return f"{self._api_url}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")

    def is_ours(self, link: str) -> bool:
        """Tell whether a link that came in an answer leads to the API that was asked, and not elsewhere."""
        try:
            return link.startswith(f"{self._api_url}/") and origin(link) == origin(self._api_url)
        except (ProviderError, ValueError):
            return False

    async def request(
        self,
        method: str,
        address: str,
        *,
        body: Mapping[str, Any] | None = None,
        if_match: str = "",
        page_size: int = 0,
        limits: Limits | None = None,
    ) -> Answer:
        """Send a request to an address of the API. A token that is refused before its time is renewed, and the request
        repeated, once.
        """
        answer = await self._send(method, address, body, if_match, page_size, limits)
        if answer.status == 401 and self.credentials.renew is not None:
            self.credentials = await self.credentials.renew()
            answer = await self._send(method, address, body, if_match, page_size, limits)
        return answer

    async def _send(
        self,
        method: str,
        address: str,
        body: Mapping[str, Any] | None,
        if_match: str,
        page_size: int,
        limits: Limits | None,
    ) -> Answer:
        request_id = str(uuid4())
        headers = {
            "Authorization": f"Bearer {self.credentials.secret}",
            "Accept": "application/json",
            "Prefer": PREFER + (f", odata.maxpagesize={page_size}" if page_size else ""),
            "client-request-id": request_id,
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        if if_match:
            headers["If-Match"] = if_match
        content = b"" if body is None else json.dumps(body).encode()
        chosen = limits or (READ if method == "GET" else WRITE)
        async with self._turns.turn(self._mailbox, self.credentials.priority):
            answer = await self._http.request(
                method, address, headers=headers, content=content, limits=chosen
            )
        if answer.status >= 400:
            logger.info(
                "microsoft graph answered %s %s to %s, client-request-id %s, request-id %s",
                answer.status,
                code_of(answer)[:80],
                method,
                request_id,
                answer.headers.get("request-id", "")[:80],
            )
        return answer

    async def get(self, path: str, query: Mapping[str, str], limits: Limits = READ) -> dict[str, Any]:
        """Return the JSON of a GET that must succeed."""
        answer = await self.request("GET", self.address(path, query), limits=limits)
        if answer.status != 200:
            raise failure(answer)
        return json_of(answer)


def json_of(answer: Answer) -> dict[str, Any]:
    """Return an answer's object; anything else is a broken answer, or somebody else's page."""
    if answer.body.lstrip()[:1] == b"<":
        raise ProviderError("permanent", "not_microsoft", "A web page came in place of Microsoft's answer.")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderError("temporary", "bad_answer", "Microsoft sent an answer that cannot be read.")
    return found


def code_of(answer: Answer) -> str:
    """Return the code of an error, "" if it names none."""
    try:
        return str(json.loads(answer.body)["error"]["code"] or "")
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""


def is_forgotten(answer: Answer) -> bool:
    """Tell whether an answer says that a delta cannot go on from where it was."""
    return answer.status == 410 or (answer.status == 400 and code_of(answer).lower() in _SYNC_STATE)


def failure(answer: Answer) -> ProviderError:
    """Return the error for an answer that is not the hoped-for one."""
    kind, code, detail = _meaning(answer.status, code_of(answer), answer.headers.get("www-authenticate", ""))
    return ProviderError(
        kind, code, detail, retry_after_seconds=answer.retry_after_seconds, status=answer.status
    )


def _meaning(status: int, code: str, challenge: str) -> tuple[ErrorKind, str, str]:
    if status == 401:
        if "claims=" in challenge:
            detail = "Your organisation wants to see you sign in at Microsoft again. Connect it again."
            return "reauth", "unauthorized", detail
        detail = "Microsoft no longer accepts the access that was granted. Connect it again."
        return "reauth", "unauthorized", detail
    if status in (429, 503) or code in _SLOW_DOWN:
        return "temporary", "rate_limited", "Microsoft asks us to wait."
    if code in _NO_MAILBOX:
        return (
            "permanent",
            "no_mailbox",
            "This account has no mailbox in Microsoft's cloud, so it has no calendar.",
        )
    if code == "ErrorQuotaExceeded":
        return "permanent", "mailbox_full", "The mailbox is full. Make room in it first."
    if code == "ErrorOccurrenceCrossingBoundary":
        detail = "Microsoft does not let one date of a series pass the one before or after it."
        return "permanent", "crosses_another", detail
    if status == 412 or code == "ErrorIrresolvableConflict":
        return "conflict", "conflict", "The event at Microsoft is not what we expected."
    if status == 409:
        return "conflict", "exists", "Microsoft says that this collides with something that is there."
    if status == 404:
        return "gone", "not_found", "Microsoft has nothing at this place."
    if status == 410:
        return "gone", code or "deleted", "Microsoft no longer has this."
    if status == 408 or status >= 500:
        return "temporary", "server_error", f"Microsoft answered with error {status}."
    if status == 403:
        return "permanent", "forbidden", "Microsoft does not allow this."
    named = f" ({code})" if code.isalnum() else ""
    return "permanent", "refused", f"Microsoft refused the request with status {status}{named}."
