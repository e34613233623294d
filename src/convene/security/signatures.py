"""Webhook signatures after Standard Webhooks 1.0.0: symmetric `v1`, secrets `whsec_` + base64 of 24 to 64 bytes.

What goes to applications of the Cronofy-compatible surface also carries `Cronofy-HMAC-SHA256`, which their SDKs check.

The signature is HMAC-SHA256 over `id.timestamp.body`. During a rotation the sender signs with both secrets and the
receiver accepts either.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets as random
from collections.abc import Mapping, Sequence
from datetime import datetime

from convene.core.errors import Unauthenticated
from convene.security.sealing import Secret

PREFIX = "whsec_"
ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
CRONOFY_HEADER = "Cronofy-HMAC-SHA256"
TOLERANCE_SECONDS = 300
_DIGITS = re.compile(r"[0-9]{1,12}")


def new_signing_secret() -> str:
    """Return a fresh `whsec_` secret of 256 random bits."""
    return PREFIX + base64.b64encode(random.token_bytes(32)).decode("ascii")


def sign(secret: str | Secret, msg_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` value `v1,<base64>`.

    Args:
        secret: a `whsec_` secret; raises `ValueError` if it is not one.
        msg_id: the delivery's id, the same over all retries; must not contain a dot.
        timestamp: whole seconds since 1970 of this attempt.
        body: the exact bytes sent.
    """
    if not msg_id or "." in msg_id:
        raise ValueError("a webhook id is not empty and has no dot")
    return "v1," + base64.b64encode(_digest(_key(secret), msg_id, timestamp, body)).decode("ascii")


def signed_headers(
    secrets: Sequence[str | Secret], msg_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the three headers of a delivery, signed with every secret in `secrets` (several during a rotation)."""
    return {
        ID_HEADER: msg_id,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: " ".join(sign(secret, msg_id, timestamp, body) for secret in secrets),
    }


def signing_secret_of(client_secret: str | Secret) -> str:
    """Return an application's client secret as a secret of Standard Webhooks: `whsec_` and base64 of its UTF-8.

    Raises `ValueError` later, when signing, for a client secret of fewer than 24 or more than 64 bytes.
    """
    text = client_secret.reveal() if isinstance(client_secret, Secret) else client_secret
    return PREFIX + base64.b64encode(text.encode()).decode("ascii")


def cronofy_hmac(client_secrets: Sequence[str | Secret], body: bytes) -> str:
    """Return the `Cronofy-HMAC-SHA256` value: base64 of the body's HMAC-SHA256 for each secret, joined by commas.

    No spaces: receivers split at commas and compare what they find.
    """
    found = []
    for secret in client_secrets:
        key = secret.reveal() if isinstance(secret, Secret) else secret
        digest = hmac.new(key.encode(), body, hashlib.sha256).digest()
        found.append(base64.b64encode(digest).decode("ascii"))
    return ",".join(found)


def verify(
    secrets: Sequence[str | Secret],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    *,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> str:
    """Check a received delivery and return its id, by which the receiver drops repeats.

    Raises `Unauthenticated` (code `bad_signature`) if a header is missing, doubled or malformed, if the timestamp lies
    more than `tolerance_seconds` from `now`, or if no signature fits any secret.
    """
    msg_id = _header(headers, ID_HEADER)
    timestamp = _header(headers, TIMESTAMP_HEADER)
    if not _DIGITS.fullmatch(timestamp) or "." in msg_id:
        raise _refused("The webhook's id or timestamp is malformed.")
    if abs(now.timestamp() - int(timestamp)) > tolerance_seconds:
        raise _refused("The webhook's timestamp is too far from the present; check both clocks.")
    given = list(_signatures(_header(headers, SIGNATURE_HEADER)))
    fits = False
    for secret in secrets:
        wanted = _digest(_key(secret), msg_id, int(timestamp), body)
        for candidate in given:
            # No early exit: the time spent does not tell which secret fitted.
            fits |= hmac.compare_digest(wanted, candidate)
    if not fits:
        raise _refused("The webhook's signature does not match.")
    return msg_id


def _key(secret: str | Secret) -> bytes:
    text = secret.reveal() if isinstance(secret, Secret) else secret
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook secret is whsec_ and base64") from error
    if not 24 <= len(key) <= 64:
        raise ValueError("a webhook secret has 24 to 64 bytes")
    return key


def _digest(key: bytes, msg_id: str, timestamp: int, body: bytes) -> bytes:
    return hmac.new(key, f"{msg_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()


def _header(headers: Mapping[str, str], name: str) -> str:
    found = [value for key, value in headers.items() if key.lower() == name]
    if len(found) != 1 or not found[0]:
        raise _refused(f"The webhook needs the header {name} exactly once.")
    return found[0]


def _signatures(text: str) -> Sequence[bytes]:
    found = []
    for part in text.split(" "):
        version, comma, value = part.partition(",")
        if version == "v1" and comma:
            try:
                found.append(base64.b64decode(value, validate=True))
            except (binascii.Error, ValueError):
                continue
    return found


def _refused(detail: str) -> Unauthenticated:
    return Unauthenticated(detail, code="bad_signature")
