"""The main job, as two people do it: from a direct message to a booked meeting on real calendars, and back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from callers import calling_as
from playwright.sync_api import Locator, Page, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e


def cards(page: Page) -> Locator:
    """The booking cards of the open conversation."""
    return page.locator("convene-booking-card")


def modal(page: Page) -> Locator:
    """The booking modal. Its content is slotted into the dialog, so it is found through the element."""
    return page.locator("convene-booking-modal")


def start_of(event: str) -> str:
    """The DTSTART line of the one VEVENT in a text."""
    return re.search(r"DTSTART[^\r\n]*", event.split("BEGIN:VEVENT")[1])[0]


def remote_events(demo: ServedConvene, booking_id: str) -> list[str]:
    """The events of Ana's real CalDAV calendars that belong to a booking, as their server holds them."""
    folder = demo.folder / "data" / "demo" / "radicale" / "collections"
    found = [path.read_text() for path in folder.rglob("*.ics") if ".Radicale.cache" not in path.parts]
    return [text for text in found if booking_id in text]


def meetings_to_come(page: Page) -> list[str]:
    """What the sidebar's list says, once it has been read."""
    region = page.get_by_role("region", name="Upcoming")
    expect(region.and_(page.locator("[aria-busy=false]"))).to_be_visible()
    return region.get_by_role("listitem").all_inner_texts()


def test_from_a_message_to_a_meeting_and_back(demo: ServedConvene, window: Callable[..., Window]) -> None:
    bo, ana = window("Bo Lind"), window("Ana Ruiz")
    bo.open_conversation("Ana Ruiz")
    ana.open_conversation("Bo Lind")
    expect(cards(bo.page).first).to_be_visible()  # the demonstration's past meeting: all is loaded
    before = cards(bo.page).count()
    upcoming = meetings_to_come(ana.page)

    # Three clicks.
    bo.page.get_by_role("button", name="Schedule a meeting").click()
    dialog = modal(bo.page)
    suggestion = dialog.get_by_role("radio").first
    suggestion.click()
    dialog.get_by_role("button", name="Book", exact=True).click()

    for person in (bo, ana):
        expect(cards(person.page)).to_have_count(before + 1)
        expect(cards(person.page).last).to_contain_text("Confirmed")
    expect(bo.page.get_by_role("dialog")).to_be_hidden()
    # The new card has the focus, and with it says what it is.
    card = cards(bo.page).last.get_by_role("article")
    expect(card).to_be_focused()
    expect(card).to_have_accessible_name(re.compile("^Confirmed, "))
    # Both zones are on it: the reader's own first, the other's beside it.
    expect(cards(bo.page).last).to_contain_text("New York for Ana")
    expect(cards(ana.page).last).to_contain_text("London for Bo")
    expect(bo.page.get_by_role("region", name="Upcoming")).to_contain_text("Ana Ruiz")
    expect(ana.page.get_by_role("region", name="Upcoming")).to_contain_text("Bo Lind")

    # Ana opens its page and moves it.
    with ana.context.expect_page() as opened:
        cards(ana.page).last.get_by_role("button", name="More actions").click()
        ana.page.get_by_role("menuitem", name="Manage meeting").click()
    manage = opened.value
    expect(manage).to_have_url(re.compile(r"/bookings/bkg_"))
    booking_id = manage.url.rsplit("/", 1)[1].split("?")[0]
    expect(manage.get_by_role("region", name="People and calendars")).to_contain_text("In “Work”")
    [event] = remote_events(demo, booking_id)
    was = start_of(event)
    manage.get_by_role("button", name="Reschedule").click()
    modal(manage).get_by_role("radio").nth(1).click()
    modal(manage).get_by_role("button", name="Move meeting").click()
    expect(manage.get_by_role("region", name="History")).to_contain_text("moved")

    # The same card has changed in place on both screens, and the calendar has followed.
    for person in (bo, ana):
        expect(cards(person.page)).to_have_count(before + 1)
        expect(cards(person.page).last).to_contain_text("Rescheduled")
    expect(bo.page.get_by_role("region", name="Upcoming")).to_contain_text("Ana Ruiz")
    for _ in range(100):
        [event] = remote_events(demo, booking_id)
        if start_of(event) != was:
            break
        manage.wait_for_timeout(100)
    assert start_of(event) != was

    # Bo cancels from the card.
    cards(bo.page).last.get_by_role("button", name="More actions").click()
    bo.page.get_by_role("menuitem", name="Cancel meeting").click()
    cancel = bo.page.locator("convene-cancel-dialog")
    cancel.get_by_role("textbox").fill("sick today")
    cancel.get_by_role("button", name="Cancel meeting").click()
    for person in (bo, ana):
        expect(cards(person.page)).to_have_count(before + 1)
        expect(cards(person.page).last).to_contain_text("Cancelled")
        expect(cards(person.page).last).to_contain_text("sick today")
    for _ in range(100):
        if meetings_to_come(ana.page) == upcoming:
            break
        ana.page.wait_for_timeout(100)
    assert meetings_to_come(ana.page) == upcoming
    expect(manage.get_by_text("Cancelled").first).to_be_visible()
    for _ in range(100):
        if not remote_events(demo, booking_id):
            break
        manage.wait_for_timeout(100)
    assert remote_events(demo, booking_id) == []


def test_a_taken_time_keeps_the_note_and_offers_others(
    demo: ServedConvene, window: Callable[..., Window]
) -> None:
    bo = window("Bo Lind")
    bo.open_conversation("Ana Ruiz")
    with bo.page.expect_response(re.compile("/connect/api/availability")) as answered:
        bo.page.get_by_role("button", name="Schedule a meeting").click()
    dialog = modal(bo.page)
    dialog.get_by_text("Add title, note, video").click()
    dialog.get_by_label("Note").fill("bring the plan")
    first = answered.value.json()["suggestions"][0]["start"]
    dialog.get_by_role("radio").first.click()
    with calling_as(demo, "Ines Marsh") as ines:
        ines.book("Ana Ruiz", first)
    dialog.get_by_role("button", name="Book", exact=True).click()
    expect(dialog.get_by_text("taken").first).to_be_visible()
    expect(dialog.get_by_label("Note")).to_have_value("bring the plan")
    bo.check_accessibility("slot taken")


def test_a_profile_and_a_member_list_lead_to_the_same_modal(window: Callable[..., Window]) -> None:
    priya = window("Priya Nair")
    priya.page.get_by_role("navigation").get_by_role("link", name="launch").click()
    priya.page.get_by_role("button", name=re.compile("members", re.IGNORECASE)).first.click()
    priya.page.get_by_role("button", name=re.compile("Book a meeting.*Tama Reid")).click()
    dialog = modal(priya.page)
    expect(dialog).to_contain_text("Tama Reid")
    dialog.get_by_role("radio").first.click()
    dialog.get_by_role("button", name="Book", exact=True).click()
    # Booked without a conversation: the card stands in the direct message, which exists now if it did not.
    expect(priya.page.get_by_role("region", name="Upcoming")).to_contain_text("Tama Reid")
    priya.page.get_by_role("navigation").get_by_role("link", name="Tama Reid").click()
    expect(cards(priya.page).last).to_contain_text("Confirmed")


def test_somebody_who_shares_nothing_is_explained(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    bo.page.get_by_role("navigation").get_by_role("link", name="launch").click()
    bo.page.get_by_role("button", name=re.compile("members", re.IGNORECASE)).first.click()
    bo.page.get_by_role("button", name=re.compile("Book a meeting.*Ines Marsh")).click()
    expect(modal(bo.page)).to_contain_text(re.compile("does not share"))
    bo.check_accessibility("not shared")


@pytest.mark.parametrize(
    ("width", "color_scheme", "direction"),
    [
        (1280, "light", "ltr"),
        (1280, "dark", "ltr"),
        (320, "light", "ltr"),
        (320, "dark", "ltr"),
        (1280, "light", "rtl"),
        (320, "dark", "rtl"),
    ],
)
def test_every_screen_is_accessible_and_fits(
    window: Callable[..., Window], width: int, color_scheme: str, direction: str
) -> None:
    bo = window("Bo Lind", width=width, color_scheme=color_scheme)

    def go(path: str) -> None:
        bo.page.goto(bo.url + path)
        bo.page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
        bo.page.wait_for_load_state("networkidle")

    for path in (
        "/",
        "/settings/profile",
        "/settings/availability",
        "/settings/calendars",
        "/settings/security",
        "/settings/members",
        "/settings/keys",
        "/settings/webhooks",
        "/settings/applications",
        "/settings/authorizations",
        "/settings/audit",
        "/nowhere",
    ):
        go(path)
        bo.check_accessibility(path)
        bo.check_reflow(path)
    go("/")
    bo.open_conversation("Ana Ruiz")
    bo.check_accessibility("conversation")
    bo.check_reflow("conversation")
    bo.page.get_by_role("button", name="Schedule a meeting").click()
    expect(modal(bo.page).get_by_role("radio").first).to_be_visible()
    bo.check_accessibility("modal")
    bo.check_reflow("modal")
    modal(bo.page).get_by_role("radio").first.click()
    bo.check_accessibility("time chosen")


def test_a_planted_fault_is_found(window: Callable[..., Window]) -> None:
    bo = window("Bo Lind")
    bo.page.evaluate(
        "() => { const host = document.body.appendChild(document.createElement('div'));"
        " host.attachShadow({mode: 'open'}).append(document.createElement('button')); }"
    )
    with pytest.raises(AssertionError, match="button-name"):
        bo.check_accessibility("planted")


def test_keyboard_alone_books_a_meeting(window: Callable[..., Window]) -> None:
    sam = window("Sam Okafor")
    sam.open_conversation("Ana Ruiz")
    before = cards(sam.page).count()
    opener = sam.page.get_by_role("button", name="Schedule a meeting")
    opener.focus()
    sam.page.keyboard.press("Enter")
    expect(modal(sam.page).get_by_role("radio").first).to_be_visible()
    sam.page.keyboard.press("Escape")
    expect(sam.page.get_by_role("dialog")).to_be_hidden()
    expect(opener).to_be_focused()
    sam.page.keyboard.press("Enter")
    expect(modal(sam.page).get_by_role("radio").first).to_be_focused()
    presses = 0
    for key in ("Space", "Enter"):
        sam.page.keyboard.press(key)
        presses += 1
    while cards(sam.page).count() == before and presses < 6:
        sam.page.keyboard.press("Enter")
        presses += 1
        sam.page.wait_for_timeout(800)
    expect(cards(sam.page)).to_have_count(before + 1)
    assert presses <= 6
    expect(cards(sam.page).last.get_by_role("article")).to_be_focused()
    # From there the keyboard goes on into the card.
    sam.page.keyboard.press("Tab")
    expect(cards(sam.page).last.get_by_role("link", name=re.compile("^Join"))).to_be_focused()


def test_a_window_that_was_away_catches_up(demo: ServedConvene, window: Callable[..., Window]) -> None:
    bo, priya = window("Bo Lind"), window("Priya Nair")
    bo.open_conversation("Priya Nair")
    priya.open_conversation("Bo Lind")
    bo.context.set_offline(True)
    box = priya.page.get_by_role("textbox", name=re.compile("Write to"))
    for text in ("first while away", "second while away"):
        box.fill(text)
        box.press("Enter")
    expect(priya.page.get_by_role("paragraph").filter(has_text="second while away")).to_be_visible()
    bo.context.set_offline(False)
    expect(bo.page.get_by_role("paragraph").filter(has_text="second while away")).to_be_visible(
        timeout=60_000
    )
    expect(bo.page.get_by_role("paragraph").filter(has_text="first while away")).to_have_count(1)
    bo.problems.clear()  # the browser itself reports the failed requests of the time away
