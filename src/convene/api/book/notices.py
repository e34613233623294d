"""What visitors let a link's application know without booking: that no time suits, or that none is there."""

from __future__ import annotations

from fastapi import Request, Response

from convene.api.book.answers import page_of
from convene.api.book.gate import page_router, sent_form
from convene.api.book.opened import opened_link, plain
from convene.api.context import PlatformDep

router = page_router()


@router.post("/book/{token}/no-times")
async def post_no_times(request: Request, platform: PlatformDep, token: str) -> Response:
    """Tell the link's application that no time suits."""
    members = await sent_form(request, platform)
    found = await opened_link(request, platform, token, members)
    await platform.link_gate.notice(found.link.link_id)
    which = "no_times_displayed" if members.get("which") == "displayed" else "no_times_suitable"
    async with platform.db.transaction() as conn:
        await platform.bookings.events.link_callbacks.no_times(
            conn,
            found.link,
            which,
            tzid=found.look.tzid,
            message=plain(members.get("message", "")),
        )
    if which == "no_times_displayed":
        return Response(status_code=204)
    values = {
        **found.values(),
        "title": found.look.texts.send,
        "text": found.look.texts.suggest_thanks,
        "back_url": found.look.url(f"/book/{token}"),
    }
    return page_of(request, found.link, "book/state.html", values)
