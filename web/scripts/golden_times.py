"""Writes test/fixtures/golden-times.json: how instants read on two clocks, by Python's zone database and plain rules.

The browser code must say the same with Intl alone; the two share no line, so either would expose the other's mistake.
Run `python scripts/golden_times.py` after adding a row and read the difference before committing it.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

NBSP = "\u00a0"
MINUS = "\u2212"

PAIRS = [
    ("Europe/London", "America/New_York", "Ana"),
    ("America/New_York", "Europe/London", "Bo"),
    ("Europe/London", "Asia/Kolkata", "Devi"),
    ("America/Los_Angeles", "Asia/Tokyo", "Ken"),
    ("Asia/Tokyo", "America/Los_Angeles", "Lee"),
    ("Europe/Berlin", "Asia/Kathmandu", "Maya"),
    ("America/St_Johns", "Europe/London", "Bo"),
    ("Australia/Adelaide", "America/New_York", "Ana"),
    ("Australia/Lord_Howe", "Australia/Sydney", "Kim"),
    ("Pacific/Auckland", "America/New_York", "Ana"),
    ("Pacific/Chatham", "Pacific/Auckland", "Kiri"),
    ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Tau"),
    ("Pacific/Pago_Pago", "Pacific/Apia", "Sina"),
    ("Pacific/Honolulu", "Australia/Sydney", "Kim"),
    ("Europe/London", "Africa/Cairo", "Omar"),
    ("UTC", "Europe/Lisbon", "Cas"),
    ("America/Sao_Paulo", "Europe/Madrid", "Eva"),
    ("Asia/Tehran", "Asia/Dubai", "Sara"),
    ("Europe/London", "Europe/Lisbon", "Cas"),
    ("Asia/Kolkata", "Asia/Yangon", "Aung"),
]

INSTANTS = [
    "2026-11-24T14:30:00Z",
    "2026-12-31T23:30:00Z",
    "2027-01-01T00:00:00Z",
    "2026-02-28T23:45:00Z",
    "2028-02-29T12:00:00Z",
    "2026-06-15T03:15:00Z",
    # North America: forward on 8 March, back on 1 November.
    "2026-03-08T06:59:00Z",
    "2026-03-08T07:00:00Z",
    "2026-03-08T09:59:00Z",
    "2026-03-08T10:00:00Z",
    "2026-11-01T05:30:00Z",
    "2026-11-01T06:30:00Z",
    # Europe: forward on 29 March, back on 25 October.
    "2026-03-29T00:59:00Z",
    "2026-03-29T01:00:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00Z",
    # Australia and New Zealand: back in April, forward in September and October.
    "2026-04-04T13:59:00Z",
    "2026-04-04T14:00:00Z",
    "2026-04-04T15:30:00Z",
    "2026-04-04T16:00:00Z",
    "2026-09-26T14:00:00Z",
    "2026-10-03T15:30:00Z",
    "2026-10-03T16:00:00Z",
    # Egypt: the day of the change has no midnight.
    "2026-04-23T21:59:00Z",
    "2026-04-23T22:00:00Z",
]

WEEKDAYS = {
    "en-GB": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    "en-US": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    "de-DE": ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
    "fr-FR": ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
    "sv-SE": ["mån", "tis", "ons", "tors", "fre", "lör", "sön"],
    "ja-JP": list("月火水木金土日"),
}
LOCALES = list(WEEKDAYS)


def clock(at: datetime, locale: str) -> str:
    if locale != "en-US":
        return at.strftime("%H:%M")
    return f"{at.hour % 12 or 12}:{at.minute:02d}{NBSP}{'AM' if at.hour < 12 else 'PM'}"


def offset_text(at: datetime) -> str:
    minutes = int(at.utcoffset().total_seconds() // 60)
    rest = f":{abs(minutes) % 60:02d}" if minutes % 60 else ""
    return f"GMT{MINUS if minutes < 0 else '+'}{abs(minutes) // 60}{rest}"


def row(text: str, mine: str, theirs: str, name: str, locale: str) -> dict[str, object]:
    at = datetime.fromisoformat(text).astimezone(UTC)
    here, there = at.astimezone(ZoneInfo(mine)), at.astimezone(ZoneInfo(theirs))
    shift = (there.date() - here.date()).days
    said = clock(here, locale)
    if here.utcoffset() != there.utcoffset():
        said += f" · {clock(there, locale)} {name}"
        if shift:
            sign = MINUS if shift < 0 else "+"
            unit = "day" if abs(shift) == 1 else "days"
            said += f" {sign}{abs(shift)} {unit} ({WEEKDAYS[locale][there.weekday()]})"
    else:
        shift = 0
    return {
        "at": text,
        "mine": mine,
        "theirs": theirs,
        "name": name,
        "locale": locale,
        "text": said,
        "day": here.date().isoformat(),
        "their_day": there.date().isoformat(),
        "shift": shift,
        "offset": offset_text(here),
        "their_offset": offset_text(there),
    }


def main() -> None:
    rows = [
        row(at, *pair, LOCALES[(index + position) % len(LOCALES)])
        for index, pair in enumerate(PAIRS)
        for position, at in enumerate(INSTANTS)
    ]
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in rows)
    target = Path(__file__).parent.parent / "test" / "fixtures" / "golden-times.json"
    target.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
