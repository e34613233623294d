"""Bookings: confirm, reschedule, cancel."""


class BookingService: ...
