"""Everything the platform can do, as one value that the HTTP and job floors are handed."""

from __future__ import annotations

from dataclasses import dataclass

from convene.ports.holidays import HolidayCalendar
from convene.ports.runtime import Clock, JobQueue
from convene.services.attachments import AttachmentService
from convene.services.availability import AvailabilityService
from convene.services.availability_query import AvailabilityQueryService
from convene.services.availability_shares import AvailabilityShareService
from convene.services.available_periods import AvailablePeriodsService
from convene.services.booking_pages import BookingPageService
from convene.services.bookings import BookingService
from convene.services.calendar_feeds import CalendarFeedService
from convene.services.calendar_oauth import CalendarOAuth
from convene.services.calendar_push import CalendarPush
from convene.services.channels import ChannelService
from convene.services.connections import ConnectionService
from convene.services.event_triggers import EventTriggers
from convene.services.event_writing import EventWritingService
from convene.services.events import EventService
from convene.services.foreign_events import ForeignEventService
from convene.services.holds import HoldService
from convene.services.link_bookings import LinkBookings
from convene.services.link_changes import LinkChanges
from convene.services.link_gate import LinkGate
from convene.services.link_requests import LinkRequests
from convene.services.link_visits import LinkVisits
from convene.services.links import LinkService
from convene.services.mail import Mail
from convene.services.managed_events import ManagedEventService
from convene.services.managed_rules import ManagedRulesService
from convene.services.page_logos import PageLogoService
from convene.services.page_statistics import PageStatisticsService
from convene.services.profiles import ProfileService
from convene.services.rules import RulesService
from convene.services.smart_invites import SmartInviteService
from convene.services.sync import SyncService
from convene.services.two_way_services import TwoWayServices
from convene.services.waitlist import WaitlistService
from convene.services.webhooks import WebhookService
from convene.services.why_not import WhyNotService
from convene.services.write_back import WriteBackService
from convene.storage.database import Database


@dataclass(frozen=True, slots=True)
class Platform:
    db: Database
    clock: Clock
    jobs: JobQueue
    attachments: AttachmentService
    availability: AvailabilityService
    availability_queries: AvailabilityQueryService
    availability_shares: AvailabilityShareService
    available_periods: AvailablePeriodsService
    booking_pages: BookingPageService
    bookings: BookingService
    calendar_feeds: CalendarFeedService
    calendar_oauth: CalendarOAuth
    channels: ChannelService
    connections: ConnectionService
    event_triggers: EventTriggers
    event_writing: EventWritingService
    events: EventService
    holds: HoldService
    holidays: HolidayCalendar
    foreign_events: ForeignEventService
    managed_events: ManagedEventService
    link_bookings: LinkBookings
    link_changes: LinkChanges
    link_requests: LinkRequests
    link_visits: LinkVisits
    link_gate: LinkGate
    links: LinkService
    mail: Mail
    managed_rules: ManagedRulesService
    page_logos: PageLogoService
    page_statistics: PageStatisticsService
    profiles: ProfileService
    push: CalendarPush
    rules: RulesService
    smart_invites: SmartInviteService
    sync: SyncService
    two_way: TwoWayServices
    waitlist: WaitlistService
    webhooks: WebhookService
    why_not: WhyNotService
    write_back: WriteBackService
