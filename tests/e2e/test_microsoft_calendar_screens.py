"""Connecting Microsoft 365 in a browser: consent, the first read, access withdrawn and granted again, disconnection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from callers import calling_as
from playwright.sync_api import Locator, Page, expect
from windows import Window

from databases import new_database
from fakes.microsoft_graph import CLIENT_ID, CLIENT_SECRET, EMAIL, MicrosoftGraphFake, microsoft_graph
from serving import ServedConvene

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def fake() -> Iterator[MicrosoftGraphFake]:
    with microsoft_graph() as found:
        yield found


@pytest.fixture(scope="module")
def demo(
    fake: MicrosoftGraphFake,
    server: tuple[str, str | None],
    worker_id: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ServedConvene]:
    """A demonstration of this module's own, whose Microsoft is a fake."""
    with new_database(*server, f"convene_microsoft_{worker_id}") as url:
        served = ServedConvene(
            tmp_path_factory.mktemp("microsoft"),
            url,
            "demo",
            CONVENE_MICROSOFT_CLIENT_ID=CLIENT_ID,
            CONVENE_MICROSOFT_CLIENT_SECRET=CLIENT_SECRET,
            CONVENE_MICROSOFT_LOGIN_URL=fake.url,
            CONVENE_MICROSOFT_GRAPH_URL=fake.url,
        )
        served.start()
        yield served
        served.stop()


@pytest.fixture(autouse=True)
def _nobody_is_connected(demo: ServedConvene, fake: MicrosoftGraphFake) -> Iterator[None]:
    """Leave nothing to the next test, whichever it is: the fake has one account."""
    yield
    for name in ("Tama Reid", "Priya Nair"):
        with calling_as(demo, name) as caller:
            for one in caller.client.get("/api/calendar-connections").json()["connections"]:
                if one["kind"] == "microsoft":
                    caller.client.delete(f"/api/calendar-connections/{one['connection_id']}")
    fake.withdraw()


def calendars_of(person: Window) -> Page:
    person.page.goto(f"{person.url}/settings/calendars")
    expect(person.page.get_by_role("region", name="Convene’s own calendar")).to_be_visible()
    return person.page


def microsoft_of(page: Page) -> Locator:
    return page.get_by_role("region", name=EMAIL, exact=True)


def leave_for_microsoft(page: Page) -> None:
    page.get_by_role("button", name="Continue to Microsoft", exact=True).click()
    expect(page.get_by_role("heading", name="Permissions requested")).to_be_visible()


@contextmanager
def until_state(demo: ServedConvene, name: str, state: str) -> Iterator[None]:
    """Wait after the block for the background to bring a person's Microsoft connection into a state."""
    yield
    deadline = time.monotonic() + 60
    with calling_as(demo, name) as caller:
        while True:
            found = caller.client.get("/api/calendar-connections").json()["connections"]
            if [one["state"] for one in found if one["kind"] == "microsoft"] == [state]:
                return
            assert time.monotonic() < deadline, found
            time.sleep(0.2)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_connected_withdrawn_connected_again_and_disconnected(
    window: Callable[..., Window], demo: ServedConvene, fake: MicrosoftGraphFake, width: int, scheme: str
) -> None:
    tama = window("Tama Reid", width=width, color_scheme=scheme)
    page = calendars_of(tama)
    page.get_by_role("button", name="Connect Microsoft", exact=True).click()
    dialog = page.locator("sign-in-dialog")
    expect(
        dialog.get_by_role("heading", name="Connect Microsoft 365 or Outlook.com", exact=True)
    ).to_be_visible()
    expect(dialog.get_by_role("radio", name="Also write the meetings I book", exact=True)).to_be_checked()
    dialog.get_by_role("radio", name="Only when I am busy", exact=True).check()
    expect(dialog.get_by_text("Convene drops them.", exact=False)).to_be_visible()
    tama.check_accessibility("what Microsoft is asked")
    tama.check_reflow("what Microsoft is asked")
    dialog.get_by_role("radio", name="Also write the meetings I book", exact=True).check()
    leave_for_microsoft(page)
    with until_state(demo, "Tama Reid", "ok"):
        page.get_by_role("button", name="Accept", exact=True).click()
        expect(page.get_by_text("Your Microsoft calendar is connected.", exact=True)).to_be_visible()
        assert "code=" not in page.url
        assert "connected=" not in page.url
    expect(microsoft_of(page).get_by_text("Connected", exact=True)).to_be_visible()
    expect(microsoft_of(page).get_by_role("radio")).to_be_checked()
    tama.check_accessibility("Microsoft is connected")
    tama.check_reflow("Microsoft is connected")

    fake.withdraw()
    with until_state(demo, "Tama Reid", "needs_attention"):
        microsoft_of(page).get_by_role("button", name="Sync now", exact=True).click()
    expect(microsoft_of(page).get_by_text("Needs attention", exact=True)).to_be_visible()
    expect(
        microsoft_of(page).get_by_text("Access was withdrawn, or has run out.", exact=True)
    ).to_be_visible()
    tama.check_accessibility("access was withdrawn")
    tama.check_reflow("access was withdrawn")
    with until_state(demo, "Tama Reid", "ok"):
        microsoft_of(page).get_by_role("button", name="Reconnect", exact=True).click()
        # Microsoft knows already who it is.
        expect(page.get_by_text(EMAIL, exact=True)).to_be_visible()
        page.get_by_role("button", name="Accept", exact=True).click()
        expect(page.get_by_text("Your Microsoft calendar is connected.", exact=True)).to_be_visible()
    expect(microsoft_of(page).get_by_text("Connected", exact=True)).to_be_visible()

    microsoft_of(page).get_by_role("button", name="Disconnect", exact=True).click()
    confirm = page.locator("disconnect-dialog")
    expect(confirm.get_by_text("myapps.microsoft.com", exact=False)).to_be_visible()
    confirm.get_by_role("button", name="Disconnect", exact=True).click()
    expect(microsoft_of(page)).to_have_count(0)


def test_what_was_not_granted_is_said_and_asked_again(
    window: Callable[..., Window], demo: ServedConvene
) -> None:
    priya = window("Priya Nair")
    page = calendars_of(priya)
    page.get_by_role("button", name="Connect Microsoft", exact=True).click()
    leave_for_microsoft(page)
    page.get_by_role("checkbox", name="Calendars.ReadWrite", exact=True).uncheck()
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("Your Microsoft calendar could not be connected.", exact=True)).to_be_visible()
    expect(page.get_by_text("ask an administrator", exact=False)).to_be_visible()
    expect(microsoft_of(page)).to_have_count(0)
    priya.check_accessibility("nothing was granted")

    page.get_by_role("button", name="Connect Microsoft", exact=True).click()
    leave_for_microsoft(page)
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("Your Microsoft calendar is not connected.", exact=True)).to_be_visible()

    # Less at first, more later.
    page.get_by_role("button", name="Connect Microsoft", exact=True).click()
    page.get_by_role("radio", name="Only when I am busy", exact=True).check()
    leave_for_microsoft(page)
    expect(page.get_by_role("checkbox", name="Calendars.ReadBasic", exact=True)).to_be_visible()
    with until_state(demo, "Priya Nair", "ok"):
        page.get_by_role("button", name="Accept", exact=True).click()
        expect(page.get_by_text("What you granted: busy times only.", exact=False)).to_be_visible()
    expect(microsoft_of(page).get_by_text("Read only", exact=True)).to_be_visible()
    microsoft_of(page).get_by_role("button", name="Change access", exact=True).click()
    page.get_by_role("radio", name="Also write the meetings I book", exact=True).check()
    leave_for_microsoft(page)
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("What you granted: reads and writes.", exact=False)).to_be_visible()
    # A reload says nothing again.
    page.reload()
    expect(page.get_by_role("region", name="Convene’s own calendar")).to_be_visible()
    expect(page.get_by_text("Your Microsoft calendar is connected.", exact=True)).to_have_count(0)
