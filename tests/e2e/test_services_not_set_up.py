"""An installation that Google or Microsoft does not know says so, and what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from windows import Window

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(("brand", "scheme"), [("Google", "light"), ("Microsoft", "dark")])
def test_what_an_administrator_must_do_is_said(
    window: Callable[..., Window], brand: str, scheme: str
) -> None:
    ines = window("Ines Marsh", width=320, color_scheme=scheme)
    page, kind = ines.page, brand.lower()
    page.goto(f"{ines.url}/settings/calendars")
    page.get_by_role("button", name=f"Connect {brand}", exact=True).click()
    dialog = page.locator("sign-in-dialog")
    expect(dialog.get_by_text(f"CONVENE_{brand.upper()}_CLIENT_ID", exact=True)).to_be_visible()
    expect(dialog.get_by_text(f"{ines.url}/oauth/calendar/{kind}/callback", exact=True)).to_be_visible()
    expect(dialog.get_by_role("button", name=f"Continue to {brand}", exact=True)).to_have_count(0)
    ines.check_accessibility(f"{brand} is not set up")
    ines.check_reflow(f"{brand} is not set up")
