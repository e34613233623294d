"""Calendar connections over HTTP: the real server with its worker, beside a real CalDAV server."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

import databases
from caldav_servers import PASSWORD, USER, Radicale, event_text
from factories.platform import always_open
from serving import ServedConvene

DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=7)
PATH = "/api/calendar-connections"


@pytest.fixture(scope="module")
def served(tmp_path_factory, server) -> Iterator[ServedConvene]:
    """One installation for this module."""
    with databases.new_database(*server, "convene_calendars") as url:
        found = ServedConvene(tmp_path_factory.mktemp("served"), url)
        found.start()
        yield found
        found.stop()


@pytest.fixture
def people(served: ServedConvene) -> Iterator[tuple[tuple[str, httpx.Client], tuple[str, httpx.Client]]]:
    found = []
    for name in ("Ana", "Bo"):
        sub, token = served.person(f"{name} {time.monotonic_ns()}")
        client = served.client(token)
        assert client.put("/api/availability-rules", json=always_open("Europe/London")).status_code == 200
        found.append((sub, client))
    yield found[0], found[1]
    for _, client in found:
        client.close()


def until(ask: Callable[[], Any], wanted: Callable[[Any], bool], seconds: float = 60) -> Any:
    """Ask until the answer is the wanted one, which background work brings about."""
    deadline = time.monotonic() + seconds
    while not wanted(found := ask()):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def credentials(radicale: Radicale, **changes: str) -> dict[str, str]:
    return {"kind": "caldav", "url": radicale.url, "username": USER, "password": PASSWORD, **changes}


def test_connect_read_book_write_disconnect(people, radicale):
    (ana, as_ana), (_, as_bo) = people
    stamp = DAY.strftime("%Y%m%dT")
    radicale.put("a.ics", event_text("a", f"{stamp}100000Z", f"{stamp}110000Z"))
    made = as_ana.post(PATH, json=credentials(radicale, label="Home"))
    assert made.status_code == 201, made.text
    assert PASSWORD not in made.text
    key = made.json()["connection_id"]
    assert made.json()["label"] == "Home"
    assert made.json()["progress"]["calendars"] == 1
    ready = until(lambda: as_ana.get(f"{PATH}/{key}").json(), lambda found: found["state"] == "ok")
    [calendar] = ready["calendars"]
    assert (calendar["is_checked"], calendar["is_target"], ready["error"]) == (True, True, None)
    assert calendar["synced_at"].endswith("Z")
    assert (ready["progress"], ready["waiting_writes"], ready["push"]) == (None, 0, "unsupported")
    assert ready["next_read_at"] > ready["synced_at"]

    asked = {"participants": ana, "from": DAY.isoformat(), "to": (DAY + timedelta(days=1)).isoformat()}
    starts = [item["start"] for item in as_bo.get("/api/availability", params=asked).json()["slots"]]
    assert f"{DAY:%Y-%m-%d}T09:30:00Z" in starts
    assert f"{DAY:%Y-%m-%d}T10:00:00Z" not in starts
    assert f"{DAY:%Y-%m-%d}T10:30:00Z" not in starts

    body = {
        "participants": [ana],
        "start": f"{DAY:%Y-%m-%d}T14:00:00Z",
        "duration_minutes": 30,
        "title": "Launch",
    }
    booking = as_bo.post("/api/bookings", json=body).json()

    def receipt() -> str:
        found = as_ana.get(f"/api/bookings/{booking['booking_id']}").json()
        return next(item["calendar"]["state"] for item in found["participants"] if item["sub"] == ana)

    until(receipt, lambda state: state == "written")
    assert len(radicale.names()) == 2
    retried = as_ana.post(f"/api/bookings/{booking['booking_id']}/retry-calendar")
    assert (retried.status_code, retried.json()["revision"], retried.headers["ETag"]) == (202, 1, '"1"')
    assert as_ana.post("/api/bookings/bkg_nothing/retry-calendar").status_code == 404

    radicale.delete("a.ics")
    assert as_ana.post(f"{PATH}/{key}/sync").status_code == 202
    until(
        lambda: [item["start"] for item in as_bo.get("/api/availability", params=asked).json()["slots"]],
        lambda found: f"{DAY:%Y-%m-%d}T10:00:00Z" in found,
    )

    assert as_ana.delete(f"{PATH}/{key}", params={"future": "remove"}).status_code == 204
    assert radicale.names() == []
    assert as_ana.get(f"{PATH}/{key}").status_code == 404
    assert receipt() == "builtin"


def test_problems_name_their_field(people, radicale):
    (_, as_ana), (_, as_bo) = people
    for changes, field in (
        ({"password": "wrong"}, "password"),
        ({"password": ""}, "password"),
        ({"url": ""}, "url"),
        ({"url": "http://192.168.1.1/"}, "url"),
        ({"kind": "smoke signals"}, "kind"),
        ({"label": "a\u0000b"}, "label"),
        ({"unknown": "x"}, "unknown"),
    ):
        answer = as_ana.post(PATH, json=credentials(radicale, **changes))
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
        assert PASSWORD not in answer.text
    [builtin] = as_ana.get(PATH).json()["connections"]
    assert builtin["kind"] == "builtin"
    assert as_ana.delete(f"{PATH}/{builtin['connection_id']}").json()["code"] == "conflict"
    assert as_bo.get(f"{PATH}/{builtin['connection_id']}").status_code == 404
    assert as_bo.patch(f"{PATH}/{builtin['connection_id']}", json={"label": "x"}).status_code == 404


def test_choosing_over_http(people, radicale):
    (_, as_ana), _ = people
    radicale.make_calendar("private", "Private")
    made = as_ana.post(PATH, json=credentials(radicale)).json()
    private = next(item for item in made["calendars"] if item["name"] == "Private")
    work = next(item for item in made["calendars"] if item["name"] == "Work")
    changes = [
        {"calendar_id": private["calendar_id"], "is_target": True},
        {"calendar_id": work["calendar_id"], "is_checked": False},
    ]
    answer = as_ana.patch(f"{PATH}/{made['connection_id']}", json={"label": "Mine", "calendars": changes})
    assert answer.status_code == 200, answer.text
    found = {item["name"]: (item["is_checked"], item["is_target"]) for item in answer.json()["calendars"]}
    assert found == {"Private": (True, True), "Work": (False, False)}
    assert answer.json()["label"] == "Mine"
    again = as_ana.post(PATH, json=credentials(radicale))
    assert (again.status_code, again.json()["connection_id"]) == (409, made["connection_id"])


def test_busy_times_alone_over_http(people, radicale):
    (_, as_ana), _ = people
    assert as_ana.post(PATH, json=credentials(radicale, access="read")).json()["field"] == "access"
    made = as_ana.post(PATH, json=credentials(radicale, access="busy"))
    assert made.status_code == 201, made.text
    assert made.json()["access"] == "busy"
    assert [item["is_writable"] for item in made.json()["calendars"]] == [False]


def test_a_meeting_moved_in_its_hosts_calendar_moves_here(people, radicale):
    (ana, as_ana), (bo, as_bo) = people
    key = as_ana.post(PATH, json=credentials(radicale)).json()["connection_id"]
    until(lambda: as_ana.get(f"{PATH}/{key}").json(), lambda found: found["state"] == "ok")
    start = DAY + timedelta(days=1, hours=14)
    body = {"participants": [bo], "start": start.isoformat(), "duration_minutes": 30, "title": "Launch"}
    address = f"/api/bookings/{as_ana.post('/api/bookings', json=body).json()['booking_id']}"

    def receipt() -> str:
        found = as_bo.get(address).json()["participants"]
        return next(item["calendar"]["state"] for item in found if item["sub"] == ana)

    until(receipt, lambda state: state == "written")
    [name] = radicale.names()
    text = radicale.get(name) or ""
    for line, moment in (("DTSTART", start), ("DTEND", start + timedelta(minutes=30))):
        later = f"{line}:{moment + timedelta(hours=2):%Y%m%dT%H%M%SZ}"
        text, count = re.subn(rf"{line};TZID=Europe/London:\w+", later, text)
        assert count == 1
    radicale.put(name, text)
    assert as_ana.post(f"{PATH}/{key}/sync").status_code == 202
    moved = until(lambda: as_bo.get(address).json(), lambda found: found["revision"] == 2)
    assert moved["start"] == f"{start + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    until(receipt, lambda state: state == "written")
    assert radicale.names() == [name]
    assert as_ana.get(f"{PATH}/{key}/future-bookings").json()["items"][0]["title"] == "Launch"
    assert as_ana.get("/api/calendar-conflicts").json() == {"items": []}
