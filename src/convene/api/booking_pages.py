"""`/api/booking-pages`: members' own booking pages, their hosts, statistics and QR codes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from convene.api.context import CallerDep, PlatformDep
from convene.core.booking_pages import MAX_DESCRIPTION, MAX_HOSTS, MAX_ORIGINS, MAX_WEIGHT, Host
from convene.core.booking_questions import MAX_CHOICES, MAX_LABEL, MAX_QUESTIONS
from convene.core.logos import MAX_UPLOAD_BYTES
from convene.core.page_look import MAX_URL
from convene.core.page_terms import Mode
from convene.edge.requests import Body, format_instant
from convene.formats.qr_code import qr_svg
from convene.services.booking_pages import Page
from convene.services.page_statistics import DAYS, PageDay, PageStatistics

# Where null says something: no limit, or not at all.
NULLABLE = ("quorum", "max_per_day", "seats", "recurrence")

router = APIRouter(prefix="/api/booking-pages", tags=["booking pages"])


class HostBody(Body):
    sub: str = Field(max_length=60)
    weight: int = Field(default=1, ge=1, le=MAX_WEIGHT)


class QuestionBody(Body):
    label: str = Field(min_length=1, max_length=MAX_LABEL)
    kind: Literal["text", "long_text", "choice", "yes_no"] = "text"
    is_required: bool = False
    choices: list[Annotated[str, Field(max_length=MAX_LABEL)]] = Field(default=[], max_length=MAX_CHOICES)


class RecurrenceBody(Body):
    frequency: Literal["weekly", "biweekly", "monthly"]
    max_count: int = Field(ge=2, le=26)


class PageChange(Body):
    """Members that are left out stay as they are."""

    name: str | None = Field(default=None, min_length=1, max_length=100)
    slug: str | None = Field(default=None, max_length=60, examples=["intro-call"])
    description: str | None = Field(default=None, max_length=MAX_DESCRIPTION)
    tzid: str | None = Field(default=None, max_length=60, examples=["Europe/London"])
    duration_minutes: int | None = None
    mode: Mode | None = None
    quorum: int | None = None
    hosts: list[HostBody] | None = Field(default=None, min_length=1, max_length=MAX_HOSTS)
    questions: list[QuestionBody] | None = Field(default=None, max_length=MAX_QUESTIONS)
    minimum_notice_minutes: int | None = None
    horizon_days: int | None = None
    start_interval_minutes: int | None = None
    max_per_day: int | None = None
    requires_confirmation: bool | None = Field(default=None, description="A host accepts each booking first")
    confirmation_hours: int | None = Field(
        default=None, description="How long a host has for that", examples=[48]
    )
    has_waitlist: bool | None = Field(default=None, description="Visitors can wait for times that are taken")
    waitlist_minutes: int | None = Field(
        default=None, description="How long a time that is free again is held for who waited", examples=[30]
    )
    location: str | None = Field(default=None, max_length=200)
    conferencing: bool | str | None = Field(
        default=None, description="true, false, or an https address of your own", examples=[True]
    )
    accent_color: str | None = Field(default=None, max_length=20, examples=["#0f6a5d"])
    logo_url: str | None = Field(default=None, max_length=MAX_URL)
    locale: str | None = Field(default=None, max_length=35, examples=[""])
    redirect_url: str | None = Field(default=None, max_length=MAX_URL)
    embed_origins: list[Annotated[str, Field(max_length=200)]] | None = Field(
        default=None, max_length=MAX_ORIGINS, examples=[["https://example.com"]]
    )
    seats: int | None = Field(default=None, description="how many visitors share a meeting", examples=[8])
    shows_seats_left: bool | None = None
    recurrence: RecurrenceBody | None = Field(
        default=None, description="how often a visitor may repeat a meeting"
    )
    is_active: bool | None = None

    def fields(self) -> dict[str, Any]:
        """Return what was sent of the page itself. Only where there may be no limit does null say something."""
        sent = self.model_dump(exclude_unset=True, exclude={"slug", "hosts", "is_active"})
        return {name: value for name, value in sent.items() if value is not None or name in NULLABLE}

    def asked_hosts(self) -> list[Host] | None:
        return None if self.hosts is None else [Host(host.sub, host.weight) for host in self.hosts]


class NewPage(PageChange):
    name: str = Field(min_length=1, max_length=100, examples=["Intro call"])


def _page(page: Page) -> dict[str, Any]:
    row = page.row
    return {
        "page_id": row.link_id,
        "slug": row.slug,
        "url": page.url,
        **page.definition.to_json(),
        "logo": _logo(page),
        "hosts": [{"sub": host.account_id, "name": host.name, "weight": host.weight} for host in page.hosts],
        "owner": {"sub": row.account_id, "name": row.owner_name},
        "is_active": row.status == "open",
        "may_manage": page.may_manage,
        "is_host": page.is_host,
        "hosting_since": _hosting(page),
        "waiting": page.waiting,
        "created_at": format_instant(row.created_at),
        "changed_at": format_instant(row.changed_at),
    }


def _hosting(page: Page) -> dict[str, Any] | None:
    """Since when the reader hosts the page, and who has made them a host if they did not themselves."""
    mine = page.hosting
    if mine is None:
        return None
    by_others = mine.added_by is not None and mine.added_by != mine.account_id
    return {
        "at": format_instant(mine.joined_at),
        "added_by": {"sub": mine.added_by, "name": mine.added_by_name} if by_others else None,
    }


def _logo(page: Page) -> dict[str, Any] | None:
    logo = page.definition.logo
    return None if logo is None else {"url": logo.path, "width": logo.width, "height": logo.height}


def _day(day: PageDay) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "views": day.views,
        "no_times_seen": day.without_times,
        "bookings": day.bookings,
        "cancellations": day.cancelled,
    }


def _statistics(found: PageStatistics) -> dict[str, Any]:
    return {
        "days": DAYS,
        "views": found.total("views"),
        "bookings": found.total("bookings"),
        "conversion": None if found.conversion is None else round(found.conversion, 4),
        "cancellations": found.total("cancelled"),
        "no_times_seen": found.total("without_times"),
        "by_day": [_day(day) for day in found.days],
    }


@router.get("")
async def get_pages(
    platform: PlatformDep,
    caller: CallerDep,
    scope: Annotated[Literal["mine", "organization"], Query()] = "mine",
) -> JSONResponse:
    """Return the pages that the member owns or hosts; for administrators also everybody's."""
    pages = await platform.booking_pages.mine(caller, everybody=scope == "organization")
    return JSONResponse({"booking_pages": [_page(page) for page in pages]})


@router.post("", status_code=201)
async def post_page(platform: PlatformDep, caller: CallerDep, body: NewPage) -> JSONResponse:
    """Make a page. Whoever has its address can book."""
    made = await platform.booking_pages.create(
        caller,
        body.fields(),
        slug=body.slug or "",
        hosts=body.asked_hosts(),
        is_active=body.is_active is not False,
    )
    return JSONResponse(_page(made), 201)


@router.get("/{page_id}")
async def get_page(platform: PlatformDep, caller: CallerDep, page_id: str) -> JSONResponse:
    """Return one page."""
    return JSONResponse(_page(await platform.booking_pages.get(caller, page_id)))


@router.patch("/{page_id}")
async def patch_page(
    platform: PlatformDep, caller: CallerDep, page_id: str, body: PageChange
) -> JSONResponse:
    """Change a page. Bookings that were made stay as they are."""
    changed = await platform.booking_pages.change(
        caller,
        page_id,
        body.fields(),
        slug=body.slug,
        hosts=body.asked_hosts(),
        is_active=body.is_active,
    )
    return JSONResponse(_page(changed))


@router.delete("/{page_id}", status_code=204)
async def delete_page(platform: PlatformDep, caller: CallerDep, page_id: str) -> Response:
    """Remove a page; what was booked stays."""
    await platform.booking_pages.delete(caller, page_id)
    return Response(status_code=204)


@router.post("/{page_id}/leave", status_code=204)
async def post_leave(platform: PlatformDep, caller: CallerDep, page_id: str) -> Response:
    """Stop being a host of a page."""
    await platform.booking_pages.leave(caller, page_id)
    return Response(status_code=204)


@router.put(
    "/{page_id}/logo",
    openapi_extra={
        "requestBody": {
            "description": f"A picture of at most {MAX_UPLOAD_BYTES // 1024} KB",
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("image/png", "image/jpeg", "image/webp")
            },
        }
    },
)
async def put_logo(request: Request, platform: PlatformDep, caller: CallerDep, page_id: str) -> JSONResponse:
    """Give a page a logo: the body is a PNG, JPEG or WebP file. What it is, its content says."""
    return JSONResponse(_page(await platform.page_logos.put(caller, page_id, await request.body())))


@router.delete("/{page_id}/logo", status_code=204)
async def delete_logo(platform: PlatformDep, caller: CallerDep, page_id: str) -> Response:
    """Remove the logo that was uploaded, if there is one."""
    await platform.page_logos.delete(caller, page_id)
    return Response(status_code=204)


@router.get("/{page_id}/statistics")
async def get_statistics(platform: PlatformDep, caller: CallerDep, page_id: str) -> JSONResponse:
    """Return what came of a page in the last 30 days, per UTC date."""
    return JSONResponse(_statistics(await platform.page_statistics.of(caller, page_id)))


@router.get("/{page_id}/qr.svg", response_class=Response)
async def get_qr_code(platform: PlatformDep, caller: CallerDep, page_id: str) -> Response:
    """Return the page's address as a QR code."""
    page = await platform.booking_pages.get(caller, page_id)
    return Response(
        qr_svg(page.url, page.definition.name),
        media_type="image/svg+xml",
        headers={"Content-Disposition": f'inline; filename="{page.row.slug}.svg"'},
    )
