"""[Show both]: a week of two calendars over each other, in which a time is chosen as in the list."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from windows import Window

pytestmark = pytest.mark.e2e

WEEK = re.compile(r"/connect/api/availability\?.*include=busy")
SMALL_TARGETS = """element => [...element.shadowRoot.querySelectorAll("button")]
  .filter(button => button.checkVisibility())
  .map(button => [button.className, button.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
SIDEWAYS = """element => {
  const body = element.shadowRoot.querySelector("cv-dialog").shadowRoot.querySelector(".body");
  return body.scrollWidth - body.clientWidth;
}"""


def overlay(page: Page) -> Locator:
    return page.locator("convene-week-overlay")


def times(page: Page) -> Locator:
    """The times that can be pressed in the overlay."""
    return overlay(page).locator("button[aria-pressed]")


def open_modal(found: Window) -> Locator:
    found.open_conversation("Ana Ruiz")
    found.page.get_by_role("button", name="Schedule a meeting").click()
    dialog = found.page.locator("convene-booking-modal")
    expect(dialog.get_by_role("radio").first).to_be_visible()
    return dialog


def show_both(found: Window) -> Locator:
    dialog = open_modal(found)
    dialog.get_by_role("button", name="Show both").click()
    expect(times(found.page).first).to_be_visible()
    return dialog


def test_a_time_of_next_week_is_chosen_there_and_stands_in_the_modal(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    dialog = show_both(bo)
    both = overlay(bo.page)
    expect(both.get_by_role("heading", name="When you and Ana are free")).to_be_visible()
    expect(both.get_by_text("You are busy", exact=True)).to_be_visible()
    expect(both.get_by_text("New York")).to_be_visible()
    with bo.page.expect_response(WEEK) as answered:
        both.get_by_role("button", name="Next week").click()
    answer = answered.value.json()
    # What is told of Ana is when, and nothing else.
    ranges = [item for person in answer["participants"] for item in person["busy"]]
    assert ranges
    assert {tuple(sorted(item)) for item in ranges} == {("end", "kind", "start")}
    expect(both.get_by_role("listitem").filter(has_text=re.compile("^Ana.*busy")).first).to_be_attached()
    expect(both.get_by_role("listitem").filter(has_text=re.compile("^You.*busy")).first).to_be_attached()

    start = answer["slots"][2]["start"]
    pressed = both.locator(f"[data-start='{start}']")
    pressed.click()
    expect(pressed).to_have_attribute("aria-pressed", "true")
    expect(times(bo.page).and_(bo.page.locator("[aria-pressed=true]"))).to_have_count(1)
    both.get_by_role("button", name="Done").click()
    expect(both).to_be_hidden()
    expect(dialog.get_by_role("button", name="Book", exact=True)).to_be_focused()
    expect(dialog.get_by_role("radio", checked=True).first).to_be_visible()
    expect(dialog.get_by_role("button", name="Book", exact=True)).to_have_attribute("aria-disabled", "false")

    # It is marked when the week is opened again; left without another choice, the focus is back where it was.
    dialog.get_by_role("button", name="Show both").click()
    expect(pressed).to_have_attribute("aria-pressed", "true")
    bo.page.keyboard.press("Escape")
    expect(both).to_be_hidden()
    expect(dialog.get_by_role("button", name="Show both")).to_be_focused()


def test_it_works_without_a_pointer(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    dialog = open_modal(bo)
    bo.press(dialog.get_by_role("button", name="Show both"))
    focused = overlay(bo.page).locator("button[aria-pressed]:focus")
    expect(focused).to_have_count(1)
    first = focused.get_attribute("data-start")
    bo.page.keyboard.press("ArrowDown")
    expect(overlay(bo.page).locator(f"[data-start='{first}']")).not_to_be_focused()
    second = focused.get_attribute("data-start")
    bo.page.keyboard.press("ArrowRight")
    third = focused.get_attribute("data-start")
    assert first[:10] == second[:10] < third[:10]
    bo.page.keyboard.press(" ")
    expect(overlay(bo.page).locator(f"[data-start='{third}']")).to_have_attribute("aria-pressed", "true")
    bo.page.keyboard.press("Enter")
    expect(overlay(bo.page)).to_be_hidden()
    expect(dialog.get_by_role("button", name="Book", exact=True)).to_be_focused()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_it_can_be_read_by_everybody(window: Callable[..., Window], width: int, color_scheme: str) -> None:
    # The window opens wide, where the conversations are listed, and is made narrow afterwards.
    bo = window("Bo Lind", color_scheme=color_scheme)
    show_both(bo)
    bo.page.set_viewport_size({"width": width, "height": 800})
    times(bo.page).first.click()
    state = f"show both, {width} px, {color_scheme}"
    bo.check_accessibility(state)
    bo.check_reflow(state)
    assert overlay(bo.page).evaluate(SMALL_TARGETS) == []
    assert overlay(bo.page).evaluate(SIDEWAYS) <= 0
    # Narrow windows get lists with words in place of the grid with its hours at the side.
    expect(overlay(bo.page).locator(".rail").first).to_be_visible(visible=width > 640)


def test_a_week_that_cannot_be_loaded_says_so_and_can_be_tried_again(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    dialog = open_modal(bo)
    refusal = json.dumps({"status": 422, "code": "invalid", "detail": "Not now.", "title": "No"})
    bo.page.route(
        WEEK,
        lambda route: route.fulfill(status=422, content_type="application/problem+json", body=refusal),
    )
    dialog.get_by_role("button", name="Show both").click()
    expect(overlay(bo.page).get_by_text("This week could not be loaded. Not now.")).to_be_visible()
    bo.check_accessibility("show both, not loaded")
    bo.page.unroute(WEEK)
    overlay(bo.page).get_by_role("button", name="Try again").click()
    expect(times(bo.page).first).to_be_visible()


def test_whoever_is_not_known_is_named_and_not_drawn_as_free(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    dialog = open_modal(bo)

    def forget(route: Route) -> None:
        """Ana's calendar stops being readable between the list and the week."""
        response = route.fetch()
        answer = response.json()
        ana = next(person for person in answer["participants"] if person["name"] == "Ana Ruiz")
        ana |= {"state": "unknown", "detail": "Ana Ruiz's calendar could not be read yet.", "busy": None}
        answer["slots"] = []
        route.fulfill(response=response, json=answer)

    bo.page.route(WEEK, forget)
    dialog.get_by_role("button", name="Show both").click()
    both = overlay(bo.page)
    expect(
        both.get_by_text("Ana Ruiz's calendar could not be read yet. Their time is not drawn.")
    ).to_be_visible()
    covered = both.get_by_text("Ana: not known")
    expect(covered.last).to_be_visible()
    expect(times(bo.page)).to_have_count(0)
    bo.check_accessibility("show both, not known")
