"""The services about calendars that answer back, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from convene.services.bookings import BookingService
from convene.services.calendar_conferences import CalendarConferences
from convene.services.calendar_conflicts import CalendarConflictService
from convene.services.calendar_health import CalendarHealthService
from convene.services.connection_policies import ConnectionPolicies
from convene.services.connections import ConnectionService
from convene.services.sync import NotifyAttention
from convene.services.two_way import TwoWayService


@dataclass(frozen=True, slots=True)
class TwoWayServices:
    weighing: TwoWayService
    conflicts: CalendarConflictService
    policies: ConnectionPolicies
    health: CalendarHealthService
    conferences: CalendarConferences


def build_two_way(
    service: ConnectionService, booking_service: BookingService, notify_attention: NotifyAttention
) -> TwoWayServices:
    """Give each what it needs. `service` knows the providers and how to sign in to them."""
    weighing = TwoWayService(
        service.db,
        service.clock,
        service.jobs,
        service.tokens,
        service.providers,
        booking_service,
        notify_attention=notify_attention,
    )
    return TwoWayServices(
        weighing,
        CalendarConflictService(service.db, service.clock, booking_service, weighing.decisions),
        ConnectionPolicies(service),
        CalendarHealthService(service),
        CalendarConferences(
            service.db,
            service.clock,
            service.jobs,
            service.tokens,
            service.providers,
            booking_service,
            notify_attention=notify_attention,
        ),
    )
