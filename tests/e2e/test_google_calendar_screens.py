"""Connecting Google Calendar in a browser: consent, the first read, access withdrawn and granted again, disconnection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from callers import calling_as
from playwright.sync_api import Locator, Page, expect
from windows import Window

from databases import new_database
from fakes.google_calendar import CLIENT_ID, CLIENT_SECRET, EMAIL, GoogleCalendarFake, google_calendar
from serving import ServedConvene

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def fake() -> Iterator[GoogleCalendarFake]:
    with google_calendar() as found:
        yield found


@pytest.fixture(scope="module")
def demo(
    fake: GoogleCalendarFake,
    server: tuple[str, str | None],
    worker_id: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ServedConvene]:
    """A demonstration of this module's own, whose Google is a fake."""
    with new_database(*server, f"convene_google_{worker_id}") as url:
        served = ServedConvene(
            tmp_path_factory.mktemp("google"),
            url,
            "demo",
            CONVENE_GOOGLE_CLIENT_ID=CLIENT_ID,
            CONVENE_GOOGLE_CLIENT_SECRET=CLIENT_SECRET,
            CONVENE_GOOGLE_ACCOUNTS_URL=fake.url,
            CONVENE_GOOGLE_TOKENS_URL=fake.url,
            CONVENE_GOOGLE_API_URL=fake.url,
        )
        served.start()
        yield served
        served.stop()


@pytest.fixture(autouse=True)
def _nobody_is_connected(demo: ServedConvene) -> Iterator[None]:
    """Leave nothing to the next test, whichever it is: the fake has one account."""
    yield
    for name in ("Tama Reid", "Priya Nair"):
        with calling_as(demo, name) as caller:
            for one in caller.client.get("/api/calendar-connections").json()["connections"]:
                if one["kind"] == "google":
                    caller.client.delete(f"/api/calendar-connections/{one['connection_id']}")


def calendars_of(person: Window) -> Page:
    person.page.goto(f"{person.url}/settings/calendars")
    expect(person.page.get_by_role("region", name="Convene’s own calendar")).to_be_visible()
    return person.page


def google_of(page: Page) -> Locator:
    return page.get_by_role("region", name=EMAIL, exact=True)


def leave_for_google(page: Page) -> None:
    page.get_by_role("button", name="Continue to Google", exact=True).click()
    expect(page.get_by_role("heading", name="Choose what Convene may do")).to_be_visible()


@contextmanager
def until_state(demo: ServedConvene, name: str, state: str) -> Iterator[None]:
    """Wait after the block for the background to bring a person's Google connection into a state."""
    yield
    deadline = time.monotonic() + 60
    with calling_as(demo, name) as caller:
        while True:
            found = caller.client.get("/api/calendar-connections").json()["connections"]
            if [one["state"] for one in found if one["kind"] == "google"] == [state]:
                return
            assert time.monotonic() < deadline, found
            time.sleep(0.2)


@pytest.mark.parametrize("width", [1280, 320])
def test_connected_withdrawn_connected_again_and_disconnected(
    window: Callable[..., Window], demo: ServedConvene, fake: GoogleCalendarFake, width: int
) -> None:
    tama = window("Tama Reid", width=width)
    page = calendars_of(tama)
    page.get_by_role("button", name="Connect Google", exact=True).click()
    dialog = page.locator("sign-in-dialog")
    expect(dialog.get_by_role("radio", name="Also write the meetings I book", exact=True)).to_be_checked()
    dialog.get_by_role("radio", name="Only when I am busy", exact=True).check()
    expect(dialog.get_by_text("No titles, people or places", exact=False)).to_be_visible()
    dialog.get_by_role("radio", name="Also write the meetings I book", exact=True).check()
    tama.check_accessibility("what Google is asked")
    tama.check_reflow("what Google is asked")
    leave_for_google(page)
    with until_state(demo, "Tama Reid", "ok"):
        page.get_by_role("button", name="Allow", exact=True).click()
        expect(page.get_by_text("Google Calendar is connected.", exact=True)).to_be_visible()
        assert "code=" not in page.url
        assert "connected=" not in page.url
    expect(google_of(page).get_by_text("Connected", exact=True)).to_be_visible()
    expect(google_of(page).get_by_role("radio")).to_be_checked()
    tama.check_accessibility("Google is connected")
    tama.check_reflow("Google is connected")

    fake.withdraw()
    with until_state(demo, "Tama Reid", "needs_attention"):
        google_of(page).get_by_role("button", name="Sync now", exact=True).click()
    page = calendars_of(tama)
    expect(google_of(page).get_by_text("Needs attention", exact=True)).to_be_visible()
    tama.check_accessibility("access was withdrawn")
    tama.check_reflow("access was withdrawn")
    with until_state(demo, "Tama Reid", "ok"):
        google_of(page).get_by_role("button", name="Reconnect", exact=True).click()
        expect(page.get_by_text(EMAIL, exact=True)).to_be_visible()
        page.get_by_role("button", name="Allow", exact=True).click()
        expect(page.get_by_text("Google Calendar is connected.", exact=True)).to_be_visible()
    expect(google_of(page).get_by_text("Connected", exact=True)).to_be_visible()

    [refresh] = fake.refresh_tokens
    google_of(page).get_by_role("button", name="Disconnect", exact=True).click()
    confirm = page.locator("disconnect-dialog")
    expect(confirm.get_by_text("gives it back to Google", exact=False)).to_be_visible()
    confirm.get_by_role("button", name="Disconnect", exact=True).click()
    expect(google_of(page)).to_have_count(0)
    assert fake.revoked[-1] == refresh


def test_what_was_not_ticked_is_said(window: Callable[..., Window]) -> None:
    priya = window("Priya Nair")
    page = calendars_of(priya)
    page.get_by_role("button", name="Connect Google", exact=True).click()
    leave_for_google(page)
    page.get_by_role("checkbox", name="calendar.events", exact=True).uncheck()
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_text("Google Calendar could not be connected.", exact=True)).to_be_visible()
    expect(google_of(page)).to_have_count(0)
    priya.check_accessibility("a box was not ticked")

    page.get_by_role("button", name="Connect Google", exact=True).click()
    leave_for_google(page)
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("Google Calendar is not connected.", exact=True)).to_be_visible()
    # A reload says nothing again.
    page.reload()
    expect(page.get_by_role("region", name="Convene’s own calendar")).to_be_visible()
    expect(page.get_by_text("Google Calendar is not connected.", exact=True)).to_have_count(0)
