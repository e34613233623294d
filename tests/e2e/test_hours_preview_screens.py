"""Working hours: what a colleague or a visitor would be offered, before anything is saved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from callers import calling_as
from playwright.sync_api import Locator, Page, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def open_preview(person: Window) -> tuple[Page, Locator]:
    person.page.goto(f"{person.url}/settings/availability")
    preview = person.page.locator("hours-preview")
    expect(
        preview.get_by_role("region", name="What others are offered").get_by_role("term").first
    ).to_be_visible()
    return person.page, preview


def stop_working(page: Page) -> None:
    for day in WEEK:
        page.get_by_role("checkbox", name=day, exact=True).uncheck()


def test_unsaved_hours_are_looked_at_as_a_colleague_and_nothing_is_saved(
    demo: ServedConvene, window: Callable[..., Window]
) -> None:
    tama = window("Tama Reid")
    with calling_as(demo, "Tama Reid") as caller:
        before = caller.client.get("/api/availability-rules").json()
    page, preview = open_preview(tama)
    with page.expect_response("**/api/availability/preview") as answer:
        preview.get_by_label("Preview as").select_option(label="Priya Nair")
    assert answer.value.json()["viewer"]["name"] == "Priya Nair"
    stop_working(page)
    expect(preview.get_by_text("Nothing in the next two weeks.")).to_be_visible()
    # Back to what is saved, the choice of the colleague stays.
    page.get_by_role("button", name="Discard", exact=True).click()
    expect(preview.get_by_text("Nothing in the next two weeks.")).to_have_count(0)
    expect(preview.get_by_label("Preview as").locator("option:checked")).to_have_text("Priya Nair")
    preview.get_by_label("Preview as").select_option(label="A visitor")
    expect(preview.get_by_role("term").first).to_be_visible()
    with calling_as(demo, "Tama Reid") as caller:
        assert caller.client.get("/api/availability-rules").json() == before


def test_whoever_shares_no_time_is_said_to_see_what_everybody_sees(window: Callable[..., Window]) -> None:
    tama = window("Tama Reid")
    _, preview = open_preview(tama)
    preview.get_by_label("Preview as").select_option(label="Ines Marsh")
    expect(preview.get_by_text("Ines Marsh does not share their own time")).to_be_visible()
    expect(preview.get_by_role("term").first).to_be_visible()


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")]
)
def test_the_preview_fits_everywhere(window: Callable[..., Window], width: int, scheme: str) -> None:
    tama = window("Tama Reid", width=width, color_scheme=scheme)
    page, preview = open_preview(tama)
    preview.scroll_into_view_if_needed()
    for direction in ("ltr", "rtl"):
        page.evaluate("dir => (document.documentElement.dir = dir)", direction)
        tama.check_reflow(f"preview, {width} px, {scheme}, {direction}")
        tama.check_accessibility(f"preview, {width} px, {scheme}, {direction}")
