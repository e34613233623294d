"""What the calls answer. Members that this version does not know are left out, so newer servers can be talked to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Slot(msgspec.Struct, frozen=True):
    """A time that can be booked. `outside_hours` names flexible people in whose working hours it does not lie."""

    start: datetime
    end: datetime
    outside_hours: list[str] = []


class Suggestion(msgspec.Struct, frozen=True):
    """A good one among the slots; `reason` says why (`soonest`, `both_in_hours`...)."""

    start: datetime
    end: datetime
    reason: str


class Sight(msgspec.Struct, frozen=True):
    """What could be seen of one person's time: `ok`, `no_calendar`, `not_shared` or `unknown`."""

    sub: str
    name: str
    tzid: str
    state: str
    detail: str
    as_of: datetime


class Availability(msgspec.Struct, frozen=True):
    """Times at which everybody is free. Without any, look at `participants[].state` before you conclude."""

    slots: list[Slot]
    participants: list[Sight]
    suggestions: list[Suggestion]
    next_free: datetime | None
    as_of: datetime


class Participant(msgspec.Struct, frozen=True):
    """Somebody in a meeting; `calendar["state"]` tells how far their own calendar has followed."""

    sub: str
    name: str
    tzid: str
    role: str
    rsvp: str
    calendar: dict[str, Any]


class Booking(msgspec.Struct, frozen=True):
    """A meeting. `revision` grows with each change; hand it back to change only what you have seen."""

    booking_id: str
    revision: int
    state: str
    title: str
    note: str
    start: datetime
    end: datetime
    organizer_id: str
    tzid: str
    participants: list[Participant]
    conferencing: dict[str, Any] | None
    links: dict[str, str]
    reason: str = ""
    origin: dict[str, Any] = {}


class Bookings(msgspec.Struct, frozen=True):
    bookings: list[Booking]


class Member(msgspec.Struct, frozen=True):
    sub: str
    name: str
    email: str
    tzid: str
    role: str
    suspended: bool = False


class Members(msgspec.Struct, frozen=True):
    members: list[Member]


class Webhook(msgspec.Struct, frozen=True):
    """A subscription. `secret` is there once, in the answer to its making."""

    webhook_id: str
    url: str
    events: list[str]
    state: str
    secret: str = ""


class Link(msgspec.Struct, frozen=True):
    """A booking link of an application; give `url` to whoever shall pick a time. `status`: open, completed, disabled."""

    real_time_scheduling_id: str
    url: str
    status: str
    event: dict[str, Any] = {}


class LinkAnswer(msgspec.Struct, frozen=True):
    real_time_scheduling: Link
