"""`/v1/channels`: where an application hears that something in an account's calendars changed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from convene.api.v1.context import ACCEPTED, AccountCaller, PlatformDep, accepted
from convene.edge.loose_bodies import LooseModel, documented, loose_body
from convene.edge.loose_types import LooseBool
from convene.services.channels import described
from convene.storage.webhooks import SubscriptionRow

router = APIRouter(prefix="/v1/channels", tags=["notification channels"])

EXAMPLE = {
    "callback_url": "https://app.example.com/changes",
    "filters": {"calendar_ids": ["cal_0e8t8fbh3s1pr7q2q5e0m0k5ag"], "only_managed": True},
}
_CHANNEL = {"channel_id": "chn_0e8t8fbh3s1pr7q2q5e0m0k5ag", **EXAMPLE}
_ONE: dict[str, Any] = {"content": {"application/json": {"example": {"channel": _CHANNEL}}}}
_MANY: dict[str, Any] = {"content": {"application/json": {"example": {"channels": [_CHANNEL]}}}}


class FiltersBody(LooseModel):
    calendar_ids: list[str] | None = None
    only_managed: LooseBool = False


class ChannelBody(LooseModel):
    callback_url: str
    filters: FiltersBody = FiltersBody()


def shown(row: SubscriptionRow) -> dict[str, Any]:
    """Return a channel; one that the receiver or its failures have closed says so."""
    closed = {"state": "closed", "state_reason": row.state_reason}
    return {**described(row), **(closed if row.state == "disabled" else {})}


@router.post("", openapi_extra=documented(ChannelBody, EXAMPLE), responses={200: _ONE})
async def post_channel(
    platform: PlatformDep,
    application: AccountCaller,
    body: Annotated[ChannelBody, Depends(loose_body(ChannelBody))],
) -> JSONResponse:
    """Open a channel, or return the one that is there already."""
    row = await platform.channels.create(
        application,
        body.callback_url,
        calendar_ids=body.filters.calendar_ids,
        only_managed=body.filters.only_managed,
    )
    return JSONResponse({"channel": shown(row)})


@router.get("", responses={200: _MANY})
async def get_channels(platform: PlatformDep, application: AccountCaller) -> JSONResponse:
    """Return the application's channels for this account."""
    return JSONResponse({"channels": [shown(row) for row in await platform.channels.mine(application)]})


@router.delete("/{channel_id}", status_code=ACCEPTED, response_class=Response)
async def delete_channel(platform: PlatformDep, application: AccountCaller, channel_id: str) -> Response:
    """Close a channel."""
    await platform.channels.close(application, channel_id)
    return accepted()
