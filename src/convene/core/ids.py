"""Typed, prefixed identifiers: `acc_…`, `cal_…`, `bkg_…`.

The body is 26 characters of lower-case base32hex over 16 bytes, so ids sort by the time they were made
when the bytes are a UUIDv7 (RFC 9562 section 5.7). Making one needs a clock and randomness and so lives in
`convene.security.tokens`.
"""

from __future__ import annotations

import base64
import re

PREFIXES = {
    "organization": "org",
    "account": "acc",
    "invitation": "inv",
    "session": "ses",
    "api_key": "key",
    "connection": "pro",
    "calendar": "cal",
    "booking": "bkg",
    "webhook": "whk",
    "delivery": "dlv",
    "event": "evt",
    "conversation": "cnv",
    "message": "msg",
    "notification": "ntf",
    "client": "app",
    "application_calendar": "apc",
    "resource": "res",
    "service_account": "ser",
    "channel": "chn",
    "smart_invite": "smi",
    "scheduling_link": "sch",
    "sequencing_link": "seq",
    "scheduling_request": "srq",
    "hold": "hld",
    "secret": "sec",
    "guest": "gst",
    "feed": "fed",
    "waitlist_entry": "wle",
    "attachment": "att",
    "push_channel": "psh",
    "availability_share": "shr",
    "mail": "eml",
    "proposal": "prp",
    "calendar_conflict": "cfl",
}
_BODY = re.compile(r"[a-z]{3}_[0-9a-v]{26}")


def format_id(prefix: str, raw: bytes) -> str:
    """Return `prefix_` and the 26-character body for exactly 16 bytes."""
    if len(raw) != 16:
        raise ValueError("an id is made of 16 bytes")
    body = base64.b32hexencode(raw).decode("ascii").rstrip("=").lower()
    return f"{prefix}_{body}"


def is_id(text: str, prefix: str) -> bool:
    """Tell whether `text` has the shape of an id with this prefix. Says nothing of its existence."""
    return text.startswith(prefix + "_") and _BODY.fullmatch(text) is not None
