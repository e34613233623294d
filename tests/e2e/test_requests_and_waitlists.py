"""Pages that ask their hosts first, and waitlists: a host in one browser, guests in others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
class Host:
    """An installation with Ana in London, who is met on any day from nine to five."""

    served: ServedConvene
    http: httpx.Client
    token: str
    pages: int = 0

    def page(self, **members: Any) -> dict[str, Any]:
        """Make a page of its own for a test."""
        self.pages += 1
        answer = self.http.post("/api/booking-pages", json={"name": f"Call {self.pages}", **members})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def bookings(self) -> list[dict[str, Any]]:
        answer = self.http.get("/api/bookings")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["bookings"])


@pytest.fixture(scope="module")
def host(
    server: tuple[str, str | None], worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    url, owner = server
    with new_database(url, owner, f"convene_e2e_asking_{worker_id}") as database_url:
        served = ServedConvene(tmp_path_factory.mktemp("asking"), database_url)
        served.start()
        _, token = served.person("Ana Ruiz")
        with served.client(token) as http:
            days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
            hours = {
                "tzid": "Europe/London",
                "weekly_periods": [{"day": day, "start_time": "09:00", "end_time": "17:00"} for day in days],
                "date_overrides": [],
                "buffer_before_minutes": 0,
                "buffer_after_minutes": 0,
                "minimum_notice_minutes": 0,
                "horizon_days": 60,
                "start_interval_minutes": 30,
                "daily_limit": None,
            }
            assert http.put("/api/availability-rules", json=hours).status_code == 200
            yield Host(served, http, token)
        served.stop()


@pytest.fixture
def visit(host: Host, chromium: Browser) -> Iterator[Callable[..., Window]]:
    """Open an address in a browser of its own, as somebody in London; errors of its pages fail the test."""
    opened: list[Window] = []

    def open_window(url: str, *, width: int = 1280, color_scheme: str = "light", token: str = "") -> Window:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=color_scheme,
            reduced_motion="reduce",
            timezone_id="Europe/London",
            locale="en-GB",
            extra_http_headers={"authorization": f"Bearer {token}"} if token else {},
        )
        page = context.new_page()
        found = Window("visitor", page, context, host.served.url, [])
        page.on("pageerror", lambda error: found.problems.append(str(error)))
        opened.append(found)
        page.goto(url)
        return found

    yield open_window
    for one in opened:
        one.context.close()
        assert one.problems == []


def day(number: int) -> datetime:
    """Ten o'clock in London on a day to come, a Wednesday, so that no change of clocks is near."""
    at = datetime.now(UTC) + timedelta(days=7 + number)
    return at.replace(hour=12, minute=0, second=0, microsecond=0)


def start_of(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def ask(visit: Callable[..., Window], page: dict[str, Any], at: datetime, name: str) -> Page:
    """Choose a time of a page, by its address, and fill in the form."""
    shown = visit(f"{page['url']}?at={start_of(at)}&tzid=Europe/London").page
    shown.get_by_label("Name").fill(name)
    shown.get_by_label("E-mail").fill(f"{name.split(maxsplit=1)[0].lower()}@example.com")
    return shown


def test_a_host_accepts_what_a_guest_asks_for(host: Host, visit: Callable[..., Window]) -> None:
    made = host.page(requires_confirmation=True)
    guest = ask(visit, made, day(0), "Cy Young")
    guest.get_by_role("button", name="Ask for this time").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Waiting for Ana Ruiz to confirm")
    [booking] = [one for one in host.bookings() if one["title"] == made["name"]]
    manager = visit(booking["links"]["manage"], token=host.token).page
    expect(manager.get_by_text("Requested", exact=True)).to_be_visible()
    expect(manager.get_by_text("asks for this meeting")).to_be_visible()
    manager.get_by_role("button", name="Accept", exact=True).click()
    expect(manager.get_by_text("Confirmed", exact=True)).to_be_visible()
    expect(manager.get_by_text("accepted it")).to_be_visible()
    guest.reload()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Your meeting is confirmed")


def test_a_host_declines_with_a_reason(host: Host, visit: Callable[..., Window]) -> None:
    made = host.page(requires_confirmation=True)
    guest = ask(visit, made, day(1), "Dee Oh")
    guest.get_by_role("button", name="Ask for this time").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Waiting for Ana Ruiz to confirm")
    [booking] = [one for one in host.bookings() if one["title"] == made["name"]]
    manager = visit(booking["links"]["manage"], token=host.token).page
    manager.get_by_role("button", name="Decline", exact=True).click()
    manager.get_by_role("textbox", name="Reason").fill("Away that week")
    manager.get_by_role("button", name="Decline the request").click()
    expect(manager.get_by_text("Declined", exact=True)).to_be_visible()
    guest.reload()
    expect(guest.get_by_role("heading", level=1)).to_have_text("This request was declined")
    expect(guest.get_by_text("Away that week")).to_be_visible()
    guest.get_by_role("link", name="Other times").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text(made["name"])


def test_who_waits_takes_the_time_that_is_free_again(host: Host, visit: Callable[..., Window]) -> None:
    made = host.page(has_waitlist=True)
    first = ask(visit, made, day(2), "Cy Young")
    first.get_by_role("button", name="Book", exact=True).click()
    expect(first.get_by_role("heading", level=1)).to_have_text("You are booked")
    second = visit(f"{made['url']}?day={day(2):%Y-%m-%d}&tzid=Europe/London").page
    second.get_by_role("link", name="Taken · wait for it").click()
    second.get_by_label("Name").fill("Dee Oh")
    second.get_by_label("E-mail").fill("dee@example.com")
    second.get_by_role("button", name="Join the waitlist").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("You are on the waitlist")
    expect(second.get_by_text("Your place in the list: 1.")).to_be_visible()
    first.get_by_role("link", name="Cancel meeting").click()
    first.get_by_role("button", name="Cancel meeting").click()
    expect(first.get_by_role("heading", level=1)).to_have_text("This meeting was cancelled")
    # The page looks again by itself, at once when somebody comes back to it.
    second.evaluate("() => void document.dispatchEvent(new Event('visibilitychange'))")
    expect(second.get_by_role("heading", level=1)).to_have_text("This time is free for you")
    second.get_by_role("button", name="Book", exact=True).click()
    expect(second.get_by_role("heading", level=1)).to_have_text("You are booked")


@pytest.mark.parametrize(("width", "scheme"), SHAPES)
def test_both_are_set_up_in_the_settings(
    host: Host, visit: Callable[..., Window], width: int, scheme: str
) -> None:
    window = visit(
        f"{host.served.url}/settings/booking-pages", token=host.token, width=width, color_scheme=scheme
    )
    page, name = window.page, f"Office hours {width} {scheme}"
    page.get_by_role("button", name="New page").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Ask the hosts first").check()
    page.get_by_label("Hours to answer").fill("24")
    page.get_by_label("Keep a waitlist for taken times").check()
    page.get_by_label("Minutes to take it").fill("3")
    window.check_accessibility("the form")
    window.check_reflow("the form")
    page.get_by_role("button", name="Make the page").click()
    expect(page.get_by_text("waitlist_minutes must be 5 to 1440.")).to_be_visible()
    page.get_by_label("Minutes to take it").fill("45")
    page.get_by_role("button", name="Make the page").click()
    expect(page.get_by_role("heading", name="QR code")).to_be_visible()
    made = host.http.get("/api/booking-pages").json()["booking_pages"]
    [found] = [one for one in made if one["name"] == name]
    told = (found["requires_confirmation"], found["confirmation_hours"])
    assert (*told, found["has_waitlist"], found["waitlist_minutes"]) == (True, 24, True, 45)


@pytest.mark.parametrize(("width", "scheme"), SHAPES)
def test_the_states_can_be_read_by_everybody(
    host: Host, visit: Callable[..., Window], width: int, scheme: str
) -> None:
    look = {"width": width, "color_scheme": scheme}
    asks = host.page(requires_confirmation=True, has_waitlist=True)
    at = day(3 + SHAPES.index((width, scheme)))
    windows = {"form": visit(f"{asks['url']}?at={start_of(at)}&tzid=Europe/London", **look)}
    guest = windows["form"].page
    windows["form"].check_accessibility("the form")
    guest.get_by_label("Name").fill("Cy Young")
    guest.get_by_label("E-mail").fill("cy@example.com")
    guest.get_by_role("button", name="Ask for this time").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Waiting for Ana Ruiz to confirm")
    windows["form"].check_accessibility("asked")
    windows["form"].check_reflow("asked")
    [booking] = [one for one in host.bookings() if one["title"] == asks["name"]]
    manager = visit(booking["links"]["manage"], token=host.token, **look)
    expect(manager.page.get_by_role("button", name="Accept", exact=True)).to_be_visible()
    manager.check_accessibility("the request")
    manager.check_reflow("the request")
    times = visit(f"{asks['url']}?day={at:%Y-%m-%d}&tzid=Europe/London", **look)
    taken = times.page.get_by_role("link", name="Taken · wait for it")
    expect(taken).to_be_visible()
    times.check_accessibility("taken times")
    times.check_reflow("taken times")
    taken.click()
    times.page.get_by_label("Name").fill("Dee Oh")
    times.page.get_by_label("E-mail").fill("dee@example.com")
    times.check_accessibility("the waitlist's form")
    times.page.get_by_role("button", name="Join the waitlist").click()
    expect(times.page.get_by_role("heading", level=1)).to_have_text("You are on the waitlist")
    times.check_accessibility("waiting")
    times.check_reflow("waiting")
    declined = host.http.post(f"/api/bookings/{booking['booking_id']}/decline", json={})
    assert declined.status_code == 200, declined.text
    times.page.reload()
    expect(times.page.get_by_role("heading", level=1)).to_have_text("This time is free for you")
    times.check_accessibility("offered")
    times.check_reflow("offered")
