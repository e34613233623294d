"""A CalDAV server as SOGo 5.8 was seen to be, in a thread of its own: it overwrites, makes anew, forgets and breaks off.

What is measured: `If-None-Match: *` overwrites; `If-Match` on nothing makes it, on DELETE it means nothing; one UID at two
places is 409 without a reason; tokens and ctags count whole seconds, and an unknown token is answered with everything and
no error; names are told unescaped; `/.well-known/caldav` is a page to sign in; free-busy-query is 501; people are
invited whatever `SCHEDULE-AGENT` says; connections are closed that were said to be kept.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from lxml import etree

from caldav_servers import CalDavServer

ROOT, HOME = "/SOGo/dav/ana/", "/SOGo/dav/ana/Calendar/"
CALENDAR = HOME + "personal/"
_SCHEDULES = {"DAV": "1, 2, access-control, calendar-access, calendar-schedule, calendar-auto-schedule"}


@dataclass
class Kept:
    """An event, or the mark of one that was deleted."""

    text: str | None
    version: int
    second: int


@dataclass
class State:
    """What the server holds. `invited`: to whom it sent messages. `second`: its clock, which readers let go on."""

    events: dict[str, Kept] = field(default_factory=dict)
    invited: list[str] = field(default_factory=list)
    second: int = 1_795_000_000
    answers: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def there(self) -> dict[str, Kept]:
        return {name: kept for name, kept in self.events.items() if kept.text is not None}

    def put(self, name: str, text: str, match: str | None) -> int:
        """Return the status; If-None-Match does not reach it."""
        held = self.there().get(name)
        if held is not None and match is not None and match != etag_of(held):
            return 412
        if any(
            uid_of(kept.text or "") == uid_of(text) for other, kept in self.there().items() if other != name
        ):
            return 409
        version = 0 if held is None else held.version + 1
        self.events[name] = Kept(text, version, self.second)
        self.invited += re.findall(r"^ATTENDEE.*?:(mailto:\S+)", text.replace("\r\n ", ""), re.MULTILINE)
        return 201 if held is None else 204

    def delete(self, name: str) -> int:
        if name not in self.there():
            return 404
        self.events[name] = Kept(None, 0, self.second)
        return 204


def uid_of(text: str) -> str:
    found = re.search(r"^UID:(.*)$", text, re.MULTILINE)
    return found.group(1).strip() if found else ""


def etag_of(kept: Kept) -> str:
    return f'"gcs{kept.version:08}"'


def response(href: str, *properties: str, status: str = "") -> str:
    inner = (
        f"<D:status>HTTP/1.1 {status}</D:status>"
        if status
        else f"<D:propstat><D:prop>{''.join(properties)}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    )
    return f"<D:response><D:href>{escape(href)}</D:href>{inner}</D:response>"


def multistatus(*parts: str) -> bytes:
    spaces = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'
    return f"<D:multistatus {spaces}>{''.join(parts)}</D:multistatus>".encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: State

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.state.answers += 1
        # The client was told nothing of it, and finds out with its next request.
        self.close_connection = self.close_connection or self.state.answers % 3 == 0

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    @property
    def name(self) -> str:
        return unquote(self.path.removeprefix(CALENDAR))

    def do_OPTIONS(self) -> None:
        self.body()
        self.answer(200, **_SCHEDULES)

    def do_GET(self) -> None:
        with self.state.lock:
            kept = self.state.there().get(self.name)
            if kept is None or kept.text is None:
                self.answer(404)
                return
            self.answer(200, kept.text.encode(), ETag=etag_of(kept), **{"Content-Type": "text/calendar"})

    def do_PUT(self) -> None:
        text = self.body().decode()
        with self.state.lock:
            status = self.state.put(self.name, text, self.headers.get("If-Match"))
            told = {"ETag": etag_of(self.state.events[self.name])} if status < 300 else {}
        self.answer(status, **told)

    def do_DELETE(self) -> None:
        with self.state.lock:
            status = self.state.delete(self.name)
        self.answer(status)

    def do_PROPFIND(self) -> None:
        body, depth = self.body(), self.headers.get("Depth", "0")
        pages = {
            ROOT: ["<D:current-user-principal><D:href>/SOGo/dav/ana</D:href></D:current-user-principal>"],
            "/SOGo/dav/ana": [f"<C:calendar-home-set><D:href>{HOME}</D:href></C:calendar-home-set>"],
        }
        if self.path in pages:
            self.answer(207, multistatus(response(self.path, *pages[self.path])))
            return
        if self.path not in (HOME, CALENDAR):
            self.answer(200, b"<!DOCTYPE html><html><title>SOGo", **{"Content-Type": "text/html"})
            return
        with self.state.lock:
            parts = [response(self.path, "<D:resourcetype><D:collection/></D:resourcetype>")]
            shown = self.calendar(body)
            if self.path == HOME:
                parts.append(shown)
            else:
                parts = [shown]
            if self.path == CALENDAR and depth == "1":
                parts += [self.member(name, kept) for name, kept in self.state.there().items()]
        self.answer(207, multistatus(*parts))

    def calendar(self, body: bytes) -> str:
        if b"getctag" in body:
            self.state.second += 1
        newest = max((kept.second for kept in self.state.events.values()), default=0)
        return response(
            CALENDAR,
            "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype><D:displayname>Personal</D:displayname>",
            f"<S:getctag>{newest}</S:getctag>",
        )

    def member(self, name: str, kept: Kept, data: str = "") -> str:
        held = f"<C:calendar-data>{escape(data)}</C:calendar-data>" if data else ""
        return response(CALENDAR + name, f"<D:getetag>{escape(etag_of(kept))}</D:getetag>", held)

    def do_REPORT(self) -> None:
        root = etree.fromstring(self.body())
        kind = etree.QName(root).localname
        if kind == "sync-collection":
            self.sync(root.findtext("{DAV:}sync-token") or "")
        elif kind == "calendar-multiget":
            self.multiget([item.text or "" for item in root.iter("{DAV:}href")])
        elif kind == "calendar-query":
            with self.state.lock:
                names = list(self.state.there())
            self.multiget([CALENDAR + name for name in names])
        else:
            self.answer(501, b"<html>did not find the specified REPORT", **{"Content-Type": "text/html"})

    def sync(self, token: str) -> None:
        since = int(token) if token.isdigit() else 0
        with self.state.lock:
            parts = [
                response(CALENDAR + name, status="404 Not Found")
                if kept.text is None
                else self.member(name, kept)
                for name, kept in self.state.events.items()
                if kept.second >= since and (token or kept.text is not None)
            ]
            self.state.second += 1
            parts.append(f"<D:sync-token>{self.state.second}</D:sync-token>")
        self.answer(207, multistatus(*parts))

    def multiget(self, hrefs: list[str]) -> None:
        with self.state.lock:
            names = [unquote(href.removeprefix(CALENDAR)) for href in hrefs]
            held = self.state.there()
            parts = [
                self.member(name, held[name], held[name].text or "")
                if name in held
                else response(CALENDAR + quote(name), status="404 Not Found")
                for name in names
            ]
        self.answer(207, multistatus(*parts))


class HostileServer(CalDavServer):
    """The fake, with what a person's other program does there; nothing of it is kept on disk."""

    def __init__(self, port: int, state: State) -> None:
        self.port, self.state, self.password = port, state, "correct horse"

    @property
    def calendar_url(self) -> str:
        return self.url.rstrip("/") + CALENDAR


@contextmanager
def hostile_server() -> Iterator[HostileServer]:
    """Serve on a free port until the block ends."""
    state = State()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"state": state}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield HostileServer(server.server_address[1], state)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
