"""The vendors' clouds whose calendars people can connect, each as settings say that this installation is known there."""

from __future__ import annotations

from convene.ports.runtime import Clock
from convene.providers.google_calendar import GoogleCalendarProvider
from convene.providers.google_session import GoogleEndpoints
from convene.providers.http_client import HttpClient
from convene.providers.microsoft_calendar import MicrosoftCalendarProvider
from convene.providers.microsoft_session import MicrosoftEndpoints
from convene.settings import Settings


def google_calendars(client: HttpClient, settings: Settings, clock: Clock) -> GoogleCalendarProvider:
    google = settings.google
    endpoints = GoogleEndpoints(
        google.client_id,
        google.client_secret.reveal(),
        f"{google.accounts_url}/o/oauth2/v2/auth",
        f"{google.tokens_url}/token",
        f"{google.tokens_url}/revoke",
        f"{google.api_url}/calendar/v3",
    )
    return GoogleCalendarProvider(client, endpoints, clock)


def microsoft_calendars(client: HttpClient, settings: Settings, clock: Clock) -> MicrosoftCalendarProvider:
    microsoft = settings.microsoft
    endpoints = MicrosoftEndpoints(
        microsoft.client_id,
        microsoft.client_secret.reveal(),
        microsoft.tenant,
        microsoft.login_url,
        microsoft.graph_url,
    )
    return MicrosoftCalendarProvider(client, endpoints, clock)
