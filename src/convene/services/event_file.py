"""The event of a link that is there to be put into calendars, as iCalendar for download."""

from __future__ import annotations

from typing import Any

from convene.core.scheduling_links import LinkRequest
from convene.formats.event_content import content_text
from convene.storage.links import LinkRow

_SAID = ("summary", "description", "url", "location", "transparency", "event_private")


def event_file(link: LinkRow, request: LinkRequest) -> str:
    """Return a VCALENDAR (METHOD:PUBLISH) with the event at its own time; its UID is the link's."""
    event = request.event
    content: dict[str, Any] = {name: event[name] for name in _SAID if event.get(name) is not None}
    for name in ("start", "end"):
        content[name] = str(event[name])
        content[f"{name}_tzid"] = request.tzid
    join_url = (event.get("conferencing") or {}).get("join_url")
    if join_url:
        content["conferencing"] = {"join_url": join_url}
    return content_text(f"{link.link_id}@link.convene", content, link.created_at, method="PUBLISH")
