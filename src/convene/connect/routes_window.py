"""What a window asks for itself: its start, people, notifications, admission to the socket."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field

from convene.connect import tickets, views
from convene.connect.edge import Person, answered, checked_id
from convene.connect.notifications import Notifications
from convene.connect.start import Start
from convene.edge.requests import Body
from convene.ports.runtime import Clock
from convene.storage.database import Database


class ReadNotifications(Body):
    notification_ids: list[str] = Field(max_length=200)


def routes(db: Database, clock: Clock, start: Start, notifications: Notifications) -> APIRouter:
    """Return the handlers of a window's own needs."""
    router = APIRouter(prefix="/connect/api", tags=["connect"])

    @router.get("/start")
    async def begin(person: Person) -> JSONResponse:
        return answered(await start.window(person))

    @router.get("/people/{sub}")
    async def one_person(sub: str, person: Person) -> JSONResponse:
        return answered(await start.person(person, checked_id(sub, "acc")))

    @router.get("/upcoming")
    async def upcoming(person: Person) -> JSONResponse:
        return answered({"upcoming": await start.upcoming(person)})

    @router.post("/notifications/read")
    async def mark_read(body: ReadNotifications, person: Person) -> JSONResponse:
        known = [checked_id(item, "ntf") for item in body.notification_ids]
        return answered({"notification_ids": await notifications.mark_read(person, known)})

    @router.post("/ws-ticket")
    async def ticket(person: Person) -> JSONResponse:
        async with db.connection() as conn:
            issued, expires_at = await tickets.issue(conn, person, clock())
        return answered({"ticket": issued, "expires_at": views.instant(expires_at)})

    return router
