"""What stands before every page: visits and tries are counted, and what goes wrong is said on a page, never in JSON."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from convene.api.book.answers import busy_page, state_page, too_many
from convene.core.errors import NotFound, RateLimited, Unavailable
from convene.edge.auth import visitor_of
from convene.edge.loose_bodies import body_of
from convene.services.platform import Platform


class PageRoute(APIRoute):
    """A route whose errors are pages. A handler catches those of which it can say more."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await answer(request)
            except NotFound:
                return state_page(request, "unknown", 404)
            except RateLimited as error:
                return too_many(request, error)
            except Unavailable as error:
                return busy_page(request, error)

        return handler


def page_router() -> APIRouter:
    """Return a router for pages."""
    return APIRouter(tags=["booking pages"], include_in_schema=False, route_class=PageRoute)


async def visit(request: Request, platform: Platform) -> None:
    """Count a visit; raise `RateLimited` for one too many."""
    await platform.link_gate.view(visitor_of(request).ip)


async def sent_form(request: Request, platform: Platform) -> dict[str, str]:
    """Count a visit and a try, and return what the form says; raise `RateLimited` for one too many."""
    await visit(request, platform)
    await platform.link_gate.attempt(visitor_of(request).ip)
    # JSON may hold half characters, which no page can show again.
    return {
        name: str(value).encode(errors="ignore").decode() for name, value in (await body_of(request)).items()
    }
