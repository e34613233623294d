"""The CalDAV provider against servers that lie, lead elsewhere or never end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from calendar_contract import NOW, http, kind_of
from lxml import etree

from convene.ports.calendars import Credentials, ProviderError
from convene.providers import caldav_whole
from convene.providers.caldav import CalDavProvider
from convene.providers.caldav_session import may_sign_in
from convene.providers.caldav_xml import canonical_path
from convene.providers.http_client import HttpClient
from fakes.raw_server import Handler, Request, answer, serve

__all__ = ["http"]

_NAMESPACES = 'xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/"'
ICS = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nEND:VEVENT\r\nEND:VCALENDAR"
Page = Callable[[Request], str]


def response(href: str, *, etag: str = "", status: int | None = None, data: str = "", extra: str = "") -> str:
    if status is not None:
        return f"<response><href>{href}</href><status>HTTP/1.1 {status} X</status></response>"
    held = f"<c:calendar-data>{data}</c:calendar-data>" if data else ""
    return (
        f'<response><href>{href}</href><propstat><prop><getetag>"{etag}"</getetag>{held}{extra}</prop>'
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
    )


def multistatus(*responses: str, token: str = "") -> bytes:
    end = f"<sync-token>{token}</sync-token>" if token else ""
    return f'<?xml version="1.0"?><multistatus {_NAMESPACES}>{"".join(responses)}{end}</multistatus>'.encode()


def kind_of_report(request: Request) -> str:
    return etree.QName(etree.fromstring(request.body)).localname if request.body else ""


class Scripted:
    """A calendar at `/cal/` that answers as functions by report name say."""

    def __init__(self, **pages: Callable[[Request], bytes]) -> None:
        self.pages = pages

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        page = self.pages.get(kind_of_report(request).replace("-", "_"))
        writer.write(answer(501) if page is None else answer(207, page(request)))


def wanted(request: Request) -> list[str]:
    return [item.text or "" for item in etree.fromstring(request.body).iter("{DAV:}href")]


def everything_asked_for(request: Request) -> bytes:
    return multistatus(*[response(href, etag="1", data=ICS) for href in wanted(request)])


@pytest.fixture
def provider(http: HttpClient) -> CalDavProvider:
    return CalDavProvider(http, lambda: NOW)


async def read(provider: CalDavProvider, script: Handler, cursor=None, known=None):
    async with serve(script) as server:
        found = await provider.changes(
            Credentials(server.url, "u", "p"), server.url + "/cal/", cursor or {}, known or {}
        )
        return found, server.requests


async def test_only_members_of_the_calendar_are_ever_asked_for(provider):
    hrefs = [
        "/cal/good.ics", "/cal/", "/cal", "/other/x.ics", "/cal/../secret.ics", "/cal/%2e%2e/x.ics", "/cal/" + "x" * 3000 + ".ics", "/cal/sub/deep.ics",
        "http://10.0.0.1/cal/x.ics", "//169.254.169.254/cal/x.ics", "https://evil.example/cal/x.ics", "file:///etc/passwd",
        "", "?query", "http://[broken",
    ]  # fmt: skip

    def listed(request: Request) -> bytes:
        return multistatus(*[response(href, etag="1") for href in hrefs], token="t1")

    found, requests = await read(
        provider, Scripted(sync_collection=listed, calendar_multiget=everything_asked_for)
    )
    assert [event.remote_id for event in found.changed] == ["/cal/good.ics"]
    assert [wanted(item) for item in requests if kind_of_report(item) == "calendar-multiget"] == [
        ["/cal/good.ics"]
    ]
    assert {item.path for item in requests} == {"/cal/"}


async def test_what_was_not_asked_for_is_not_taken(provider):
    def generous(request: Request) -> bytes:
        return multistatus(
            response("/cal/a.ics", etag="1", data=ICS), response("/cal/unasked.ics", etag="1", data=ICS)
        )

    script = Scripted(
        sync_collection=lambda _: multistatus(response("/cal/a.ics", etag="1"), token="t"),
        calendar_multiget=generous,
    )
    found, _ = await read(provider, script)
    assert [event.remote_id for event in found.changed] == ["/cal/a.ics"]


async def test_a_cut_answer_is_followed_to_its_end(provider):
    def paged(request: Request) -> bytes:
        token = etree.fromstring(request.body).findtext("{DAV:}sync-token") or "0"
        page = int(token)
        last = [] if page == 3 else [response("/cal/", status=507)]
        return multistatus(response(f"/cal/e{page}.ics", etag="1"), *last, token=str(page + 1))

    found, _ = await read(provider, Scripted(sync_collection=paged, calendar_multiget=everything_asked_for))
    assert len(found.changed) == 4
    assert found.cursor["token"] == "4"


@pytest.mark.parametrize("token", ["same", "growing"])
async def test_pages_without_end_are_given_up(provider, token):
    asked = []

    def endless(request: Request) -> bytes:
        asked.append(1)
        new = "t" if token == "same" else str(len(asked))
        return multistatus(
            response(f"/cal/e{len(asked)}.ics", etag="1"), response("/cal/", status=507), token=new
        )

    with pytest.raises(ProviderError) as caught:
        await read(provider, Scripted(sync_collection=endless))
    assert caught.value.kind == "temporary"
    assert len(asked) <= 201


async def test_too_many_members_are_refused(provider):
    many = multistatus(*[response(f"/cal/{n}.ics", etag="1") for n in range(60_001)], token="t")
    with pytest.raises(ProviderError) as caught:
        await read(provider, Scripted(sync_collection=lambda _: many))
    assert caught.value.code == "too_many_events"


async def test_a_large_chunk_is_read_in_halves_and_a_giant_event_is_left(provider):
    def sized(request: Request) -> bytes:
        return multistatus(
            *[
                response(href, etag="1", data="X" * (6_000_000 if "giant" in href else 400_000))
                for href in wanted(request)
            ]
        )

    names = [*[f"/cal/{n}.ics" for n in range(20)], "/cal/giant.ics"]
    script = Scripted(
        sync_collection=lambda _: multistatus(*[response(name, etag="1") for name in names], token="t"),
        calendar_multiget=sized,
    )
    found, _ = await read(provider, script)
    assert len(found.changed) == 21
    assert [event.remote_id for event in found.changed if not event.raw] == ["/cal/giant.ics"]


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><multistatus xmlns="DAV:"/>',
        b"<html/>",
        b'{"not": "xml"}',
        b'<multistatus xmlns="WRONG:"/>',
        b"",
    ],
)
async def test_other_bodies_are_errors(provider, body):
    with pytest.raises(ProviderError) as caught:
        await read(provider, Scripted(sync_collection=lambda _: body))
    assert caught.value.code == "bad_answer"


async def test_a_member_with_an_error_makes_no_partial_truth(provider):
    page = multistatus(response("/cal/a.ics", etag="1"), response("/cal/b.ics", status=500), token="t")
    for script in (Scripted(sync_collection=lambda _: page), Scripted(propfind=lambda _: page)):
        assert await kind_of(read(provider, script)) == "temporary"


async def test_a_listing_without_the_collection_itself_is_not_whole(provider):
    """A page of a listing that the server cut would look like this."""
    page = multistatus(response("/cal/a.ics", etag="1"))
    script = Scripted(propfind=lambda _: page, calendar_multiget=everything_asked_for)
    assert await kind_of(read(provider, script, {"v": 1, "ctag": "old"}, {"/cal/b.ics": "x"})) == "temporary"


async def test_spellings_of_one_path_are_one_event(provider):
    hrefs = ["/cal/a%40b%20c.ics", "/cal/a@b%20c.ics", "/cal/%61@b%20c.ics"]
    script = Scripted(
        sync_collection=lambda _: multistatus(*[response(href, etag="1") for href in hrefs], token="t"),
        calendar_multiget=everything_asked_for,
    )
    found, _ = await read(provider, script)
    assert [event.remote_id for event in found.changed] == ["/cal/a@b%20c.ics"]


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/a%2Fb/c", "/a%2Fb/c"),
        ("/%7Euser/x", "/~user/x"),
        ("/é", "/%C3%A9"),
        ("/100%25/x", "/100%25/x"),
        ("/a%252Fb", "/a%252Fb"),
    ],
)
def test_paths_have_one_spelling(path: str, canonical: str) -> None:
    assert canonical_path(path) == canonical
    assert canonical_path(canonical) == canonical


@pytest.mark.parametrize(
    ("home", "url", "allowed"),
    [
        ("https://caldav.icloud.com/", "https://p34-caldav.icloud.com/1/", True),
        ("https://caldav.icloud.com/", "http://p34-caldav.icloud.com/1/", False),
        ("https://dav.example.org/", "https://example.org/x", True),
        ("https://dav.example.org/", "https://evilexample.org/x", False),
        ("https://dav.example.org/", "https://dav.example.org.evil.net/x", False),
        ("https://example.org/", "https://other.org/", False),
        ("https://example.org/", "http://example.org/", False),
        ("http://nas.local:5232/", "https://nas.local/", True),
        ("http://127.0.0.1:1/", "http://127.0.0.1:2/", False),
    ],
)
def test_passwords_stay_at_home(home: str, url: str, allowed: bool) -> None:
    assert may_sign_in(home, url) is allowed


async def test_discovery_does_not_carry_the_password_elsewhere(provider):
    async def other(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(401))

    async with serve(other) as elsewhere:

        async def redirects(request: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(answer(301, Location=elsewhere.url + "/dav/"))

        async with serve(redirects) as server:
            with pytest.raises(ProviderError) as caught:
                await provider.discover(Credentials(server.url, "u", "p"))
    assert caught.value.code == "points_elsewhere"
    assert all("authorization" not in item.headers for item in elsewhere.requests)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, b'<error xmlns="DAV:"><valid-sync-token/></error>'),
        (409, b""),
        (410, b""),
        (412, b""),
        (418, b'<d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>'),
    ],
)
async def test_however_a_dead_token_is_refused_everything_is_read(provider, status, body):
    async def forgetful(request: Request, writer: asyncio.StreamWriter) -> None:
        if kind_of_report(request) == "calendar-multiget":
            writer.write(answer(207, everything_asked_for(request)))
        elif etree.fromstring(request.body).findtext("{DAV:}sync-token"):
            writer.write(answer(status, body))
        else:
            writer.write(answer(207, multistatus(response("/cal/a.ics", etag="1"), token="new")))

    found, _ = await read(provider, forgetful, {"v": 1, "token": "old"})
    assert (found.is_full, len(found.changed), found.cursor["token"]) == (True, 1, "new")


def _of_three(*parts: str) -> Callable[[Request], bytes]:
    return lambda _: multistatus(*parts)


A, B = response("/cal/a.ics", etag="1", data=ICS), response("/cal/b.ics", etag="1", data=ICS)
BAD_WHOLES = {
    "less": _of_three(A),
    "no texts": _of_three(response("/cal/a.ics", etag="1"), response("/cal/b.ics", status=404)),
    "cut": _of_three(A, B, response("/cal/", status=507)),
    "others": _of_three(
        A, response("/elsewhere/c.ics", etag="1", data=ICS), response("/cal/d.ics", data=ICS)
    ),
    "half": lambda _: multistatus(A, B)[:-30],
    "no multistatus": lambda _: b'<prop xmlns="DAV:"/>',
    "document type": lambda _: b"<!DOCTYPE x>" + multistatus(A, B),
    "too large": lambda _: multistatus(A, B) + b" " * 2_000,
}


@pytest.mark.parametrize("whole", BAD_WHOLES.values(), ids=BAD_WHOLES)
async def test_what_an_answer_with_everything_lacks_is_asked_for_by_address(provider, monkeypatch, whole):
    monkeypatch.setattr(caldav_whole, "WHOLE_FROM", 3)
    monkeypatch.setattr(caldav_whole, "MAX_WHOLE_BYTES", 2_000)
    names = ["a", "b", "c"]
    script = Scripted(
        sync_collection=lambda _: multistatus(
            *[response(f"/cal/{n}.ics", etag="1") for n in names], token="t"
        ),
        calendar_query=whole,
        calendar_multiget=everything_asked_for,
    )
    found, requests = await read(provider, script)
    assert sorted(event.remote_id for event in found.changed) == [f"/cal/{n}.ics" for n in names]
    assert all(event.raw == ICS.replace("\r\n", "\n") and event.etag == '"1"' for event in found.changed)
    assert [kind_of_report(item) for item in requests].count("calendar-multiget") == 1


@pytest.mark.parametrize(("status", "kind"), [(401, "reauth"), (429, "temporary")])
async def test_a_refusal_of_everything_is_not_followed_by_more_questions(provider, monkeypatch, status, kind):
    monkeypatch.setattr(caldav_whole, "WHOLE_FROM", 1)
    asked = []

    async def refusing(request: Request, writer: asyncio.StreamWriter) -> None:
        asked.append(kind_of_report(request))
        if asked[-1] == "calendar-query":
            writer.write(answer(status))
        else:
            writer.write(answer(207, multistatus(response("/cal/a.ics", etag="1"), token="t")))

    with pytest.raises(ProviderError) as caught:
        await read(provider, refusing)
    assert caught.value.kind == kind
    assert "calendar-multiget" not in asked


async def test_few_changes_among_many_are_asked_for_by_address(provider, monkeypatch):
    monkeypatch.setattr(caldav_whole, "WHOLE_FROM", 1)
    script = Scripted(
        sync_collection=lambda _: multistatus(
            *[response(f"/cal/{n}.ics", etag="1") for n in "abc"], token="t"
        ),
        calendar_multiget=everything_asked_for,
    )
    found, requests = await read(provider, script, known={"/cal/a.ics": '"1"', "/cal/b.ics": '"1"'})
    assert [event.remote_id for event in found.changed] == ["/cal/c.ics"]
    assert "calendar-query" not in [kind_of_report(item) for item in requests]
