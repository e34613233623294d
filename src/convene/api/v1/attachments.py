"""`/v1/attachments`: files that applications attach to their events. `/attachments/…`: the files, for who has the event."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from convene.api.v1.context import PlatformDep, TokenOrKey
from convene.core.attachments import PATH, disposition, served_type
from convene.edge.auth import visitor_of
from convene.edge.loose_bodies import LooseModel, documented, loose_body
from convene.services.attachments import FileDraft

router = APIRouter(tags=["events"])

_FILE = {"file_name": "agenda.txt", "content_type": "text/plain"}
EXAMPLE = {"attachment": {**_FILE, "base64_content": "MS4gQnVkZ2V0Cg=="}}
_TOLD = {
    "attachment_id": "att_0e8t8fbh3s1pr7q2q5e0m0k5ag",
    **_FILE,
    "md5": "88130890abeefc1137a991c117e97edc",
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {"attachment": _TOLD}}}}
}
_HEADERS = {
    # For who has the event, and not for caches between; it may be gone one day.
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


class FileBody(LooseModel):
    file_name: str
    content_type: str
    base64_content: str


class AttachmentBody(LooseModel):
    attachment: FileBody


@router.post("/v1/attachments", openapi_extra=documented(AttachmentBody, EXAMPLE), responses=_ANSWER)
async def post_attachment(
    platform: PlatformDep,
    application: TokenOrKey,
    body: Annotated[AttachmentBody, Depends(loose_body(AttachmentBody))],
) -> JSONResponse:
    """Keep a file, to be named by the application's events (`attachments`)."""
    sent = body.attachment
    draft = FileDraft(sent.file_name, sent.content_type, sent.base64_content)
    return JSONResponse({"attachment": await platform.attachments.create(application, draft)})


@router.get(PATH + "{token}/{file_name}", include_in_schema=False)
async def get_file(request: Request, platform: PlatformDep, token: str, file_name: str) -> Response:
    """The file at a private address, to be saved: never shown as a page of ours. Its name is what it was stored under."""
    await platform.link_gate.view(visitor_of(request).ip)
    found = await platform.attachments.opened(token)
    headers = {**_HEADERS, "Content-Disposition": disposition(found.file_name)}
    return Response(bytes(found.content), media_type=served_type(found.content_type), headers=headers)
