"""Where a meeting takes place online: the installation's provider, an address of the organizer's own, or nowhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from convene.core.errors import Invalid
from convene.ports.conferencing import Conferencing
from convene.security.tokens import new_secret


def meeting_place(provider: Conferencing, wanted: bool | str) -> dict[str, Any] | None:
    """Return `{"provider", "join_url"}` for True (the provider's) or an address, None for False or no provider.

    Raises:
        Invalid: `conferencing` is neither of them nor a plain https address.
    """
    if isinstance(wanted, str):
        if not is_join_url(wanted):
            raise Invalid(
                "conferencing",
                "conferencing must be an https address, true, false or calendar.",
            )
        return {"provider": "link", "join_url": wanted}
    place = provider.create("convene-" + new_secret()[:22]) if wanted else None
    return {"provider": place.provider, "join_url": place.join_url} if place else None


def is_join_url(text: str) -> bool:
    """Tell whether `text` is an https address with a host and without credentials, written in visible characters."""
    if len(text) > 2000 or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
