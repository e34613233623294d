"""WebDAV and CalDAV bodies (RFC 4918, 4791, 5397, 6578): what we ask, and multistatus answers as values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from urllib.parse import quote, unquote

import httpx
from lxml import etree

from convene.formats.xml import MAX_LIST_BYTES, Element, XmlError, parse_items, parse_xml, write_xml
from convene.ports.calendars import ProviderError

DAV = "DAV:"
CALDAV = "urn:ietf:params:xml:ns:caldav"
CALENDARSERVER = "http://calendarserver.org/ns/"
APPLE = "http://apple.com/ns/ical/"
NAMESPACES = {"d": DAV, "c": CALDAV, "cs": CALENDARSERVER, "ical": APPLE}

MAX_MEMBERS = 60_000
# RFC 3986 pchar, so that one path has one spelling whatever a server escapes.
_PCHAR = "!$&'()*+,;=:@-._~"
# A path that means what it says: no dot segments, no other host, nothing to be escaped first.
_PLAIN_PATH = re.compile(r"(?:/(?!\.)[A-Za-z0-9!$&'()*+,;=:@._~%-]+)+/?")
_NOTHING_TO_ESCAPE = re.compile(r"[A-Za-z0-9!$&'()*+,;=:@._~/-]*")


@cache
def name(prefixed: str) -> str:
    """Return the expanded form of a prefixed name: `d:href` -> `{DAV:}href`."""
    prefix, local = prefixed.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def canonical_path(path: str) -> str:
    """Return `path` in its one spelling: every segment decoded and escaped again. An escaped slash stays escaped."""
    if _NOTHING_TO_ESCAPE.fullmatch(path):
        return path
    return "/".join(quote(unquote(segment), safe=_PCHAR) for segment in path.split("/"))


@dataclass(frozen=True, slots=True)
class Member:
    """One response of a multistatus: where it is, its own status if it has one, the found properties.

    path: in its one spelling.
    """

    origin: str
    host: str
    path: str
    status: int | None
    properties: dict[str, Element]

    @property
    def url(self) -> httpx.URL:
        return httpx.URL(self.origin + self.path)

    def text(self, prefixed: str) -> str:
        """Return the text of a property, empty if it is missing."""
        found = self.properties.get(name(prefixed))
        return "" if found is None else (found.text or "").strip()

    def hrefs(self, prefixed: str) -> list[str]:
        """Return the addresses inside a property."""
        found = self.properties.get(name(prefixed))
        if found is None:
            return []
        return [(item.text or "").strip() for item in found.iter(name("d:href")) if (item.text or "").strip()]

    def has(self, prefixed: str, inner: str) -> bool:
        """Tell whether a property contains an element."""
        found = self.properties.get(name(prefixed))
        return found is not None and found.find(f".//{name(inner)}") is not None


@dataclass(frozen=True, slots=True)
class Multistatus:
    members: Sequence[Member]
    sync_token: str


def _status(element: Element) -> int | None:
    text = element.findtext(name("d:status")) or ""
    parts = text.split()
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else None


def _properties(response: Element) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for propstat in response.findall(name("d:propstat")):
        if _status(propstat) in (None, 200):
            for prop in propstat.findall(name("d:prop")):
                found.update({str(item.tag): item for item in prop})
    return found


def read_multistatus(body: bytes, base: str) -> Multistatus:
    """Return the responses of a 207 body, their hrefs resolved against `base`.

    Anything that is not a whole multistatus is `ProviderError` `bad_answer`, so that half an answer is never taken
    for a short one.
    """
    root = _root(body, base)
    if root.tag != name("d:multistatus"):
        raise ProviderError(
            "temporary", "bad_answer", "The server answered with something that is not CalDAV."
        )
    responses = root.findall(name("d:response"))
    if len(responses) > MAX_MEMBERS:
        raise ProviderError(
            "permanent", "too_many_events", f"A calendar of more than {MAX_MEMBERS:,} events is not read."
        )
    home = _origin_and_host(httpx.URL(base))
    members = [member for response in responses for member in _members(response, base, home)]
    return Multistatus(members, (root.findtext(name("d:sync-token")) or "").strip())


def read_members(body: bytes, base: str, max_bytes: int) -> Iterator[Member]:
    """Yield the responses of a large 207 body without holding them; use each before the next.

    Raises `ProviderError` `bad_answer` at the end of what is no whole multistatus.
    """
    home = _origin_and_host(httpx.URL(base))
    try:
        for response in parse_items(body, name("d:multistatus"), name("d:response"), max_bytes):
            yield from _members(response, base, home)
    except XmlError as error:
        raise _unreadable(base, error) from error


def _members(response: Element, base: str, home: tuple[str, str]) -> Iterator[Member]:
    # RFC 4918 allows several hrefs with one status.
    for href in response.findall(name("d:href")):
        place = _place(base, home, (href.text or "").strip())
        if place is not None:
            yield Member(*place, _status(response), _properties(response))


def _root(body: bytes, base: str) -> Element:
    try:
        # How much there may be of an answer, its request has said.
        return parse_xml(body, MAX_LIST_BYTES)
    except XmlError as error:
        raise _unreadable(base, error) from error


def _unreadable(base: str, error: XmlError) -> ProviderError:
    host = httpx.URL(base).host
    return ProviderError("temporary", "bad_answer", f"{host} sent an unreadable answer: {error}.")


def _place(base: str, home: tuple[str, str], href: str) -> tuple[str, str, str] | None:
    """Return origin, host and path of an href, None if it is no address.

    Calendars have tens of thousands of members, nearly all told as plain paths: those need no parsing as an address.
    """
    if _PLAIN_PATH.fullmatch(href):
        return *home, canonical_path(href)
    try:
        url = httpx.URL(base).join(href)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        return None
    return *_origin_and_host(url), canonical_path(url.raw_path.decode("ascii").split("?")[0])


def _origin_and_host(url: httpx.URL) -> tuple[str, str]:
    return f"{url.scheme}://{url.netloc.decode('ascii')}", url.host


def names_error(body: bytes, *prefixed: str) -> bool:
    """Tell whether an error body names one of these preconditions (RFC 4918 section 16)."""
    try:
        root = parse_xml(body)
    except XmlError:
        return False
    return any(root.tag == name(item) or root.find(f".//{name(item)}") is not None for item in prefixed)


def _element(prefixed: str, *children: Element, text: str | None = None) -> Element:
    made = etree.Element(name(prefixed), nsmap=NAMESPACES)
    made.text = text
    made.extend(children)
    return made


def propfind(prefixed: Iterable[str]) -> bytes:
    """Return the body that asks for these properties."""
    return write_xml(_element("d:propfind", _element("d:prop", *[_element(item) for item in prefixed])))


def sync_collection(token: str) -> bytes:
    """Return the body of a sync-collection REPORT; an empty token asks for everything (RFC 6578 3.4).

    No DAV:limit: several servers cut the answer and return a token that skips the rest.
    """
    return write_xml(
        _element(
            "d:sync-collection",
            _element("d:sync-token", text=token or None),
            _element("d:sync-level", text="1"),
            _element("d:prop", _element("d:getetag")),
        )
    )


def multiget(paths: Sequence[str]) -> bytes:
    """Return the body of a calendar-multiget REPORT (RFC 4791 7.9)."""
    return write_xml(
        _element(
            "c:calendar-multiget",
            _element("d:prop", _element("d:getetag"), _element("c:calendar-data")),
            *[_element("d:href", text=path) for path in paths],
        )
    )


def every_event() -> bytes:
    """Return the body of a calendar-query REPORT (RFC 4791 7.8) for all events there are, with their texts."""
    calendar, event = _element("c:comp-filter"), _element("c:comp-filter")
    calendar.set("name", "VCALENDAR")
    event.set("name", "VEVENT")
    calendar.append(event)
    return write_xml(
        _element(
            "c:calendar-query",
            _element("d:prop", _element("d:getetag"), _element("c:calendar-data")),
            _element("c:filter", calendar),
        )
    )


def free_busy_query(start: datetime, end: datetime) -> bytes:
    """Return the body of a free-busy-query REPORT (RFC 4791 7.10) for `[start, end)`, aware instants."""
    window = _element("c:time-range")
    for key, at in (("start", start), ("end", end)):
        window.set(key, f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    return write_xml(_element("c:free-busy-query", window))


def mkcalendar(display_name: str, color: str) -> bytes:
    """Return a MKCALENDAR body (RFC 4791 section 5.3.1): a calendar of that name which holds events."""
    component = _element("c:comp")
    component.set("name", "VEVENT")
    properties = [
        _element("d:displayname", text=display_name),
        _element("c:supported-calendar-component-set", component),
    ]
    if color:
        properties.append(_element("ical:calendar-color", text=color))
    return write_xml(_element("c:mkcalendar", _element("d:set", _element("d:prop", *properties))))
