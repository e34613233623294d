"""What hosted CalDAV services do that servers of one's own do not: hosts beside each other, records of domains, passwords
for programs, lists that name themselves, tasks among events.
"""

from __future__ import annotations

import pytest
from calendar_contract import NOW, kind_of

from convene.ports.calendars import Credentials, Discovery, ProviderError
from convene.providers.caldav import CalDavProvider
from convene.providers.dns_records import Service
from fakes.scripted_hosts import ScriptedHosts

_SPACES = 'xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
_CALENDAR = "<resourcetype><collection/><c:calendar/></resourcetype>"


def multistatus(*parts: str, token: str = "") -> tuple[int, bytes]:
    end = f"<sync-token>{token}</sync-token>" if token else ""
    return 207, f"<multistatus {_SPACES}>{''.join(parts)}{end}</multistatus>".encode()


def resource(href: str, *properties: str) -> str:
    return (
        f"<response><href>{href}</href><propstat><prop>{''.join(properties)}</prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
    )


def principal(href: str) -> str:
    return f"<current-user-principal><href>{href}</href></current-user-principal>"


def homes(*hrefs: str) -> str:
    return f"<c:calendar-home-set>{''.join(f'<href>{href}</href>' for href in hrefs)}</c:calendar-home-set>"


def components(*names: str) -> str:
    held = "".join(f'<c:comp name="{name}"/>' for name in names)
    return f"<c:supported-calendar-component-set>{held}</c:supported-calendar-component-set>"


async def discovered(
    hosts: ScriptedHosts, typed: str, username: str = "ana@example.org", service: Service | None = None
) -> Discovery:
    async def find(domain: str) -> Service | None:
        return service

    provider = CalDavProvider(hosts, lambda: NOW, find_service=find)  # type: ignore[arg-type]
    return await provider.discover(Credentials(typed, username, "p"))


ICLOUD = ScriptedHosts({
    ("PROPFIND", "https://caldav.icloud.com/"): multistatus(resource("/", principal("/123/principal/"))),
    ("PROPFIND", "https://caldav.icloud.com/123/principal/"): multistatus(
        resource("/123/principal/", homes("https://p34-caldav.icloud.com:443/123/calendars/"))
    ),
    ("PROPFIND", "https://p34-caldav.icloud.com/123/calendars/"): multistatus(
        resource("/123/calendars/"),
        resource("/123/calendars/home/", _CALENDAR, components("VEVENT"), "<displayname>Home</displayname>"),
        resource("/123/calendars/todo/", _CALENDAR, components("VTODO"), "<displayname>To do</displayname>"),
    ),
})  # fmt: skip


@pytest.mark.parametrize("typed", ["ana@icloud.com", "Ana@ME.com", "https://caldav.icloud.com"])
async def test_icloud_keeps_calendars_on_a_host_beside(typed: str) -> None:
    found = await discovered(ICLOUD, typed, "ana@icloud.com")
    assert [item.name for item in found.calendars] == ["Home"]
    assert found.calendars[0].remote_id.startswith("https://p34-caldav.icloud.com")
    assert found.calendars[0].remote_id.endswith("/123/calendars/home/")


@pytest.mark.parametrize(
    ("typed", "host", "hint"),
    [
        ("ana@icloud.com", "caldav.icloud.com", "app-specific password"),
        ("ana@fastmail.com", "caldav.fastmail.com", "app password"),
        ("ana@yahoo.com", "caldav.calendar.yahoo.com", "app password"),
        ("cloud.example.org", "cloud.example.org", "user name and password."),
    ],
)
async def test_a_refused_password_says_which_one_is_wanted(typed: str, host: str, hint: str) -> None:
    hosts = ScriptedHosts({("PROPFIND", f"https://{host}/"): (401, b"")})
    with pytest.raises(ProviderError) as caught:
        await discovered(hosts, typed)
    assert caught.value.kind == "reauth"
    assert host in caught.value.detail
    assert hint in caught.value.detail


@pytest.mark.parametrize(
    ("typed", "service"),
    [
        ("ana@gmail.com", "Google"),
        ("https://apidata.googleusercontent.com/caldav/v2/ana@gmail.com/user", "Google"),
        ("calendar.google.com", "Google"),
        ("ana@outlook.com", "Microsoft"),
        ("https://outlook.office.com/owa", "Microsoft"),
    ],
)
async def test_services_without_passwords_are_named_before_anything_is_sent(typed: str, service: str) -> None:
    hosts = ScriptedHosts({})
    with pytest.raises(ProviderError) as caught:
        await discovered(hosts, typed)
    assert caught.value.code == "sign_in_elsewhere"
    assert service in caught.value.detail
    assert hosts.asked == []


NEXTCLOUD = {
    ("PROPFIND", "https://cloud.example.org/remote.php/dav/"): multistatus(
        resource("/remote.php/dav/", principal("/remote.php/dav/principals/users/ana/"))
    ),
    ("PROPFIND", "https://cloud.example.org/remote.php/dav/principals/users/ana/"): multistatus(
        resource(
            "/remote.php/dav/principals/users/ana/",
            homes("/remote.php/dav/calendars/ana/", "/remote.php/dav/shared/"),
        )
    ),
    ("PROPFIND", "https://cloud.example.org/remote.php/dav/calendars/ana/"): multistatus(
        resource("/remote.php/dav/calendars/ana/personal/", _CALENDAR, components("VEVENT", "VTODO")),
        resource("/remote.php/dav/calendars/ana/inbox/", "<resourcetype><collection/><c:schedule-inbox/></resourcetype>"),
        resource("/remote.php/dav/calendars/ana/trashbin/", "<resourcetype><collection/></resourcetype>"),
    ),
    ("PROPFIND", "https://cloud.example.org/remote.php/dav/shared/"): multistatus(
        resource("/remote.php/dav/shared/team/", _CALENDAR)
    ),
}  # fmt: skip


async def test_a_domain_says_where_its_calendars_are() -> None:
    hosts = ScriptedHosts(NEXTCLOUD)
    service = Service("cloud.example.org", 443, "/remote.php/dav/")
    found = await discovered(hosts, "ana@example.org", service=service)
    assert [item.name for item in found.calendars] == ["personal", "team"]
    assert hosts.asked[0] == ("PROPFIND", "https://cloud.example.org/remote.php/dav/", "ana@example.org")


@pytest.mark.parametrize(
    "host", ["cloud.example.net", "example.org.evil.net", "notexample.org", "169.254.169.254"]
)
async def test_a_record_takes_no_password_to_another_domain(host: str) -> None:
    hosts = ScriptedHosts({})
    with pytest.raises(ProviderError) as caught:
        await discovered(hosts, "ana@example.org", service=Service(host, 443, ""))
    assert caught.value.code == "points_elsewhere"
    assert hosts.asked == []


async def test_where_a_record_leads_nowhere_the_domain_itself_is_asked() -> None:
    calendar = multistatus(resource("/cal/", _CALENDAR))
    pages = {("PROPFIND", f"https://example.org/{path}"): calendar for path in ("", "cal/")}
    hosts = ScriptedHosts(pages)
    found = await discovered(hosts, "example.org", service=Service("dav.example.org", 8443, "/x/"))
    assert [item.name for item in found.calendars] == ["cal"]
    assert [url for _, url, _ in hosts.asked[:2]] == [
        "https://dav.example.org:8443/x/",
        "https://example.org/",
    ]


async def test_an_address_is_taken_as_it_was_typed() -> None:
    hosts = ScriptedHosts(NEXTCLOUD)
    service = Service("dav.cloud.example.org", 443, "/")
    await discovered(hosts, "https://cloud.example.org/remote.php/dav/", service=service)
    assert not any("dav.cloud" in url for _, url, _ in hosts.asked)


CALENDAR = "https://p34-caldav.icloud.com/123/calendars/home/"
_EVENT = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nEND:VEVENT\r\nEND:VCALENDAR"


async def test_a_list_of_changes_that_names_the_calendar_itself() -> None:
    def report(body: bytes) -> tuple[int, bytes]:
        if b"calendar-multiget" in body:
            data = f'<getetag>"1"</getetag><c:calendar-data>{_EVENT}</c:calendar-data>'
            return multistatus(resource("/123/calendars/home/a%40b.ics", data))
        return multistatus(
            resource("/123/calendars/home/", '<getetag>"c"</getetag>'),
            resource("/123/calendars/home/a@b.ics", '<getetag>"1"</getetag>'),
            token="t",
        )

    provider = CalDavProvider(ScriptedHosts({("REPORT", CALENDAR): report}), lambda: NOW)  # type: ignore[arg-type]
    found = await provider.changes(Credentials("https://caldav.icloud.com/", "ana", "p"), CALENDAR, {}, {})
    assert [event.remote_id for event in found.changed] == ["/123/calendars/home/a@b.ics"]


async def test_a_full_account_is_tried_again_later() -> None:
    place = CALENDAR + "convene-1.ics"
    provider = CalDavProvider(ScriptedHosts({("PUT", place): (507, b"")}), lambda: NOW)  # type: ignore[arg-type]
    credentials = Credentials("https://caldav.icloud.com/", "ana", "p")
    writing = provider.create_event(credentials, CALENDAR, "/123/calendars/home/convene-1.ics", _EVENT)
    assert await kind_of(writing) == "temporary"
