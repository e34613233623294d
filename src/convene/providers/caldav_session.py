"""Requests to one CalDAV account: signed in at once, statuses as `ProviderError`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import httpx

from convene.formats.xml import MAX_LIST_BYTES
from convene.ports.calendars import Credentials, ProviderError
from convene.providers.caldav_xml import Multistatus, names_error, propfind, read_multistatus
from convene.providers.http_client import READ, Answer, HttpClient, Limits, origin

XML_HEADERS = {"Content-Type": "application/xml; charset=utf-8"}
WRITE = replace(READ, total_seconds=30.0)
# A list of everything: some 300 bytes for each event, and a server that reads each file for it the first time.
LIST = replace(READ, body_bytes=MAX_LIST_BYTES, total_seconds=300.0, read_seconds=240.0)


@dataclass(frozen=True, slots=True)
class Session:
    """An account's credentials, bound to the places that they may be sent to."""

    http: HttpClient
    credentials: Credentials

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        content: bytes = b"",
        limits: Limits = READ,
    ) -> Answer:
        """Send a request with the account's credentials if they belong there. A 401 is asked once more."""
        if not may_sign_in(self.credentials.url, url):
            host = httpx.URL(url).host
            raise ProviderError(
                "permanent",
                "points_elsewhere",
                f"The server points to {host}. If you trust it, connect with that address instead.",
            )
        auth = (self.credentials.username, self.credentials.secret)
        answer = await self.http.request(
            method, url, headers=headers, content=content, auth=auth, limits=limits
        )
        if answer.status == 401 and origin(answer.url) == origin(url):
            answer = await self.http.request(
                method, url, headers=headers, content=content, auth=auth, limits=limits
            )
        return answer

    async def propfind(self, url: str, properties: list[str], depth: int) -> tuple[Multistatus, str]:
        """Return the multistatus and where it came from; raises `ProviderError` for any other answer."""
        answer = await self.request(
            "PROPFIND",
            url,
            headers={**XML_HEADERS, "Depth": str(depth)},
            content=propfind(properties),
            limits=LIST if depth else READ,
        )
        return self.multistatus(answer), answer.url

    async def report(self, url: str, body: bytes, depth: int, limits: Limits = READ) -> Answer:
        headers = {**XML_HEADERS, "Depth": str(depth)}
        return await self.request("REPORT", url, headers=headers, content=body, limits=limits)

    def multistatus(self, answer: Answer) -> Multistatus:
        """Return the multistatus of a 207; a 200 without one, such as a sign-in page, is no CalDAV."""
        if answer.status != 207:
            raise failure(answer)
        return read_multistatus(answer.body, answer.url)


def may_sign_in(home: str, url: str) -> bool:
    """Tell whether credentials given for `home` may be sent to `url`: the same origin, or over https a host below it or
    beside it.

    iCloud and others keep calendars on hosts beside the one that people type (caldav.x and p34-caldav.x).
    """
    if origin(home) == origin(url):
        return True
    scheme, host, _ = origin(url)
    home_host = httpx.URL(home).host.lower()
    if host == home_host:
        # The same machine over TLS, where it was typed without.
        return scheme == "https"
    parent = home_host.partition(".")[2]
    is_below = "." in home_host and host.endswith("." + home_host)
    is_beside = "." in parent and (host == parent or host.endswith("." + parent))
    return scheme == "https" and (is_below or is_beside)


def failure(answer: Answer) -> ProviderError:
    """Return the error for an answer that is not the hoped-for one (the table of statuses for all calls)."""
    host, status = httpx.URL(answer.url).host, answer.status
    wait = answer.retry_after_seconds

    def made(kind: str, code: str, detail: str) -> ProviderError:
        return ProviderError(kind, code, detail, retry_after_seconds=wait, status=status)  # type: ignore[arg-type]

    if status == 401:
        return made(
            "reauth",
            "unauthorized",
            f"{host} did not accept the user name and password.{_password_hint(host)}",
        )
    if status == 412 or (
        status in (403, 409)
        and names_error(answer.body, "c:no-uid-conflict", "c:unique-scheduling-object-resource")
    ):
        return made("conflict", "conflict", f"The event at {host} is not what we expected.")
    if status in (404, 410):
        return made("gone", "not_found", f"{host} has nothing at this address.")
    if status in (429, 503):
        return made("temporary", "rate_limited", f"{host} asks us to wait.")
    if status == 507:
        return made("temporary", "quota", f"{host} has no room left for this account.")
    if status in (408, 423, 425) or status >= 500:
        return made("temporary", "server_error", f"{host} answered with error {status}.")
    if status == 403:
        return made("permanent", "forbidden", f"{host} does not allow this.")
    if status < 400:
        return made("permanent", "not_caldav", f"{host} answers, but not as a CalDAV server.")
    return made("permanent", "refused", f"{host} refused the request with status {status}.")


# Services that accept passwords made for one program only, and where those are made.
_APP_PASSWORDS = {
    "icloud.com": "an app-specific password, made at account.apple.com",
    "fastmail.com": "an app password, made in its settings under Privacy & Security",
    "yahoo.com": "an app password, made in its account security settings",
}


def _password_hint(host: str) -> str:
    """Return what to say of a refused password where another one than the account's is needed."""
    for domain, what in _APP_PASSWORDS.items():
        if host == domain or host.endswith("." + domain):
            return f" It takes {what}."
    return ""
