"""Random values: ids, secrets and their one-way fingerprints."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time

from convene.core.ids import PREFIXES, format_id


def new_id(kind: str) -> str:
    """Return a fresh id for a kind named in `core.ids.PREFIXES` (UUIDv7 body: sortable, unguessable)."""
    millis = time.time_ns() // 1_000_000
    raw = bytearray(millis.to_bytes(6, "big") + secrets.token_bytes(10))
    raw[6] = 0x70 | (raw[6] & 0x0F)
    raw[8] = 0x80 | (raw[8] & 0x3F)
    return format_id(PREFIXES[kind], bytes(raw))


def new_secret(prefix: str = "") -> str:
    """Return 256 random bits as URL-safe text behind `prefix`."""
    return prefix + secrets.token_urlsafe(32)


def new_address_part() -> str:
    """Return 160 random bits as 32 characters that may stand in a mail address, the same in either case of letters."""
    return base64.b32hexencode(secrets.token_bytes(20)).decode("ascii").lower()


def fingerprint(secret: str) -> bytes:
    """Return the SHA-256 of a high-entropy secret: what we store instead of it."""
    return hashlib.sha256(secret.encode()).digest()
