"""Availability: what is free, for listing, re-check and booking alike."""


class AvailabilityService: ...
