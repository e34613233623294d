"""The booking modal is drawn before it is opened; whoever opens it sees nothing of an earlier time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from windows import Window

pytestmark = pytest.mark.e2e

DRAWN_AND_CLOSED = """() => {
  const modal = document.querySelector('convene-app').shadowRoot.querySelector('connect-window').shadowRoot
    .querySelector('convene-booking-modal').shadowRoot;
  const dialog = modal.querySelector('cv-dialog').shadowRoot.querySelector('dialog');
  return !dialog.open && modal.querySelectorAll('.skeleton').length > 0;
}"""


def wait_until_drawn(page: Page) -> None:
    page.wait_for_function(DRAWN_AND_CLOSED)


def test_the_modal_is_drawn_ahead_and_always_opens_anew(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    bo.open_conversation("Ana Ruiz")
    opener = bo.page.get_by_role("button", name="Schedule a meeting")
    modal = bo.page.locator("convene-booking-modal")

    # Closed, nobody meets it: neither with eyes nor by name nor with Tab.
    wait_until_drawn(bo.page)
    expect(bo.page.get_by_role("dialog")).to_have_count(0)
    expect(modal.get_by_role("button", name="Book", exact=True)).to_have_count(0)
    bo.check_accessibility("modal drawn, closed")

    opener.click()
    expect(modal.get_by_role("radio").first).to_be_focused()
    modal.get_by_label("Length").select_option("60")
    modal.get_by_text("Add title, note, video").click()
    modal.get_by_label("Title").fill("Left behind")
    modal.get_by_role("button", name="Month", exact=True).click()
    bo.page.keyboard.press("Escape")
    modal.get_by_role("button", name="Discard").click()
    expect(opener).to_be_focused()

    wait_until_drawn(bo.page)
    opener.click()
    expect(modal.get_by_role("radio").first).to_be_focused()
    expect(modal.get_by_label("Title")).to_have_value("")
    expect(modal.get_by_label("Length")).to_have_value("60")  # what was chosen for this person is remembered
    expect(modal.get_by_role("button", name="Month", exact=True)).to_be_visible()
    bo.page.keyboard.press("Escape")

    # Somebody else's name stands on it when they are met.
    bo.open_conversation("Priya Nair")
    wait_until_drawn(bo.page)
    opener.click()
    expect(modal.get_by_role("heading", name="Priya Nair")).to_be_visible()
    expect(modal).not_to_contain_text("Ana")
