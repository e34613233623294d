"""Convene from Python: find a time, book it, move it, hear of changes. Typed, for synchronous and asynchronous programs.

    from convene.client import Client

    with Client("https://convene.example.com", token) as convene:
        free = convene.availability(["acc_ana", "acc_bo"], start, end, duration_minutes=30)
        booking = convene.book(["acc_ana"], free.slots[0].start, 30, title="Launch chat")

`AsyncClient` has the same methods to await. Instants are aware datetimes. Nothing here needs the rest of Convene.
"""

from convene.client.calls import Call
from convene.client.client import AsyncClient, Client
from convene.client.errors import ApiError, InvalidSignature, SlotTaken, StaleBooking, TransportError
from convene.client.types import Availability, Booking, Link, Member, Participant, Slot, Webhook
from convene.client.webhooks import Event, verified

__all__ = [
    "ApiError",
    "AsyncClient",
    "Availability",
    "Booking",
    "Call",
    "Client",
    "Event",
    "InvalidSignature",
    "Link",
    "Member",
    "Participant",
    "Slot",
    "SlotTaken",
    "StaleBooking",
    "TransportError",
    "Webhook",
    "verified",
]
