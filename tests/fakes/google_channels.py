"""Push channels of the fake of Google Calendar: opened, told, ended and stopped as the documentation has it (API v3)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

LONGEST = timedelta(days=7)
_ID = re.compile(r"[A-Za-z0-9\-_+/=]{1,64}")


class ChannelRefused(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass(slots=True)
class Channel:
    id: str
    calendar: str
    resource_id: str
    address: str
    token: str
    expires_at: datetime
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Notification:
    """A POST without a body, on its way."""

    address: str
    headers: dict[str, str]


@dataclass(slots=True)
class GoogleChannels:
    """Notifications wait in `waiting` until a test takes them.

    lost: so many are lost from now on. each: how often one arrives. is_reversed: the newest arrives first. unsupported:
    calendars that cannot be watched. life: what is given, whatever was asked.
    """

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    open: dict[str, Channel] = field(default_factory=dict)
    waiting: list[Notification] = field(default_factory=list)
    lost: int = 0
    each: int = 1
    is_reversed: bool = False
    unsupported: set[str] = field(default_factory=set)
    life: timedelta = LONGEST

    def watch(self, calendar: str, given: Mapping[str, Any], url: str) -> dict[str, Any]:
        if not _ID.fullmatch(str(given.get("id", ""))):
            raise ChannelRefused(400, "channelIdInvalid")
        if given["id"] in self.open:
            raise ChannelRefused(400, "channelIdNotUnique")
        if given.get("type") not in ("web_hook", "webhook"):
            raise ChannelRefused(400, "channelTypeInvalid")
        if not str(given.get("address", "")).startswith("https://"):
            raise ChannelRefused(400, "push.webhookUrlNotHttps")
        if len(str(given.get("token", ""))) > 256:
            raise ChannelRefused(400, "channelTokenInvalid")
        if calendar in self.unsupported:
            raise ChannelRefused(400, "pushNotSupportedForRequestedResource")
        wanted = datetime.fromtimestamp(int(given.get("expiration", 0)) / 1000, UTC)
        ends = min(wanted, self.clock() + self.life) if "expiration" in given else self.clock() + self.life
        resource_id = hashlib.sha256(calendar.encode()).hexdigest()[:27]
        channel = Channel(given["id"], calendar, resource_id, given["address"], given.get("token", ""), ends)
        self.open[channel.id] = channel
        self._tell(channel, "sync", url)
        return {
            "kind": "api#channel",
            "id": channel.id,
            "resourceId": resource_id,
            "resourceUri": f"{url}/calendars/{calendar}/events?alt=json",
            "token": channel.token,
            "expiration": str(int(ends.timestamp() * 1000)),
        }

    def stop(self, given: Mapping[str, Any]) -> None:
        channel = self._living(str(given.get("id", "")))
        if channel is None or channel.resource_id != given.get("resourceId"):
            raise ChannelRefused(404, "channelUnknown")
        del self.open[channel.id]

    def changed(self, calendar: str, url: str) -> None:
        """Tell every living channel of a calendar that something changed."""
        for channel_id in [*self.open]:
            channel = self._living(channel_id)
            if channel is not None and channel.calendar == calendar:
                self._tell(channel, "exists", url)

    def _living(self, channel_id: str) -> Channel | None:
        channel = self.open.get(channel_id)
        return channel if channel is not None and channel.expires_at > self.clock() else None

    def _tell(self, channel: Channel, state: str, url: str) -> None:
        channel.messages += 1
        headers = {
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Channel-Token": channel.token,
            "X-Goog-Channel-Expiration": format_datetime(channel.expires_at, usegmt=True),
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-URI": f"{url}/calendars/{channel.calendar}/events?alt=json",
            "X-Goog-Resource-State": state,
            "X-Goog-Message-Number": str(channel.messages),
        }
        self.waiting.append(Notification(channel.address, headers))

    def take(self) -> list[Notification]:
        """Return the notifications that arrive, in the order in which they do."""
        waiting, self.waiting = self.waiting, []
        lost = min(self.lost, len(waiting))
        self.lost -= lost
        arriving = [item for item in waiting[lost:] for _ in range(self.each)]
        return arriving[::-1] if self.is_reversed else arriving
