"""What a calendar provider offers where people sign in at the service itself (RFC 6749, RFC 7636) and not with us."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

Access = Literal["busy", "read", "two_way"]
"""What is asked: when somebody is busy; also what events say; also to write."""
LEVELS: tuple[Access, ...] = ("busy", "read", "two_way")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a service gave for somebody's consent. The refresh token lives on; the access token until `expires_at`."""

    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)
    expires_at: datetime
    scope: frozenset[str]


@runtime_checkable
class SignsInElsewhere(Protocol):
    """A provider whose credentials are tokens. Calls raise `ProviderError`."""

    @property
    def is_ready(self) -> bool:
        """Whether an administrator has registered this installation at the service."""
        ...

    @property
    def account_url(self) -> str:
        """What names the service in a connection."""
        ...

    def authorize_url(
        self, access: Access, *, redirect_uri: str, state: str, challenge: str, login_hint: str
    ) -> str:
        """Return where a person consents. `challenge`: of a PKCE verifier, S256."""
        ...

    async def exchange(self, code: str, *, redirect_uri: str, verifier: str) -> Tokens:
        """Return the tokens for a code; `reauth` if it is not valid."""
        ...

    async def renew(self, tokens: Tokens) -> Tokens:
        """Return fresh tokens, whose refresh token may be another one; `reauth` if consent was withdrawn."""
        ...

    async def revoke(self, tokens: Tokens) -> None:
        """Give the consent back."""
        ...

    def granted(self, scope: frozenset[str]) -> Access | None:
        """Return what was in truth granted; None if it is too little to read anything."""
        ...

    def narrowed(self, scope: frozenset[str], access: Access) -> frozenset[str]:
        """Return what is used of a scope where no more than `access` was asked: services add what was granted before."""
        ...
