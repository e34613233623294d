"""Opening a connection's sealed password for a provider."""

from __future__ import annotations

from convene.ports.calendars import Credentials, ProviderError
from convene.security.sealing import Sealer, UnsealError
from convene.storage.connections import CalendarConnection


def secret_context(org_id: str, connection_id: str) -> tuple[str, str, str, str]:
    """Return what a connection's secret is bound to."""
    return ("calendar_connection", org_id, connection_id, "secret")


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
    return Credentials(row.url, row.username, secret)
