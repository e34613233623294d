"""Working hours in the settings: time off, travel, holidays and limits, with the keyboard and on a narrow screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from callers import calling_as
from playwright.sync_api import Page, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e


@pytest.fixture
def rules(demo: ServedConvene) -> Iterator[Callable[[], dict[str, Any]]]:
    """Sam's rules as the server has them, put back at the end."""

    with calling_as(demo, "Sam Okafor") as sam:
        before = sam.client.get("/api/availability-rules").json()
        yield lambda: sam.client.get("/api/availability-rules").json()
        assert sam.client.put("/api/availability-rules", json=before).status_code == 200


def hours_page(person: Window) -> Page:
    person.page.goto(f"{person.url}/settings/availability")
    expect(person.page.get_by_role("heading", name="Time off")).to_be_visible()
    return person.page


def fill(page: Page, group: Any, label: str, value: str) -> None:
    field = group.get_by_label(label, exact=True)
    field.fill(value)
    field.dispatch_event("change")


def save(person: Window) -> None:
    """Walk to the bar at the end, past every part of every date field."""
    person.reach(person.page.get_by_role("button", name="Save", exact=True), limit=400)
    person.page.keyboard.press("Enter")


def test_time_off_travel_holidays_and_limits_are_planned_and_kept(
    rules: Callable[[], dict[str, Any]], window: Callable[..., Window]
) -> None:
    # Tall enough that the bar with Save covers nothing.
    sam = window("Sam Okafor", height=3000)
    page = hours_page(sam)
    expect(page.get_by_role("heading", name="What others are offered")).to_be_visible()
    sam.check_accessibility("hours before")

    # Without a pointer from here on, but for the native date fields.
    sam.press(page.get_by_role("button", name="Add time off"))
    off = page.get_by_role("region", name="Time off").get_by_role("group").first
    fill(page, off, "First day off", "2027-02-01")
    fill(page, off, "Last day off", "2027-01-31")
    expect(off).to_contain_text("The end is before the start.")
    sam.check_accessibility("an absence that ends before it starts")
    save(sam)
    expect(off.get_by_label("First day off")).to_be_focused()
    fill(page, off, "Last day off", "2027-02-05")
    fill(page, off, "Note", "Skiing")

    sam.press(page.get_by_role("button", name="Add travel"))
    trip = page.get_by_role("region", name="Travel").get_by_role("group").first
    fill(page, trip, "First day there", "2027-03-01")
    fill(page, trip, "Last day there", "2027-03-07")
    fill(page, page, "Meetings per week", "12")

    sam.reach(page.get_by_role("button", name="Import public holidays"), key="Shift+Tab")
    page.keyboard.press("Enter")
    chooser = page.get_by_role("group", name="Public holidays")
    country = chooser.get_by_role("combobox", name="Country", exact=True)
    expect(country).to_be_focused()
    country.select_option("GB")
    chooser.get_by_role("combobox", name="Region", exact=True).select_option("SCT")
    year = (
        chooser.get_by_role("combobox", name="Year", exact=True)
        .locator("option")
        .nth(1)
        .get_attribute("value")
    )
    chooser.get_by_role("combobox", name="Year", exact=True).select_option(year)
    expect(chooser.get_by_text("Saint Andrew", exact=False).first).to_be_visible()
    sam.check_accessibility("choosing holidays")
    page.keyboard.press("Escape")
    expect(chooser).to_have_count(0)
    expect(page.get_by_role("button", name="Import public holidays")).to_be_focused()
    page.keyboard.press("Enter")
    country.select_option("GB")
    chooser.get_by_role("combobox", name="Region", exact=True).select_option("SCT")
    chooser.get_by_role("combobox", name="Year", exact=True).select_option(year)
    chooser.get_by_label("Christmas Day", exact=False).first.uncheck()
    sam.press(chooser.get_by_role("button", name="days off"))
    expect(page.get_by_text("Saint Andrew", exact=False).first).to_be_visible()
    sam.check_accessibility("unsaved plans")
    save(sam)
    expect(page.get_by_text("Working hours saved.").first).to_be_visible()

    kept = rules()
    assert kept["time_off"] == [{"start": "2027-02-01", "end": "2027-02-06", "note": "Skiing"}]
    assert [(trip["start"], trip["end"]) for trip in kept["travel"]] == [("2027-03-01", "2027-03-08")]
    assert kept["weekly_limit"] == 12
    names = {override.get("name", "") for override in kept["date_overrides"]}
    assert any(name.startswith("Saint Andrew") for name in names)
    assert "Christmas Day" not in names

    # Saving something else keeps all of it.
    fill(page, page, "Meetings per week", "13")
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        save(sam)
    again = rules()
    assert (again["weekly_limit"], again["time_off"], again["travel"]) == (
        13,
        kept["time_off"],
        kept["travel"],
    )


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_editor_fits_a_narrow_screen_in_light_and_dark(
    window: Callable[..., Window], color_scheme: str
) -> None:
    sam = window("Sam Okafor", width=320, height=800, color_scheme=color_scheme)
    page = hours_page(sam)
    page.get_by_role("button", name="Add time off").click()
    page.get_by_role("region", name="Time off").get_by_label("Whole days").uncheck()
    page.get_by_role("button", name="Add travel").click()
    page.get_by_role("button", name="Import public holidays").click()
    expect(page.get_by_role("group", name="Public holidays").get_by_role("checkbox").first).to_be_visible()
    sam.check_reflow("everything open")
    sam.check_accessibility("everything open")
