"""How a visitor sees the pages: language, clock, zone, and what every page needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from convene.core.instants import known_tzids
from convene.core.local_dates import Locale, locale_of, zone_label
from convene.core.logos import logo_of
from convene.core.scheduling_links import LinkRequest
from convene.core.zone_choices import present_name, zone_choices
from convene.edge.booking_texts import Texts
from convene.storage.links import HostRow, LinkRow


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
    also: Mapping[str, str] = field(default_factory=dict)
    """Which meeting of a series a page is about: links between its pages keep that."""

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
        parameters = {**kept, **self.also, **{name: value for name, value in more.items() if value}}
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
        "logo": logo_values(settings),
        "accent": settings.get("accent_color", "").lstrip("#"),
        "intro": settings.get("intro", ""),
    }


def logo_values(settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return where a page's logo is and how large, if that is known; None if it has none."""
    uploaded = logo_of(settings.get("logo"))
    if uploaded is not None:
        return {"url": uploaded.path, "width": uploaded.width, "height": uploaded.height}
    elsewhere = settings.get("logo_url", "")
    return {"url": elsewhere, "width": None, "height": None} if elsewhere else None


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
            for name in ("day", "month", "at", "do", "of", "embed", "h")
            if look.query.get(name)
        },
    }


def look_with(look: Look, hours: str) -> Look:
    return replace(look, hour_format=hours)


def default_tzid(link: LinkRow, request: LinkRequest, hosts: Mapping[str, HostRow]) -> str:
    """The zone of a page until the visitor chooses one: the link's, or the first host's."""
    if request.tzid not in ("Etc/UTC", "UTC", ""):
        return request.tzid
    return host_zone(request, hosts)


def host_zone(request: LinkRequest, hosts: Mapping[str, HostRow]) -> str:
    """The zone that is shown beside the visitor's: the first person's whom the link asks about."""
    first = next((hosts[sub] for sub in request.subs if sub in hosts and hosts[sub].kind == "person"), None)
    return first.tzid if first else request.tzid or "Etc/UTC"
