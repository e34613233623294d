"""What a link is about, in words: title, whom one meets, how long, where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convene.api.book.look import Look
from convene.core.scheduling_links import LinkRequest
from convene.edge.booking_texts import Texts
from convene.storage.links import HostRow


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
    recurrence = request.recurrence
    who = host_names(request, hosts, settings, texts)
    return {
        "title": str(request.event.get("summary") or ""),
        "description": str(request.event.get("description") or ""),
        "who": texts("with", names=who) if who else "",
        "duration": duration_label(request.duration, texts) if request.steps else "",
        "meetings": texts("meetings", n=len(request.steps)) if len(request.steps) > 1 else "",
        "group": texts("group", n=request.seats) if request.seats else "",
        "repeats": texts(f"up_to_{recurrence.frequency}", n=recurrence.max_count) if recurrence else "",
        "place": str(place.get("description") or "") if isinstance(place, Mapping) else "",
        "is_video": conferencing.get("profile_id", "none") != "none",
    }
