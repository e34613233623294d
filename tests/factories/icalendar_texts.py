"""Calendar texts for tests, written as a calendar program would."""

from __future__ import annotations


def calendar(*parts: str, lead: str = "") -> str:
    """Return a VCALENDAR around components."""
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Test//EN",
            *filter(None, [lead]),
            *parts,
            "END:VCALENDAR",
            "",
        ]
    )


def event(*lines: str, uid: str = "one@test", summary: str = "Weekly review") -> str:
    """Return a VEVENT with these property lines."""
    return "\r\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"]
    )


def timed(start: str, end: str, tzid: str = "Europe/London") -> tuple[str, str]:
    """Return the DTSTART and DTEND lines of local times such as 20260105T090000."""
    return f"DTSTART;TZID={tzid}:{start}", f"DTEND;TZID={tzid}:{end}"
