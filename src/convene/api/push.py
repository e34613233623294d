"""`/push/…`: where calendar services tell us that something changed. Open to everybody, heard from channels alone.

Answered at once: a notification is counted and a read queued, nothing more. Services that wait too long come less often.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from convene.api.context import PlatformDep
from convene.core.errors import Invalid, NotFound
from convene.core.ids import is_id
from convene.edge.auth import visitor_of
from convene.edge.strangers import Strangers
from convene.services.calendar_push import OPENED
from convene.services.link_gate import network_of
from convene.services.platform import Platform

router = APIRouter(include_in_schema=False)

MAX_BODY_BYTES = 256 * 1024
MAX_TOKEN = 2_048
MAX_NOTICES = 1_000
STRANGERS = "push_strangers"
_LIFECYCLE = frozenset({"reauthorizationRequired", "subscriptionRemoved", "missed"})


@router.post("/push/google", status_code=202)
async def post_google(request: Request, platform: PlatformDep) -> Response:
    """A notification of Google Calendar: no body, all in headers."""
    headers = request.headers
    event = OPENED if headers.get("x-goog-resource-state") == "sync" else ""
    channel_id, token = headers.get("x-goog-channel-id", ""), headers.get("x-goog-channel-token", "")
    return await _heard(request, platform, {channel_id: (token, event)})


@router.post("/push/microsoft", status_code=202)
async def post_microsoft(request: Request, platform: PlatformDep) -> Response:
    """Notifications of Microsoft Graph, several channels' in one; or the question whether this address is ours."""
    return _handshake(request) or await _heard(request, platform, _notices(await _body(request)))


@router.post("/push/microsoft/lifecycle", status_code=202)
async def post_microsoft_lifecycle(request: Request, platform: PlatformDep) -> Response:
    """What Microsoft Graph tells of channels themselves."""
    return _handshake(request) or await _heard(request, platform, _notices(await _body(request)))


def _handshake(request: Request) -> Response | None:
    """Answer Graph's question with the token that it sent: as plain text, which no browser takes for a page."""
    token = request.query_params.get("validationToken")
    if token is None:
        return None
    if len(token) > MAX_TOKEN or not token.isprintable():
        raise Invalid("validationToken", "validationToken is too long, or no text.")
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(token, media_type="text/plain; charset=utf-8", headers=headers)


async def _body(request: Request) -> Any:
    body = await request.body()
    if len(body) > MAX_BODY_BYTES:
        raise Invalid("body", f"A notification may have at most {MAX_BODY_BYTES} bytes.")
    try:
        # Within the bound this takes milliseconds; the loop is for everybody.
        return await run_in_threadpool(json.loads, body)
    except (ValueError, RecursionError):
        raise Invalid("body", "The body is not JSON.") from None


def _notices(body: Any) -> dict[str, tuple[str, str]]:
    """Return (token, event) by channel. `clientState` holds both names: "channel.token"."""
    items = body.get("value") if isinstance(body, dict) else None
    found: dict[str, tuple[str, str]] = {}
    for item in items[:MAX_NOTICES] if isinstance(items, list) else ():
        if not isinstance(item, dict) or not isinstance(item.get("clientState"), str):
            continue
        channel_id, _, token = item["clientState"].partition(".")
        event = item.get("lifecycleEvent")
        # Of several notices of one channel, what concerns the channel itself says more.
        if event in _LIFECYCLE or channel_id not in found:
            found[channel_id] = (token, event if event in _LIFECYCLE else "")
    return found


async def _heard(request: Request, platform: Platform, notices: dict[str, tuple[str, str]]) -> Response:
    strangers, network = _strangers(request), network_of(visitor_of(request).ip)
    strangers.check(network)
    shaped = {
        channel_id: given for channel_id, given in notices.items() if is_id(channel_id, "psh") and given[0]
    }
    if not shaped or not await platform.push.notified(shaped):
        strangers.count(network)
        raise NotFound("There is no such channel.")
    return Response(status_code=202)


def _strangers(request: Request) -> Strangers:
    state = request.app.state
    if not hasattr(state, STRANGERS):
        setattr(state, STRANGERS, Strangers())
    found = getattr(state, STRANGERS)
    assert isinstance(found, Strangers)
    return found
