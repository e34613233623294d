"""A connection's credentials: which part of what a person typed is secret, and opening it for a provider."""

from __future__ import annotations

from convene.core.feed_addresses import feed_address, shown_address
from convene.ports.calendars import Credentials, ProviderError
from convene.security.sealing import Sealer, UnsealError
from convene.storage.connections import CalendarConnection


def secret_context(org_id: str, connection_id: str) -> tuple[str, str, str, str]:
    """Return what a connection's secret is bound to."""
    return ("calendar_connection", org_id, connection_id, "secret")


BUSY_ONLY = frozenset({"busy"})
"""The scope of an account with a password of which only busy times are read."""


def credentials_typed(kind: str, url: str, username: str, password: str, access: str = "") -> Credentials:
    """Return what a person typed as credentials. A feed's address is its secret; only where it is stays readable.

    access: `busy`, if nothing but busy times shall be read.
    """
    if kind == "ics":
        return Credentials(shown_address(url), "", feed_address(url))
    return Credentials(url, username, password, _scope(kind, access))


def _scope(kind: str, access: object) -> frozenset[str]:
    return BUSY_ONLY if (kind, access) == ("caldav", "busy") else frozenset()


def is_same_account(sealer: Sealer, row: CalendarConnection, kind: str, typed: Credentials) -> bool:
    """Tell whether a connection is the account that somebody wants to connect."""
    if row.kind != kind or (row.url, row.username) != (typed.url, typed.username):
        return False
    if kind != "ics":
        return True
    try:
        return credentials_of(sealer, row).secret == typed.secret
    except ProviderError:
        return False


def credentials_of(sealer: Sealer, row: CalendarConnection) -> Credentials:
    """Return the connection's credentials; a secret that cannot be opened needs a person (`reauth`)."""
    if row.secret is None:
        raise ProviderError("reauth", "no_secret", "The password of this connection is not known any more.")
    try:
        secret = sealer.open(row.secret, *secret_context(row.org_id, row.connection_id)).reveal()
    except UnsealError as error:
        raise ProviderError(
            "reauth",
            "secret_unreadable",
            "The stored password cannot be opened with this installation's key.",
        ) from error
    return Credentials(row.url, row.username, secret, _scope(row.kind, row.profile.get("access")))
