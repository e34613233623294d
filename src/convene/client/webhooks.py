"""Checking what arrives at your webhook (Standard Webhooks 1.0.0)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from convene.client.errors import InvalidSignature

TOLERANCE_SECONDS = 300


class Event(msgspec.Struct, frozen=True):
    """Something that happened. Events may come twice or out of order: keep a booking only if its revision is newer."""

    event_id: str
    type: str
    organization_id: str
    occurred_at: datetime
    data: dict[str, Any]


def verified(
    secrets: str | Sequence[str], headers: Mapping[str, str], body: bytes, *, now: float | None = None
) -> Event:
    """Return the event in a webhook's body, if its signature is right and no older than five minutes.

    Args:
        secrets: the subscription's `whsec_` secret, or several while one is replaced.
        headers: the request's, whatever their case.
        body: the bytes as they arrived; anything parsed and written again will not do.

    Raises `InvalidSignature`.
    """
    given = {name.lower(): value for name, value in headers.items()}
    message, sent = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 12):
        raise InvalidSignature("there is no webhook-timestamp")
    if abs((time.time() if now is None else now) - int(sent)) > TOLERANCE_SECONDS:
        raise InvalidSignature("this was sent too long ago, or your clock is wrong")
    content = f"{message}.{sent}.".encode() + body
    for secret in [secrets] if isinstance(secrets, str) else secrets:
        digest = hmac.new(_key(secret), content, hashlib.sha256).digest()
        expected = base64.b64encode(digest).decode()
        for part in given.get("webhook-signature", "").split():
            version, _, signature = part.partition(",")
            if version == "v1" and hmac.compare_digest(signature.encode(), expected.encode()):
                return msgspec.json.decode(body, type=Event)
    raise InvalidSignature("no signature fits")


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook secret is whsec_ and base64") from error
