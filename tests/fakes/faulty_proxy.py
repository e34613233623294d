"""A proxy before a real CalDAV server that misbehaves on demand, as servers and networks in the wild do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from lxml import etree

from fakes.raw_server import RawServer, Request, answer, serve

_DAV = "{DAV:}"


@dataclass(slots=True)
class Faults:
    """What is wrong just now. All off: a plain proxy."""

    # Methods whose effect happens while the answer is lost; each is used up once.
    lost_replies: list[str] = field(default_factory=list)
    # Statuses given instead of forwarding; used up one by one.
    statuses: list[int] = field(default_factory=list)
    # The same for PUT alone.
    put_statuses: list[int] = field(default_factory=list)
    # What somebody else does just before a PUT arrives.
    before_put: Callable[[], None] | None = None
    # Reports that the server claims not to know, by local name.
    unknown_reports: set[str] = field(default_factory=set)
    ignores_tokens: bool = False
    ignores_conditions: bool = False
    hides_etags: bool = False
    hides_ctags: bool = False
    drops_from_multiget: bool = False
    # Answers to PROPFIND, REPORT and GET end after this part of them, with a length that fits.
    cut_at: float | None = None
    # Bytes exchanged for others in answers.
    replaced: dict[bytes, bytes] = field(default_factory=dict)
    # An HTML page with status 200 for everything.
    sign_in_page: bool = False
    retry_after: str = ""


@dataclass(slots=True)
class FaultyProxy:
    raw: RawServer
    faults: Faults

    @property
    def url(self) -> str:
        return self.raw.url + "/"

    def count(self, method: str) -> int:
        return sum(request.method == method for request in self.raw.requests)

    def reports(self, kind: str) -> int:
        return sum(_report(request) == kind for request in self.raw.requests)


def _report(request: Request) -> str:
    return etree.QName(etree.fromstring(request.body)).localname if request.method == "REPORT" else ""


def _changed_request(request: Request, faults: Faults) -> tuple[dict[str, str], bytes]:
    headers = {
        k: v for k, v in request.headers.items() if k not in {"host", "content-length", "accept-encoding"}
    }
    body = request.body
    if faults.ignores_conditions:
        headers = {k: v for k, v in headers.items() if k not in {"if-match", "if-none-match"}}
    if faults.ignores_tokens and _report(request) == "sync-collection":
        root = etree.fromstring(body)
        root.find(_DAV + "sync-token").text = None
        body = etree.tostring(root)
    return headers, body


def _changed_answer(request: Request, body: bytes, faults: Faults) -> bytes:
    if faults.drops_from_multiget and _report(request) == "calendar-multiget":
        root = etree.fromstring(body)
        for response in root.findall(_DAV + "response")[::2]:
            root.remove(response)
        body = etree.tostring(root)
    for old, new in faults.replaced.items():
        body = body.replace(old, new)
    if faults.hides_ctags:
        body = body.replace(b"getctag", b"getnothing")
    if faults.cut_at is not None and request.method in {"PROPFIND", "REPORT", "GET"}:
        body = body[: int(len(body) * faults.cut_at)]
    return body


@asynccontextmanager
async def faulty_proxy(target: str) -> AsyncIterator[FaultyProxy]:
    """Stand before `target` (scheme, host and port) until the block ends."""
    faults = Faults()
    client = httpx.AsyncClient(trust_env=False)

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        if faults.sign_in_page:
            writer.write(answer(200, b"<html><body>Sign in", Content_Type="text/html"))
            return
        if faults.statuses:
            extra = {"Retry_After": faults.retry_after} if faults.retry_after else {}
            writer.write(answer(faults.statuses.pop(0), b"", **extra))
            return
        if request.method == "PUT" and faults.put_statuses:
            writer.write(answer(faults.put_statuses.pop(0)))
            return
        if request.method == "PUT" and faults.before_put is not None:
            await asyncio.to_thread(faults.before_put)
        if _report(request) in faults.unknown_reports:
            writer.write(answer(501))
            return
        headers, body = _changed_request(request, faults)
        got = await client.request(
            request.method, target.rstrip("/") + request.path, headers=headers, content=body
        )
        if request.method in faults.lost_replies:
            faults.lost_replies.remove(request.method)
            writer.close()
            return
        kept = {"ETag": got.headers["etag"]} if "etag" in got.headers and not _hidden(request, faults) else {}
        kept.update({name: got.headers[name] for name in ("Location", "Retry-After") if name in got.headers})
        writer.write(answer(got.status_code, _changed_answer(request, got.content, faults), **kept))

    async with serve(handler) as raw:
        try:
            yield FaultyProxy(raw, faults)
        finally:
            await client.aclose()


def _hidden(request: Request, faults: Faults) -> bool:
    return faults.hides_etags and request.method == "PUT"
