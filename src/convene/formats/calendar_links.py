"""Links that open another calendar's "new event" form with a meeting filled in.

The services do not document these addresses. A link is a copy of one moment: after the meeting moves it is the .ics
file, whose UID stays, that updates a calendar. Google alone takes a rule by which it repeats; the other links hold the
first meeting, and the .ics file holds all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from urllib.parse import quote

MAX_LENGTH = 2_000
"""Characters of an address that every client passes on; longer ones lose the end of their description."""
_ELLIPSIS = "…"
LINK_NAMES = {"google": "Google", "outlook": "Outlook.com", "office365": "Microsoft 365", "yahoo": "Yahoo"}


def calendar_links(
    *,
    title: str,
    start: datetime | date,
    end: datetime | date,
    details: str = "",
    location: str = "",
    tzid: str = "UTC",
    rule: str = "",
) -> dict[str, str]:
    """Return the links for `google`, `outlook`, `office365` and `yahoo`.

    start and end are aware instants, or dates for what lasts whole days, whose end is the day after the last. tzid is
    the zone in which Google shows the time first, and in which it repeats by `rule` (an RRULE's value). No link is
    longer than 2,000 characters: the description is cut first, then the location, then the title.
    """
    is_all_day = not isinstance(start, datetime)
    compact, extended = (_compact(start), _compact(end)), (_extended(start), _extended(end))
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "startdt": extended[0],
        "enddt": extended[1],
        **({"allday": "true"} if is_all_day else {}),
    }
    texts = {"title": title, "details": details, "location": location}
    microsoft = {"title": "subject", "details": "body", "location": "location"}
    return {
        "google": _link(
            "https://calendar.google.com/calendar/render",
            {
                "action": "TEMPLATE",
                "dates": "/".join(compact),
                "ctz": tzid,
                **({"recur": f"RRULE:{rule}"} if rule else {}),
            },
            {"title": "text", "details": "details", "location": "location"},
            texts,
        ),
        "outlook": _link("https://outlook.live.com/calendar/deeplink/compose", outlook, microsoft, texts),
        "office365": _link("https://outlook.office.com/calendar/deeplink/compose", outlook, microsoft, texts),
        "yahoo": _link(
            "https://calendar.yahoo.com/",
            {"v": "60", "st": compact[0], **_yahoo_end(start, end)},
            {"title": "title", "details": "desc", "location": "in_loc"},
            texts,
        ),
    }


def _compact(at: datetime | date) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" if isinstance(at, datetime) else f"{at:%Y%m%d}"


def _extended(at: datetime | date) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(at, datetime) else f"{at:%Y-%m-%d}"


def _link(base: str, fixed: Mapping[str, str], names: Mapping[str, str], texts: Mapping[str, str]) -> str:
    """Return the address with fixed parameters and texts under the service's own names, cut to fit."""
    shown = dict(texts)
    while True:
        parameters = [f"{name}={quote(value, safe='/:')}" for name, value in fixed.items()]
        parameters += [f"{name}={_encoded(shown[text])}" for text, name in names.items() if shown[text]]
        address = f"{base}?{'&'.join(parameters)}"
        if len(address) <= MAX_LENGTH:
            return address
        _shorten(shown, len(address) - MAX_LENGTH)


def _yahoo_end(start: datetime | date, end: datetime | date) -> dict[str, str]:
    """Return what tells Yahoo the end: hours and minutes, which count only below a day, or that whole days are meant."""
    if not (isinstance(start, datetime) and isinstance(end, datetime)):
        return {"et": _compact(end), "dur": "allday"}
    minutes = int((end - start).total_seconds()) // 60
    return {"dur": f"{minutes // 60:02}{minutes % 60:02}"} if minutes < 24 * 60 else {"et": _compact(end)}


def _shorten(texts: dict[str, str], excess: int) -> None:
    """Cut about `excess` encoded characters from the least important text that is there, at least one character."""
    name = next(name for name in ("details", "location", "title") if texts[name])
    text = texts[name].removesuffix(_ELLIPSIS)
    excess += len(_encoded(_ELLIPSIS))
    while text and excess > 0:
        excess -= len(_encoded(text[-1]))
        text = text[:-1]
    # A cut address of a video call would lead nowhere: it goes as a whole.
    texts[name] = text + _ELLIPSIS if text and name != "location" else ""


def _encoded(text: str) -> str:
    """Percent-encode a parameter: a space becomes %20, which unlike + is understood everywhere."""
    return quote(text.replace("\r\n", "\n"), safe="")
