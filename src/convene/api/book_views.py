"""What the public booking pages show: from a link, its offers and the visitor's zone to the values of a template."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from convene.core.booking_questions import Question
from convene.core.errors import Invalid
from convene.core.instants import known_tzids
from convene.core.local_dates import Locale, local, locale_of, zone_label
from convene.core.scheduling_links import LinkRequest
from convene.core.zone_choices import present_name, zone_choices
from convene.edge.booking_texts import Texts
from convene.edge.requests import format_instant, parse_instant
from convene.formats.calendar_links import LINK_NAMES, calendar_links
from convene.services.link_times import Offer, Part
from convene.storage.links import HostRow, LinkRow

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Look:
    """How one visitor sees a page: language, clock, zone, and what they have chosen so far.

    `path` is the page's address without its query; links back to it keep zone and clock.
    """

    path: str
    locale: Locale
    tzid: str
    hour_format: str = ""
    is_zone_chosen: bool = False
    is_embedded: bool = False
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> Texts:
        return Texts(self.locale.language)

    def url(self, path: str | None = None, **more: str) -> str:
        """Return an address of these pages that keeps zone, clock and embedding."""
        kept = {"tzid": self.tzid} if self.is_zone_chosen else {}
        if self.hour_format:
            kept["h"] = self.hour_format
        if self.is_embedded:
            kept["embed"] = "1"
        parameters = {**kept, **{name: value for name, value in more.items() if value}}
        where = self.path if path is None else path
        return f"{where}?{urlencode(parameters)}" if parameters else where


def look_of(
    path: str,
    query: Mapping[str, str],
    accepted: str,
    *,
    default_tzid: str,
    hour_format: str = "",
    language: str = "",
) -> Look:
    """Return how a visitor sees a page. What cannot be understood of the query is passed over."""
    named = query.get("tzid", "")
    is_chosen = named in known_tzids()
    chosen_hours = query.get("h", "") if query.get("h") in ("h", "H") else ""
    return Look(
        path=path,
        locale=locale_of(accepted, language, chosen_hours or hour_format),
        tzid=present_name(named) if is_chosen else default_tzid,
        hour_format=chosen_hours,
        is_zone_chosen=is_chosen,
        is_embedded=query.get("embed") == "1",
        query=query,
    )


def common(look: Look, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every page needs."""
    return {
        "t": look.texts,
        "lang": look.locale.language,
        "look": look,
        "is_embedded": look.is_embedded,
        "origins": " ".join(settings.get("embed_origins", ())),
        "logo_url": settings.get("logo_url", ""),
        "accent": settings.get("accent_color", "").lstrip("#"),
        "intro": settings.get("intro", ""),
    }


def duration_label(seconds: int, texts: Texts) -> str:
    """Return `45 min`, `1 h` or `1 h 30 min`."""
    hours, minutes = divmod(seconds // 60, 60)
    if not hours or (hours == 1 and not minutes):
        return texts("minutes", n=seconds // 60)
    parts = [texts("hours", n=hours)] + ([texts("minutes", n=minutes)] if minutes else [])
    return " ".join(parts)


def host_names(
    request: LinkRequest, hosts: Mapping[str, HostRow], settings: Mapping[str, Any], texts: Texts
) -> str:
    """Return whom one meets. Of a group of which not everybody comes, nobody is named."""
    if settings.get("host_name"):
        return str(settings["host_name"])
    names: dict[str, None] = {}
    is_open = False
    for step in request.steps:
        for group in step.query.groups:
            people = [hosts[item.sub] for item in group.members if item.sub in hosts]
            people = [host for host in people if host.kind == "person"]
            if group.required == len(group.members):
                names |= dict.fromkeys(host.name for host in people)
            else:
                is_open = is_open or bool(people)
    told = [*names, *([texts.anyone_of] if is_open else [])]
    return joined(told, texts)


def joined(names: Sequence[str], texts: Texts) -> str:
    """Return names as a list in words."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {getattr(texts, 'and')} {names[-1]}"


def heading(
    request: LinkRequest, hosts: Mapping[str, HostRow], settings: Mapping[str, Any], look: Look
) -> dict[str, Any]:
    """Return what a link is about: title, whom one meets, how long, where."""
    texts = look.texts
    place = request.event.get("location")
    conferencing = request.event.get("conferencing") or {}
    who = host_names(request, hosts, settings, texts)
    return {
        "title": str(request.event.get("summary") or ""),
        "description": str(request.event.get("description") or ""),
        "who": texts("with", names=who) if who else "",
        "duration": duration_label(request.duration, texts) if request.steps else "",
        "meetings": texts("meetings", n=len(request.steps)) if len(request.steps) > 1 else "",
        "place": str(place.get("description") or "") if isinstance(place, Mapping) else "",
        "is_video": conferencing.get("profile_id", "none") != "none",
    }


def zone_values(look: Look, now: datetime) -> dict[str, Any]:
    """Return what the choice of zone and clock shows."""
    return {
        "zones": zone_choices(now, look.tzid),
        "tzid": look.tzid,
        "zone_label": zone_label(look.tzid, now),
        "is_12_hours": look.locale.is_12_hours,
        "clock_urls": {
            hours: look_with(look, hours).url(
                **{name: look.query.get(name, "") for name in ("day", "month", "at", "do")}
            )
            for hours in ("h", "H")
        },
        "kept": {
            name: look.query[name]
            for name in ("day", "month", "at", "do", "embed", "h")
            if look.query.get(name)
        },
    }


def look_with(look: Look, hours: str) -> Look:
    return Look(look.path, look.locale, look.tzid, hours, look.is_zone_chosen, look.is_embedded, look.query)


def answer_names(questions: Sequence[Question]) -> list[str]:
    """Return what the form's fields for the answers are called."""
    return [f"answer_{number}" for number in range(len(questions))]


def asked(
    questions: Sequence[Question], given: Mapping[str, str], errors: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the fields in which the questions are answered."""
    return [
        {**question.to_json(), "field": name, "value": given.get(name, ""), "error": errors.get(name, "")}
        for question, name in zip(questions, answer_names(questions), strict=True)
    ]


def choice_value(offer: Offer) -> str:
    """Return an offer as the value of a button: the starts of its meetings."""
    return ",".join(format_instant(part.start) for part in offer.parts)


def parse_choice(text: str) -> list[datetime]:
    """Return the starts in a button's value; raise `Invalid` for anything else."""
    starts = [parse_instant(item, "start") for item in text.split(",") if item][:20]
    if not starts or starts != sorted(starts):
        raise Invalid("start", "start must name a time for each meeting.")
    return starts


def when(start: datetime, end: datetime, look: Look, host_tzid: str) -> dict[str, str]:
    """Return a meeting's time in the visitor's zone, and in the host's if their clocks differ then."""
    begins, ends = local(start, look.tzid), local(end, look.tzid)
    found = {
        "iso": format_instant(start),
        "date": look.locale.long_date(begins.date()),
        "time": look.locale.span(begins, ends),
        "zone": zone_label(look.tzid, start),
        "host": "",
    }
    theirs = local(start, host_tzid)
    if theirs.utcoffset() != begins.utcoffset():
        span = look.locale.span(theirs, local(end, host_tzid))
        date_ = "" if theirs.date() == begins.date() else f"{look.locale.day_date(theirs.date())}, "
        found["host"] = f"{date_}{span} · {zone_label(host_tzid, start)}"
    return found


def time_item(offer: Offer, look: Look, host_tzid: str, steps: Mapping[str, str]) -> dict[str, Any]:
    """Return one time to choose: on the visitor's clock, on the host's, and its meetings if it has several."""
    begins = local(offer.start, look.tzid)
    theirs = local(offer.start, host_tzid)
    host = ""
    if theirs.utcoffset() != begins.utcoffset():
        city = host_tzid.rsplit("/", 1)[-1].replace("_", " ")
        host = look.texts("host_time", time=look.locale.time(theirs), city=city)
        if theirs.date() != begins.date():
            host = f"{look.locale.day_date(theirs.date())}, {host}"
    return {
        "value": choice_value(offer),
        "iso": format_instant(offer.start),
        "label": look.locale.time(begins),
        "date": look.locale.long_date(begins.date()),
        "host": host,
        "parts": [
            {
                "time": _part_time(part, begins, look),
                "title": steps.get(part.sequence_id, ""),
            }
            for part in offer.parts
        ]
        if len(offer.parts) > 1
        else [],
        "url": look.url(at=choice_value(offer), do=look.query.get("do", "")),
    }


def _part_time(part: Part, begins: datetime, look: Look) -> str:
    """Return when one meeting of several is; its date too if that is another day than the first one's."""
    starts, ends = local(part.start, look.tzid), local(part.end, look.tzid)
    day = "" if starts.date() == begins.date() else f"{look.locale.day_date(starts.date())}, "
    return day + look.locale.span(starts, ends)


def tightest(offers: Sequence[Offer]) -> list[Offer]:
    """Return for each start the offer that ends soonest: itineraries differ in their gaps, and people choose starts."""
    found: dict[datetime, Offer] = {}
    for offer in offers:
        known = found.get(offer.start)
        if known is None or offer.end < known.end:
            found[offer.start] = offer
    return list(found.values())


def days_and_times(
    offers: Sequence[Offer],
    look: Look,
    host_tzid: str,
    *,
    now: datetime,
    steps: Mapping[str, str],
) -> dict[str, Any]:
    """Return the months' days with how many times each has, and the times of the chosen day.

    Without a chosen day it is the first one that has times.
    """
    by_day: dict[date, list[Offer]] = defaultdict(list)
    for offer in tightest(offers):
        by_day[local(offer.start, look.tzid).date()].append(offer)
    today = local(now, look.tzid).date()
    days = sorted(by_day)
    chosen = _date(look.query.get("day", ""))
    if chosen not in by_day:
        chosen = None
    month = _month(look.query.get("month", "")) or (chosen or (days[0] if days else today)).replace(day=1)
    months = sorted({day.replace(day=1) for day in days} | {month})
    in_month = [day for day in days if day.replace(day=1) == month]
    shown = chosen if chosen is not None else (in_month[0] if in_month else None)
    place = months.index(month)
    do = look.query.get("do", "")
    return {
        "month": look.locale.month_year(month),
        "weekdays": look.locale.short_weekdays,
        "weeks": [
            [_cell(day, month, by_day, shown, today, look) for day in week]
            for week in calendar.Calendar(0).monthdatescalendar(month.year, month.month)
        ],
        "previous_url": look.url(month=f"{months[place - 1]:%Y-%m}", do=do) if place > 0 else "",
        "next_url": look.url(month=f"{months[place + 1]:%Y-%m}", do=do) if place + 1 < len(months) else "",
        "day_list": [_day_item(day, by_day, look) for day in in_month],
        "is_day_chosen": chosen is not None,
        "day": look.locale.day_date(shown) if shown else "",
        "times": [
            time_item(offer, look, host_tzid, steps)
            for offer in (by_day[shown][:MOST_SHOWN] if shown else [])
        ],
        "days_url": look.url(month=f"{month:%Y-%m}", do=do),
        "has_any": bool(days),
    }


def _cell(
    day: date,
    month: date,
    by_day: Mapping[date, Sequence[Offer]],
    shown: date | None,
    today: date,
    look: Look,
) -> dict[str, Any]:
    if day.replace(day=1) != month:
        return {"number": ""}
    count = len(by_day.get(day, ()))
    return {
        "number": str(day.day),
        "count": count,
        "label": f"{look.locale.day_date(day)}, {_count(count, look.texts)}",
        "is_today": day == today,
        "is_shown": day == shown,
        "url": look.url(day=day.isoformat(), do=look.query.get("do", "")) if count else "",
    }


def _day_item(day: date, by_day: Mapping[date, Sequence[Offer]], look: Look) -> dict[str, str]:
    return {
        "label": look.locale.day_date(day),
        "count": _count(len(by_day[day]), look.texts),
        "url": look.url(day=day.isoformat(), do=look.query.get("do", "")),
    }


def _count(count: int, texts: Texts) -> str:
    if not count:
        return texts.no_times_day
    return texts.one_time if count == 1 else texts("n_times", n=count)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _month(text: str) -> date | None:
    found = _date(f"{text}-01")
    return found if found is not None and 1970 <= found.year <= 2199 else None


def opening(value: datetime, look: Look) -> str:
    """Return when a link opens, in words."""
    at = local(value.astimezone(UTC) + timedelta(), look.tzid)
    return f"{look.locale.long_date(at.date())}, {look.locale.time(at)} · {zone_label(look.tzid, value)}"


def default_tzid(link: LinkRow, request: LinkRequest, hosts: Mapping[str, HostRow]) -> str:
    """The zone of a page until the visitor chooses one: the link's, or the first host's."""
    if request.tzid not in ("Etc/UTC", "UTC", ""):
        return request.tzid
    return host_zone(request, hosts)


def host_zone(request: LinkRequest, hosts: Mapping[str, HostRow]) -> str:
    """The zone that is shown beside the visitor's: the first person's whom the link asks about."""
    first = next((hosts[sub] for sub in request.subs if sub in hosts and hosts[sub].kind == "person"), None)
    return first.tzid if first else request.tzid or "Etc/UTC"


def event_values(event: Mapping[str, Any], look: Look, tzid: str) -> dict[str, Any]:
    """Return what the page of an event with a time of its own shows."""
    texts = look.texts
    starts, ends = str(event["start"]), str(event["end"])
    location = event.get("location") or {}
    if len(starts) == 10:
        first, last = date.fromisoformat(starts), date.fromisoformat(ends) - timedelta(days=1)
        begins, finishes = (datetime.combine(day, datetime.min.time(), UTC) for day in (first, last))
        days = look.locale.long_date(first)
        told = {
            "title": "",
            "iso": starts,
            "date": days if last <= first else f"{days} – {look.locale.long_date(last)}",
            "time": "",
            "zone": "",
            "host": "",
        }
        finishes += timedelta(days=1)
    else:
        begins, finishes = parse_instant(starts, "start"), parse_instant(ends, "end")
        told = {"title": "", **when(begins, finishes, look, tzid)}
    found = calendar_links(
        title=str(event["summary"]),
        start=begins,
        end=finishes,
        details=str(event.get("description") or ""),
        location=str(location.get("description") or ""),
        tzid=tzid,
    )
    return {"item": told, "links": [(LINK_NAMES[name], url) for name, url in found.items()], "texts": texts}
