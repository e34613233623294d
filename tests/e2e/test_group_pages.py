"""Pages with seats and pages whose meetings repeat: set up in the settings, used by strangers, followed by the host."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from callers import calling_as
from playwright.sync_api import Locator, Page, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e

LOOKS = [pytest.param(1280, "light", id="1280-light"), pytest.param(320, "dark", id="320-dark")]
HOST = "Priya Nair"


@contextmanager
def removed_afterwards(demo: ServedConvene, name: str) -> Iterator[None]:
    """Take the page of this name away at the end, whatever happened."""
    try:
        yield
    finally:
        with calling_as(demo, HOST) as caller:
            for found in caller.client.get("/api/booking-pages").json()["booking_pages"]:
                if found["name"] == name:
                    caller.client.delete(f"/api/booking-pages/{found['page_id']}")


def make(priya: Window, name: str, *, seats: str = "", frequency: str = "") -> str:
    """Make a page in the settings and return its address."""
    page = priya.page
    page.goto(f"{priya.url}/settings/booking-pages")
    page.get_by_role("button", name="New page").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Notice", exact=True).select_option("1440")
    page.get_by_text("Groups and series").click()
    page.get_by_label("Seats", exact=True).fill(seats)
    page.get_by_label("Repeated", exact=True).select_option(frequency)
    priya.check_reflow("the form")
    priya.check_accessibility("the form")
    page.get_by_role("button", name="Make the page").click()
    expect(page.get_by_role("heading", name="QR code")).to_be_visible()
    return page.locator("booking-page-share code").first.inner_text()


def open_day(guest: Window, url: str, day: str = "") -> Locator:
    """Open the page at a day, the first one with times unless said; return its times."""
    guest.page.goto(f"{url}?day={day}&tzid=Europe/London" if day else f"{url}?tzid=Europe/London")
    if not day:
        cells = guest.page.locator("a.day, .day-list a").locator("visible=true")
        cells.first.click()
    expect(guest.page.locator(".time-list")).to_be_visible()
    return guest.page.locator(".time-list a")


def book(guest: Window, item: Locator, name: str) -> None:
    item.click()
    guest.page.get_by_label("Name", exact=True).fill(name)
    guest.page.get_by_label("E-mail").fill(f"{name.partition(' ')[0].lower()}@example.org")
    guest.page.get_by_role("button", name="Book", exact=True).click()
    expect(guest.page.get_by_role("heading", name="You are booked")).to_be_visible()


def checked(guest: Window, state: str) -> None:
    guest.check_reflow(state)
    guest.check_accessibility(state)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_two_strangers_share_a_meeting(
    demo: ServedConvene,
    window: Callable[..., Window],
    stranger: Callable[..., Window],
    width: int,
    scheme: str,
) -> None:
    name = f"Pottery at {width}"
    with removed_afterwards(demo, name):
        priya = window(HOST, width=width, color_scheme=scheme)
        url = make(priya, name, seats="2")
        look = {"width": width, "color_scheme": scheme}
        first = stranger("Cy", url.removeprefix(demo.url), **look)
        times = open_day(first, url)
        expect(times.first).to_contain_text("2 of 2 seats left")
        start = times.first.locator("time").get_attribute("datetime")
        assert start is not None
        day = re.sub(r".*day=([0-9-]+).*", r"\1", first.page.url)
        checked(first, "times with seats")
        book(first, times.first, "Cy Adams")
        expect(first.page.get_by_role("link", name="Cancel my seat")).to_be_visible()
        checked(first, "a guest's page")

        second = stranger("Di", url.removeprefix(demo.url), **look)
        item = open_day(second, url, day).filter(has=second.page.locator(f"time[datetime='{start}']"))
        expect(item).to_contain_text("1 of 2 seats left")
        book(second, item, "Di Bell")
        assert_unseen(second.page, "Cy Adams")

        third = stranger("Ed", url.removeprefix(demo.url), **look)
        open_day(third, url, day)
        expect(third.page.locator(f"time[datetime='{start}']")).to_have_count(0)

        first.page.get_by_role("link", name="Cancel my seat").click()
        expect(first.page.get_by_text("Only your own seat is cancelled.")).to_be_visible()
        checked(first, "the question")
        first.page.get_by_role("button", name="Cancel my seat").click()
        expect(first.page.get_by_role("heading", name="Your seat is cancelled")).to_be_visible()
        checked(first, "a seat that was given up")
        second.page.reload()
        expect(second.page.get_by_role("link", name="Cancel my seat")).to_be_visible()

        with calling_as(demo, HOST) as caller:
            when = {"from": start, "to": start.replace(":00Z", ":01Z")}
            found = caller.client.get("/api/bookings", params=when).json()["bookings"]
            [meeting] = [one for one in found if one["title"] == name and one["state"] == "confirmed"]
        priya.page.goto(f"{demo.url}/bookings/{meeting['booking_id']}")
        expect(priya.page.get_by_text("1 of 2 seats are taken.")).to_be_visible()
        expect(priya.page.get_by_text("gave up a seat")).to_be_visible()
        checked(priya, "the host's page")


def assert_unseen(page: Page, name: str) -> None:
    assert name not in page.content()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_stranger_books_a_series_and_changes_parts_of_it(
    demo: ServedConvene,
    window: Callable[..., Window],
    stranger: Callable[..., Window],
    width: int,
    scheme: str,
) -> None:
    name = f"Lessons at {width}"
    with removed_afterwards(demo, name):
        priya = window(HOST, width=width, color_scheme=scheme)
        url = make(priya, name, frequency="weekly")
        guest = stranger("Cy", url.removeprefix(demo.url), width=width, color_scheme=scheme)
        open_day(guest, url).first.click()
        page = guest.page
        # What was typed stays when the number of meetings changes.
        page.get_by_label("Name", exact=True).fill("Cy Adams")
        page.get_by_label("How often?").select_option("4")
        expect(page.locator("ol.dates > li")).to_have_count(4)
        expect(page.get_by_label("How often?")).to_have_value("4")
        expect(page.get_by_label("Name", exact=True)).to_have_value("Cy Adams")
        checked(guest, "the dates")
        page.get_by_label("E-mail").fill("cy@example.org")
        page.get_by_role("button", name="Book", exact=True).click()
        expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
        expect(page.locator("p.when")).to_have_count(4)
        checked(guest, "a booked series")

        page.get_by_role("link", name=re.compile("^Cancel this and all after it: ")).nth(2).click()
        expect(page.get_by_role("heading", name="Cancel these meetings?")).to_be_visible()
        expect(page.locator("p.when")).to_have_count(2)
        checked(guest, "the question for two")
        page.get_by_role("button", name="Cancel all meetings").click()
        expect(page.locator("p.when.struck")).to_have_count(2)
        page.get_by_role("link", name=re.compile("^Move: ")).nth(1).click()
        expect(page.get_by_role("heading", name="Pick another time")).to_be_visible()
        checked(guest, "other times for one")
        page.locator("a.day, .day-list a").locator("visible=true").last.click()
        page.locator(".time-list a").last.click()
        page.get_by_role("button", name="Move the meeting").click()
        expect(page.get_by_role("heading", name="Your meeting was moved")).to_be_visible()
        expect(page.locator("p.when:not(.struck)")).to_have_count(2)
        checked(guest, "a changed series")
