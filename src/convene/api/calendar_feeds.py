"""`/api/calendar-feeds`: the addresses at which calendar programs read one's own calendar. `/feeds/…`: the calendars."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field, field_validator

from convene.api.context import CallerDep, PlatformDep
from convene.edge.auth import visitor_of
from convene.edge.requests import Body, format_instant
from convene.edge.text import one_line
from convene.services.calendar_feeds import PATH, FeedView

router = APIRouter(tags=["calendar feeds"])
_HEADERS = {
    # Calendar programs may keep it for themselves; nothing between them and us may.
    "Cache-Control": "private, max-age=900",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'inline; filename="calendar.ics"',
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


class NewFeed(Body):
    name: str = Field(max_length=100)
    detail: Literal["busy", "full"]
    with_calendars: bool | None = None

    _name = field_validator("name")(one_line)


@router.get("/api/calendar-feeds")
async def get_feeds(platform: PlatformDep, caller: CallerDep) -> dict[str, Any]:
    """The person's feeds, with their addresses."""
    return {"feeds": [as_json(view) for view in await platform.calendar_feeds.mine(caller)]}


@router.post("/api/calendar-feeds", status_code=201)
async def post_feed(platform: PlatformDep, caller: CallerDep, body: NewFeed) -> dict[str, Any]:
    """Make a feed."""
    # Busy time is of all calendars unless somebody asks otherwise; titles are of one's meetings here only.
    with_calendars = body.detail == "busy" if body.with_calendars is None else body.with_calendars
    view = await platform.calendar_feeds.create(
        caller, name=body.name, detail=body.detail, with_calendars=with_calendars
    )
    return as_json(view)


@router.post("/api/calendar-feeds/{feed_id}/renew")
async def post_renew(platform: PlatformDep, caller: CallerDep, feed_id: str) -> dict[str, Any]:
    """Give a feed a new address; the one before ends at once."""
    return as_json(await platform.calendar_feeds.renew(caller, feed_id))


@router.delete("/api/calendar-feeds/{feed_id}", status_code=204)
async def delete_feed(platform: PlatformDep, caller: CallerDep, feed_id: str) -> Response:
    """Revoke a feed."""
    await platform.calendar_feeds.revoke(caller, feed_id)
    return Response(status_code=204)


@router.get(PATH + "{token}.ics", include_in_schema=False)
async def get_calendar(request: Request, platform: PlatformDep, token: str) -> Response:
    """The calendar at a feed's address (RFC 5545), with conditional requests (RFC 9110, section 13)."""
    found = await platform.calendar_feeds.read(token, visitor_of(request).ip)
    headers = {**_HEADERS, "ETag": found.etag}
    if _matches(request.headers.get("if-none-match", ""), found.etag):
        return Response(status_code=304, headers=headers)
    return Response(found.text, media_type="text/calendar; charset=utf-8", headers=headers)


def _matches(condition: str, etag: str) -> bool:
    """Tell whether `If-None-Match` names the etag; weak ones name it as well."""
    given = {item.strip().removeprefix("W/") for item in condition.split(",")}
    return etag in given or "*" in given


def as_json(view: FeedView) -> dict[str, Any]:
    """Return a feed as documented."""
    row = view.row
    return {
        "feed_id": row.feed_id,
        "name": row.name,
        "detail": row.detail,
        "with_calendars": row.with_calendars,
        "url": view.url,
        "created_at": format_instant(row.created_at),
        "renewed_at": format_instant(row.renewed_at),
        "read_at": format_instant(row.read_at) if row.read_at else None,
    }
