"""The people and rooms of the demonstration: four cities, one on a half-hour offset, one across the date line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ORGANIZATION = "Globex"
PASSWORD = "convene-demo"  # noqa: S105 - printed for whoever runs the demonstration


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as. `key` is how the other demo files name them."""

    key: str
    name: str
    title: str
    pronouns: str
    tzid: str
    role: str
    phone: str = ""
    sharing: str = "free_busy"

    @property
    def email(self) -> str:
        return f"{self.name.split()[0].lower()}@globex.example"


PEOPLE = (
    DemoPerson("bo", "Bo Lind", "Engineering lead", "he/him", "Europe/London", "owner", "+44 20 7946 0101"),
    DemoPerson(
        "ana", "Ana Ruiz", "Product manager", "she/her", "America/New_York", "admin", "+1 212 555 0134"
    ),
    DemoPerson("priya", "Priya Nair", "Designer", "she/her", "Asia/Kolkata", "member", "+91 33 5550 0142"),
    DemoPerson(
        "tama", "Tama Reid", "Customer support", "they/them", "Pacific/Auckland", "member", "+64 9 555 0117"
    ),
    DemoPerson("sam", "Sam Okafor", "Sales", "he/him", "America/New_York", "member"),
    DemoPerson("ines", "Ines Marsh", "Legal counsel", "she/her", "Europe/London", "member", sharing="nobody"),
)

ROOMS = (
    {
        "name": "Aldgate",
        "email": "aldgate@globex.example",
        "tzid": "Europe/London",
        "seats": 6,
        "place": "London, 2nd floor",
        "equipment": ["screen", "whiteboard"],
    },
    {
        "name": "Hudson",
        "email": "hudson@globex.example",
        "tzid": "America/New_York",
        "seats": 12,
        "place": "New York, 14th floor",
        "equipment": ["screen", "video system"],
    },
)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def rules_of(person: DemoPerson) -> dict[str, Any]:
    """Return the working hours in which this person can be booked."""
    hours = {"tama": ("08:00", "16:30"), "priya": ("10:00", "18:30"), "sam": ("08:30", "17:00")}
    start, end = hours.get(person.key, ("09:00", "17:30"))
    weekly = [{"day": day, "start_time": start, "end_time": end} for day in DAYS]
    if person.key == "bo":
        # Lunch is kept free, and Friday ends early.
        weekly = [
            piece
            for day in DAYS
            for piece in (
                {"day": day, "start_time": "09:00", "end_time": "12:30"},
                {"day": day, "start_time": "13:30", "end_time": "16:00" if day == "friday" else "18:00"},
            )
        ]
    return {
        "tzid": person.tzid,
        "weekly_periods": weekly,
        "date_overrides": [],
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 5 if person.key == "sam" else 0,
        "minimum_notice_minutes": 60,
        "horizon_days": 90,
        "start_interval_minutes": 30,
        "daily_limit": None,
    }
