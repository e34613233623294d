"""From what a person typed to their calendars (RFC 6764, RFC 5397, RFC 4791 section 6.2).

A place is asked whether it knows the current user's principal: where the domain's own records say, if only a domain or a
mail address was typed; the address as typed; `/.well-known/caldav` and the root of the same host. Principals name home
sets, home sets list calendars.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from convene.core.instants import known_tzids
from convene.ports.calendars import Discovery, ProviderError, RemoteCalendar
from convene.providers.caldav_reading import MAX_PATH
from convene.providers.caldav_session import WRITE, XML_HEADERS, Session, failure, may_sign_in
from convene.providers.caldav_xml import Member, canonical_path, mkcalendar
from convene.providers.dns_records import FindService
from convene.providers.http_client import origin

# Services whose calendars live on another host than the one after the @ of their addresses.
KNOWN_HOSTS = {
    "icloud.com": "https://caldav.icloud.com/",
    "me.com": "https://caldav.icloud.com/",
    "mac.com": "https://caldav.icloud.com/",
    "fastmail.com": "https://caldav.fastmail.com/",
    "yahoo.com": "https://caldav.calendar.yahoo.com/",
    "mailbox.org": "https://dav.mailbox.org/",
    "posteo.de": "https://posteo.de:8443/",
}
# Services that let no program in with a password: their calendars are connected by signing in there.
_SIGN_IN_ELSEWHERE = {
    **dict.fromkeys(("gmail.com", "googlemail.com", "google.com"), "Google"),
    **dict.fromkeys(("outlook.com", "hotmail.com", "live.com", "office365.com", "office.com"), "Microsoft"),
}
_PRINCIPAL = ["d:current-user-principal", "c:calendar-home-set", "d:resourcetype"]
_HOMES = ["c:calendar-home-set", "c:calendar-user-address-set"]
_CALENDARS = [
    "d:resourcetype",
    "d:displayname",
    "c:supported-calendar-component-set",
    "d:current-user-privilege-set",
    "ical:calendar-color",
    "c:calendar-timezone",
]
_TZID = re.compile(r"^TZID(?:;[^:]*)?:(\S+)\s*$", re.MULTILINE)
_COLOR = re.compile(r"^#[0-9A-Fa-f]{6}")
MAX_CALENDARS = 200


def normal_url(text: str) -> str:
    """Return the address to begin at for a URL, a host name or an e-mail address."""
    typed = text.strip()
    domain = typed_domain(typed)
    if domain:
        typed = KNOWN_HOSTS.get(domain, f"https://{domain}")
    elif "://" not in typed:
        typed = f"https://{typed}"
    try:
        url = httpx.URL(typed)
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise ProviderError("permanent", "bad_url", "This is not an address that can be opened.") from error
    text = str(url)
    return text + "/" if text.count("/") == 2 else text


def typed_domain(text: str) -> str:
    """Return the domain of what a person typed, if it is a host name or an e-mail address and nothing more."""
    typed = text.strip()
    if "://" in typed or "/" in typed:
        return ""
    return typed.rpartition("@")[2].lower().rstrip(".")


def refuse_elsewhere(start: str) -> None:
    """Raise `ProviderError` for services whose calendars are connected by signing in at them."""
    host = httpx.URL(start).host.lower()
    for domain, service in _SIGN_IN_ELSEWHERE.items():
        if host == domain or host.endswith("." + domain) or host == "apidata.googleusercontent.com":
            raise ProviderError(
                "permanent",
                "sign_in_elsewhere",
                f"{service}'s calendars take no passwords. Choose {service} among the kinds of calendars, and sign in there.",
            )


async def discover(session: Session, typed: str, find_service: FindService) -> Discovery:
    """Return the account's calendars that hold events, and its own addresses.

    typed: what the person typed. find_service: looks up what the records of a domain say.
    """
    start = normal_url(typed)
    refuse_elsewhere(start)
    places = [*await _told_by_records(session, typed, find_service), start]
    principal, place = await _principal(session, places)
    homes, addresses = await _homes(session, principal, place)
    calendars: dict[str, RemoteCalendar] = {}
    for home in homes:
        for found in await _calendars(session, home):
            calendars.setdefault(found.remote_id, found)
    if len(calendars) > MAX_CALENDARS:
        raise ProviderError(
            "permanent", "too_many_calendars", f"More than {MAX_CALENDARS} calendars cannot be connected."
        )
    username = session.credentials.username
    if "@" in username:
        addresses = [*addresses, username.lower()]
    profile = {"principal": principal, "home_sets": homes, "addresses": list(dict.fromkeys(addresses))}
    return Discovery(list(calendars.values()), profile)


async def _told_by_records(session: Session, typed: str, find_service: FindService) -> list[str]:
    """Return the addresses to begin at that a domain's records give (RFC 6764 section 6)."""
    domain = typed_domain(typed)
    if not domain or domain in KNOWN_HOSTS:
        return []
    service = await find_service(domain)
    if service is None:
        return []
    port = "" if service.port == 443 else f":{service.port}"
    place = f"https://{service.host}{port}{service.path or '/.well-known/caldav'}"
    if not may_sign_in(session.credentials.url, place):
        # Records can be forged on the way: a password goes to another domain only if its owner names that.
        raise ProviderError(
            "permanent",
            "points_elsewhere",
            f"{domain} names {service.host} as its calendar server. If you trust it, connect with that address instead.",
        )
    return [place]


async def _principal(session: Session, starts: Sequence[str]) -> tuple[str, Member | None]:
    """Return the principal's address, and the place itself when it knows its home set already."""
    root = httpx.URL(starts[-1]).copy_with(path="/", query=None)
    places = [*starts, str(root.copy_with(path="/.well-known/caldav")), str(root)]
    refusal: ProviderError | None = None
    for place in dict.fromkeys(places):
        try:
            found, url = await _ask(session, place)
        except ProviderError as error:
            if error.kind == "reauth" or error.code in _FINAL:
                raise
            refusal = error
            continue
        for member in found:
            hrefs = member.hrefs("d:current-user-principal")
            if hrefs:
                return str(httpx.URL(url).join(hrefs[0])), None
            if member.hrefs("c:calendar-home-set") or member.has("d:resourcetype", "c:calendar"):
                return str(member.url), member
    if refusal is not None and refusal.kind == "temporary":
        raise refusal
    raise ProviderError("permanent", "not_caldav", f"No CalDAV service was found at {root.host}.")


_FINAL = frozenset(
    {
        "host_refused",
        "port_refused",
        "host_not_found",
        "bad_url",
        "tls_failed",
        "unreachable",
        "points_elsewhere",
    }
)


async def _ask(session: Session, place: str) -> tuple[Sequence[Member], str]:
    """Ask one place for the principal. A redirect to another host is followed with credentials if they belong there."""
    try:
        found, url = await session.propfind(place, _PRINCIPAL, 0)
    except ProviderError as error:
        if error.kind != "reauth":
            raise
        elsewhere = await _redirected(session, place)
        if elsewhere is None:
            raise
        found, url = await session.propfind(elsewhere, _PRINCIPAL, 0)
    return found.members, url


async def _redirected(session: Session, place: str) -> str | None:
    """Return where `place` leads without credentials, if that is another origin."""
    answer = await session.http.request("PROPFIND", place, headers={"Depth": "0"})
    return answer.url if origin(answer.url) != origin(place) else None


async def _homes(session: Session, principal: str, place: Member | None) -> tuple[list[str], list[str]]:
    """Return the home sets (or the one calendar that was typed) and the person's own addresses."""
    if place is not None and place.has("d:resourcetype", "c:calendar"):
        return [str(place.url)], []
    found, url = await session.propfind(principal, _HOMES, 0)
    homes: list[str] = []
    addresses: list[str] = []
    for member in found.members:
        homes += [str(httpx.URL(url).join(href)) for href in member.hrefs("c:calendar-home-set")]
        addresses += [
            href[7:].lower()
            for href in member.hrefs("c:calendar-user-address-set")
            if href.lower().startswith("mailto:")
        ]
    if not homes:
        raise ProviderError("permanent", "no_calendars", "This account has no place for calendars.")
    return list(dict.fromkeys(homes)), addresses


async def _calendars(session: Session, home: str) -> list[RemoteCalendar]:
    found, _ = await session.propfind(home, _CALENDARS, 1)
    return [
        _calendar(member)
        for member in found.members
        if member.has("d:resourcetype", "c:calendar")
        and _holds_events(member)
        and len(str(member.url)) <= MAX_PATH
        and may_sign_in(session.credentials.url, str(member.url))
    ]


def _holds_events(member: Member) -> bool:
    components = member.properties.get("{urn:ietf:params:xml:ns:caldav}supported-calendar-component-set")
    if components is None:
        return True
    return any((item.get("name") or "").upper() == "VEVENT" for item in components)


def _calendar(member: Member) -> RemoteCalendar:
    color = _COLOR.match(member.text("ical:calendar-color"))
    fallback = member.path.rstrip("/").rpartition("/")[2]
    return RemoteCalendar(
        remote_id=str(member.url.copy_with(raw_path=(member.path.rstrip("/") + "/").encode("ascii"))),
        name=(member.text("d:displayname") or fallback)[:200],
        color=color.group() if color else "",
        tzid=_zone(member.text("c:calendar-timezone")),
        is_writable=_may_write(member),
    )


def _may_write(member: Member) -> bool:
    """Tell whether events may be added. A server that does not say is believed to allow it; a refusal is told then."""
    if "{DAV:}current-user-privilege-set" not in member.properties:
        return True
    return any(
        member.has("d:current-user-privilege-set", right)
        for right in ("d:all", "d:write", "d:write-content", "d:bind")
    )


def _zone(text: str) -> str | None:
    found = _TZID.search(text.replace("\r", ""))
    if found is None:
        return None
    return found.group(1) if found.group(1) in known_tzids() else None


async def create_calendar(session: Session, profile: Mapping[str, Any], name: str, color: str) -> str:
    """Make a calendar in the account's first home set, at a place of our choosing; return its remote id."""
    homes = profile.get("home_sets") or []
    if not homes:
        raise ProviderError("permanent", "no_home", "This account does not say where calendars are kept.")
    place = httpx.URL(str(homes[0]).rstrip("/") + "/").join(f"convene-{secrets.token_hex(8)}/")
    answer = await session.request(
        "MKCALENDAR", str(place), headers=XML_HEADERS, content=mkcalendar(name, color), limits=WRITE
    )
    if answer.status in (403, 405, 501):
        raise ProviderError(
            "permanent",
            "cannot_make",
            f"{place.host} does not let programs make calendars.",
            status=answer.status,
        )
    if not 200 <= answer.status < 300:
        raise failure(answer)
    return str(place.copy_with(raw_path=(canonical_path(place.raw_path.decode("ascii"))).encode("ascii")))
