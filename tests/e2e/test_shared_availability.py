"""Sharing one's free time in a conversation: two people in two zones, two browsers, and everything in between."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from callers import calling_as
from playwright.sync_api import Locator, Route, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e

SHARER, READER = "Tama Reid", "Priya Nair"


@pytest.fixture
def channel(demo: ServedConvene) -> tuple[str, str]:
    """A channel of this test alone, in which the two are: its name and id."""
    name = f"share-{secrets.token_hex(3)}"
    with calling_as(demo, SHARER) as tama:
        made = tama.client.post("/connect/api/conversations", json={"kind": "channel", "name": name})
        assert made.status_code == 201, made.text
        path = f"/connect/api/conversations/{made.json()['conversation_id']}/members"
        assert tama.client.post(path, json={"sub": tama.people[READER]}).status_code == 200
    return name, made.json()["conversation_id"]


def share(demo: ServedConvene, channel: tuple[str, str]) -> str:
    """Share the next seven days as the sharer's window does; returns the message's id."""
    with calling_as(demo, SHARER) as tama:
        path = f"/connect/api/conversations/{channel[1]}/availability-shares"
        made = tama.client.post(path, json={"days": 7, "client_nonce": secrets.token_hex(8)})
        assert made.status_code == 201, made.text
        return str(made.json()["message_id"])


def look(demo: ServedConvene, message_id: str) -> dict[str, Any]:
    with calling_as(demo, READER) as priya:
        answer = priya.client.get(f"/connect/api/availability-shares/{message_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def open_channel(one: Window, channel: tuple[str, str]) -> Locator:
    """Show the channel; returns the card of the time that is shared in it."""
    one.page.goto(f"{one.url}/c/{channel[1]}")
    expect(one.page.get_by_role("heading", name=channel[0], level=1)).to_be_visible()
    return one.page.locator("connect-share")


def test_time_is_shared_in_one_window_and_booked_in_another(
    demo: ServedConvene, window: Callable[..., Window], channel: tuple[str, str]
) -> None:
    tama, priya = window(SHARER), window(READER)
    mine, card = open_channel(tama, channel), open_channel(priya, channel)
    tama.page.get_by_role("button", name="Share availability", exact=True).click()
    dialog = tama.page.locator("connect-share-dialog")
    expect(dialog.get_by_role("heading", name="What others will see")).to_be_visible()
    expect(dialog.locator("connect-free-week .free").first).to_be_visible()
    expect(dialog.get_by_role("link", name=re.compile("Connect a calendar|Change, swap"))).to_have_attribute(
        "href", "/settings/calendars"
    )
    tama.check_accessibility("sharing availability")
    dialog.get_by_role("button", name="Share", exact=True).click()
    expect(dialog.get_by_role("dialog")).to_have_count(0)
    expect(mine.get_by_role("heading", name="Your free time")).to_be_visible()
    expect(mine.locator(".slot")).to_have_count(0)

    # In the other window: both zones, and one tab stop for the whole week.
    expect(card.get_by_role("heading", name="Tama’s free time")).to_be_visible()
    expect(card.get_by_text("Your time: Kolkata")).to_be_visible()
    expect(card.get_by_text(re.compile(r"Auckland \(GMT\+1[23]\)"))).to_be_visible()
    expect(card.locator(".slot").first).to_be_visible()
    expect(card.locator(".slot[tabindex='0']")).to_have_count(1)
    first = card.locator(".slot").first
    first.focus()
    priya.page.keyboard.press("End")
    chosen = card.locator(".slot[tabindex='0']")
    expect(chosen).to_be_focused()
    start = chosen.get_attribute("data-start")
    assert start != first.get_attribute("data-start")
    priya.page.keyboard.press("Enter")
    book = priya.page.locator("connect-share-book")
    expect(book.get_by_role("button", name="Book", exact=True)).to_be_focused()
    title = f"Plans {secrets.token_hex(3)}"
    book.get_by_label("Title").fill(title)
    book.get_by_role("button", name="Book", exact=True).click()
    expect(book.get_by_role("dialog")).to_have_count(0)

    # The invitation follows in the conversation, in both windows, with its links; the time is taken out of the share.
    for one in (tama, priya):
        invitation = one.page.locator("convene-booking-card", has_text=title)
        expect(invitation).to_contain_text("Confirmed")
        invitation.get_by_role("button", name="Add to calendar").click()
        for name in ("Google", "Outlook", "Yahoo", "Calendar file (.ics)"):
            expect(invitation.get_by_role("menuitem", name=re.compile(re.escape(name))).first).to_be_visible()
        one.page.keyboard.press("Escape")
    expect(card.locator(f".slot[data-start='{start}']")).to_have_count(0)
    expect(card.locator(".slot").first).to_be_visible()

    mine.get_by_role("button", name="Stop sharing").click()
    for shown in (mine, card):
        expect(shown.locator(".chip", has_text="No longer shared")).to_be_visible()
        expect(shown.locator("connect-free-week")).to_have_count(0)
    priya.check_accessibility("no longer shared")


def test_a_time_that_was_just_taken_is_said_with_the_nearest_ones(
    demo: ServedConvene, window: Callable[..., Window], channel: tuple[str, str]
) -> None:
    message_id = share(demo, channel)
    priya = window(READER)
    card = open_channel(priya, channel)
    # A time at which somebody else can meet Tama too.
    with calling_as(demo, SHARER) as tama:
        theirs = tama.offers("Ana Ruiz", days=7)
    start = [slot["start"] for slot in look(demo, message_id)["slots"] if slot["start"] in theirs][-1]
    card.locator(f".slot[data-start='{start}']").click()
    book = priya.page.locator("connect-share-book")
    expect(book.get_by_role("button", name="Book", exact=True)).to_be_visible()
    with calling_as(demo, SHARER) as tama:
        tama.book("Ana Ruiz", start)
    # The card behind tells that the times are others now.
    expect(card.get_by_text(re.compile("Tama’s times have changed since")).first).to_be_attached()
    book.get_by_role("button", name="Book", exact=True).click()
    expect(book.locator(".notice-text", has_text="has just been taken. Nothing was booked.")).to_be_visible()
    near = book.locator(".near").first
    expect(near).to_be_focused()
    priya.check_accessibility("just taken")
    near.click()
    book.get_by_role("button", name="Book", exact=True).click()
    expect(book.get_by_role("dialog")).to_have_count(0)
    expect(priya.page.locator("connect-messages convene-booking-card")).to_contain_text("Confirmed")
    # What was booked in it, and what was booked elsewhere, is out of the share.
    expect(card.get_by_text(re.compile("have changed since"))).to_have_count(0)
    expect(card.locator(f".slot[data-start='{start}']")).to_have_count(0)
    assert start not in [slot["start"] for slot in look(demo, message_id)["slots"]]


def test_out_of_date_failing_and_expired_are_said(
    demo: ServedConvene, window: Callable[..., Window], channel: tuple[str, str]
) -> None:
    share(demo, channel)
    priya = window(READER)
    answers: dict[str, Callable[[Route], None]] = {}

    def answer(route: Route) -> None:
        if "look" in answers and route.request.method == "GET":
            answers["look"](route)
        else:
            route.continue_()

    def fail(route: Route) -> None:
        body = {"title": "Gone", "status": 422, "code": "invalid", "detail": "Scheduling does not answer."}
        route.fulfill(status=422, content_type="application/problem+json", body=json.dumps(body))

    def change(route: Route) -> None:
        found = route.fetch()
        route.fulfill(response=found, json={**found.json(), "has_changed": True})

    priya.page.route(re.compile("/connect/api/availability-shares/"), answer)
    answers["look"] = fail
    card = open_channel(priya, channel)
    failure = card.locator(".notice", has_text="The times could not be read.")
    expect(failure).to_be_visible()
    priya.check_accessibility("times that could not be read")
    answers["look"] = change
    failure.get_by_role("button", name="Try again").click()
    changed = card.locator(".notice", has_text="Tama’s times have changed since")
    expect(changed).to_be_visible()
    priya.check_accessibility("times that have changed")
    del answers["look"]
    changed.get_by_role("button", name="Refresh").click()
    expect(changed).to_have_count(0)
    expect(card.locator(".slot").first).to_be_visible()
    # Eight days later nothing of it is shown.
    priya.page.clock.set_system_time(datetime.now(UTC) + timedelta(days=8))
    priya.page.reload()
    expect(card.locator(".chip", has_text="Expired")).to_be_visible()
    expect(card.locator("connect-free-week")).to_have_count(0)


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")]
)
def test_shared_time_fits_everywhere(
    demo: ServedConvene, window: Callable[..., Window], channel: tuple[str, str], width: int, scheme: str
) -> None:
    share(demo, channel)
    priya = window(READER, width=width, color_scheme=scheme)
    card = open_channel(priya, channel)
    expect(card.locator(".slot").first).to_be_visible()
    priya.check_accessibility(f"shared time, {width} {scheme}")
    priya.check_reflow("shared time")
    card.locator(".slot").first.click()
    book = priya.page.locator("connect-share-book")
    expect(book.get_by_role("button", name="Book", exact=True)).to_be_visible()
    priya.check_accessibility(f"booking in it, {width} {scheme}")
    book.get_by_role("button", name="Cancel").click()
    expect(book.get_by_role("dialog")).to_have_count(0)
    priya.page.get_by_role("button", name="More for this channel").click()
    priya.page.get_by_role("menuitem", name="Share availability").click()
    dialog = priya.page.locator("connect-share-dialog")
    expect(dialog.get_by_role("heading", name="What others will see")).to_be_visible()
    expect(dialog.locator("connect-free-week")).to_be_visible()
    priya.check_accessibility(f"sharing, {width} {scheme}")
    priya.check_reflow("sharing")
