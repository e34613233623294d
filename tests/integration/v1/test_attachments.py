"""Files that applications attach to events: kept, named by events, opened at private addresses, and gone in time."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import icalendar
import pytest

from caldav_servers import Radicale
from convene.core import attachments as rules
from convene.identity import operator
from convene.jobs.worker import prune_once
from convene.services import attachments as service
from convene.storage.database import Database
from factories.event_world import EventWorld, event_world, listed, put
from factories.links import make_links
from factories.receivers import application_world

MANAGED = {"only_managed": "true"}
AGENDA = b"1. Budget\n2. Any other business\n"


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[EventWorld]:
    async with event_world(database_url, tmp_path, clock) as found:
        yield found


@pytest.fixture
async def http(world: EventWorld) -> httpx.AsyncClient:
    return await world.http(world.ana)


def body(content: bytes = AGENDA, name: str = "agenda.txt", kind: str = "text/plain") -> dict[str, Any]:
    encoded = base64.b64encode(content).decode()
    return {"attachment": {"file_name": name, "content_type": kind, "base64_content": encoded}}


async def keep(
    client: httpx.AsyncClient, content: bytes = AGENDA, name: str = "agenda.txt", kind: str = "text/plain"
) -> dict[str, str]:
    """Have a file kept; return what is told of it."""
    answer = await client.post("/v1/attachments", json=body(content, name, kind))
    assert answer.status_code == 200, answer.text
    [(member, told)] = answer.json().items()
    assert member == "attachment"
    return dict(told)


def named(*files: dict[str, str]) -> list[dict[str, str]]:
    return [{"attachment_id": file["attachment_id"]} for file in files]


async def rows(world: EventWorld, query: str) -> list[tuple[Any, ...]]:
    async with world.platform.db.connection() as conn:
        return list(await (await conn.execute(query)).fetchall())


async def addresses(world: EventWorld) -> list[str]:
    """The addresses of files in the texts of the events that are kept here."""
    found = []
    for (text,) in await rows(world, "SELECT raw FROM calendar_event ORDER BY remote_id"):
        for event in icalendar.Calendar.from_ical(text).walk("VEVENT"):
            there = event.get("ATTACH", [])
            found += [str(item) for item in (there if isinstance(there, list) else [there])]
    return found


def errors_of(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(field, item["key"]) for field, found in answer.json()["errors"].items() for item in found]


# -- keeping


async def test_a_file_is_kept_and_told_with_its_digest(world: EventWorld, http: httpx.AsyncClient):
    for client in (http, await world.key()):
        told = await keep(client, kind="Text/Plain")
        assert told.pop("attachment_id").startswith("att_")
        digest = hashlib.md5(AGENDA, usedforsecurity=False).hexdigest()
        assert told == {"file_name": "agenda.txt", "content_type": "text/plain", "md5": digest}
    sent = {**body(), "subscriptions": [{"type": "webhook", "uri": "https://app.example.com/x"}]}
    assert (await http.post("/v1/attachments", json=sent)).status_code == 200


async def test_the_same_file_twice_is_two_files(http: httpx.AsyncClient):
    first, second = await keep(http), await keep(http)
    assert first["attachment_id"] != second["attachment_id"]
    assert first["md5"] == second["md5"]


@pytest.mark.parametrize(
    "text",
    ["", "QQ", "QQ=", "QQ==\n", "QQ = =", "Q-_Q", "QR==", "QUJD====", "=", "ümlaut==", "QUJD\r\nQUJD"],
)
async def test_base64_is_taken_at_its_word(http: httpx.AsyncClient, text: str):
    sent = {"attachment": {**body()["attachment"], "base64_content": text}}
    assert errors_of(await http.post("/v1/attachments", json=sent)) == [
        ("attachment.base64_content", "errors.invalid")
    ]


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "a/b.txt",
        "..\\b.txt",
        "a\r\nX-Header: b",
        "a\x7f.txt",
        "cod\u202egpj.exe",
        "a\u2028b",
        "n" * 201,
    ],
)
async def test_names_that_are_no_names_of_files_are_refused(http: httpx.AsyncClient, name: str):
    answer = await http.post("/v1/attachments", json=body(name=name))
    assert errors_of(answer) == [("attachment.file_name", "errors.invalid")]


@pytest.mark.parametrize(
    "kind",
    ["", "text", "text/", "/plain", "text/plain; charset=utf-8", "te xt/plain", "text/pl\r\nain", "a/b/c"],
)
async def test_types_are_media_types(http: httpx.AsyncClient, kind: str):
    answer = await http.post("/v1/attachments", json=body(kind=kind))
    assert errors_of(answer) == [("attachment.content_type", "errors.invalid")]


@pytest.mark.parametrize("sent", [{}, {"attachment": "QQ=="}, {"attachment": []}, {"attachment": {}}])
async def test_what_is_no_file_is_refused_by_name(http: httpx.AsyncClient, sent: dict[str, Any]):
    found = errors_of(await http.post("/v1/attachments", json=sent))
    assert all(field.startswith("attachment") for field, _ in found)


async def test_how_much_is_taken(http: httpx.AsyncClient):
    # Some write a backslash before each slash, of which there is one in 64.
    most = base64.b64encode(b"\x00" * rules.MAX_FILE_BYTES).decode()
    assert len(most) + len(most) // 64 < 1024 * 1024 - 1_000
    assert (await keep(http, b"\x00" * rules.MAX_FILE_BYTES))["file_name"] == "agenda.txt"
    answer = await http.post("/v1/attachments", json=body(b"\x00" * (rules.MAX_FILE_BYTES + 1)))
    assert errors_of(answer) == [("attachment.base64_content", "errors.file_too_large")]
    assert "750,000 bytes" in answer.text
    answer = await http.post("/v1/attachments", json=body(b"\x00" * 1_000_000))
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


async def test_an_application_has_so_much_room_and_no_more(world, http, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service, "MAX_TOTAL_BYTES", 1_000)
    # Whoever comes at once is counted one after the other.
    sent = [http.post("/v1/attachments", json=body(b"x" * 300)) for _ in range(6)]
    answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [422] * 3
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert errors_of(refused) == [("attachment", "errors.too_many_bytes")]
    assert "1,000 bytes in all, and yours have 900" in refused.text
    # Others have room of their own.
    await keep(await world.http(world.ana, client_id=world.other_id), b"x" * 300)


# -- events


async def test_events_name_files_until_they_are_written_without(world, http):
    mine = await world.builtin(world.ana)
    first, second = await keep(http), await keep(await world.key(), b"%PDF-", "Plan B.pdf", "application/pdf")
    await put(http, mine, attachments=named(second, first, second))
    [event] = await listed(http, **MANAGED)
    assert event["attachments"] == [second, first]
    assert [unquote(url).rpartition("/")[2] for url in await addresses(world)] == ["Plan B.pdf", "agenda.txt"]
    await put(http, mine, attachments=named(first))
    [event] = await listed(http, **MANAGED)
    assert event["attachments"] == [first]
    assert len(await addresses(world)) == 1
    # What an upsert leaves out is removed.
    await put(http, mine)
    [event] = await listed(http, **MANAGED)
    assert "attachments" not in event
    assert await addresses(world) == []
    # A file may be named by several events.
    await put(http, mine, "e1", attachments=named(first))
    await put(http, mine, "e2", attachments=named(first))
    assert len(set(await addresses(world))) == 1


async def test_nobody_else_is_told_of_files(world, http):
    mine = await world.builtin(world.ana)
    await put(http, mine, attachments=named(await keep(http)))
    other = await world.http(world.ana, client_id=world.other_id)
    [event] = await listed(other, include_managed="true")
    assert event["summary"] == "Board meeting"
    assert "attachments" not in event
    for client in (other, http):
        answer = await client.get("/v1/events", params={"tzid": "Etc/UTC", "include_managed": "true"})
        assert rules.TOKEN_PREFIX not in answer.text


async def test_files_of_others_and_files_that_are_not_there_cannot_be_named(world, http):
    mine, own = await world.builtin(world.ana), await keep(http)
    theirs = await keep(await world.http(world.ana, client_id=world.other_id))
    missing = {"attachment_id": "att_0e8t8fbh3s1pr7q2q5e0m0k5ag"}
    told = []
    for bad in (theirs, missing, {"attachment_id": "x"}):
        event = {"event_id": "e1", "summary": "Talk", "start": "2026-12-01", "end": "2026-12-02"}
        sent = {**event, "attachments": named(own, bad)}
        answer = await http.post(f"/v1/calendars/{mine}/events", json=sent)
        assert errors_of(answer) == [("attachments.1.attachment_id", "errors.invalid")]
        told.append(answer.text.replace(bad["attachment_id"], ""))
    assert len(set(told)) == 1
    assert await listed(http, **MANAGED) == []
    many = {**event, "attachments": named(*[own] * 11)}
    answer = await http.post(f"/v1/calendars/{mine}/events", json=many)
    assert errors_of(answer) == [("attachments", "errors.invalid")]


async def test_where_events_cannot_name_files_that_is_said(world, http):
    mine, own = await world.builtin(world.ana), await keep(http)
    sent = {"event_uid": "evt_external_x", "summary": "Talk", "attachments": named(own)}
    answer = await http.post(f"/v1/calendars/{mine}/events", json=sent)
    assert errors_of(answer) == [("attachments", "errors.invalid")]


async def test_links_and_what_is_booked_through_them_cannot_name_files(
    db: Database, database_url: str, tmp_path, clock
):
    async with application_world(database_url, tmp_path, clock) as world:
        links = await make_links(world)
        event = {"event_id": "e9", "summary": "Interview", "tzid": "Europe/London"}
        made = await links.make(event={**event, "attachments": []})
        await (await (await links.visitor()).book(made["url"], "10:00")).go_on()
        token = await world.authorize(links.app, links.ana)
        file = await keep(token)
        path = f"/v1/calendars/{links.calendars[links.ana.member_id]}/events"
        times = {"start": "2026-11-24T10:00:00Z", "end": "2026-11-24T11:00:00Z"}
        answer = await links.post(event={**event, "attachments": named(file)})
        assert errors_of(answer) == [("event.attachments", "errors.invalid")]
        answer = await token.post(path, json={**event, **times, "attachments": named(file)})
        assert errors_of(answer) == [("attachments", "errors.invalid")]


# -- calendars elsewhere


async def test_a_calendar_elsewhere_has_the_address_of_the_file(world, http, radicale: Radicale):
    view, calendar_id = await world.connect(radicale.url)
    name_given = 'Wür; "B", ^n 100%.pdf'
    file = await keep(http, b"%PDF-1.7", name_given, "application/pdf")
    await put(http, calendar_id, attachments=named(file))
    await world.write()
    [name] = radicale.names()
    text = radicale.get(name)
    [event] = icalendar.Calendar.from_ical(text).walk("VEVENT")
    there = event["ATTACH"]
    assert (there.params["FMTTYPE"], there.params["FILENAME"]) == ("application/pdf", name_given)
    address = urlsplit(str(there))
    assert f"{address.scheme}://{address.netloc}" == world.installation.settings.base_url
    visitor = await world.anonymous()
    opened = await visitor.get(str(there))
    assert (opened.status_code, opened.content) == (200, b"%PDF-1.7")
    # The owner's own stays, wherever ours goes.
    owned = "ATTACH:https://files.example.com/attachments/mine.txt\r\nEND:VEVENT"
    radicale.put(name, text.replace("END:VEVENT", owned))
    await world.read(view)
    [told] = await listed(http, **MANAGED)
    assert told["attachments"] == [file]
    await put(http, calendar_id, summary="Without")
    await world.write()
    [event] = icalendar.Calendar.from_ical(radicale.get(name)).walk("VEVENT")
    assert str(event["ATTACH"]) == "https://files.example.com/attachments/mine.txt"


async def test_calendars_say_whether_they_take_files(world, http, radicale: Radicale):
    await world.connect(radicale.url)
    answer = await http.get("/v1/userinfo")
    found = {
        profile["provider_name"]: {
            item["calendar_attachments_available"] for item in profile["profile_calendars"]
        }
        for profile in answer.json()["cronofy.data"]["profiles"]
    }
    assert found == {"cronofy": {True}, "caldav": {True}}


# -- opening


async def opened(world: EventWorld, http: httpx.AsyncClient, *file: Any) -> httpx.Response:
    """Keep a file, have an event name it, and open it as somebody who has the event."""
    await put(http, await world.builtin(world.ana), attachments=named(await keep(http, *file)))
    [address] = await addresses(world)
    return await (await world.anonymous(Cookie="any=thing")).get(address)


async def test_a_file_is_handed_out_to_be_saved(world, http):
    answer = await opened(world, http, b"%PDF-1.7", 'Pl\u00e4ne "B";\u4e2d.pdf', "application/pdf")
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7")
    headers = dict(answer.headers)
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == (
        "attachment; filename=\"Pl_ne _B_;_.pdf\"; filename*=UTF-8''Pl%C3%A4ne%20%22B%22%3B%E4%B8%AD.pdf"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["cache-control"] == "private, max-age=3600"
    assert "set-cookie" not in headers
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    ("kind", "served"),
    [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/javascript", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("text/xml", "application/octet-stream"),
        ("image/PNG", "image/png"),
        ("text/plain", "text/plain; charset=utf-8"),
    ],
)
async def test_nothing_that_browsers_would_run_is_served_as_that(world, http, kind: str, served: str):
    answer = await opened(world, http, b"<script>alert(1)</script>", "page.html", kind)
    assert answer.headers["content-type"] == served
    assert answer.headers["content-disposition"].startswith("attachment; ")


async def test_addresses_cannot_be_guessed_and_are_not_kept(world, http):
    file = await keep(http)
    await put(http, await world.builtin(world.ana), attachments=named(file))
    [address] = await addresses(world)
    token = urlsplit(address).path.split("/")[2]
    assert len(base64.urlsafe_b64decode(token.removeprefix(rules.TOKEN_PREFIX) + "=")) == 32
    visitor = await world.anonymous()
    for wrong in (file["attachment_id"], token[:-1] + ("A" if token[-1] != "A" else "B"), token.upper(), "x"):
        answer = await visitor.get(f"/attachments/{wrong}/agenda.txt")
        assert answer.status_code == 404, wrong
    held = await rows(world, "SELECT encode(token, 'escape') || encode(token_hash, 'escape') FROM attachment")
    assert token not in str(held)


async def test_who_asks_too_often_waits(world, http):
    visitor = await world.anonymous()
    for _ in range(120):
        assert (await visitor.get("/attachments/cvf_x/a.txt")).status_code == 404
    answer = await visitor.get("/attachments/cvf_x/a.txt")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


# -- going


async def test_a_file_goes_thirty_days_after_the_last_event_that_named_it(world, http, clock):
    mine, file, never = await world.builtin(world.ana), await keep(http), await keep(http, b"never")

    async def prune_after(**time: int) -> list[str]:
        clock.advance(**time)
        await world.platform.attachments.prune()
        return [row[0] for row in await rows(world, "SELECT attachment_id FROM attachment ORDER BY 1")]

    await put(http, mine, attachments=named(file))
    [address] = await addresses(world)
    visitor = await world.anonymous()
    assert await prune_after(days=29) == [file["attachment_id"], never["attachment_id"]]
    assert await prune_after(days=2) == [file["attachment_id"]]
    http = await world.http(world.ana)
    await put(http, mine)
    assert await prune_after(days=40) == [file["attachment_id"]]
    assert await prune_after(days=29) == [file["attachment_id"]]
    # Named again it stays, for another thirty days after that.
    http = await world.http(world.ana)
    await put(http, mine, attachments=named(file))
    assert await prune_after(days=60) == [file["attachment_id"]]
    assert (await visitor.get(address)).status_code == 200
    http = await world.http(world.ana)
    assert (await http.request("DELETE", "/v1/events", json={"delete_all": True})).status_code == 202
    assert await prune_after(minutes=1) == [file["attachment_id"]]
    clock.advance(days=31)
    await prune_once(world.platform, world.installation.identity)
    assert await rows(world, "SELECT attachment_id FROM attachment") == []
    assert (await visitor.get(address)).status_code == 404


async def test_an_application_that_goes_leaves_what_peoples_events_name(world, http, clock):
    mine, file = await world.builtin(world.ana), await keep(http)
    await keep(http, b"never")
    theirs = await keep(await world.http(world.ana, client_id=world.other_id))
    await put(http, mine, attachments=named(file))
    [address] = await addresses(world)
    await world.installation.identity.clients.remove(operator(world.org_id), world.client_id)
    await world.platform.attachments.prune()
    left = await rows(world, "SELECT attachment_id FROM attachment ORDER BY 1")
    assert left == [(file["attachment_id"],), (theirs["attachment_id"],)]
    visitor = await world.anonymous()
    assert (await visitor.get(address)).content == AGENDA
    async with world.platform.db.transaction() as conn:
        await conn.execute("DELETE FROM calendar_event")
    await world.platform.attachments.prune()
    assert (await visitor.get(address)).status_code == 404


async def test_nobody_keeps_files_without_a_credential(world, http):
    answer = await (await world.anonymous()).post("/v1/attachments", json=body())
    assert answer.status_code == 401
    assert await rows(world, "SELECT count(*) FROM attachment") == [(0,)]


async def test_events_with_the_longest_names_of_files_are_events_still(world, http, radicale: Radicale):
    view, calendar_id = await world.connect(radicale.url)
    files = [await keep(http, b"x", "\U0001f4ce" * rules.MAX_NAME) for _ in range(rules.MAX_OF_EVENT)]
    for number in range(2):
        await put(http, calendar_id, summary=f"Talk {number}", attachments=named(*files))
        await world.write()
        await world.read(view)
    assert await world.write_states() == ["written"]
    [event] = await listed(http, **MANAGED)
    assert (event["summary"], event["attachments"]) == ("Talk 1", files)
