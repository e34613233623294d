"""Who calls the Cronofy-compatible surface: an application, with one of its four kinds of credential."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from convene.core.errors import Forbidden, Unauthenticated
from convene.core.permissions import Caller

# access_token: for one account. api_key: a client secret as Bearer. credentials: client id and secret in the body.
# element: a short-lived token in a browser (`?et=`).
ApplicationKind = Literal["access_token", "api_key", "credentials", "element"]

PERMISSIONS = {
    "agenda": "Show a person's events.",
    "account_management": "Show and disconnect a person's calendars.",
    "availability": "Find free times.",
    "managed_availability": "Read and change availability rules.",
}
"""What an element token may be made for."""


@dataclass(frozen=True, slots=True)
class Application:
    """An authenticated application.

    `account_id` is the account of an access token, or the only account of an element token, and `scope` what it has
    allowed; `permissions`, `subs` and `origin` belong to element tokens. A service account's token has `service_account_id`
    and no account.
    """

    org_id: str
    client_id: str
    kind: ApplicationKind
    account_id: str | None = None
    service_account_id: str | None = None
    scope: frozenset[str] = field(default_factory=frozenset)
    permissions: frozenset[str] = field(default_factory=frozenset)
    subs: tuple[str, ...] = ()
    origin: str = ""
    ip: str = ""

    @property
    def sub(self) -> str:
        """The account that this call is about; raises `Unauthenticated` where the credential has none."""
        if self.account_id is None:
            raise Unauthenticated("This call needs a token for one account that still allows it.")
        return self.account_id

    def require_scope(self, *any_of: str) -> None:
        """Raise `Forbidden` unless the account has allowed one of these scopes. Credentials for no account have none.

        An element shows in a browser what its application may see anyway, and nothing more.
        """
        is_for_account = self.kind == "access_token" or (
            self.kind == "element" and self.account_id is not None
        )
        if is_for_account and not self.scope & set(any_of):
            raise Forbidden(f"This needs one of the scopes: {', '.join(any_of)}.", code="insufficient_scope")

    def caller(self, *grants: str) -> Caller:
        """Return the caller that use cases shared with `/api` are handed: this application, with these grants."""
        return Caller(
            org_id=self.org_id,
            kind="oauth",
            account_id=self.account_id,
            grants=frozenset(grants),
            credential_id=self.client_id,
            ip=self.ip,
        )

    def require_permission(self, *any_of: str) -> None:
        """Raise `Forbidden` unless an element token was made for one of these. Other credentials are not asked."""
        if self.kind == "element" and not self.permissions & set(any_of):
            raise Forbidden(
                f"This element token lacks the permission: {' or '.join(any_of)}.",
                code="insufficient_permission",
            )
