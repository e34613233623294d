"""Rooms: added and retired in the settings, booked with a meeting, named wherever the meeting is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from callers import calling_as
from playwright.sync_api import Locator, Page, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e

BIG_ENOUGH = re.compile(r"^\d rooms are free and big enough\.$")
BOOKINGS = re.compile(r"/connect/api/bookings$")


@pytest.fixture
def rooms(demo: ServedConvene) -> Iterator[dict[str, str]]:
    """Two rooms, by name, smaller than those of the demonstration; retired afterwards."""
    made: dict[str, str] = {}
    with calling_as(demo, "Bo Lind") as bo:
        for name, seats in (("Fountain room", 4), ("Hall", 5)):
            email = f"{name.split()[0].lower()}@example.com"
            body = {
                "name": name,
                "email": email,
                "tzid": "Europe/London",
                "seats": seats,
                "place": "2nd floor",
            }
            answer = bo.client.post("/api/resources", json=body)
            assert answer.status_code == 201, answer.text
            made[name] = answer.json()["sub"]
        yield made
        for sub in made.values():
            assert bo.client.delete(f"/api/resources/{sub}").status_code == 204


def open_modal(found: Window) -> Locator:
    found.open_conversation("Ana Ruiz")
    found.page.get_by_role("button", name="Schedule a meeting").click()
    dialog = found.page.locator("convene-booking-modal")
    expect(dialog.get_by_role("radio").first).to_be_visible()
    return dialog


def unfold(dialog: Locator) -> None:
    """The details are as the person left them last."""
    if not dialog.get_by_label("Note").is_visible():
        dialog.get_by_text("Add title, note, video").click()


def open_rooms(dialog: Locator) -> Locator:
    """Unfold the details and find the field."""
    unfold(dialog)
    field = dialog.locator("booking-room-field").get_by_role("combobox")
    expect(field).to_be_visible()
    return field


def form_of(page: Page) -> Locator:
    """The dialog's content is slotted into it, so it is found through the element."""
    return page.locator("cv-dialog#edit")


def settings(person: Window) -> Page:
    person.page.goto(f"{person.url}/settings/rooms")
    expect(person.page.get_by_role("heading", level=1, name="Rooms")).to_be_visible()
    return person.page


def test_a_room_is_added_changed_given_hours_and_retired_by_keyboard(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    page = settings(bo)
    bo.press(page.get_by_role("button", name="Add a room"))
    dialog = form_of(page)
    for label, text in (
        ("Name", "Den"),
        ("E-mail", "den@example.com"),
        ("Seats", "many"),
        ("Place", "Cellar"),
    ):
        bo.reach(dialog.get_by_label(label, exact=True))
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Seats")).to_have_attribute("aria-invalid", "true")
    bo.check_accessibility("a room that cannot be saved")
    expect(dialog.get_by_label("Seats")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    row = page.get_by_role("listitem").filter(has_text="Den")
    expect(row).to_contain_text("3 seats · Cellar · London")

    bo.press(row.get_by_role("button", name="Change Den"))
    change = form_of(page)
    bo.reach(change.get_by_label("Equipment"))
    page.keyboard.type("screen, whiteboard")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("screen · whiteboard")

    bo.press(row.get_by_role("button", name="Hours of Den"))
    expect(page.get_by_role("heading", name="Hours of Den")).to_be_focused()
    expect(page.locator("convene-availability-editor")).to_be_visible()
    bo.check_accessibility("the hours of a room")
    page.get_by_role("button", name="All rooms").click()
    expect(row.get_by_role("button", name="Hours of Den")).to_be_focused()

    bo.press(row.get_by_role("button", name="Retire Den"))
    page.locator("confirm-dialog").get_by_role("button", name="Retire").click()
    expect(row).to_have_count(0)


def test_members_see_rooms_and_change_nothing(rooms: dict[str, str], window: Callable[..., Window]) -> None:
    page = settings(window("Tama Reid"))
    expect(page.get_by_role("listitem").filter(has_text="Fountain room")).to_contain_text(
        "4 seats · 2nd floor"
    )
    expect(page.get_by_role("button", name="Add a room")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("Change|Retire"))).to_have_count(0)


def test_a_room_is_booked_and_named_everywhere(
    demo: ServedConvene, rooms: dict[str, str], window: Callable[..., Window]
) -> None:
    bo = window("Bo Lind")
    dialog = open_modal(bo)
    field = open_rooms(dialog)
    expect(dialog.get_by_text("Choose a time to see which rooms are free.")).to_be_visible()
    dialog.get_by_role("radio").first.click()
    expect(dialog.get_by_text(BIG_ENOUGH)).to_be_visible()
    assert [text.strip() for text in field.locator("option").all_inner_texts()][:3] == [
        "No room",
        "Fountain room, 4 seats, 2nd floor",
        "Hall, 5 seats, 2nd floor",
    ]
    field.select_option(rooms["Fountain room"])

    # Somebody else is quicker with the room, not with the people.
    with bo.page.expect_request(lambda request: "start=" in request.url and "resources" in request.url):
        dialog.get_by_role("radio").nth(1).click()
    expect(dialog.get_by_text(BIG_ENOUGH)).to_be_visible()
    start = dialog.evaluate("modal => modal.session.selected.start")
    with calling_as(demo, "Tama Reid") as tama:
        body = {
            "participants": [],
            "resources": [rooms["Fountain room"]],
            "start": start,
            "duration_minutes": 30,
            "title": "Quicker",
        }
        taken = tama.client.post("/api/bookings", json=body, headers={"Idempotency-Key": f"quick-{start}"})
        assert taken.status_code == 201, taken.text
    dialog.get_by_role("button", name="Book", exact=True).click()
    expect(dialog.get_by_text("Fountain room is not free then. Everybody else is.")).to_be_visible()
    bo.check_accessibility("a room that was taken")
    other = dialog.get_by_role("button", name="Take Hall")
    expect(other).to_be_focused()
    bo.page.keyboard.press("Enter")
    expect(field).to_have_value(rooms["Hall"])
    expect(dialog.get_by_role("button", name="Book", exact=True)).to_be_focused()
    with bo.page.expect_response(BOOKINGS) as answered:
        bo.page.keyboard.press("Enter")
    booked = answered.value.json()
    assert [room["name"] for room in booked["resources"]] == ["Hall"]

    card = bo.page.locator("convene-booking-card").last
    expect(card).to_contain_text("Hall")
    bo.page.goto(f"{bo.url}/bookings/{booked['booking_id']}")
    expect(bo.page.get_by_text("Room: Hall")).to_be_visible()
    bo.check_accessibility("a meeting in a room")
    bo.check_reflow("a meeting in a room")
    assert datetime.fromisoformat(booked["end"]) - datetime.fromisoformat(booked["start"]) == timedelta(
        minutes=30
    )


def test_rooms_that_cannot_be_read_leave_booking_as_it_is(
    rooms: dict[str, str], window: Callable[..., Window]
) -> None:
    bo = window("Bo Lind")
    refusal = {"status": 422, "code": "invalid", "detail": "Not now.", "title": "No"}
    reading = re.compile(r"/connect/api/resources")
    bo.page.route(reading, lambda route: route.fulfill(status=422, json=refusal))
    dialog = open_modal(bo)
    unfold(dialog)
    expect(dialog.get_by_text("The rooms could not be read. Not now.")).to_be_visible()
    bo.check_accessibility("rooms that cannot be read")
    bo.page.unroute(reading)
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog.get_by_role("combobox", name="Room")).to_be_visible()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_it_can_be_read_by_everybody(
    rooms: dict[str, str], window: Callable[..., Window], width: int, color_scheme: str
) -> None:
    bo = window("Bo Lind", color_scheme=color_scheme)
    dialog = open_modal(bo)
    dialog.get_by_role("radio").first.click()
    open_rooms(dialog).select_option(rooms["Hall"])
    bo.page.set_viewport_size({"width": width, "height": 800})
    state = f"a room chosen, {width} px, {color_scheme}"
    bo.check_accessibility(state)
    bo.check_reflow(state)
    page = settings(bo)
    expect(page.get_by_role("listitem").filter(has_text="Hall")).to_be_visible()
    state = f"rooms, {width} px, {color_scheme}"
    bo.check_accessibility(state)
    bo.check_reflow(state)
    page.get_by_role("button", name="Add a room").click()
    expect(form_of(page).get_by_label("Name")).to_be_visible()
    bo.check_accessibility(f"{state}, form")
    bo.check_reflow(f"{state}, form")
