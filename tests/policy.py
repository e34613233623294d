"""Who may call which route. Every route of the application has a row here; the tests refuse one without.

A row says whose credential passes (`rule`), what a sound request looks like (`body`, `query`; ids in paths come from the
test's world), and whose the object in the path is: `private` objects exist for their owner alone, `organisation` ones
for everybody of the organisation who holds the grant, and for nobody outside.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from convene.edge.templates import STYLESHEET
from factories.site import PASSWORD

Owner = Literal["nobody", "private", "organisation"]

OPEN = "open"  # anybody
SIGNED = "signed"  # a webhook's signature, or the secret of a channel
TICKET = "ticket"  # a one-use ticket of a session
SESSION = "session"  # a browser that is signed in
PERSON = "person"  # that, or a personal token
MEMBER = "member"  # any credential that is a member or acts for one
KNOWN = "known"  # any credential at all
LINK = "link"  # whoever has the address: a secret of 256 bits, or what its page is drawn with
V1 = "v1"  # an application's credential; what each call takes is tested with the call


@dataclass(frozen=True)
class Row:
    """`rule` is one of the words above, or a grant."""

    rule: str
    owner: Owner = "nobody"
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


WHEN = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-28T00:00:00Z"}
START = "2026-11-25T14:00:00Z"
LATER = "2026-11-26T15:00:00Z"
HOURS = {
    "tzid": "Europe/London",
    "weekly_periods": [{"day": "monday", "start_time": "09:00", "end_time": "17:00"}],
    "date_overrides": [],
    "buffer_before_minutes": 0,
    "buffer_after_minutes": 0,
    "minimum_notice_minutes": 60,
    "horizon_days": 60,
    "start_interval_minutes": 30,
    "daily_limit": None,
}
CALDAV = {"kind": "caldav", "url": "http://127.0.0.1:9/", "username": "ana", "password": "pw"}
MANAGE = "organization:manage"

POLICY: dict[str, Row] = {
    # People and sessions
    "POST /api/session": Row(OPEN, body={"email": "x@example.com", "password": "x"}),
    "GET /api/session": Row(MEMBER),
    "DELETE /api/session": Row(SESSION),
    "GET /api/sessions": Row(PERSON),
    "DELETE /api/sessions": Row(PERSON),
    "DELETE /api/sessions/{session_id}": Row(PERSON, "private"),
    "GET /api/members": Row("members:read"),
    "GET /api/members/{sub}": Row("members:read", "organisation"),
    "PATCH /api/members/me": Row(PERSON, body={"title": "Design"}),
    "PATCH /api/members/{sub}": Row(MANAGE, "organisation", {"role": "admin"}),
    "GET /api/grants": Row(KNOWN),
    "POST /api/invitations": Row(MANAGE, body={"email": "cy@example.com", "name": "Cy", "role": "member"}),
    "GET /api/invitations": Row(MANAGE),
    "DELETE /api/invitations/{invitation_id}": Row(MANAGE, "organisation"),
    "GET /api/invitations/by-token/{token}": Row(OPEN),
    "POST /api/invitations/accept": Row(
        OPEN, body={"token": "x", "name": "Cy", "password": PASSWORD, "tzid": "UTC"}
    ),
    "GET /api/api-keys": Row(MANAGE),
    "POST /api/api-keys": Row(MANAGE, body={"name": "Tool", "grants": [MANAGE]}),
    "DELETE /api/api-keys/{key_id}": Row(MANAGE, "organisation"),
    "GET /api/tokens": Row(PERSON),
    "POST /api/tokens": Row(SESSION, body={"name": "Laptop"}),
    "DELETE /api/tokens/{key_id}": Row(PERSON, "private"),
    "GET /api/audit": Row(MANAGE),
    # Who may speak for people
    "GET /api/applications": Row(MANAGE),
    "POST /api/applications": Row(
        MANAGE, body={"name": "App", "redirect_uris": ["https://app.example.com/"]}
    ),
    "GET /api/applications/{client_id}": Row(MANAGE, "organisation"),
    "PATCH /api/applications/{client_id}": Row(MANAGE, "organisation", {"name": "Application"}),
    "POST /api/applications/{client_id}/secret": Row(MANAGE, "organisation"),
    "DELETE /api/applications/{client_id}": Row(MANAGE, "organisation"),
    "DELETE /api/applications/{client_id}/service-account": Row(MANAGE, "organisation"),
    "GET /api/authorizations": Row(PERSON),
    "DELETE /api/authorizations/{client_id}": Row(PERSON, "private"),
    # Pages and the token endpoint, which look at their credentials themselves
    "GET /oauth/authorize": Row(OPEN),
    "POST /oauth/authorize": Row(OPEN),
    "GET /enterprise_connect/oauth/authorize": Row(OPEN),
    "POST /enterprise_connect/oauth/authorize": Row(OPEN),
    "GET /oauth/conferencing": Row(OPEN),
    "GET /oauth/calendar/{kind}/callback": Row(OPEN),
    "POST /oauth/token": Row(OPEN),
    "POST /oauth/token/revoke": Row(OPEN),
    "GET /.well-known/oauth-authorization-server": Row(OPEN),
    f"GET {STYLESHEET}": Row(OPEN),
    # Scheduling
    "GET /api/availability": Row(
        "availability:read", query={**WHEN, "participants": "{sub}", "duration_minutes": "30"}
    ),
    "POST /api/availability/explain": Row(
        "availability:read", body={"participants": ["{sub}"], "start": START, "duration_minutes": 30}
    ),
    "POST /api/availability/preview": Row("availability:read", body={"rules": HOURS, **WHEN}),
    "POST /api/bookings": Row(
        "bookings:write",
        body={"participants": ["{sub}"], "start": START, "duration_minutes": 30, "title": "Talk"},
    ),
    "GET /api/bookings": Row("bookings:read", query=WHEN),
    "GET /api/bookings/{booking_id}": Row("bookings:read", "private"),
    "POST /api/bookings/{booking_id}/reschedule": Row("bookings:write", "private", {"start": LATER}),
    "POST /api/bookings/{booking_id}/cancel": Row("bookings:write", "private", {}),
    "POST /api/bookings/{booking_id}/accept": Row("bookings:write", "private"),
    "POST /api/bookings/{booking_id}/decline": Row("bookings:write", "private", {}),
    "GET /api/bookings/{booking_id}/calendar.ics": Row("bookings:read", "private"),
    "POST /api/bookings/{booking_id}/retry-calendar": Row("bookings:write", "private"),
    "GET /api/bookings/{booking_id}/invitations": Row("bookings:read", "private"),
    "POST /api/bookings/{booking_id}/proposals/{proposal_id}/accept": Row("bookings:write", "private"),
    "POST /api/bookings/{booking_id}/proposals/{proposal_id}/decline": Row("bookings:write", "private", {}),
    "GET /api/booking-pages": Row("pages:read"),
    "POST /api/booking-pages": Row("pages:write", body={"name": "Intro call"}),
    "GET /api/booking-pages/{page_id}": Row("pages:read", "private"),
    "PATCH /api/booking-pages/{page_id}": Row("pages:write", "private", {"name": "Longer call"}),
    "DELETE /api/booking-pages/{page_id}": Row("pages:write", "private"),
    "POST /api/booking-pages/{page_id}/leave": Row("pages:write", "private"),
    "PUT /api/booking-pages/{page_id}/logo": Row("pages:write", "private"),
    "DELETE /api/booking-pages/{page_id}/logo": Row("pages:write", "private"),
    "GET /api/booking-pages/{page_id}/statistics": Row("pages:read", "private"),
    "GET /api/booking-pages/{page_id}/qr.svg": Row("pages:read", "private"),
    "GET /api/holidays": Row("rules:read", query={"country": "GB", "year": "2027"}),
    "GET /api/holidays/countries": Row("rules:read"),
    "POST /api/availability-shares": Row(
        "bookings:write", body={"start": START, "end": LATER, "expires_at": LATER}
    ),
    "GET /api/availability-shares": Row("bookings:read"),
    "DELETE /api/availability-shares/{share_id}": Row("bookings:write", "private"),
    "GET /api/holds": Row("bookings:read"),
    "POST /api/holds": Row(
        "bookings:write", body={"participants": ["{sub}"], "start": LATER, "duration_minutes": 30}
    ),
    "DELETE /api/holds/{hold_id}": Row("bookings:write", "private"),
    "GET /api/resources": Row("members:read"),
    "POST /api/resources": Row(MANAGE, body={"name": "Den", "email": "den@example.com", "tzid": "UTC"}),
    "GET /api/resources/{resource_id}": Row("members:read", "organisation"),
    "PATCH /api/resources/{resource_id}": Row(MANAGE, "organisation", {"seats": 4}),
    "DELETE /api/resources/{resource_id}": Row(MANAGE, "organisation"),
    "GET /api/resources/{resource_id}/availability-rules": Row("members:read", "organisation"),
    "PUT /api/resources/{resource_id}/availability-rules": Row(MANAGE, "organisation", HOURS),
    "GET /api/availability-rules": Row("rules:read"),
    "PUT /api/availability-rules": Row("rules:write", body=HOURS),
    "POST /v1/availability": Row(V1, body={"required_duration": 30}),
    "POST /v1/sequenced_availability": Row(V1, body={"sequence": []}),
    "GET /v1/account": Row(V1),
    "GET /v1/userinfo": Row(V1),
    "GET /v1/profiles": Row(V1),
    "POST /v1/profiles/{profile_id}/revoke": Row(V1),
    "GET /v1/calendars": Row(V1),
    "POST /v1/calendars": Row(V1, body={"profile_id": "{connection_id}", "name": "Travel"}),
    "GET /v1/accessible_calendars": Row(V1),
    "POST /v1/permissions": Row(V1, body={"permissions": []}),
    "POST /v1/conferencing_service_authorizations": Row(
        V1, body={"redirect_uri": "https://app.example.com/"}
    ),
    "POST /v1/service_account_authorizations": Row(V1, body={"email": "ana@example.com"}),
    "POST /v1/element_tokens": Row(V1, body={"permissions": ["agenda"], "subs": ["{sub}"]}),
    "POST /v1/link_tokens": Row(V1),
    "POST /v1/application_calendars": Row(V1, body={"application_calendar_id": "office"}),
    "GET /v1/availability_rules": Row(V1),
    "POST /v1/availability_rules": Row(V1, body={"availability_rule_id": "default"}),
    "GET /v1/availability_rules/{availability_rule_id}": Row(V1),
    "DELETE /v1/availability_rules/{availability_rule_id}": Row(V1),
    "POST /v1/real_time_scheduling": Row(V1, body={"event": {"summary": "Talk"}}),
    "GET /v1/real_time_scheduling": Row(V1, query={"token": "x"}),
    "GET /v1/real_time_scheduling/{link_id}": Row(V1),
    "PATCH /v1/real_time_scheduling/{link_id}": Row(V1, body={"max_uses": 2}),
    "POST /v1/real_time_scheduling/{link_id}/disable": Row(V1, body={}),
    "POST /v1/real_time_sequencing": Row(V1, body={"event": {"summary": "Talk"}}),
    "GET /v1/real_time_sequencing": Row(V1, query={"token": "x"}),
    "GET /v1/real_time_sequencing/{link_id}": Row(V1),
    "PATCH /v1/real_time_sequencing/{link_id}": Row(V1, body={"max_uses": 2}),
    "POST /v1/real_time_sequencing/{link_id}/disable": Row(V1, body={}),
    "POST /v1/add_to_calendar": Row(V1, body={"event": {"summary": "Talk"}}),
    # Public booking pages
    "GET /book/{token}": Row(LINK),
    "GET /book/{token}/event.ics": Row(LINK),
    "POST /book/{token}": Row(LINK, body={}),
    "POST /book/{token}/no-times": Row(LINK, body={}),
    "POST /book/{token}/wait": Row(LINK, body={}),
    "GET /book/waitlist/{token}": Row(LINK),
    "POST /book/waitlist/{token}/claim": Row(LINK, body={}),
    "POST /book/waitlist/{token}/leave": Row(LINK, body={}),
    "GET /book/manage/{token}": Row(LINK),
    "GET /book/manage/{token}/calendar.ics": Row(LINK),
    "POST /book/manage/{token}/move": Row(LINK, body={}),
    "POST /book/manage/{token}/cancel": Row(LINK, body={}),
    "GET /book/logos/{name}": Row(LINK),
    "GET /book/assets/{digest}.css": Row(LINK),
    "GET /book/assets/{digest}.js": Row(LINK),
    "GET /book/theme/{accent}.css": Row(LINK),
    "GET /rts/{token}": Row(LINK),
    "GET /real_time_scheduling/{token}": Row(LINK),
    "GET /add_to_calendar/scheduling/{token}": Row(LINK),
    "GET /v1/resources": Row(V1),
    "GET /v1/events": Row(V1, query={"tzid": "Etc/UTC"}),
    "GET /v1/events/pages/{page}": Row(V1),
    "DELETE /v1/events": Row(V1, body={"delete_all": True}),
    "GET /v1/free_busy": Row(V1, query={"tzid": "Etc/UTC"}),
    "GET /v1/free_busy/pages/{page}": Row(V1),
    "POST /v1/calendars/{calendar_id}/events": Row(V1, body={"event_id": "e1"}),
    "DELETE /v1/calendars/{calendar_id}/events": Row(V1, body={"event_id": "e1"}),
    "POST /v1/calendars/{calendar_id}/events/{event_uid}/participation_status": Row(
        V1, body={"status": "accepted"}
    ),
    "POST /v1/attachments": Row(
        V1,
        body={"attachment": {"file_name": "a.txt", "content_type": "text/plain", "base64_content": "QQ=="}},
    ),
    "GET /attachments/{token}/{file_name}": Row(LINK),
    "POST /v1/batch": Row(V1, body={"batch": []}),
    "GET /v1/available_periods": Row(V1),
    "GET /v1/available_periods/pages/{page}": Row(V1),
    "POST /v1/available_periods": Row(V1, body={"available_period_id": "one"}),
    "DELETE /v1/available_periods": Row(V1, body={"delete_all": True}),
    "GET /api/calendar-connections": Row("calendars:read"),
    "POST /api/calendar-connections": Row("calendars:write", body=CALDAV),
    "GET /api/calendar-connections/oauth": Row("calendars:read"),
    "POST /api/calendar-connections/oauth": Row(
        "calendars:write", body={"kind": "google", "access": "two_way"}
    ),
    "GET /api/calendar-connections/health": Row(MANAGE),
    "GET /api/calendar-connections/{connection_id}/future-bookings": Row("calendars:read", "private"),
    "GET /api/calendar-conflicts": Row("bookings:read"),
    "POST /api/calendar-conflicts/{conflict_id}/resolve": Row(
        "bookings:write", "private", {"choice": "ours"}
    ),
    "GET /api/calendar-connections/{connection_id}": Row("calendars:read", "private"),
    "PATCH /api/calendar-connections/{connection_id}": Row("calendars:write", "private", {"label": "Mine"}),
    "POST /api/calendar-connections/{connection_id}/sync": Row("calendars:write", "private"),
    "DELETE /api/calendar-connections/{connection_id}": Row("calendars:write", "private"),
    "GET /api/calendar-feeds": Row(PERSON),
    "POST /api/calendar-feeds": Row(PERSON, body={"name": "Ana", "detail": "busy"}),
    "POST /api/calendar-feeds/{feed_id}/renew": Row(PERSON, "private"),
    "DELETE /api/calendar-feeds/{feed_id}": Row(PERSON, "private"),
    "GET /feeds/{token}.ics": Row(LINK),
    "GET /api/webhooks": Row("webhooks:manage"),
    "POST /api/webhooks": Row(
        "webhooks:manage", body={"url": "https://hooks.example.com/x", "events": ["booking.confirmed"]}
    ),
    "GET /api/webhooks/{webhook_id}": Row("webhooks:manage", "private"),
    "GET /api/webhooks/{webhook_id}/deliveries": Row("webhooks:manage", "private"),
    "POST /api/webhooks/{webhook_id}/deliveries/{delivery_id}/retry": Row("webhooks:manage", "private"),
    "POST /api/webhooks/{webhook_id}/resume": Row("webhooks:manage", "private"),
    "DELETE /api/webhooks/{webhook_id}": Row("webhooks:manage", "private"),
    "POST /api/smart-invites/reply": Row("smart_invites:write"),
    "GET /v1/smart_invites": Row(V1),
    "POST /v1/smart_invites": Row(V1, body={"smart_invite_id": "one"}),
    "GET /v1/channels": Row(V1),
    "POST /v1/channels": Row(V1, body={"callback_url": "https://app.example.com/"}),
    "DELETE /v1/channels/{channel_id}": Row(V1),
    # Applications
    "GET /api/applications/{client_id}/deliveries": Row(MANAGE, "organisation"),
    "POST /api/applications/{client_id}/deliveries/{client_delivery_id}/retry": Row(MANAGE, "organisation"),
    # Connect
    "GET /connect/api/start": Row(SESSION),
    "GET /connect/api/people/{sub}": Row(SESSION, "organisation"),
    "GET /connect/api/upcoming": Row(SESSION),
    "POST /connect/api/notifications/read": Row(SESSION, body={"notification_ids": []}),
    "POST /connect/api/ws-ticket": Row(SESSION),
    "POST /connect/api/conversations": Row(SESSION, body={"kind": "channel", "name": "news"}),
    "GET /connect/api/channels": Row(SESSION),
    "PATCH /connect/api/conversations/{conversation_id}": Row(SESSION, "private", {"topic": "Plans"}),
    "POST /connect/api/conversations/{conversation_id}/join": Row(SESSION),
    "POST /connect/api/conversations/{conversation_id}/leave": Row(SESSION),
    "GET /connect/api/conversations/{conversation_id}/members": Row(SESSION, "private"),
    "POST /connect/api/conversations/{conversation_id}/members": Row(SESSION, "private", {"sub": "{sub}"}),
    "GET /connect/api/conversations/{conversation_id}/messages": Row(SESSION, "private"),
    "POST /connect/api/conversations/{conversation_id}/messages": Row(
        SESSION, "private", {"body": "Hello", "client_nonce": "nonce-of-ana-1"}
    ),
    "PATCH /connect/api/messages/{message_id}": Row(SESSION, "private", {"body": "Hello!"}),
    "DELETE /connect/api/messages/{message_id}": Row(SESSION, "private"),
    "POST /connect/api/conversations/{conversation_id}/read": Row(SESSION, "private", {"seq": 1}),
    "GET /connect/api/availability": Row(SESSION, query={**WHEN, "with": "{sub}", "duration_minutes": "30"}),
    "POST /connect/api/availability/explain": Row(
        SESSION, body={"with": ["{sub}"], "start": START, "duration_minutes": 30}
    ),
    "GET /connect/api/availability-shares/preview": Row(SESSION, query={"days": "7"}),
    "POST /connect/api/conversations/{conversation_id}/availability-shares": Row(
        SESSION, "private", {"days": 7, "client_nonce": "nonce-of-ana-3"}
    ),
    "GET /connect/api/availability-shares/{shared_in}": Row(SESSION, "private"),
    "POST /connect/api/availability-shares/{shared_in}/refresh": Row(SESSION, "private"),
    "POST /connect/api/availability-shares/{shared_in}/bookings": Row(
        SESSION,
        "private",
        {"start": START, "duration_minutes": 30, "title": "Talk"},
        headers={"Idempotency-Key": "k2"},
    ),
    "DELETE /connect/api/availability-shares/{shared_in}": Row(SESSION, "private"),
    "GET /connect/api/resources": Row(SESSION),
    "POST /connect/api/bookings": Row(
        SESSION,
        body={"with": ["{sub}"], "start": START, "duration_minutes": 30, "title": "Talk"},
        headers={"Idempotency-Key": "k1"},
    ),
    "GET /connect/api/bookings/{booking_id}": Row(SESSION, "private"),
    "POST /connect/api/bookings/{booking_id}/reschedule": Row(SESSION, "private", {"start": LATER}),
    "POST /connect/api/bookings/{booking_id}/cancel": Row(SESSION, "private", {}),
    "POST /connect/hooks/scheduling": Row(SIGNED, body={}),
    "POST /push/google": Row(SIGNED),
    "POST /push/microsoft": Row(SIGNED, body={"value": []}),
    "POST /push/microsoft/lifecycle": Row(SIGNED, body={"value": []}),
    "WEBSOCKET /connect/ws": Row(TICKET),
    # The installation
    "GET /healthz": Row(OPEN),
    "GET /readyz": Row(OPEN),
    "GET /metrics": Row(OPEN),
    "GET /openapi.json": Row(OPEN),
    "GET /{path:path}": Row(OPEN),
    # Built files: there once the front end has been built.
    "MOUNT /assets": Row(OPEN),
    "MOUNT /static": Row(OPEN),
}
