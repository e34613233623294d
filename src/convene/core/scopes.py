"""OAuth scopes of the Cronofy-compatible surface and what each allows on the platform's own API."""

from __future__ import annotations

from collections.abc import Iterable

from convene.core.errors import Invalid

_READ = frozenset({"calendars:read", "bookings:read", "availability:read"})
_FREE = frozenset({"availability:read"})
_NOTHING: frozenset[str] = frozenset()

# Writing a booking covers making, moving and cancelling it, so it takes the right to create and to delete.
_WRITE_PAIR = frozenset({"create_event", "delete_event"})
_WRITE = frozenset({"bookings:write"})
SCOPES: dict[str, frozenset[str]] = {
    "read_account": _NOTHING,
    "list_calendars": frozenset({"calendars:read"}),
    "read_events": frozenset({"bookings:read", "availability:read"}),
    "read_free_busy": _FREE,
    "create_event": _NOTHING,
    "delete_event": _NOTHING,
    "change_participation_status": _NOTHING,
    "read_only": _READ,
    "write_only": _WRITE,
    "read_write": _READ | _WRITE,
    "free_busy": _FREE | {"calendars:read"},
    "free_busy_write": _FREE | _WRITE | {"calendars:read"},
}


def parse_scope(text: str, field: str = "scope") -> tuple[str, ...]:
    """Return the scopes in a space-separated list (RFC 6749 section 3.3), each once, in order."""
    found = tuple(dict.fromkeys(text.split()))
    if not found:
        raise Invalid(field, f"{field} must name at least one of: {', '.join(SCOPES)}.")
    for scope in found:
        if scope not in SCOPES:
            raise Invalid(field, f"{field} does not know {scope!r}. Choose from: {', '.join(SCOPES)}.")
    return found


def grants_of(scopes: Iterable[str]) -> frozenset[str]:
    """Return what a token with these scopes may do on `/api`."""
    held = frozenset(scopes)
    granted = frozenset[str]().union(*(SCOPES.get(scope, _NOTHING) for scope in held))
    return granted | _WRITE if held >= _WRITE_PAIR else granted
