"""Secrets at rest: AES-256-GCM with associated data, and a wrapper that keeps secrets out of logs.

A sealed value is `version (1) | key id (4) | nonce (12) | ciphertext and tag`. The key id names one of several keys, so
that keys can be rotated: the first key seals, all of them open. The context (table, organisation, row, column) is bound
as associated data: a value moved to another row does not open there. NIST SP 800-38D; random 96-bit nonces are safe for
2**32 values per key, far more than an installation holds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_VERSION = b"\x01"
_ID_BYTES = 4
_NONCE_BYTES = 12
_HEADER = 1 + _ID_BYTES + _NONCE_BYTES


class Secret:
    """Text that shows as `***` wherever it is printed or logged. `reveal()` is the only way to read it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return secrets.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")


class UnsealError(Exception):
    """A sealed value does not open: unknown key, wrong context or damaged bytes."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A 32-byte key. Its id is derived from it, so that nobody has to name keys."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise ValueError(f"a sealing key has {KEY_BYTES} bytes, this one has {len(self.key)}")

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(b"convene sealing key id\0" + self.key).digest()[:_ID_BYTES]

    @classmethod
    def generate(cls) -> SealingKey:
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> SealingKey:
        """Read base64 (standard or URL-safe) of 32 bytes; raise `ValueError` otherwise."""
        plain = text.strip().replace("-", "+").replace("_", "/")
        try:
            raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        except binascii.Error as error:
            raise ValueError("a sealing key is the base64 text of 32 random bytes") from error
        return cls(raw)

    def format(self) -> str:
        return base64.urlsafe_b64encode(self.key).decode("ascii").rstrip("=")


class Sealer:
    """Seals with the first key, opens with any of them."""

    def __init__(self, keys: Sequence[SealingKey]) -> None:
        if not keys:
            raise ValueError("at least one sealing key is needed")
        self._newest = keys[0].key_id
        self._ciphers = {key.key_id: AESGCM(key.key) for key in keys}

    def seal(self, plain: str | Secret, *context: str) -> bytes:
        """Return the sealed form of `plain`, bound to `context` (such as table, org_id, row id, column)."""
        text = plain.reveal() if isinstance(plain, Secret) else plain
        nonce = secrets.token_bytes(_NONCE_BYTES)
        header = _VERSION + self._newest + nonce
        return header + self._ciphers[self._newest].encrypt(
            nonce, text.encode(), _associated(header, context)
        )

    def open(self, sealed: bytes, *context: str) -> Secret:
        """Return what `seal` was given with the same `context`; raise `UnsealError` otherwise."""
        sealed = bytes(sealed)
        if len(sealed) < _HEADER or sealed[:1] != _VERSION:
            raise UnsealError("this is not a sealed value")
        cipher = self._ciphers.get(sealed[1 : 1 + _ID_BYTES])
        if cipher is None:
            raise UnsealError("this value was sealed with a key that is not configured")
        header = sealed[:_HEADER]
        try:
            plain = cipher.decrypt(header[-_NONCE_BYTES:], sealed[_HEADER:], _associated(header, context))
        except InvalidTag as error:
            raise UnsealError("this value is damaged, or belongs to another row") from error
        return Secret(plain.decode())

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether `sealed` was made with the key that seals now (false: seal it again to retire the old one)."""
        return bytes(sealed[1 : 1 + _ID_BYTES]) == self._newest


def _associated(header: bytes, context: Sequence[str]) -> bytes:
    """Bind header and context without ambiguity: every part is preceded by its length."""
    parts = [part.encode() for part in context]
    return header + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
