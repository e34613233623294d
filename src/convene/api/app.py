"""All routers of the platform's HTTP surface."""

from __future__ import annotations

from fastapi import APIRouter

from convene.api import (
    api_keys,
    application_deliveries,
    applications,
    audit,
    availability,
    availability_rules,
    availability_shares,
    booking_invitations,
    booking_pages,
    bookings,
    calendar_conflicts,
    calendar_connections,
    calendar_feeds,
    calendar_health,
    calendar_oauth,
    health,
    holds,
    holidays,
    invitations,
    members,
    push,
    resources,
    sessions,
    smart_invites,
    webhooks,
)


def routers() -> list[APIRouter]:
    """Return every router, in the order of the documentation."""
    return [
        sessions.router,
        members.router,
        invitations.router,
        api_keys.router,
        applications.router,
        application_deliveries.router,
        audit.router,
        availability.router,
        bookings.router,
        booking_invitations.router,
        booking_pages.router,
        holds.router,
        holidays.router,
        availability_rules.router,
        availability_shares.router,
        resources.router,
        calendar_oauth.router,
        calendar_health.router,
        calendar_connections.router,
        calendar_conflicts.router,
        calendar_feeds.router,
        webhooks.router,
        smart_invites.router,
        push.router,
        health.router,
    ]
