"""What a calendar's owner is told about single events: kept with the calendar, replaced when the event is read anew.

A notice is `{"code", "detail", "event", "remote_id"}`; `remote_id` ties it to its event and stays inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from convene.formats.parser_messages import ParsedResource
from convene.services.calendar_unread import Fate

MAX_NOTICES = 50
_WHAT_COUNTS: Mapping[Fate, tuple[str, str]] = {
    "ours": ("", "The meeting stays as it is booked."),
    "kept": ("", "The time that it had before still counts as yours."),
    "blocked": ("", "The time that it names counts as taken; there may be more of it that does not."),
    "calendar_unknown": ("calendar_unknown", "Until it can be read, nobody is offered any of your time."),
    "time_unknown": (
        "time_unknown",
        "When it takes place is not known: this event does not block your time.",
    ),
}
"""What became of a resource that could not be read: the code, if not the parser's, and what its owner must know."""


def notices_of_reading(
    resources: Sequence[ParsedResource], fates: Mapping[str, Fate]
) -> list[dict[str, str]]:
    """Return what the parser had to say, tied to its events. `fates`: what became of those that could not be read."""
    found = []
    for resource in resources:
        code, addition = _WHAT_COUNTS[fates[resource.remote_id]] if resource.problem else ("", "")
        found += [
            {
                "code": code or item.code,
                "detail": f"{item.detail} {addition}".strip(),
                "event": item.summary or resource.summary,
                "remote_id": resource.remote_id,
            }
            for item in resource.notices
        ]
    # What concerns everything comes first: only so many notices are kept.
    return sorted(found, key=lambda notice: notice["code"] != "calendar_unknown")


def merged_notices(
    held: Iterable[Mapping[str, str]],
    fresh: Iterable[Mapping[str, str]],
    *,
    touched: set[str],
    gone: set[str],
) -> list[dict[str, str]]:
    """Return the notices after a round: those of events that were read anew or are gone are replaced."""
    replaced = touched | gone
    kept = [dict(item) for item in held if item.get("remote_id", "") not in replaced]
    return [*[dict(item) for item in fresh], *kept][:MAX_NOTICES]
