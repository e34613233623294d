"""Scopes are known words, and each grants on `/api` no more than it says."""

import pytest

from convene.core.errors import Invalid
from convene.core.permissions import GRANTS
from convene.core.scopes import SCOPES, grants_of, parse_scope


def test_scopes_are_kept_once_and_in_order():
    assert parse_scope(" read_events  read_account read_events ") == ("read_events", "read_account")


@pytest.mark.parametrize(
    "text", ["", "  ", "everything", "read_account everything", "read_account,read_events"]
)
def test_unknown_scopes_are_refused_with_the_known_ones(text):
    with pytest.raises(Invalid, match="read_free_busy") as caught:
        parse_scope(text)
    assert caught.value.field == "scope"


@pytest.mark.parametrize(
    ("scope", "grants"),
    [
        ("read_account", set()),
        ("list_calendars", {"calendars:read"}),
        ("read_events", {"bookings:read", "availability:read"}),
        ("read_free_busy", {"availability:read"}),
        ("create_event", set()),
        ("delete_event", set()),
        ("create_event delete_event", {"bookings:write"}),
        ("free_busy", {"availability:read", "calendars:read"}),
        ("read_write", {"availability:read", "calendars:read", "bookings:read", "bookings:write"}),
        ("something_newer", set()),
    ],
)
def test_what_scopes_grant(scope, grants):
    assert grants_of(scope.split()) == grants


def test_no_scope_reaches_people_keys_or_the_organisation():
    everything = grants_of(SCOPES)
    assert everything <= set(GRANTS)
    assert not everything & {"members:act_for", "organization:manage", "members:read", "webhooks:manage"}
