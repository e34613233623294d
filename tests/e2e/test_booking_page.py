"""The public page of a booking link, as a stranger meets it: with script and without, by keyboard, narrow and dark."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from windows import Window

from databases import new_database
from serving import ServedConvene

pytestmark = pytest.mark.e2e
SHAPES = [(1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")]


@dataclass
class Application:
    """An installation with Ana in New York, and an application that makes links to her time."""

    served: ServedConvene
    http: httpx.Client
    ana: str
    day: datetime

    def at(self, hour: int, minute: int = 0) -> str:
        return self.day.replace(hour=hour, minute=minute).strftime("%Y-%m-%dT%H:%M:%SZ")

    def link(self, **members: Any) -> str:
        """Make a link that offers 13:00 to 18:00 UTC of one day, or what `members` say instead."""
        body = {
            "oauth": {"redirect_uri": "https://app.example.com/back"},
            "event": {"event_id": "e1", "summary": "Interview", "tzid": "Europe/London"},
            "availability": {
                "participants": [{"members": [{"sub": self.ana}], "required": "all"}],
                "required_duration": {"minutes": 30},
                "query_periods": [{"start": self.at(13), "end": self.at(18)}],
                "start_interval": {"minutes": 30},
            },
            "tzid": "Europe/London",
            **members,
        }
        answer = self.http.post("/v1/real_time_scheduling", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["url"])


@pytest.fixture(scope="module")
def application(
    server: tuple[str, str | None], worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    url, owner = server
    with new_database(url, owner, f"convene_e2e_links_{worker_id}") as database_url:
        served = ServedConvene(tmp_path_factory.mktemp("links"), database_url)
        served.start()
        ana, _ = served.person("Ana Ruiz", "America/New_York")
        client = served.admin("create-client", "--name", "Globex")
        served.admin(
            "create-token", "--sub", ana, "--client-id", client["client_id"], "--scope", "read_write"
        )
        headers = {"authorization": f"Bearer {client['client_secret']}"}
        day = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=5)
        with httpx.Client(base_url=served.url, headers=headers, trust_env=False) as http:
            yield Application(served, http, ana, day)
        served.stop()


@pytest.fixture
def visit(application: Application, chromium: Browser) -> Iterator[Callable[..., Window]]:
    """Open an address in a fresh browser of somebody in London; errors of its pages fail the test."""
    opened: list[Window] = []

    def open_window(
        url: str, *, width: int = 1280, color_scheme: str = "light", script: bool = True, **more: Any
    ) -> Window:
        settings = {"timezone_id": "Europe/London", "locale": "en-GB", **more}
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=color_scheme,
            java_script_enabled=script,
            reduced_motion="reduce",
            **settings,
        )
        page = context.new_page()
        found = Window("visitor", page, context, application.served.url, [])
        page.on("pageerror", lambda error: found.problems.append(str(error)))
        page.on("console", lambda message: _note(found, message.type, message.text))
        opened.append(found)
        page.goto(url)
        return found

    yield open_window
    for one in opened:
        one.context.close()
        assert one.problems == []


def _note(window: Window, kind: str, text: str) -> None:
    if kind == "error" and not any(f"status of {status}" in text for status in (409, 410, 422)):
        window.problems.append(text)


def fill_in(page: Page, name: str = "Cy Young") -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill("cy@example.com")
    page.get_by_role("button", name="Book").click()


def test_a_stranger_books_moves_and_cancels(application: Application, visit):
    page = visit(application.link()).page
    expect(page.get_by_role("heading", level=1)).to_have_text("Interview")
    page.get_by_role("link", name="13:30").click()
    fill_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    expect(page.get_by_text("08:30–09:00 · New York")).to_be_visible()
    page.get_by_role("link", name="Reschedule").click()
    page.get_by_role("link", name="14:00").click()
    page.get_by_role("button", name="Move the meeting").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your meeting was moved")
    page.get_by_role("link", name="Cancel meeting").click()
    page.get_by_label("Reason").fill("Ill")
    page.get_by_role("button", name="Cancel meeting").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This meeting was cancelled")


def test_it_all_works_without_script(application: Application, visit):
    page = visit(application.link(), script=False).page
    page.get_by_label("Times are shown in").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("link", name="12 h").click()
    expect(page.get_by_role("link", name="11:30 pm")).to_be_visible()
    page.get_by_role("link", name="11:30 pm").click()
    fill_in(page)
    expect(page.get_by_text("Tokyo (GMT+9)")).to_be_visible()
    page.get_by_role("link", name="Cancel meeting").click()
    page.get_by_role("button", name="Cancel meeting").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This meeting was cancelled")


def test_the_visitors_zone_is_known_at_once_and_another_takes_one_choice(application: Application, visit):
    page = visit(application.link(), timezone_id="Asia/Kolkata", locale="de-DE").page
    expect(page.get_by_label("Zeiten gelten für")).to_have_value("Asia/Kolkata")
    expect(page.get_by_role("link", name="18:30", exact=False)).to_be_visible()
    page.get_by_label("Zeiten gelten für").select_option("America/New_York")
    expect(page.get_by_role("link", name="08:00", exact=False)).to_be_visible()


def test_the_keyboard_alone_books_and_cancels(application: Application, visit):
    window = visit(application.link())
    page = window.page
    window.press(page.get_by_role("link", name="16:00"))
    window.reach(page.get_by_label("Name"))
    page.keyboard.type("Cy Young")
    page.keyboard.press("Tab")
    page.keyboard.type("cy@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    window.press(page.get_by_role("link", name="Cancel meeting"))
    window.press(page.get_by_role("button", name="Cancel meeting"))
    expect(page.get_by_role("heading", level=1)).to_have_text("This meeting was cancelled")


def test_on_a_phone_days_come_first_and_focus_follows(application: Application, visit):
    page = visit(application.link(), width=320).page
    expect(page.get_by_role("link", name="13:00")).to_be_hidden()
    page.locator(".day-list a").first.click()
    expect(page.get_by_role("heading", level=2).last).to_be_focused()
    expect(page.get_by_role("link", name="13:00")).to_be_visible()
    page.get_by_role("link", name="Other days").click()
    expect(page.locator(".day-list a").first).to_be_visible()


def test_a_time_that_was_just_taken_costs_one_press(application: Application, visit):
    first, second = (visit(application.link()).page for _ in range(2))
    for page in (first, second):
        page.get_by_role("link", name="15:00").click()
    fill_in(first)
    expect(first.get_by_role("heading", level=1)).to_have_text("You are booked")
    fill_in(second, "Slower")
    expect(second.get_by_role("heading", level=1)).to_have_text("That time was just taken")
    expect(second.get_by_text(re.compile(r"^Times are shown in London"))).to_be_visible()
    expect(second.get_by_label("Name")).to_have_value("Slower")
    second.get_by_role("button", name="15:30").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("You are booked")


@contextmanager
def elsewhere() -> Iterator[tuple[str, dict[str, str]]]:
    """Somebody else's site: its origin, and the body of its only page."""
    page = {"body": ""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page["body"].encode())

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", page
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_frame_tells_its_height_where_it_is_allowed(application: Application, visit):
    listen = "addEventListener('message', event => { document.title = JSON.stringify(event.data); })"
    head = f"<!doctype html><link rel=icon href=data:,><title>-</title><script>{listen}</script>"
    with elsewhere() as (origin, page), elsewhere() as (other, forbidden):
        link = application.link(page={"embed_origins": [origin]})
        frame = f'<iframe src="{link}?embed=1&tzid=Europe/London"></iframe>'
        page["body"] = forbidden["body"] = head + frame
        shown = visit(origin).page
        expect(shown).to_have_title(re.compile("convene:height"))
        assert json.loads(shown.title())["height"] > 200
        expect(shown.frame_locator("iframe").get_by_role("heading", level=1)).to_have_text("Interview")
        window = visit(other)
        assert window.page.frames[1].url.startswith("chrome-error:")
        assert all("frame-ancestors" in text for text in window.problems)
        window.problems.clear()


@pytest.mark.parametrize(("width", "color_scheme"), SHAPES)
def test_every_state_is_accessible_and_fits(application: Application, visit, width: int, color_scheme: str):
    look = {"width": width, "color_scheme": color_scheme}
    past = {"query_periods": [{"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}]}
    open_link = application.link(page={"accent_color": "#7a1fa2", "intro": "See you soon."})
    gone = application.link(
        availability={
            "participants": [{"members": [{"sub": application.ana}]}],
            "required_duration": 30,
            **past,
        }
    )
    states = {
        "pick": open_link,
        "times": f"{open_link}?tzid=America/New_York&day={application.day.date()}",
        "details": f"{open_link}?at={application.at(17)}",
        "expired": application.link(expires_at="2020-01-01T00:00:00Z"),
        "not yet open": application.link(opens_at="2199-01-01T00:00:00Z"),
        "gone": gone,
        "unknown": f"{application.served.url}/book/nothing-of-the-kind",
    }
    for name, url in states.items():
        if name == "unknown":
            continue
        window = visit(url, **look)
        window.check_accessibility(name)
        window.check_reflow(name)
    window = visit(application.link(), **look)
    page = window.page
    page.goto(f"{page.url.partition('?')[0]}?at={application.at(13)}&tzid=Europe/London")
    page.get_by_label("Name").fill("Cy")
    page.get_by_label("E-mail").fill("not an address")
    page.evaluate("document.querySelector('form[data-once]').noValidate = true")
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    window.check_accessibility("refused")
    fill_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    window.check_accessibility("booked")
    window.check_reflow("booked")
    page.get_by_role("link", name="Cancel meeting").click()
    expect(page.get_by_role("button", name="Cancel meeting")).to_be_visible()
    window.check_accessibility("cancel")
    window.check_reflow("cancel")
    page.get_by_role("button", name="Cancel meeting").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This meeting was cancelled")
    window.check_accessibility("cancelled")
