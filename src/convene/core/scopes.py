"""OAuth scopes of the Cronofy-compatible surface and what each allows on the platform's own API."""

from __future__ import annotations

import re
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
    "create_calendar": _NOTHING,
    "change_participation_status": _NOTHING,
    "read_only": _READ,
    "write_only": _WRITE,
    "read_write": _READ | _WRITE,
    "free_busy": _FREE | {"calendars:read"},
    "free_busy_write": _FREE | _WRITE | {"calendars:read"},
}

WRITE_SCOPES = ("create_event", "write_only", "read_write", "free_busy_write")
"""One of them is needed to put anything into an account's calendars, or to change its own working hours."""
DELETE_SCOPES = ("delete_event", "write_only", "read_write", "free_busy_write")
"""One of them is needed to delete an application's own events."""

WORDS: dict[str, str] = {
    "read_account": "See your name, e-mail address and time zone.",
    "list_calendars": "See the list of your calendars.",
    "read_events": "Read your events: titles, places, guests and times.",
    "read_free_busy": "See when you are busy, without any details.",
    "create_event": "Add events to your calendars, and change the events that it added.",
    "delete_event": "Delete the events that it added.",
    "create_calendar": "Add calendars.",
    "change_participation_status": "Accept and decline invitations for you.",
    "read_only": "Read your events: titles, places, guests and times.",
    "write_only": "Add, change and delete events in your calendars, without reading the others.",
    "read_write": "Read, add, change and delete events in your calendars.",
    "free_busy": "See when you are busy, without any details.",
    "free_busy_write": "See when you are busy, without any details, and add, change and delete its own events.",
    "service_account/accounts/manage": "Obtain access to the calendars of anybody in your organisation.",
    "service_account/accounts/unrestricted_access": "Obtain access to anybody's calendars without asking them.",
    "service_account/resources/manage": "See your organisation's rooms and obtain access to their calendars.",
    "service_account/resources/unrestricted_access": "Change whatever is in the rooms' calendars.",
}
"""What each scope lets an application do, for the person who is asked."""

ACCOUNTS_SCOPES = frozenset({name for name in WORDS if name.startswith("service_account/accounts/")})
RESOURCES_SCOPES = frozenset({name for name in WORDS if name.startswith("service_account/resources/")})
SERVICE_SCOPES = ACCOUNTS_SCOPES | RESOURCES_SCOPES
"""What an organisation's administrator may grant to an application."""


def parse_scope(text: str, field: str = "scope") -> tuple[str, ...]:
    """Return the scopes in a space-separated list (RFC 6749 section 3.3), each once, in order."""
    found = tuple(dict.fromkeys(text.split()))
    if not found:
        raise Invalid(field, f"{field} must name at least one of: {', '.join(SCOPES)}.")
    for scope in found:
        if scope not in SCOPES:
            raise Invalid(field, f"{field} does not know {scope!r}. Choose from: {', '.join(SCOPES)}.")
    return found


def parse_service_scope(text: str, field: str = "scope") -> tuple[str, ...]:
    """Return the scopes of a service account in a space-separated list, each once, in order."""
    found = tuple(dict.fromkeys(text.split()))
    wrong = next((scope for scope in found if scope not in SERVICE_SCOPES), None)
    if not found or wrong is not None:
        raise Invalid(field, f"{field} must name some of: {', '.join(sorted(SERVICE_SCOPES))}.")
    return found


def words_of(scopes: Iterable[str], *, of_others: bool = False) -> tuple[str, ...]:
    """Return what these scopes allow as sentences, each once; `of_others` speaks of people who are not the reader."""
    found = dict.fromkeys(WORDS[scope] for scope in scopes)
    if not of_others:
        return tuple(found)
    swapped = {"you are": "they are", "your": "their", "you": "them"}
    return tuple(
        re.sub(r"\b(you are|your|you)\b", lambda word: swapped[word.group()], text) for text in found
    )


def grants_of(scopes: Iterable[str]) -> frozenset[str]:
    """Return what a token with these scopes may do on `/api`."""
    held = frozenset(scopes)
    granted = frozenset[str]().union(*(SCOPES.get(scope, _NOTHING) for scope in held))
    return granted | _WRITE if held >= _WRITE_PAIR else granted
