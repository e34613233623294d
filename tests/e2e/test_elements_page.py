"""The booking elements on the page of live examples, and on pages of another origin with an element token."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest
from callers import calling_as
from host_site import HostSite, host_site
from playwright.sync_api import Browser, Page, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e

TAGS = (
    "convene-availability-editor",
    "convene-booking-card",
    "convene-booking-modal",
    "convene-cancel-dialog",
    "convene-dual-time",
    "convene-schedule-button",
    "convene-slot-picker",
    "convene-upcoming",
)
REDIRECT = "https://app.example.com/back"
WEB_DIST = Path(__file__).parents[2] / "src" / "convene" / "web_dist"
LISTEN = """() => {
  window.chosen = [];
  addEventListener("convene-slot-select", (event) => window.chosen.push(event.detail));
}"""


# -- the page of live examples


def open_examples(stranger: Callable[..., Window], **look: Any) -> Window:
    found = stranger("Bo Lind", "/elements", **look)
    for tag in TAGS:
        found.page.wait_for_function("tag => customElements.get(tag) !== undefined", arg=tag)
    expect(found.page.locator("convene-upcoming").get_by_role("listitem")).to_have_count(3)
    expect(
        found.page.locator("gallery-stage > convene-slot-picker").get_by_role("radio").first
    ).to_be_visible()
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_every_element_is_live_and_accessible(stranger: Callable[..., Window], width: int, scheme: str):
    window = open_examples(stranger, width=width, color_scheme=scheme)
    window.check_accessibility(f"examples, {width} px, {scheme}")
    window.check_reflow(f"examples, {width} px, {scheme}")
    expect(window.page.get_by_text("The people and the times are made up.")).to_be_visible()


def test_a_time_is_chosen_with_the_keyboard(stranger: Callable[..., Window]):
    page = (window := open_examples(stranger)).page
    picker = page.locator("gallery-stage > convene-slot-picker")
    window.reach(picker.get_by_role("tab", selected=True), limit=40)
    page.keyboard.press("ArrowRight")
    window.reach(picker.get_by_role("radio").first, limit=5)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(picker.get_by_role("radio", checked=True)).to_have_count(1)
    expect(page.locator("#convene-slot-picker .event")).to_contain_text("convene-slot-select")


def test_a_meeting_is_booked_in_the_page_alone(stranger: Callable[..., Window]):
    page = (window := open_examples(stranger)).page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opener = page.get_by_role("button", name="Schedule a meeting")
    window.press(opener)
    modal = page.locator("convene-schedule-button convene-booking-modal")
    modal.get_by_role("radio").first.click()
    modal.get_by_role("button", name="Book", exact=True).click()
    expect(page.locator("#convene-schedule-button")).to_contain_text("Event: convene-")
    expect(opener).to_be_focused()
    assert not [url for url in asked if "/api/" in url or "/v1/" in url]


def test_looks_and_languages_change_at_once(stranger: Callable[..., Window]):
    page = (window := open_examples(stranger, width=320)).page
    page.get_by_label("Accent").fill("#7a1fa2")
    expect(page.get_by_text("Words on the accent")).to_be_visible()
    button = page.locator("convene-schedule-button button")
    expect(button).to_have_css("background-color", "rgb(122, 31, 162)")
    for name, word in (
        ("Deutsch", "Termin vereinbaren"),
        ("Français", "Prendre rendez-vous"),
        ("Español", "Reservar una reunión"),
        ("Nederlands", "Afspraak plannen"),
    ):
        page.get_by_label("Language").select_option(label=name)
        expect(button).to_have_text(word)
        window.check_reflow(f"examples in {name}")
    expect(page.locator("convene-upcoming")).to_contain_text("Binnenkort")
    page.get_by_label("Direction").select_option("rtl")
    window.check_reflow("examples, right to left")
    window.check_accessibility("examples in Dutch, right to left")
    page.get_by_label("Language").select_option(label="English")
    expect(button).to_have_text("Schedule a meeting")
    page.locator("#convene-slot-picker").get_by_label("heading").fill("When?")
    expect(page.locator("gallery-stage > convene-slot-picker")).to_contain_text("When?")
    expect(page.locator("#convene-slot-picker pre")).to_contain_text('heading="When?"')


# -- pages of another origin


class Abroad:
    """Another site, an application that may see one person of the demonstration, and a window on that site."""

    def __init__(self, demo: ServedConvene, site: HostSite, page: Page) -> None:
        self.demo, self.site, self.page = demo, site, page
        with calling_as(demo, "Ines Marsh") as ines:
            self.sub = ines.people["Ines Marsh"]
        self.client = demo.admin("create-client", "--name", "Elsewhere", "--redirect-uri", REDIRECT)
        self.access_token = demo.admin(
            "create-token",
            "--sub",
            self.sub,
            "--client-id",
            self.client["client_id"],
            "--scope",
            "read_write",
        )["access_token"]

    def element_token(self, *permissions: str) -> str:
        with self.demo.client(self.client["client_secret"]) as http:
            answer = http.post(
                "/v1/element_tokens",
                json={
                    "version": "1",
                    "permissions": list(permissions),
                    "subs": [self.sub],
                    "origin": self.site.origin,
                },
            )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["element_token"]["token"])

    def open(self, body: str, script: str | None = None, language: str = "en-GB") -> Page:
        self.page.goto(self.site.add(body, script or f"{self.demo.url}/elements.js", language))
        return self.page

    def picker(self, token: str, **query: Any) -> str:
        asked = {
            "participants": [{"members": [{"sub": self.sub}], "required": "all"}],
            "required_duration": {"minutes": 30},
            **query,
        }
        return (
            f'<convene-slot-picker tzid="Europe/London" element-token="{token}" base-url="{self.demo.url}"'
            f' query="{escape(json.dumps(asked))}"></convene-slot-picker>'
        )


@pytest.fixture
def abroad(demo: ServedConvene, chromium: Browser) -> Iterator[Abroad]:
    context = chromium.new_context(locale="en-GB", timezone_id="Europe/London")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with host_site() as site:
        yield Abroad(demo, site, page)
        context.close()
    assert errors == []


def test_a_page_of_another_origin_offers_free_times(abroad: Abroad):
    page = abroad.open(abroad.picker(abroad.element_token("availability")))
    page.evaluate(LISTEN)
    slot = page.get_by_role("radio").first
    slot.click()
    chosen = page.evaluate("() => window.chosen")
    start = datetime.fromisoformat(chosen[0]["start"])
    assert start.utcoffset() == timedelta(0)
    assert start > datetime.now(UTC)
    expect(slot).to_have_attribute("aria-checked", "true")
    # Beyond the fortnight that was asked for first.
    page.get_by_role("button", name="Month").click()
    expect(page.get_by_role("grid")).to_be_visible()
    page.get_by_role("button", name="Next month").click()
    page.get_by_role("button", name="Next month").click()
    expect(page.get_by_role("gridcell", name="time").first).to_be_visible()


def test_what_the_picker_was_refused_is_said_and_can_be_tried_again(abroad: Abroad):
    page = abroad.open(abroad.picker(abroad.element_token("managed_availability")))
    expect(page.get_by_text("The times could not be loaded.").first).to_be_visible()
    expect(page.get_by_text("permission")).to_be_visible()
    page.locator("convene-slot-picker").evaluate(
        "(picker, token) => picker.setAttribute('element-token', token)",
        abroad.element_token("availability"),
    )
    expect(page.get_by_role("radio").first).to_be_visible()


def test_hours_are_edited_from_another_origin(abroad: Abroad):
    token = abroad.element_token("managed_availability")
    page = abroad.open(
        f'<convene-availability-editor element-token="{token}" base-url="{abroad.demo.url}"'
        ' rule-id="interviews"></convene-availability-editor>'
    )
    sunday = page.get_by_role("checkbox", name="Sunday")
    expect(sunday).not_to_be_checked()
    sunday.check()
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and "/v1/availability_rules" in answer.url
    ) as saved:
        page.get_by_role("button", name="Save").click()
    assert saved.value.ok
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    with abroad.demo.client(abroad.access_token) as http:
        rule = http.get("/v1/availability_rules/interviews").json()["availability_rule"]
    assert {period["day"] for period in rule["weekly_periods"]} >= {"monday", "sunday"}
    page.reload()
    expect(page.get_by_role("checkbox", name="Sunday")).to_be_checked()


def test_the_colours_are_those_of_the_scheme_of_a_page_that_knows_nothing_of_ours(abroad: Abroad):
    page = abroad.open('<convene-schedule-button with="acc_x" me="acc_y"></convene-schedule-button>')
    button = page.get_by_role("button", name="Schedule a meeting")
    expect(button).to_have_css("background-color", "rgb(15, 106, 93)")
    expect(button).to_have_css("color", "rgb(255, 255, 255)")
    page.evaluate("document.documentElement.style.colorScheme = 'dark'")
    expect(button).to_have_css("background-color", "rgb(99, 208, 184)")
    expect(button).to_have_css("color", "rgb(6, 35, 30)")


def test_a_page_loads_the_button_alone_until_it_is_about_to_be_pressed(abroad: Abroad):
    loaded: list[str] = []
    abroad.page.on(
        "request", lambda request: loaded.append(request.url) if request.url.endswith(".js") else None
    )
    page = abroad.open('<convene-schedule-button with="acc_x" me="acc_y"></convene-schedule-button>')
    button = page.get_by_role("button", name="Schedule a meeting")
    expect(button).to_be_visible()
    assert len(loaded) == 2, loaded
    button.hover()
    page.wait_for_function("() => customElements.get('convene-booking-modal') !== undefined")
    assert len(loaded) == 3, loaded


def test_the_elements_work_below_a_path_in_the_language_of_the_page(abroad: Abroad):
    abroad.site.folders["/convene/"] = WEB_DIST
    page = abroad.open(
        '<convene-upcoming base-url="/convene"></convene-upcoming><div id="later"></div>',
        script="/convene/elements.js?v=2",
        language="de",
    )
    # Nothing answers below the path but files: the list says so, in German.
    expect(page.get_by_text("Ihre nächsten Termine ließen sich nicht laden.")).to_be_visible()
    page.evaluate(
        "() => document.getElementById('later').append(document.createElement('convene-schedule-button'))"
    )
    expect(page.get_by_role("button", name="Termin vereinbaren")).to_be_visible()


def test_a_modal_that_cannot_be_fetched_says_so_and_the_next_press_opens_it(abroad: Abroad):
    rest = "**/static/elements/rest-*.js"
    abroad.page.route(rest, lambda route: route.abort())
    page = abroad.open(
        '<convene-schedule-button with="acc_x" with-name="Xan" me="acc_y"></convene-schedule-button>'
    )
    button = page.get_by_role("button", name="Schedule a meeting")
    button.click()
    expect(page.get_by_text("could not be opened").first).to_be_visible()
    page.unroute(rest)
    button.click()
    expect(page.get_by_role("dialog", name="Meet with Xan")).to_be_visible()
