"""Cronofy's own UI elements, unmodified from npm, on somebody else's page, against this server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from databases import new_database
from sdk.host_page import HostPages, host_pages
from sdk.packages import install_packages
from serving import ServedConvene

pytestmark = pytest.mark.e2e
REDIRECT = "https://app.example.com/back"
SCOPE = "read_write"
TOLD = "((type) => window.told.filter((event) => event.notification.type === type))"


@dataclass
class Site:
    """Ana in UTC, who has authorized an application, and somebody else's web site that shows elements."""

    served: ServedConvene
    pages: HostPages
    ana: str
    client: dict[str, Any]
    access_token: str

    def token(self, *permissions: str) -> str:
        with self.served.client(self.client["client_secret"]) as http:
            answer = http.post(
                "/v1/element_tokens",
                json={
                    "version": "1",
                    "permissions": list(permissions),
                    "subs": [self.ana],
                    "origin": self.pages.origin,
                },
            )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["element_token"]["token"])

    def options(self, *permissions: str, **more: Any) -> dict[str, Any]:
        return {
            "element_token": self.token(*permissions),
            "api_domain": self.served.url,
            "app_domain": self.served.url,
            "tzid": "Etc/UTC",
            "locale": "en",
            **more,
        }

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        with self.served.client(self.access_token) as http:
            answer = http.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def site(
    server: tuple[str, str | None], worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    install_packages()
    url, owner = server
    with new_database(url, owner, f"convene_elements_{worker_id}") as database_url, host_pages() as pages:
        served = ServedConvene(tmp_path_factory.mktemp("elements"), database_url)
        served.start()
        try:
            sub, _ = served.person("Ana Ruiz", "Etc/UTC")
            client = dict(served.admin("create-client", "--name", "Scheduler", "--redirect-uri", REDIRECT))
            token = served.admin(
                "create-token", "--sub", sub, "--client-id", client["client_id"], "--scope", SCOPE
            )
            yield Site(served, pages, sub, client, token["access_token"])
        finally:
            served.stop()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        timezone_id="Etc/UTC", locale="en-GB", viewport={"width": 1000, "height": 900}
    )
    found = context.new_page()
    errors: list[str] = []
    found.on("pageerror", lambda error: errors.append(str(error)))
    yield found
    context.close()
    assert errors == []


def monday() -> datetime:
    """Midnight of the Monday after next: always ahead, whatever today is."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=14 - today.weekday())


def at(hour: int, minute: int = 0, day: int = 0) -> str:
    return (monday() + timedelta(days=day, hours=hour, minutes=minute)).strftime("%Y-%m-%dT%H:%M:00Z")


def query(site: Site, **more: Any) -> dict[str, Any]:
    return {
        "participants": [{"members": [{"sub": site.ana}], "required": "all"}],
        "required_duration": {"minutes": 60},
        "query_periods": [{"start": at(9), "end": at(12)}],
        **more,
    }


def told(page: Page, type_: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(f"(type) => {TOLD}(type)", type_)
    return found


def chosen(page: Page) -> dict[str, Any]:
    """The slot that the element has told its page of."""
    page.wait_for_function(f"() => {TOLD}('slot_selected').length > 0")
    slot: dict[str, Any] = told(page, "slot_selected")[-1]["notification"]["slot"]
    return slot


def no_errors(page: Page) -> None:
    assert told(page, "error") == []


def busy(site: Site, event_id: str, start: str, end: str, summary: str = "Board") -> None:
    calendar = site.ask("GET", "/v1/calendars")["calendars"][0]["calendar_id"]
    event = {"event_id": event_id, "summary": summary, "start": start, "end": end}
    site.ask("POST", f"/v1/calendars/{calendar}/events", event)


def test_slot_picker_offers_what_is_free_and_tells_what_was_chosen(site: Site, page: Page):
    busy(site, "sp", at(10), at(11))
    page.goto(site.pages.page("SlotPicker", site.options("availability", availability_query=query(site))))
    element = page.locator("#element")
    element.get_by_role("button", name=f"{monday():%A}").click()
    expect(element.get_by_role("button", name="AM")).to_have_text(["9:00AM - 10:00AM", "11:00AM - 12:00PM"])
    element.get_by_role("button", name="9:00AM").click()
    element.get_by_role("button", name="Confirm").click()
    assert chosen(page)["start"] == at(9)
    assert chosen(page)["end"] == at(10)
    no_errors(page)


def test_date_time_picker(site: Site, page: Page):
    periods = [{"start": at(9, day=2), "end": at(11, day=2)}]
    options = site.options("availability", availability_query=query(site, query_periods=periods))
    page.goto(site.pages.page("DateTimePicker", options))
    element = page.locator("#element")
    element.get_by_role("button", name="9:00").click()
    element.get_by_role("button", name="Confirm").click()
    assert chosen(page)["start"] == at(9, day=2)
    no_errors(page)


def test_availability_viewer(site: Site, page: Page):
    periods = [{"start": at(13, day=1), "end": at(15, day=1)}]
    options = site.options(
        "availability",
        availability_query=query(site, query_periods=periods),
        config={"start_time": "08:00", "end_time": "18:00", "interval": 30},
    )
    page.goto(site.pages.page("AvailabilityViewer", options))
    page.wait_for_function(f"() => {TOLD}('visible_slots').length > 0")
    element = page.locator("#element")
    # One for each day from Sunday on; tiles lie over each other.
    element.get_by_role("button", name="1:30PM - 2:30PM").nth(2).click(force=True)
    element.get_by_role("button", name="Confirm").click()
    assert chosen(page)["start"] == at(13, 30, day=1)
    no_errors(page)


def test_rules_edited_in_the_element_are_seen_in_the_next_query(site: Site, page: Page):
    options = site.options(
        "managed_availability",
        availability_rule_id="evenings",
        config={"start_time": "09:00", "end_time": "17:00"},
    )
    page.goto(site.pages.page("AvailabilityRules", options))
    element = page.locator("#element")
    # A rule that is not there yet begins with ordinary hours.
    page.wait_for_function(f"() => {TOLD}('availability_rule_edited').length > 0")
    element.get_by_role("button", name="Save new rules").click()
    page.wait_for_function(f"() => {TOLD}('availability_rule_saved').length > 0")
    rule = site.ask("GET", "/v1/availability_rules/evenings")["availability_rule"]
    assert rule["weekly_periods"]
    members = [{"sub": site.ana, "managed_availability": True, "availability_rule_ids": ["evenings"]}]
    found = site.ask(
        "POST",
        "/v1/availability",
        query(
            site,
            participants=[{"members": members, "required": "all"}],
            query_periods=[{"start": at(0, day=3), "end": at(0, day=4)}],
        ),
    )["available_periods"]
    thursday = [period for period in rule["weekly_periods"] if period["day"] == "thursday"]
    assert [item["start"][11:16] for item in found][:1] == [period["start_time"] for period in thursday][:1]
    no_errors(page)


def test_agenda_shows_events(site: Site, page: Page):
    soon = (datetime.now(UTC) + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    ends = soon + timedelta(minutes=30)
    busy(
        site, "agenda", soon.strftime("%Y-%m-%dT%H:%M:%SZ"), ends.strftime("%Y-%m-%dT%H:%M:%SZ"), "Team lunch"
    )
    page.goto(site.pages.page("Agenda", site.options("agenda")))
    expect(page.locator("#element").get_by_text("Team lunch").first).to_be_visible()
    no_errors(page)


def test_calendar_sync_lists_profiles(site: Site, page: Page):
    authorization = {"redirect_uri": REDIRECT, "client_id": site.client["client_id"], "scope": SCOPE}
    options = site.options("account_management", authorization=authorization)
    page.goto(site.pages.page("CalendarSync", options))
    page.wait_for_load_state("networkidle")
    links = page.locator("#element a[href*='/oauth/authorize']")
    profile = site.ask("GET", "/v1/userinfo")["cronofy.data"]["profiles"][0]["profile_name"]
    expect(page.locator("#element").get_by_text(profile).or_(links).first).to_be_visible()
    no_errors(page)


def test_a_token_works_on_its_own_origin_only(site: Site, page: Page):
    options = site.options("availability", availability_query=query(site))
    elsewhere = site.pages.page("SlotPicker", options).replace("127.0.0.1", "localhost")
    page.goto(elsewhere)
    page.wait_for_function(f"() => {TOLD}('error').length > 0")
