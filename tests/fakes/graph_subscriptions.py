"""Change notifications of the fake of Microsoft Graph: subscriptions, their handshake, deliveries and lifecycle."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import anyio
import httpx

from fakes.graph_faults import Faults, Refused
from fakes.graph_times import Item, asked

LONGEST = timedelta(minutes=4_230)
TENANT_ID = "84bd8158-6d4d-4958-8b9f-9d6445542f95"
Post = Callable[[str, str, bytes], Awaitable[tuple[int, str, str]]]
"""(address, content type, body): status, content type and text of the answer."""


@dataclass(frozen=True, slots=True)
class Push:
    """A notification on its way."""

    url: str
    body: dict[str, Any]


async def post_by_http(url: str, content_type: str, body: bytes) -> tuple[int, str, str]:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        answer = await client.post(url, content=body, headers={"Content-Type": content_type})
        return answer.status_code, answer.headers.get("content-type", ""), answer.text


class Subscriptions:
    """Notifications wait in `pushes` until `deliver` sends them or a test takes them with `take`.

    post: how the outside is reached; a test without a server of its own puts another way here.
    """

    def __init__(self, faults: Faults, clock: Callable[[], datetime]) -> None:
        self.faults, self.clock = faults, clock
        self.post: Post = post_by_http
        self.all: dict[str, Item] = {}
        self.pushes: list[Push] = []
        self.handshakes: list[str] = []

    # -- what is asked

    async def create(self, given: Mapping[str, Any]) -> Item:
        for name in ("changeType", "notificationUrl", "resource", "expirationDateTime"):
            if not given.get(name):
                raise Refused(400, "InvalidRequest", f"{name} is required.")
        if set(given["changeType"].split(",")) - {"created", "updated", "deleted"}:
            raise Refused(400, "InvalidRequest", "changeType is not known.")
        if len(given.get("clientState") or "") > 128:
            raise Refused(400, "InvalidRequest", "clientState is longer than 128 characters.")
        expires = self._end(given["expirationDateTime"])
        for name in ("notificationUrl", "lifecycleNotificationUrl"):
            if given.get(name):
                await self._shake_hands(given[name])
        made = {
            "id": f"{secrets.token_hex(4)}-0000-4000-8000-{secrets.token_hex(6)}",
            "resource": given["resource"],
            "applicationId": "5e0b6a0e-0000-4000-8000-00000000c11e",
            "changeType": given["changeType"],
            "clientState": given.get("clientState"),
            "notificationUrl": given["notificationUrl"],
            "lifecycleNotificationUrl": given.get("lifecycleNotificationUrl"),
            "expirationDateTime": expires,
            "creatorId": "8ee44408-0679-472c-bc2a-692812af3437",
            "latestSupportedTlsVersion": given.get("latestSupportedTlsVersion", "v1_2"),
            "includeResourceData": False,
        }
        self.all[made["id"]] = made
        return made

    def get(self, subscription_id: str) -> Item:
        held = self.all.get(subscription_id)
        if held is None or asked(held["expirationDateTime"]) <= self.clock():
            raise Refused(404, "ResourceNotFound", "The object was not found.")
        return held

    def renew(self, subscription_id: str, given: Mapping[str, Any]) -> Item:
        held = self.get(subscription_id)
        if set(given) - {"expirationDateTime", "notificationUrl", "@odata.type"}:
            raise Refused(
                400, "InvalidRequest", "Only expirationDateTime and notificationUrl can be changed."
            )
        held["expirationDateTime"] = self._end(given["expirationDateTime"])
        return held

    def remove(self, subscription_id: str) -> None:
        self.get(subscription_id)
        del self.all[subscription_id]

    def _end(self, text: str) -> str:
        wanted, now = asked(text), self.clock()
        if wanted <= now:
            raise Refused(400, "InvalidRequest", "Subscription expiration must be in the future.")
        if wanted > now + LONGEST + timedelta(minutes=1):
            minutes = int(LONGEST.total_seconds() // 60)
            message = f"Subscription expiration can only be {minutes} minutes in the future."
            raise Refused(400, "ValidationError", message)
        return f"{wanted.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"

    async def _shake_hands(self, url: str) -> None:
        token = f"Validation: Testing client application reachability. <Id>&{secrets.token_hex(8)}"
        self.handshakes.append(url)
        await anyio.sleep(self.faults.handshake_delay_seconds)
        address = f"{url}{'&' if '?' in url else '?'}validationToken={quote(token)}"
        answer: tuple[int, str, str] | None = None
        with anyio.move_on_after(self.faults.handshake_limit_seconds):
            try:
                answer = await self.post(address, "text/plain; charset=utf-8", b"")
            except httpx.HTTPError as error:
                message = f"Subscription validation request failed. {type(error).__name__}"
                raise Refused(400, "ValidationError", message) from None
        if answer is None:
            raise Refused(400, "ValidationError", "Subscription validation request timed out.")
        status, kind, text = answer
        if status != 200 or not kind.startswith("text/plain") or text != token:
            message = f"Subscription validation request failed. Status {status}, {kind!r}."
            raise Refused(400, "ValidationError", message)

    # -- what is told

    def changed(self, change: str, calendar: str, is_default: bool, event_id: str, etag: str) -> None:
        """Queue what is to be told of a change."""
        for held in self.all.values():
            ended = asked(held["expirationDateTime"]) <= self.clock()
            if ended or change not in held["changeType"].split(","):
                continue
            if not _concerns(held["resource"], calendar, is_default):
                continue
            resource = f"Users/8ee44408/Events/{event_id}"
            data = {
                "@odata.type": "#Microsoft.Graph.Event",
                "@odata.id": resource,
                "@odata.etag": etag,
                "id": event_id,
            }
            told = self._note(held, changeType=change, resource=resource, resourceData=data)
            self.pushes.append(Push(held["notificationUrl"], {"value": [told]}))

    def lifecycle(self, event: str, subscription_id: str) -> None:
        """Queue `reauthorizationRequired`, `subscriptionRemoved` (which it then is) or `missed`."""
        held = self.all[subscription_id]
        if event == "subscriptionRemoved":
            del self.all[subscription_id]
        if held["lifecycleNotificationUrl"]:
            told = self._note(held, lifecycleEvent=event, resource=held["resource"])
            self.pushes.append(Push(held["lifecycleNotificationUrl"], {"value": [told]}))

    def _note(self, held: Item, **more: Any) -> Item:
        return {
            "subscriptionId": held["id"],
            "subscriptionExpirationDateTime": held["expirationDateTime"],
            "clientState": held["clientState"],
            "tenantId": TENANT_ID,
            **more,
        }

    def take(self) -> list[Push]:
        """Return the notifications that arrive, in the order in which they do: faults have had their way."""
        waiting, self.pushes = self.pushes, []
        lost = min(self.faults.lost_pushes, len(waiting))
        self.faults.lost_pushes -= lost
        arriving = [push for push in waiting[lost:] for _ in range(self.faults.pushes_each)]
        return arriving[::-1] if self.faults.pushes_reversed else arriving

    async def deliver(self) -> list[int]:
        """Send what waits; return the statuses that came back."""
        found = []
        for push in self.take():
            status, _, _ = await self.post(push.url, "application/json", json.dumps(push.body).encode())
            found.append(status)
        return found


def _concerns(resource: str, calendar: str, is_default: bool) -> bool:
    path = resource.strip("/").lower()
    if path.endswith("me/events") or (path.startswith("users/") and path.count("/") == 2):
        return is_default
    return f"calendars/{calendar}".lower() in path
