"""The demonstration: seeded through the product's own interfaces, kept over restarts, signed in with one click."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from serving import ServedConvene


@pytest.fixture(scope="module")
def demo(server, worker_id, tmp_path_factory) -> Iterator[ServedConvene]:
    from databases import new_database

    with new_database(*server, f"convene_demo_{worker_id}") as database_url:
        served = ServedConvene(tmp_path_factory.mktemp("demo"), database_url, "demo")
        served.start()
        yield served
        served.stop()


@contextmanager
def client(demo: ServedConvene, name: str) -> Iterator[httpx.Client]:
    """A client signed in as the person of that name, with one click."""
    with httpx.Client(base_url=demo.url, headers={"origin": demo.url}, timeout=20, trust_env=False) as found:
        people = {person["name"]: person["sub"] for person in found.get("/api/demo/people").json()["people"]}
        assert found.post("/api/demo/session", json={"sub": people[name]}).status_code == 200
        yield found


def test_it_has_people_in_four_zones_with_conversations_and_a_past_meeting(demo):
    with client(demo, "Bo Lind") as bo:
        start = bo.get("/connect/api/start").json()
        assert {person["tzid"] for person in start["people"]} >= {
            "Europe/London",
            "America/New_York",
            "Asia/Kolkata",
            "Pacific/Auckland",
        }
        kinds = [conversation["kind"] for conversation in start["conversations"]]
        assert (kinds.count("dm"), kinds.count("channel")) == (2, 2)
        assert len(start["upcoming"]) == 1
        held = [
            message["card"]["title"]
            for conversation in start["conversations"]
            for message in bo.get(
                f"/connect/api/conversations/{conversation['conversation_id']}/messages"
            ).json()["messages"]
            if message["card"] and message["card"]["end_utc"] < start["server_time"]
        ]
        assert held == ["Launch readiness"]


def test_it_has_rooms_in_two_offices(demo):
    with client(demo, "Sam Okafor") as sam:
        rooms = sam.get("/api/resources").json()["resources"]
    assert {room["tzid"] for room in rooms} == {"Europe/London", "America/New_York"}
    assert all(room["seats"] and room["place"] and room["equipment"] for room in rooms)


def test_anas_calendars_are_read_from_a_real_server(demo):
    with client(demo, "Ana Ruiz") as ana:
        kinds = {found["kind"]: found for found in ana.get("/api/calendar-connections").json()["connections"]}
    assert kinds["caldav"]["state"] == "ok"
    assert {calendar["name"] for calendar in kinds["caldav"]["calendars"]} == {"Work", "Personal"}
    assert [calendar["name"] for calendar in kinds["caldav"]["calendars"] if calendar["is_target"]] == [
        "Work"
    ]


def test_a_restart_keeps_everything(demo):
    with client(demo, "Bo Lind") as bo:
        before = bo.get("/connect/api/start").json()
    demo.stop()
    demo.start()
    with client(demo, "Bo Lind") as bo:
        after = bo.get("/connect/api/start").json()
    for part in ("people", "conversations", "upcoming"):
        key = {"people": "sub", "conversations": "conversation_id", "upcoming": "booking_id"}[part]
        assert {item[key] for item in after[part]} == {item[key] for item in before[part]}
    assert after["cursors"] == before["cursors"]


def test_one_click_sign_in_exists_in_demonstrations_only(tmp_path, empty_database_url):
    served = ServedConvene(tmp_path, empty_database_url)
    served.start()
    try:
        assert httpx.get(f"{served.url}/api/demo/people", trust_env=False).status_code == 404
        answer = httpx.post(
            f"{served.url}/api/demo/session",
            json={"sub": "acc_x"},
            headers={"origin": served.url},
            trust_env=False,
        )
        assert answer.status_code in (404, 405)
    finally:
        served.stop()
