"""Booking pages in the settings: made, handed out, booked by a stranger, watched, switched off and removed."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from callers import calling_as
from playwright.sync_api import Page, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e

LOOKS = [
    pytest.param(width, scheme, id=f"{width}-{scheme}")
    for width in (1280, 320)
    for scheme in ("light", "dark")
]


def open_pages(person: Window) -> Page:
    person.page.goto(f"{person.url}/settings/booking-pages")
    expect(person.page.get_by_role("heading", name="Booking pages", level=1)).to_be_visible()
    expect(person.page.get_by_role("button", name="New page")).to_be_visible()
    return person.page


def make(person: Window, name: str) -> Page:
    """Make a page with nothing but a name, by keyboard; ends with its address on the screen."""
    page = open_pages(person)
    person.press(page.get_by_role("button", name="New page"))
    field = page.get_by_label("Name", exact=True)
    expect(field).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="QR code")).to_be_visible()
    expect(page.get_by_role("button", name="Copy address").last).to_be_focused()
    return page


def address(page: Page) -> str:
    return page.locator("booking-page-share code").first.inner_text()


def remove_pages(demo: ServedConvene, name: str) -> None:
    """Take away what other tests have left, whatever their order."""
    with calling_as(demo, name) as caller:
        for found in caller.client.get("/api/booking-pages").json()["booking_pages"]:
            answer = caller.client.delete(f"/api/booking-pages/{found['page_id']}")
            assert answer.status_code == 204, answer.text


def test_a_page_is_made_shared_booked_and_removed(
    demo: ServedConvene, window: Callable[..., Window], stranger: Callable[..., Window]
) -> None:
    remove_pages(demo, "Bo Lind")
    bo = window("Bo Lind")
    page = open_pages(bo)
    expect(page.get_by_text("No pages yet")).to_be_visible()
    bo.check_accessibility("no pages")
    page = make(bo, "Coffee with Bo")
    url = address(page)
    assert re.fullmatch(r".*/book/coffee-with-bo-[0-9A-Za-z]{22}", url), url
    code = page.get_by_role("img", name="QR code of the address of Coffee with Bo")
    expect(code).to_be_visible()
    assert code.evaluate("image => image.naturalWidth") > 0, "the QR code is drawn"
    assert f'src="{url}?embed=1"' in page.locator("booking-page-share pre").first.inner_text()
    bo.check_accessibility("sharing a page")
    page.keyboard.press("Escape")

    # Changed: a question that has to be answered.
    bo.press(page.get_by_role("button", name="Change Coffee with Bo"))
    page.get_by_text("Questions to the guest").click()
    bo.press(page.get_by_role("button", name="Add a question"))
    expect(page.get_by_label("Question", exact=True)).to_be_focused()
    page.keyboard.type("What is it about?")
    page.get_by_label("Must be answered").check()
    bo.check_accessibility("changing a page")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Coffee with Bo was saved.").first).to_be_visible()

    # A stranger in another zone books; the question is asked.
    guest = stranger("Ana Ruiz", url.removeprefix(bo.url))
    expect(guest.page.get_by_role("heading", name="Coffee with Bo")).to_be_visible()
    guest.page.locator(".time-list a, .time-list button").first.click()
    guest.page.get_by_label("Name", exact=True).fill("Cy Adams")
    guest.page.get_by_label("E-mail").fill("cy@example.org")
    guest.page.get_by_label("What is it about?").fill("The weather")
    guest.check_accessibility("the form with a question")
    guest.page.get_by_role("button", name="Book").click()
    expect(guest.page.get_by_text("Bo Lind").first).to_be_visible()

    bo.press(page.get_by_role("button", name="Statistics of Coffee with Bo"))
    bookings = page.locator("booking-page-statistics div:has(> dt:text-is('Bookings')) dd")
    expect(bookings).to_have_text("1")
    bo.check_accessibility("statistics")
    bo.press(page.get_by_role("button", name="Show as table"))
    expect(page.get_by_role("columnheader", name="Visits")).to_be_visible()
    bo.check_accessibility("statistics as a table")
    page.keyboard.press("Escape")

    # Switched off, strangers are told; on again; removed.
    bo.press(page.get_by_role("button", name="Switch off Coffee with Bo"))
    expect(page.get_by_text("Switched off")).to_be_visible()
    guest.page.goto(url)
    expect(guest.page.get_by_text("This link takes no bookings any more")).to_be_visible()
    expect(guest.page.get_by_text("Ask whoever sent it to you for a new one.")).to_be_visible()
    bo.press(page.get_by_role("button", name="Remove Coffee with Bo"))
    expect(page.get_by_role("alertdialog")).to_be_visible()
    bo.check_accessibility("removing a page")
    bo.press(page.get_by_role("button", name="Remove it"))
    expect(page.get_by_text("No pages yet")).to_be_visible()


class Site(BaseHTTPRequestHandler):
    """Somebody's own site, with one page."""

    body = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_frame_works_on_the_site_that_was_named(
    window: Callable[..., Window], stranger: Callable[..., Window]
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        origin = f"http://127.0.0.1:{server.server_port}"
        bo = window("Bo Lind")
        page = open_pages(bo)
        bo.press(page.get_by_role("button", name="New page"))
        page.get_by_label("Name", exact=True).fill('Tea & "cake"')
        page.get_by_text("Look, language and embedding").click()
        page.get_by_label("Sites that may show the page").fill(origin)
        page.get_by_role("button", name="Make the page").click()
        snippet = page.locator("booking-page-share pre").first.inner_text()
        Site.body = f"<!doctype html><title>Site</title><link rel=icon href=data:,><h1>Site</h1>{snippet}"
        guest = stranger("Bo Lind")
        guest.page.goto(origin)
        frame = guest.page.frame_locator("iframe")
        expect(frame.get_by_role("heading", name='Tea & "cake"')).to_be_visible()
        guest.page.wait_for_function("() => document.querySelector('iframe').style.height !== ''")
        height = guest.page.evaluate("() => document.querySelector('iframe').getBoundingClientRect().height")
        inside = frame.locator("html").evaluate("node => node.scrollHeight")
        assert inside <= height + 1, "it needs no scrolling"
        server.shutdown()
        thread.join()


def test_a_team_page_is_left_by_its_host(window: Callable[..., Window]) -> None:
    ines = window("Ines Marsh")
    page = open_pages(ines)
    ines.press(page.get_by_role("button", name="New page"))
    page.get_by_label("Name", exact=True).fill("Office hours")
    page.get_by_role("radio", name=re.compile("Taking turns")).check()
    page.get_by_label("Add a host").select_option(label="Tama Reid")
    expect(page.get_by_role("button", name="Take off Tama Reid")).to_be_visible()
    page.get_by_label("Share of Tama Reid").fill("2")
    page.get_by_label("Accent colour").evaluate("node => node.closest('details').open = true")
    page.get_by_label("Accent colour").fill("#ffee00")
    page.get_by_role("button", name="Make the page").click()
    # Refused: said at the field, and everything else is still there.
    colour = page.get_by_label("Accent colour")
    expect(colour).to_be_focused()
    expect(colour).to_have_accessible_description(re.compile("contrast"))
    expect(page.get_by_label("Share of Tama Reid")).to_have_value("2")
    ines.check_accessibility("a refused page")
    colour.fill("#0f6a5d")
    page.get_by_role("button", name="Make the page").click()
    expect(page.get_by_role("heading", name="QR code")).to_be_visible()
    page.keyboard.press("Escape")

    tama = window("Tama Reid")
    theirs = open_pages(tama)
    expect(theirs.get_by_text("Page of Ines Marsh")).to_be_visible()
    expect(theirs.get_by_text("Added by Ines Marsh")).to_be_visible()
    expect(theirs.get_by_role("button", name="Change Office hours")).to_have_count(0)
    tama.check_accessibility("a page of somebody else's")
    tama.press(theirs.get_by_role("button", name="Leave Office hours"))
    theirs.get_by_role("button", name="Leave", exact=True).click()
    expect(theirs.get_by_text("No pages yet")).to_be_visible()
    page.reload()
    expect(page.get_by_text(re.compile("Taking turns · Ines Marsh$"))).to_be_visible()


def test_without_a_connection_nothing_is_lost(window: Callable[..., Window]) -> None:
    sam = window("Sam Okafor")
    page = open_pages(sam)
    sam.press(page.get_by_role("button", name="New page"))
    page.get_by_label("Name", exact=True).fill("Consultation")
    sam.context.set_offline(True)
    page.get_by_role("button", name="Make the page").click()
    expect(page.get_by_role("alert").filter(has_text="The page was not saved.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Consultation")
    sam.check_accessibility("offline")
    sam.context.set_offline(False)
    page.get_by_role("button", name="Make the page").click()
    expect(page.get_by_role("heading", name="QR code")).to_be_visible()
    sam.problems[:] = [text for text in sam.problems if "ERR_INTERNET_DISCONNECTED" not in text]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_fit_every_window(window: Callable[..., Window], width: int, scheme: str) -> None:
    priya = window("Priya Nair", width=width, color_scheme=scheme)
    name = f"An introduction at {width} in {scheme} with rather a long name"
    page = make(priya, name)
    priya.check_reflow("sharing")
    priya.check_accessibility("sharing")
    page.keyboard.press("Escape")
    expect(page.locator("p.name", has_text=name)).to_be_visible()
    priya.check_reflow("the list")
    priya.check_accessibility("the list")
    page.get_by_role("button", name="New page").click()
    page.get_by_role("radio", name=re.compile("Taking turns")).check()
    page.get_by_label("Add a host").select_option(label="Tama Reid")
    page.get_by_text("Look, language and embedding").click()
    page.get_by_text("Questions to the guest").click()
    page.get_by_role("button", name="Add a question").click()
    page.get_by_label("Answered with").select_option("choice")
    priya.check_reflow("the form")
    priya.check_accessibility("the form")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=f"Statistics of {name}").click()
    expect(page.get_by_text("The last 30 days")).to_be_visible()
    priya.check_reflow("statistics")
    priya.check_accessibility("statistics")
