"""All routers of the Cronofy-compatible surface."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from convene.api.v1 import (
    accounts,
    attachments,
    availability,
    availability_rules,
    available_periods,
    batch,
    channels,
    consent,
    event_writing,
    events,
    real_time_scheduling,
    resources,
    service_accounts,
    smart_invites,
    tokens,
)

_REFUSAL = {
    "type": "object",
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
    "required": ["error", "error_description"],
}
_VALIDATION = {
    "type": "object",
    "properties": {
        "errors": {
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"key": {"type": "string"}, "description": {"type": "string"}},
                    "required": ["key", "description"],
                },
            },
        }
    },
    "required": ["errors"],
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": title, "content": {"application/json": {"schema": schema}}}
    for status, title, schema in (
        (400, "Malformed request", _REFUSAL),
        (401, "The credential is missing or does not work", _REFUSAL),
        (403, "The credential lacks the scope or permission", _REFUSAL),
        (404, "Not found", _REFUSAL),
        (409, "Conflict", _REFUSAL),
        (422, "A field cannot be accepted", _VALIDATION),
        (429, "Too many calls", _REFUSAL),
        (503, "Not available right now", _REFUSAL),
    )
}
"""For `include_router`: what any call may answer besides its own success."""


def routers() -> list[APIRouter]:
    """Return every router, in the order of the documentation."""
    return [
        availability.router,
        availability_rules.router,
        available_periods.router,
        real_time_scheduling.router,
        resources.router,
        events.router,
        event_writing.router,
        attachments.router,
        batch.router,
        channels.router,
        accounts.router,
        consent.router,
        service_accounts.router,
        smart_invites.router,
        tokens.router,
    ]
