"""Discovery against answers as various servers give them: what a calendar is, who its owner is, where it begins."""

from __future__ import annotations

import asyncio

import pytest
from calendar_contract import NOW, http, kind_of

from convene.ports.calendars import Credentials, Discovery, ProviderError
from convene.providers.caldav import CalDavProvider
from convene.providers.caldav_discovery import normal_url
from convene.providers.http_client import HttpClient
from fakes.raw_server import Request, answer, serve

__all__ = ["http"]

_NAMESPACES = (
    'xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/" '
    'xmlns:i="http://apple.com/ns/ical/"'
)
_CALENDAR = "<resourcetype><collection/><c:calendar/></resourcetype>"
_EVENTS = '<c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set>'
_TASKS = '<c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set>'
_ZONE = "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nEND:VTIMEZONE\r\nEND:VCALENDAR"


def resource(href: str, *properties: str) -> str:
    found = "".join(properties)
    return (
        f"<response><href>{href}</href><propstat><prop>{found}</prop><status>HTTP/1.1 200 OK</status></propstat>"
        "<propstat><prop><cs:nothing/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response>"
    )


def multistatus(*resources: str) -> bytes:
    return f"<multistatus {_NAMESPACES}>{''.join(resources)}</multistatus>".encode()


def rights(*names: str) -> str:
    held = "".join(f"<privilege><{name}/></privilege>" for name in names)
    return f"<current-user-privilege-set>{held}</current-user-privilege-set>"


PAGES = {
    "/": multistatus(resource("/", "<current-user-principal><href>/p/ana/</href></current-user-principal>")),
    "/p/ana/": multistatus(
        resource(
            "/p/ana/",
            "<c:calendar-home-set><href>/home/</href><href>/shared</href></c:calendar-home-set>",
            "<c:calendar-user-address-set><href>mailto:Ana@Example.org</href><href>MAILTO:a.ruiz@example.org</href>"
            "<href>urn:uuid:1</href><href>/p/ana/</href></c:calendar-user-address-set>",
        )
    ),
    "/home/": multistatus(
        resource("/home/", "<resourcetype><collection/></resourcetype>"),
        resource(
            "/home/w%6Frk/",
            _CALENDAR,
            _EVENTS,
            "<displayname>Work &amp; more</displayname><i:calendar-color>#FF2968FF</i:calendar-color>",
            f"<c:calendar-timezone>{_ZONE}</c:calendar-timezone>",
            rights("read", "write"),
        ),
        resource("/home/tasks/", _CALENDAR, _TASKS),
        resource("/home/inbox/", "<resourcetype><collection/><c:schedule-inbox/></resourcetype>"),
        resource("/home/plain", _CALENDAR),
        resource("https://elsewhere.example/stolen/", _CALENDAR, _EVENTS),
    ),
    "/shared": multistatus(
        resource("/shared/team/", _CALENDAR, _EVENTS, rights("read", "read-free-busy")),
        resource("/home/work/", _CALENDAR, _EVENTS),
        resource("/shared/odd/", _CALENDAR, "<c:calendar-timezone>TZID:../../etc/passwd</c:calendar-timezone>"),
    ),
}  # fmt: skip


async def discovered(http: HttpClient, pages: dict[str, bytes], path: str = "/") -> Discovery:
    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        body = pages.get(request.path)
        writer.write(answer(404) if body is None else answer(207, body))

    async with serve(handler) as server:
        return await CalDavProvider(http, lambda: NOW).discover(
            Credentials(server.url + path, "ana@example.org", "p")
        )


async def test_calendars_are_told_from_everything_else(http: HttpClient) -> None:
    found = await discovered(http, PAGES)
    rows = {
        item.remote_id.partition("/")[2].partition("/")[2].partition("/")[2]: item for item in found.calendars
    }
    assert set(rows) == {"home/work/", "home/plain/", "shared/team/", "shared/odd/"}
    work = rows["home/work/"]
    assert (work.name, work.color, work.tzid, work.is_writable) == (
        "Work & more",
        "#FF2968",
        "America/New_York",
        True,
    )
    assert (rows["home/plain/"].name, rows["home/plain/"].is_writable) == ("plain", True)
    assert rows["shared/team/"].is_writable is False
    assert rows["shared/odd/"].tzid is None


async def test_the_owners_addresses_are_kept(http: HttpClient) -> None:
    found = await discovered(http, PAGES)
    assert found.profile["addresses"] == ["ana@example.org", "a.ruiz@example.org"]


@pytest.mark.parametrize("path", ["/", "/p/ana/", "/not/there/", "/home/w%6Frk/"])
async def test_it_may_begin_anywhere(http: HttpClient, path: str) -> None:
    alone = {"/home/work/": multistatus(resource("/home/work/", _CALENDAR, _EVENTS))}
    found = await discovered(http, {**PAGES, **alone, "/home/w%6Frk/": alone["/home/work/"]}, path)
    assert any(item.remote_id.endswith("/home/work/") for item in found.calendars)


async def test_nothing_is_said_to_be_nothing(http: HttpClient) -> None:
    with pytest.raises(ProviderError) as caught:
        await discovered(http, {})
    assert caught.value.code == "not_caldav"
    homeless = {**PAGES, "/p/ana/": multistatus(resource("/p/ana/"))}
    with pytest.raises(ProviderError) as caught:
        await discovered(http, homeless)
    assert caught.value.code == "no_calendars"


async def test_a_server_in_trouble_is_not_taken_for_none(http: HttpClient) -> None:
    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(503))

    async with serve(handler) as server:
        call = CalDavProvider(http, lambda: NOW).discover(Credentials(server.url, "u", "p"))
        assert await kind_of(call) == "temporary"


@pytest.mark.parametrize(
    ("typed", "begins"),
    [
        ("ana@icloud.com", "https://caldav.icloud.com/"),
        ("fastmail.com", "https://caldav.fastmail.com/"),
        (" dav.example.org ", "https://dav.example.org/"),
        ("ana@example.org", "https://example.org/"),
        ("dav.example.org:8443/x/", "https://dav.example.org:8443/x/"),
        ("http://nas.local:5232", "http://nas.local:5232/"),
        ("https://cloud.example.org/remote.php/dav", "https://cloud.example.org/remote.php/dav"),
    ],
)
def test_what_people_type_is_an_address(typed: str, begins: str) -> None:
    assert normal_url(typed) == begins
