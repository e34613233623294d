""" "Is another time missing?": under the times of a day, what is in the way of another one, and for whom."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from windows import Window

pytestmark = pytest.mark.e2e

EXPLAIN = re.compile(r"/connect/api/availability/explain$")


def why(page: Page) -> Locator:
    return page.locator("booking-why-not")


def open_modal(found: Window) -> Locator:
    found.open_conversation("Ana Ruiz")
    found.page.get_by_role("button", name="Schedule a meeting").click()
    dialog = found.page.locator("convene-booking-modal")
    expect(dialog.get_by_role("radio").first).to_be_visible()
    return dialog


def open_question(found: Window) -> Locator:
    dialog = open_modal(found)
    why(found.page).get_by_role("button", name="Is another time missing?").click()
    expect(why(found.page).get_by_label("Time on")).to_be_focused()
    return dialog


def ask(page: Page, time: str) -> None:
    why(page).get_by_label("Time on").fill(time)
    why(page).get_by_role("button", name="Why not").click()


def test_what_is_in_the_way_is_told_to_each_as_far_as_they_may_know(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    dialog = open_question(bo)
    # Three in the morning in New York is nobody's working time.
    ask(bo.page, "08:00")
    expect(why(bo.page).get_by_role("heading", name=re.compile("cannot be booked"))).to_be_visible()
    expect(why(bo.page).get_by_role("listitem").filter(has_text="Ana Ruiz")).to_contain_text(
        "Ana Ruiz is not available then."
    )
    expect(why(bo.page).get_by_text("You could come.")).to_be_visible()
    expect(why(bo.page).get_by_role("link")).to_have_count(0)
    # A free time nearby is chosen in the list, and Book is next.
    near = why(bo.page).get_by_role("group", name="Nearest free times").get_by_role("button").first
    near.click()
    book = dialog.get_by_role("button", name="Book", exact=True)
    expect(book).to_be_focused()
    expect(book).to_have_attribute("aria-disabled", "false")


def test_a_rule_of_ones_own_leads_to_the_hours_and_an_entry_is_named(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    open_question(bo)

    def answered(route: object) -> None:
        response = route.fetch()
        answer = response.json()
        me = next(person for person in answer["participants"] if person["name"] == "Bo Lind")
        start = answer["start"]
        me |= {
            "is_free": False,
            "reasons": [
                {
                    "reason": "busy",
                    "detail": "You are busy then.",
                    "since": start,
                    "until": answer["end"],
                    "entries": [
                        {
                            "kind": "tentative",
                            "title": "Dentist",
                            "calendar": "Private",
                            "start": start,
                            "end": answer["end"],
                        }
                    ],
                },
                {"reason": "outside_hours", "detail": "That is outside your working hours."},
            ],
        }
        answer["is_free"] = False
        route.fulfill(response=response, json=answer)

    bo.page.route(EXPLAIN, answered)
    ask(bo.page, "08:00")
    mine = why(bo.page).get_by_role("listitem").filter(has_text="You are busy then.")
    expect(mine).to_contain_text("“Dentist”, tentative, 08:00–08:30 (Private)")
    expect(mine).to_contain_text("That is outside your working hours.")
    link = mine.get_by_role("link", name="Change my working hours")
    with bo.context.expect_page() as opened:
        link.click()
    expect(opened.value.get_by_role("heading", name="Working hours").first).to_be_visible()
    opened.value.close()
    # The half-made booking is still there.
    expect(mine).to_be_visible()


def test_it_works_without_a_pointer(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    dialog = open_modal(bo)
    bo.press(why(bo.page).get_by_role("button", name="Is another time missing?"))
    expect(why(bo.page).get_by_label("Time on")).to_be_focused()
    # Browsers ask for the half of the day by their own language; others ignore the last letter.
    bo.page.keyboard.type("0800a")
    bo.page.keyboard.press("Enter")
    expect(why(bo.page).get_by_role("heading", name=re.compile("08:00.*cannot be booked"))).to_be_visible()
    bo.press(why(bo.page).get_by_role("group", name="Nearest free times").get_by_role("button").first)
    expect(dialog.get_by_role("button", name="Book", exact=True)).to_be_focused()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_it_can_be_read_by_everybody(window: Callable[..., Window], width: int, color_scheme: str) -> None:
    bo = window("Bo Lind", color_scheme=color_scheme)
    open_question(bo)
    bo.page.set_viewport_size({"width": width, "height": 800})
    ask(bo.page, "08:00")
    expect(why(bo.page).get_by_role("heading", name=re.compile("cannot be booked"))).to_be_visible()
    state = f"why not, {width} px, {color_scheme}"
    bo.check_accessibility(state)
    bo.check_reflow(state)


def test_a_question_that_cannot_be_answered_says_so(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    open_question(bo)
    refusal = {"status": 422, "code": "invalid", "detail": "Not now.", "title": "No"}
    bo.page.route(EXPLAIN, lambda route: route.fulfill(status=422, json=refusal))
    ask(bo.page, "08:00")
    expect(why(bo.page).get_by_text("That could not be looked up. Not now.").first).to_be_visible()
    bo.check_accessibility("why not, failed")
    bo.page.unroute(EXPLAIN)
    why(bo.page).get_by_role("button", name="Try again").click()
    expect(why(bo.page).get_by_role("heading", name=re.compile("cannot be booked"))).to_be_visible()

    bo.context.set_offline(True)
    expect(why(bo.page).get_by_text("You are offline. What is in the way")).to_be_visible()
    expect(why(bo.page).get_by_role("button", name="Why not")).to_have_attribute("aria-disabled", "true")
    bo.check_accessibility("why not, offline")
    bo.context.set_offline(False)
    bo.problems.clear()  # what could not be fetched meanwhile is what this is about
