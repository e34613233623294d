"""Conflicts on the pages: a meeting that somebody moved or deleted at a real CalDAV server, and deciding about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from callers import calling_as
from own_calendars import OwnCalendar, look_at, own_calendar, panel_of, settings_page
from playwright.sync_api import Locator, Page, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e


@pytest.fixture
def sam(demo: ServedConvene, tmp_path: Path) -> Iterator[OwnCalendar]:
    with own_calendar(demo, "Sam Okafor", tmp_path) as found:
        yield found


def conflict_of(page: Page, booking: dict[str, Any]) -> Locator:
    return page.get_by_role("article", name=booking["title"], exact=True)


def conflicts_page(person: Window) -> Page:
    return settings_page(person, "conflicts", "Conflicts")


def both_move_it(sam: OwnCalendar) -> tuple[dict[str, Any], str, str]:
    """Move a meeting here while its server is away, and elsewhere there; return it with both starts."""
    booking = sam.book("Ana Ruiz")
    name = sam.name_of(booking)
    ours, theirs = sam.free("Ana Ruiz")[1:3]
    sam.radicale.stop()
    moved = sam.api.post(f"/api/bookings/{booking['booking_id']}/reschedule", json={"start": ours})
    assert moved.status_code == 200, moved.text
    sam.until(lambda: sam.receipt(booking["booking_id"]) == "retrying")
    sam.radicale.start()
    sam.move(name, datetime.fromisoformat(theirs))
    sam.read_until(lambda: bool(sam.conflicts(booking["booking_id"])))
    return booking, ours, theirs


def test_both_moved_it_and_theirs_is_taken(
    demo: ServedConvene, window: Callable[..., Window], sam: OwnCalendar
) -> None:
    booking, _, theirs = both_move_it(sam)
    person = window("Sam Okafor")
    person.page.goto(f"{person.url}/bookings/{booking['booking_id']}")
    expect(person.page.get_by_text("This meeting was moved in your calendar “Work”.")).to_be_visible()
    look_at(person, "the page of a meeting in conflict")
    person.page.get_by_role("link", name="See both versions", exact=True).click()
    page = person.page
    expect(page.get_by_role("heading", level=1, name="Conflicts", exact=True)).to_be_visible()
    conflict = conflict_of(page, booking)
    expect(conflict.get_by_text("differs", exact=True)).to_have_count(2)
    expect(conflict.get_by_role("region", name="In Convene", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Conflicts 1 open conflict", exact=True)).to_be_visible()
    look_at(person, "both versions")

    # Somebody takes the time meanwhile: the refusal says when everyone is free next.
    with calling_as(demo, "Ana Ruiz") as ana:
        other = ana.book("Bo Lind", theirs, "Quicker")
        conflict.get_by_role("button", name="Take theirs", exact=True).click()
        expect(conflict.get_by_text("That time is not free for everyone any more.")).to_be_visible()
        expect(conflict.get_by_text("Next free for everyone:")).to_be_visible()
        look_at(person, "that time is taken")
        assert ana.client.post(f"/api/bookings/{other['booking_id']}/cancel", json={}).status_code == 200
    conflict.get_by_role("button", name="Take theirs", exact=True).click()
    expect(conflict.get_by_text("The meeting is moved. Everyone is told.")).to_be_visible()
    look_at(person, "decided")
    assert datetime.fromisoformat(sam.booking(booking["booking_id"])["start"]) == datetime.fromisoformat(
        theirs
    )
    expect(page.get_by_role("link", name="Conflicts", exact=True)).to_be_visible()


def test_narrow_and_dark_deleted_there_and_kept(window: Callable[..., Window], sam: OwnCalendar) -> None:
    sam.change(policy={"on_delete": "ask"})
    booking = sam.book("Ana Ruiz")
    sam.radicale.delete(sam.name_of(booking))
    sam.read_until(lambda: bool(sam.conflicts(booking["booking_id"])))
    person = window("Sam Okafor", width=320, height=740, color_scheme="dark")
    page = conflicts_page(person)
    conflict = conflict_of(page, booking)
    expect(conflict.get_by_text("Deleted", exact=True)).to_be_visible()
    # Both sides stand one below the other.
    sides = conflict.get_by_role("region")
    expect(sides).to_have_count(2)
    first, second = (sides.nth(number).bounding_box() for number in range(2))
    assert first
    assert second
    assert first["y"] + first["height"] <= second["y"]
    look_at(person, "deleted there, dark")

    person.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    keep = conflict.get_by_role("button", name="Keep the meeting", exact=True)
    expect(keep).to_have_attribute("aria-disabled", "true")
    look_at(person, "offline, dark")
    person.context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_have_count(0)
    keep.click()
    expect(conflict.get_by_text("written into the calendar again")).to_be_visible()
    sam.until(lambda: sam.receipt(booking["booking_id"]) == "written")
    assert sam.name_of(booking)


def test_a_proposal_is_seen_on_the_card_and_agreed_to(
    window: Callable[..., Window], sam: OwnCalendar
) -> None:
    sam.change(policy={"on_move": "propose"})
    booking = sam.book("Ana Ruiz")
    wished = sam.free("Ana Ruiz")[1]
    sam.move(sam.name_of(booking), datetime.fromisoformat(wished))
    sam.read_until(lambda: bool(sam.conflicts(booking["booking_id"])))

    ana = window("Ana Ruiz")
    ana.open_conversation("Sam Okafor")
    card = ana.page.locator("connect-card").filter(has_text=booking["title"])
    expect(card.get_by_text("Sam proposes")).to_be_visible()
    card.scroll_into_view_if_needed()
    look_at(ana, "a proposal on the card")
    # The bell leads to where it is decided.
    ana.page.get_by_role("button", name="Notifications", exact=False).click()
    asked = ana.page.locator("connect-notifications").get_by_role("link").filter(has_text=booking["title"])
    expect(asked.and_(ana.page.locator("[href='/settings/conflicts']")).first).to_be_visible()
    ana.page.keyboard.press("Escape")
    card.get_by_role("link", name="See both versions", exact=True).click()
    expect(ana.page.get_by_role("heading", level=1, name="Conflicts", exact=True)).to_be_visible()
    conflict = conflict_of(ana.page, booking)
    expect(conflict.get_by_role("region", name="In Sam’s calendar", exact=True)).to_be_visible()
    look_at(ana, "a proposal")
    conflict.get_by_role("button", name="Agree", exact=True).click()
    expect(conflict.get_by_text("The meeting is moved. Everyone is told.")).to_be_visible()
    assert datetime.fromisoformat(sam.booking(booking["booking_id"])["start"]) == datetime.fromisoformat(
        wished
    )


def test_nothing_to_decide_and_nothing_to_read(window: Callable[..., Window]) -> None:
    ines = window("Ines Marsh", width=320, height=740)
    page = conflicts_page(ines)
    expect(page.get_by_text("No conflicts", exact=True)).to_be_visible()
    look_at(ines, "no conflicts")
    page.route(
        "**/api/calendar-conflicts?*", lambda route: route.fulfill(status=409, json={"detail": "Not now."})
    )
    page.reload()
    expect(page.get_by_text("Conflicts could not be read.", exact=True)).to_be_visible()
    look_at(ines, "conflicts cannot be read")
    page.unroute("**/api/calendar-conflicts?*")
    page.get_by_role("button", name="Try again", exact=True).click()
    expect(page.get_by_text("No conflicts", exact=True)).to_be_visible()


def test_rules_are_chosen_in_plain_words(window: Callable[..., Window], sam: OwnCalendar) -> None:
    person = window("Sam Okafor", width=320, height=740)
    page = settings_page(person, "calendars", "Calendars")
    panel = panel_of(page, sam.label)
    change = panel.get_by_role("button", name=f"Change rules of {sam.label}", exact=True)
    change.click()
    dialog = page.locator("connection-policy-dialog")
    expect(dialog.get_by_role("dialog", name=f"Rules of {sam.label}", exact=True)).to_be_visible()
    expect(dialog.get_by_role("radio", name="Both ways (usual)", exact=True)).to_be_checked()
    look_at(person, "the rules")
    dialog.get_by_role("radio", name="Only write to it", exact=True).check()
    expect(
        dialog.get_by_role("group", name="When both sides changed the same thing", exact=True)
    ).to_have_count(0)
    dialog.get_by_role("radio", name="Both ways (usual)", exact=True).check()
    dialog.get_by_role("radio", name="Propose it to the others", exact=True).check()
    dialog.get_by_role("radio", name="Titles too", exact=True).check()
    page.route(
        "**/api/calendar-connections/*", lambda route: route.fulfill(status=409, json={"detail": "Not now."})
    )
    dialog.get_by_role("button", name="Save rules", exact=True).click()
    expect(dialog.get_by_text("The rules are as they were.", exact=True)).to_be_visible()
    look_at(person, "the rules were not saved")
    page.unroute("**/api/calendar-connections/*")
    dialog.get_by_role("button", name="Save rules", exact=True).click()
    expect(dialog.get_by_role("dialog")).to_have_count(0)
    expect(panel.get_by_text("Moves made there are proposed to the others.")).to_be_visible()
    policy = sam.row["policy"]
    assert (policy["on_move"], policy["shares"], policy["direction"]) == ("propose", "details", "both")
