"""What people set up for themselves and their organisation, on the pages, with the keyboard where that must suffice."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from callers import calling_as
from playwright.sync_api import Page, expect
from windows import Window

from caldav_servers import PASSWORD, USER, Radicale, event_text
from serving import ServedConvene

pytestmark = pytest.mark.e2e

AUCKLAND = ZoneInfo("Pacific/Auckland")


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[Radicale]:
    """A CalDAV server of somebody else's, with two calendars."""
    found = Radicale(tmp_path / "radicale")
    found.start()
    found.make_calendar("office", "Team work")
    found.make_calendar("private", "Garden")
    yield found
    found.stop()


class Receiver(ThreadingHTTPServer):
    """Somebody's own service: keeps every request, and refuses as many as it was told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.refusals = 0
        self.received: list[tuple[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/meetings"


class ReceiverHandler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.received.append((self.headers["webhook-id"], body))
        self.server.refusals -= 1
        self.send_response(503 if self.server.refusals >= 0 else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def settings(person: Window, page: str) -> Page:
    """Open one page of the settings."""
    person.page.goto(f"{person.url}/settings/{page}")
    expect(person.page.get_by_role("heading", level=1)).to_be_visible()
    return person.page


def type_into(person: Window, label: str, text: str) -> None:
    """Walk to a field of the open dialog and replace what is in it."""
    field = person.page.get_by_label(label, exact=True).filter(visible=True)
    person.reach(field)
    person.page.keyboard.press("ControlOrMeta+a")
    person.page.keyboard.type(text)


def test_new_hours_change_the_next_offers(demo: ServedConvene, window: Callable[..., Window]) -> None:
    def mondays() -> list[datetime]:
        with calling_as(demo, "Priya Nair") as priya:
            starts = [
                datetime.fromisoformat(start).astimezone(AUCKLAND) for start in priya.offers("Tama Reid")
            ]
        return [start for start in starts if start.weekday() == 0]

    assert any(start.hour < 13 for start in mondays())
    tama = window("Tama Reid")
    page = settings(tama, "availability")
    monday = page.get_by_role("group", name="Monday")
    expect(monday.get_by_label("Monday, until")).to_be_visible()
    tama.check_accessibility("working hours")

    # An end before the start is refused at its row; nothing is sent.
    tama.reach(monday.get_by_label("Monday, from"))
    page.keyboard.type("1130PM")
    expect(monday).to_contain_text("The end is before the start")
    tama.check_accessibility("wrong hours")
    tama.press(page.get_by_role("button", name="Save", exact=True))
    expect(monday.get_by_label("Monday, from")).to_be_focused()
    page.keyboard.type("0100PM")
    expect(monday).not_to_contain_text("The end is before the start")
    tama.check_accessibility("unsaved hours")
    tama.press(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text("Working hours saved.").first).to_be_visible()

    offered = mondays()
    assert offered
    assert all(start.hour >= 13 for start in offered)
    page.reload()
    expect(monday.get_by_label("Monday, from")).to_have_value("13:00")


def test_a_calendar_is_connected_by_keyboard(window: Callable[..., Window], radicale: Radicale) -> None:
    sam = window("Sam Okafor")
    page = settings(sam, "calendars")
    opener = page.get_by_role("button", name="Connect a calendar")
    sam.press(opener)
    dialog = page.locator("connect-calendar-dialog")
    expect(dialog.get_by_label("Service")).to_be_focused()
    sam.check_accessibility("connect a calendar")
    type_into(sam, "CalDAV address", radicale.url)
    type_into(sam, "User name", USER)
    type_into(sam, "Name it (optional)", "Allotment")
    type_into(sam, "Password", "wrong")
    page.keyboard.press("Enter")

    # Refused: said at the field, which has the focus, and everything else is still there.
    password = dialog.get_by_label("Password", exact=True)
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(password).to_be_focused()
    expect(password).to_have_accessible_description(re.compile("password", re.IGNORECASE))
    expect(dialog.get_by_label("CalDAV address")).to_have_value(radicale.url)
    expect(dialog.get_by_label("User name")).to_have_value(USER)
    expect(dialog.get_by_label("Name it (optional)")).to_have_value("Allotment")
    sam.check_accessibility("password refused")

    type_into(sam, "Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(opener).to_be_focused()
    connection = page.get_by_role("region", name="Allotment")
    expect(connection).to_contain_text("Connected")
    sam.check_accessibility("connected")

    # Meetings shall go into its second calendar: one group of radio buttons, moved by arrow keys.
    target = connection.get_by_role("radio", name=re.compile("Write meetings here ?: Team work"))
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        sam.reach(page.get_by_role("radio", checked=True))
        for _ in range(6):
            if target.is_checked():
                break
            page.keyboard.press("ArrowDown")
    expect(target).to_be_checked()
    page.reload()
    expect(target).to_be_checked()

    sam.press(connection.get_by_role("button", name="Disconnect"))
    question = page.locator("disconnect-dialog")
    expect(question.get_by_role("alertdialog")).to_be_visible()
    sam.check_accessibility("disconnect")
    sam.press(question.get_by_role("button", name="Disconnect"))
    expect(connection).to_be_hidden()
    expect(page.get_by_text("Allotment is disconnected").first).to_be_visible()


def test_a_busy_time_elsewhere_is_not_offered(
    demo: ServedConvene, window: Callable[..., Window], radicale: Radicale
) -> None:
    with calling_as(demo, "Bo Lind") as bo:
        first = bo.offers("Sam Okafor")[3]
    start = datetime.fromisoformat(first).strftime("%Y%m%dT%H%M%SZ")
    event = event_text("dentist", start, start.replace("00Z", "30Z"))
    radicale.put("dentist.ics", event, f"{radicale.url}{USER}/office/")
    sam = window("Sam Okafor")
    page = settings(sam, "calendars")
    page.get_by_role("button", name="Connect a calendar").click()
    page.get_by_label("CalDAV address").fill(radicale.url)
    page.get_by_label("User name").fill(USER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("region", name=USER)).to_contain_text("Connected")
    with calling_as(demo, "Bo Lind") as bo:
        assert first not in bo.offers("Sam Okafor")
    page.get_by_role("region", name=USER).get_by_role("button", name="Disconnect").click()
    page.locator("disconnect-dialog").get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("region", name=USER)).to_be_hidden()


def test_services_by_name_and_busy_times_alone(window: Callable[..., Window], radicale: Radicale) -> None:
    tama = window("Tama Reid")
    page = settings(tama, "calendars")
    page.get_by_role("button", name="Connect a calendar").click()
    dialog = page.locator("connect-calendar-dialog")
    dialog.get_by_label("Service").select_option("Apple iCloud")
    expect(dialog.get_by_label("Apple Account (e-mail address)")).to_be_visible()
    expect(dialog.get_by_label("CalDAV address")).to_have_count(0)
    expect(dialog.get_by_role("checkbox", name="Ask only for busy times")).to_be_disabled()
    tama.check_accessibility("a service by name")
    dialog.get_by_label("Service").select_option("Any CalDAV server")
    dialog.get_by_role("button", name="Connect", exact=True).click()
    expect(dialog.get_by_label("CalDAV address")).to_be_focused()
    dialog.get_by_label("CalDAV address").fill(radicale.url)
    dialog.get_by_label("User name").fill(USER)
    dialog.get_by_label("Name it (optional)").fill("Busy times")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("checkbox", name="Ask only for busy times").check()
    expect(dialog.get_by_text("no event is asked for")).to_be_visible()
    dialog.get_by_role("button", name="Connect", exact=True).click()
    connection = page.get_by_role("region", name="Busy times")
    expect(connection).to_contain_text("Connected")
    expect(connection.get_by_role("radio", name=re.compile("Write meetings here"))).to_have_count(0)
    tama.check_accessibility("busy times alone")
    connection.get_by_role("button", name="Disconnect").click()
    page.locator("disconnect-dialog").get_by_role("button", name="Disconnect").click()
    expect(connection).to_be_hidden()


def test_a_delivery_is_sent_again_by_keyboard(
    demo: ServedConvene, window: Callable[..., Window], receiver: Receiver
) -> None:
    bo = window("Bo Lind")
    page = settings(bo, "webhooks")
    bo.press(page.get_by_role("button", name="New webhook"))
    form = page.locator("cv-dialog#create")
    expect(form.get_by_label("Address")).to_be_focused()
    bo.check_accessibility("new webhook")
    page.keyboard.type("not an address")
    page.keyboard.press("Enter")
    expect(form.get_by_label("Address")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_label("Address")).to_be_focused()
    bo.check_accessibility("address refused")
    type_into(bo, "Address", receiver.url)
    page.keyboard.press("Enter")
    secret = form.locator("code")
    expect(secret).to_have_text(re.compile("^whsec_"))
    bo.check_accessibility("webhook made")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_text(re.compile("^whsec_"))).to_have_count(0)

    receiver.refusals = 1
    with calling_as(demo, "Bo Lind") as caller:
        booking = caller.book("Tama Reid", title="Told elsewhere")
    bo.press(page.get_by_role("button", name=f"Deliveries to {receiver.url}"))
    log = page.locator("settings-deliveries")
    refused = log.locator("details").filter(has_text="booking.confirmed")
    for _ in range(60):
        if refused.filter(has_text="Will be tried again").count():
            break
        page.wait_for_timeout(250)
        log.get_by_role("button", name="Refresh").press("Enter")
    expect(refused).to_contain_text("Will be tried again")
    bo.press(refused.locator("summary"))
    expect(refused).to_contain_text("last answer 503")
    bo.check_accessibility("a refused delivery")
    bo.press(refused.get_by_role("button", name="Send again"))
    for _ in range(60):
        if refused.filter(has_text="Delivered").count():
            break
        page.wait_for_timeout(250)
        log.get_by_role("button", name="Refresh").press("Enter")
    expect(refused.locator("summary")).to_contain_text("Delivered")
    told = [body for _, body in receiver.received if booking["booking_id"] in json.dumps(body)]
    assert len(told) >= 2
    # The same event, so that the service can tell a repetition from news.
    ids = {key for key, body in receiver.received if body["type"] == "booking.confirmed"}
    assert len(ids) == 1

    bo.press(page.get_by_role("button", name=f"Remove {receiver.url}"))
    bo.press(page.locator("cv-dialog#remove").get_by_role("button", name="Remove"))
    expect(page.get_by_text("The webhook is removed.").first).to_be_visible()


def test_an_invitation_becomes_a_colleague(
    window: Callable[..., Window], stranger: Callable[..., Window]
) -> None:
    bo = window("Bo Lind")
    page = settings(bo, "members")
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("Name", exact=True).fill("Lena Vogt")
    page.get_by_label("E-mail").fill("not an address")
    page.get_by_role("button", name="Make the invitation").click()
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Lena Vogt")
    bo.check_accessibility("invitation refused")
    page.get_by_label("E-mail").fill("lena@globex.example")
    page.get_by_role("button", name="Make the invitation").click()
    link = page.locator("cv-dialog code").inner_text()
    assert link.startswith(f"{bo.url}/invite")
    bo.check_accessibility("invitation made")
    page.keyboard.press("Escape")
    expect(page.get_by_text("lena@globex.example · Member")).to_be_visible()

    lena = stranger("Lena Vogt", link.removeprefix(bo.url))
    expect(lena.page.get_by_role("heading", level=1)).to_contain_text("Join")
    lena.check_accessibility("the invitation")
    expect(lena.page.get_by_label("Your name")).to_have_value("Lena Vogt")
    lena.page.get_by_label("Choose a password").fill("short")
    lena.page.get_by_role("button", name=re.compile("^Join")).click()
    expect(lena.page.get_by_label("Choose a password")).to_have_attribute("aria-invalid", "true")
    lena.check_accessibility("password too short")
    lena.page.get_by_label("Choose a password").fill("four unrelated words here")
    lena.page.get_by_role("button", name=re.compile("^Join")).click()
    expect(lena.page.get_by_role("navigation").first).to_be_visible()

    # She finds somebody and writes; he reads it.
    lena.page.keyboard.press("ControlOrMeta+k")
    lena.page.keyboard.type("Bo Li")
    lena.page.get_by_role("option", name=re.compile("Bo Lind")).click()
    box = lena.page.get_by_role("textbox", name=re.compile("Write to"))
    box.fill("Good morning, I am new here")
    box.press("Enter")
    bo.page.goto(bo.url)
    bo.open_conversation("Lena Vogt")
    expect(bo.page.get_by_role("paragraph").filter(has_text="I am new here")).to_be_visible()

    # The link has been used up.
    late = stranger("Lena Vogt", link.removeprefix(bo.url))
    expect(late.page.get_by_role("heading", level=1)).to_contain_text("no longer open")
    late.check_accessibility("a used invitation")
    late.problems.clear()  # the browser reports the 404 that the page explains


def test_a_key_is_shown_once_and_works(demo: ServedConvene, window: Callable[..., Window]) -> None:
    with calling_as(demo, "Bo Lind") as caller:
        ana = caller.people["Ana Ruiz"]
    bo = window("Bo Lind")
    page = settings(bo, "keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("What is it for?").fill("Nightly report")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_text("Choose at least one thing")).to_be_visible()
    bo.check_accessibility("key refused")
    for grant in ("bookings:read", "members:act_for"):
        page.get_by_role("checkbox", name=re.compile(grant)).check()
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator("cv-dialog#create code").inner_text()
    bo.check_accessibility("key made")

    def calls(path: str) -> int:
        headers = {"authorization": f"Bearer {secret}", "convene-acting-for": ana}
        return httpx.get(bo.url + path, headers=headers, trust_env=False).status_code

    assert calls("/api/bookings") == 200
    assert calls("/api/availability-rules") == 403
    page.keyboard.press("Escape")
    for _ in range(2):
        expect(page.locator("p.name", has_text="Nightly report")).to_be_visible()
        assert secret not in page.locator("settings-keys").evaluate("node => node.shadowRoot.textContent")
        page.reload()
    page.get_by_role("button", name="Take back Nightly report").click()
    bo.check_accessibility("take back a key")
    page.locator("cv-dialog#revoke").get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Nightly report no longer works.").first).to_be_visible()
    assert calls("/api/bookings") == 401


def test_signing_out_everywhere_ends_the_other_window(window: Callable[..., Window]) -> None:
    here, there, settings_there = window("Ines Marsh"), window("Ines Marsh"), window("Ines Marsh")
    expect(there.page.get_by_role("region", name="Upcoming")).to_be_visible()
    settings(settings_there, "profile")
    page = settings(here, "security")
    expect(page.get_by_text("This window")).to_be_visible()
    here.check_accessibility("security")
    page.get_by_role("button", name="Sign out everywhere").click()
    for one in (here, there):
        expect(one.page).to_have_url(re.compile("/signin"), timeout=5_000)
        expect(one.page.get_by_label("E-mail")).to_be_visible()
    there.check_accessibility("signed out")
    # A window that holds no line learns of it with its next request.
    settings_there.page.get_by_role("link", name="Working hours").click()
    expect(settings_there.page).to_have_url(re.compile("/signin"))


# A browser tells of a closing later than it closes.
CLOSED_AND_OPENED = """async dialog => {
  dialog.close();
  await dialog.updateComplete;
  dialog.show();
  await dialog.updateComplete;
  await new Promise(done => setTimeout(() => requestAnimationFrame(() => setTimeout(done)), 50));
  return dialog.open;
}"""


def test_a_meeting_is_moved_and_cancelled_by_keyboard(
    demo: ServedConvene, window: Callable[..., Window]
) -> None:
    with calling_as(demo, "Sam Okafor") as caller:
        booking_id = caller.book("Tama Reid", title="Keys only")["booking_id"]
    sam = window("Sam Okafor")
    page = sam.page
    page.goto(f"{sam.url}/bookings/{booking_id}")
    history = page.get_by_role("region", name="History")
    opener = page.get_by_role("button", name="Reschedule")
    sam.press(opener)
    dialog = page.locator("convene-booking-modal")
    expect(dialog.get_by_role("radio").first).to_be_visible()
    sam.check_accessibility("move")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    slots = dialog.get_by_role("radiogroup").last
    sam.reach(slots.locator("[role=radio][tabindex='0']"))
    page.keyboard.press("End")
    page.keyboard.press("Space")
    sam.press(dialog.get_by_role("button", name="Move meeting"))
    expect(history).to_contain_text("moved")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(opener).to_be_focused()
    sam.check_accessibility("moved")

    canceller = page.get_by_role("button", name="Cancel meeting").first
    sam.press(canceller)
    question = page.locator("convene-cancel-dialog")
    expect(question.get_by_role("textbox")).to_be_focused()
    sam.check_accessibility("cancel")
    assert question.locator("cv-dialog").evaluate(CLOSED_AND_OPENED), (
        "closed by what was told of the closing before"
    )
    page.keyboard.press("Escape")
    expect(canceller).to_be_focused()
    page.keyboard.press("Enter")
    expect(question.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("no longer needed")
    sam.press(question.get_by_role("button", name="Cancel meeting"))
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(history).to_contain_text("no longer needed")
    sam.check_accessibility("cancelled")
