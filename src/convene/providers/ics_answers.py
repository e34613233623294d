"""What a server's answer to a feed's address means: the statuses, and pages that are no calendar."""

from __future__ import annotations

import re

import httpx

from convene.ports.calendars import ErrorKind, ProviderError
from convene.providers.http_client import Answer

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=\"?(\d{1,9})", re.IGNORECASE)
_CHARSET = re.compile(r";\s*charset=\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def require_feed(answer: Answer) -> None:
    """Raise `ProviderError` unless the answer is a calendar, whatever content type it claims."""
    host = httpx.URL(answer.url).host
    if answer.status != 200:
        raise _refusal(answer, host)
    start = answer.body[:2_000]
    for mark in _MARKS:
        start = start.removeprefix(mark)
    # UTF-16 has a zero beside each letter.
    start = start.replace(b"\0", b"").lstrip().upper()
    if start.startswith(b"BEGIN:VCALENDAR"):
        return
    if b"BEGIN:VCALENDAR".startswith(start):
        raise ProviderError("temporary", "empty_answer", f"{host} answered with nothing, or next to it.")
    if start.startswith((b"<!DOCTYPE", b"<HTML", b"<?XML", b"<!--")) or b"<HTML" in start:
        raise ProviderError(
            "permanent",
            "web_page",
            f"{host} shows a web page here, perhaps one to sign in at, and no calendar. "
            "Copy the address of the iCal feed (.ics) instead.",
        )
    raise ProviderError(
        "permanent", "not_a_feed", f"What {host} keeps at this address is no calendar (iCalendar)."
    )


def _refusal(answer: Answer, host: str) -> ProviderError:
    status = answer.status
    kind: ErrorKind
    if status in (401, 407):
        kind, code = "permanent", "feed_needs_password"
        detail = f"{host} asks for a password. Copy the calendar's secret address, which needs none."
    elif status == 403:
        kind, code = "permanent", "forbidden"
        detail = f"{host} does not let us read this address. Is the calendar still shared?"
    elif status in (404, 410):
        kind, code = "gone", "feed_gone"
        detail = f"{host} has no calendar at this address any more. Copy its present address there."
    elif status in (429, 503):
        kind, code, detail = "temporary", "rate_limited", f"{host} asks us to wait."
    elif status in (408, 425) or status >= 500:
        kind, code, detail = "temporary", "server_error", f"{host} answered with error {status}."
    elif 300 <= status < 400:
        kind, code, detail = "permanent", "bad_redirect", f"{host} redirects to no address."
    else:
        kind, code, detail = "permanent", "refused", f"{host} refused the request with status {status}."
    return ProviderError(kind, code, detail, status=status, retry_after_seconds=answer.retry_after_seconds)


def charset_of(answer: Answer) -> str:
    """Return the encoding that the answer claims, or ""."""
    found = _CHARSET.search(answer.headers.get("content-type", ""))
    return found[1] if found else ""


def max_age_of(answer: Answer) -> int | None:
    """Return for how long the server calls its answer fresh, None if it does not say."""
    found = _MAX_AGE.search(answer.headers.get("cache-control", ""))
    return int(found[1]) if found else None
