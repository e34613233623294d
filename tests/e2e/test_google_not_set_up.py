"""An installation that Google does not know says so, and what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from windows import Window

pytestmark = pytest.mark.e2e


def test_what_an_administrator_must_do_is_said(window: Callable[..., Window]) -> None:
    ines = window("Ines Marsh", width=320)
    page = ines.page
    page.goto(f"{ines.url}/settings/calendars")
    page.get_by_role("button", name="Connect Google", exact=True).click()
    dialog = page.locator("sign-in-dialog")
    expect(dialog.get_by_text("CONVENE_GOOGLE_CLIENT_ID", exact=True)).to_be_visible()
    expect(dialog.get_by_text(f"{ines.url}/oauth/calendar/google/callback", exact=True)).to_be_visible()
    expect(dialog.get_by_role("button", name="Continue to Google", exact=True)).to_have_count(0)
    ines.check_accessibility("Google is not set up")
    ines.check_reflow("Google is not set up")
