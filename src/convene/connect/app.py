"""Connect as one value: its handlers and its life. Everything it needs is handed in."""

from __future__ import annotations

import secrets

import httpx
from fastapi import APIRouter

from convene.connect import routes_conversations, routes_scheduling, routes_shares, routes_window
from convene.connect.availability_shares import AvailabilityShares
from convene.connect.conversations import Conversations
from convene.connect.hub import Hub
from convene.connect.messages import Messages
from convene.connect.notifications import Notifications
from convene.connect.presence import Presence
from convene.connect.scheduling_client import SchedulingClient, ServiceKey
from convene.connect.socket import Sockets
from convene.connect.start import Start
from convene.connect.webhooks import Hooks, HookSecrets
from convene.ports.runtime import Clock
from convene.realtime import Bus
from convene.storage.database import Database


class Connect:
    """The chat: `router` to be included in an application, `start` and `stop` around its life."""

    def __init__(self, router: APIRouter, hub: Hub, presence: Presence, scheduling: SchedulingClient) -> None:
        self.router = router
        self.hub = hub
        self._presence = presence
        self._scheduling = scheduling

    async def start(self) -> None:
        """Begin to follow the logs. The bus must have been started."""
        await self.hub.start()
        await self._presence.start()

    async def stop(self) -> None:
        """Close all windows, which reconnect elsewhere, and stop."""
        await self._presence.stop()
        await self.hub.stop()
        await self._scheduling.close()


def build_connect(
    *,
    db: Database,
    clock: Clock,
    bus: Bus,
    scheduling_transport: httpx.AsyncBaseTransport,
    scheduling_url: str,
    service_key: ServiceKey,
    hook_secrets: HookSecrets,
    base_url: str,
) -> Connect:
    """Return Connect.

    The application must authenticate requests through `app.state.authenticate` (see `edge/requests`) and answer
    errors as problem details.

    Args:
        bus: carries wake-ups between processes; its life is the caller's.
        scheduling_transport: reaches the platform, in memory or over the network.
        scheduling_url: the platform's address.
        service_key: returns an organisation's key for the platform; it needs availability:read, bookings:read,
            bookings:write, members:read and members:act_for.
        hook_secrets: returns the secrets that sign an organisation's webhooks to `/connect/hooks/scheduling`.
        base_url: the installation's public address; sockets are opened from its pages only.
    """
    hub = Hub(db, clock, bus, node=f"node-{secrets.token_hex(4)}")
    presence = Presence(db, clock, bus, hub)
    scheduling = SchedulingClient(scheduling_transport, scheduling_url, service_key)
    hooks = Hooks(db, clock, bus, hook_secrets, scheduling)
    start = Start(db, clock)
    router = APIRouter()
    router.include_router(
        routes_conversations.routes(Conversations(db, clock, bus), Messages(db, clock, bus), start)
    )
    router.include_router(routes_window.routes(db, clock, start, Notifications(db, clock, bus)))
    router.include_router(routes_scheduling.routes(db, scheduling, hooks))
    router.include_router(routes_shares.routes(AvailabilityShares(db, clock, bus, scheduling)))
    router.include_router(Sockets(db, clock, hub, presence, base_url).router())
    return Connect(router, hub, presence, scheduling)
