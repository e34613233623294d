"""Whether a CalDAV server invites people although we say that we do it (RFC 6638).

A server with `calendar-auto-schedule` sends invitations for what is stored. `SCHEDULE-AGENT=CLIENT` asks it not to, and
some invite all the same. Only of those listed here is it known that they heed it.
"""

from __future__ import annotations

from convene.providers.caldav_session import Session
from convene.providers.http_client import Answer, origin

_HEEDING = ("cyrus-http", "calendarserver")
_MOST_REMEMBERED = 10_000


class Invitations:
    """Remembers how servers treat people in events."""

    def __init__(self) -> None:
        self._heeds: dict[tuple[str, str, int], bool] = {}

    async def heeds_agent(self, session: Session, calendar: str) -> bool:
        """Tell whether an event with people in it may be stored in `calendar` and nobody is told.

        A server that does not answer properly is not believed, and asked again the next time.
        """
        place = origin(calendar)
        if place not in self._heeds:
            answer = await session.request("OPTIONS", calendar)
            if not 200 <= answer.status < 300:
                return False
            if len(self._heeds) >= _MOST_REMEMBERED:
                self._heeds.clear()
            self._heeds[place] = _heeds(answer)
        return self._heeds[place]


def _heeds(answer: Answer) -> bool:
    if "calendar-auto-schedule" not in answer.headers.get("dav", ""):
        return True
    return "x-sabre-version" in answer.headers or any(
        name in answer.headers.get("server", "").lower() for name in _HEEDING
    )
