"""Meetings that are put into other calendars, and how their links and files must read: letter by letter in
`tests/fixtures/calendar_links`, one file for each service and case.

Run as a program this writes the files anew; what changed in them is then to be looked at, since programs of others read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from convene.core.series import occurrences, rule_of
from convene.formats.booking_event import BookedMeeting, booking_event
from convene.formats.calendar_links import calendar_links
from convene.formats.event_content import content_text

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "calendar_links"
STAMP = datetime(2026, 11, 20, 9, tzinfo=UTC)
JOIN = "https://meet.example.com/abc-defg-hij?pwd=x&from=calendar"
ODD = 'Q&A: 1+1 = 2? 100% "sure"; <b>, back\\slash, 😀 + #tag'
RTL = "פגישה עם רותם – اجتماع الفريق (Q3)"


@dataclass(frozen=True)
class Case:
    """A meeting. `starts`: more than one for a series. A date as start and end: whole days, the end not included."""

    name: str
    title: str
    starts: tuple[datetime | date, ...]
    end: datetime | date
    tzid: str
    details: str = ""
    location: str = ""
    join_url: str = ""

    @property
    def links(self) -> Mapping[str, str]:
        instants = [at for at in self.starts if isinstance(at, datetime)]
        return calendar_links(
            title=self.title,
            start=self.starts[0],
            end=self.end,
            details=self.details,
            location=self.location or self.join_url,
            tzid=self.tzid,
            rule=rule_of(instants, self.tzid),
        )

    @property
    def file(self) -> str:
        return "".join(self._file(number, at) for number, at in enumerate(self.starts, 1))

    def uid(self, number: int) -> str:
        return f"{self.name}-{number}@convene.example"

    def _file(self, number: int, start: datetime | date) -> str:
        if not (isinstance(start, datetime) and isinstance(self.end, datetime)):
            content = {
                "summary": self.title,
                "start": start.isoformat(),
                "end": self.end.isoformat(),
                "description": self.details,
                "location": {"description": self.location},
            }
            return content_text(self.uid(number), content, STAMP, method="PUBLISH")
        first = self.starts[0]
        assert isinstance(first, datetime)
        meeting = BookedMeeting(
            uid=self.uid(number),
            booking_id=f"bkg_{number}",
            revision=3,
            title=self.title,
            start=start,
            end=start + (self.end - first),
            tzid=self.tzid,
            stamp=STAMP,
            description=self.details,
            join_url=self.join_url,
            location=self.location,
        )
        return booking_event(meeting, method="PUBLISH")


def _single(name: str, title: str, start: datetime, minutes: int, tzid: str, **more: str) -> Case:
    return Case(name, title, (start,), start + timedelta(minutes=minutes), tzid, **more)


def _series(name: str, title: str, start: datetime, frequency: str, count: int, tzid: str) -> Case:
    starts = occurrences(start, frequency, count, tzid)  # type: ignore[arg-type]
    return Case(name, title, tuple(starts), start + timedelta(minutes=45), tzid)


CASES: Sequence[Case] = (
    _single("winter", "Planning", datetime(2026, 12, 1, 14, 30, tzinfo=UTC), 30, "America/New_York"),
    _single("summer", "Planning", datetime(2027, 7, 1, 13, 30, tzinfo=UTC), 30, "America/New_York"),
    # Berlin puts its clocks back at 01:00 UTC, and Sydney's are ahead by then.
    _single("clocks-back", "Night shift", datetime(2026, 10, 24, 23, 30, tzinfo=UTC), 240, "Europe/Berlin"),
    _single("clocks-forward", "Early flight", datetime(2027, 3, 28, 0, 30, tzinfo=UTC), 90, "Europe/Berlin"),
    _single("southern", "Standup", datetime(2026, 10, 3, 15, 30, tzinfo=UTC), 60, "Australia/Sydney"),
    _single("over-a-day", "Sailing", datetime(2026, 12, 4, 8, 0, tzinfo=UTC), 30 * 60, "Asia/Kolkata"),
    _series(
        "weekly", "One to one", datetime(2026, 10, 12, 7, 0, tzinfo=UTC), "weekly", 4, "Europe/Berlin"
    ),
    _series(
        "fortnightly", "Review", datetime(2027, 3, 1, 14, 0, tzinfo=UTC), "biweekly", 3, "America/New_York"
    ),
    Case("all-day", "Offsite", (date(2026, 12, 1),), date(2026, 12, 2), "Europe/Berlin", location="Lake House"),
    Case("all-days", "Holiday", (date(2026, 12, 24),), date(2027, 1, 2), "Pacific/Auckland"),
    _single(
        "join-link", "Video call", datetime(2026, 12, 1, 9, 0, tzinfo=UTC), 25, "Europe/Madrid",
        details=f"Join: {JOIN}\nChange: https://convene.example.com/bookings/bkg_1", join_url=JOIN,
    ),
    _single(
        "odd-letters", ODD, datetime(2026, 12, 1, 9, 0, tzinfo=UTC), 60, "UTC",
        details=f"{ODD}\n\nSecond; paragraph, with\ttab", location="Room 4, 2nd floor; left",
    ),
    _single(
        "right-to-left", RTL, datetime(2026, 12, 1, 9, 0, tzinfo=UTC), 60, "Asia/Jerusalem",
        details=f"{RTL}\n{RTL}", location="תל אביב",
    ),
    _single(
        "long", "A title that is rather long, as titles go, " * 3 + "too", datetime(2026, 12, 1, 9, 0, tzinfo=UTC), 60, "Asia/Tokyo",
        details="Zeile für Zeile, so lang wie niemand liest. " * 80 + "Ende", location="会議室" * 6,
    ),
)  # fmt: skip


def files(case: Case) -> Mapping[str, str]:
    """Return file name -> content of a case."""
    return {
        **{f"{name}.txt": link + "\n" for name, link in case.links.items()},
        # The repository keeps line ends of one kind.
        "event.ics": case.file.replace("\r\n", "\n"),
    }


def main() -> None:
    for case in CASES:
        folder = FOLDER / case.name
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files(case).items():
            (folder / name).write_text(text)


if __name__ == "__main__":
    main()
