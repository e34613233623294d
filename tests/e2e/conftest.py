"""Browsers on the demonstration: one server for all stories, one window per person and zone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, expect, sync_playwright
from windows import Window

from databases import new_database
from serving import ServedConvene

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ZONES = {
    "Bo Lind": "Europe/London",
    "Ana Ruiz": "America/New_York",
    "Priya Nair": "Asia/Kolkata",
    "Tama Reid": "Pacific/Auckland",
    "Sam Okafor": "America/New_York",
    "Ines Marsh": "Europe/London",
}
FAILED = pytest.StashKey[bool]()
PICTURES = Path(__file__).with_name("screenshots")
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def demo(
    server: tuple[str, str | None], worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedConvene]:
    """`convene demo` on a database of its own."""
    url, owner = server
    with new_database(url, owner, f"convene_e2e_{worker_id}") as database_url:
        served = ServedConvene(tmp_path_factory.mktemp("demo"), database_url, "demo")
        served.start()
        yield served
        served.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "Chromium is missing. Install it (Debian: apt-get install chromium), then run this again."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Let fixtures know how the test went."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def stranger(
    demo: ServedConvene, chromium: Browser, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Window]]:
    """Open a window in which nobody is signed in, on any page; its clock is the named person's."""
    opened: list[Window] = []

    def open_window(
        name: str, path: str = "/", width: int = 1280, height: int = 900, color_scheme: str = "light"
    ) -> Window:
        tzid = ZONES.get(name, "Europe/London")
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            timezone_id=tzid,
            locale="en-US" if tzid == "America/New_York" else "en-GB",
            color_scheme=color_scheme,
            reduced_motion="reduce",
        )
        page = context.new_page()
        found = Window(name, page, context, demo.url, [])
        page.on("pageerror", lambda error: found.problems.append(str(error)))
        page.on("console", lambda message: note_console(found, message))
        opened.append(found)
        page.goto(demo.url + path)
        return found

    yield open_window
    if request.node.stash.get(FAILED, False):
        PICTURES.mkdir(exist_ok=True)
        for number, one in enumerate(opened):
            one.page.screenshot(path=PICTURES / f"{request.node.name}-{number}.png")
    for one in opened:
        one.context.close()
    for one in opened:
        assert one.problems == [], f"{one.name}'s window reported: {one.problems}"


def note_console(window: Window, message: ConsoleMessage) -> None:
    """Keep errors of the console. The browser also writes down each refusal that the page handles."""
    handled = any(f"status of {status}" in message.text for status in (401, 409, 422))
    if message.type == "error" and not handled:
        window.problems.append(message.text)


@pytest.fixture
def window(stranger: Callable[..., Window]) -> Callable[..., Window]:
    """Open a window signed in as one of the demonstration's people, with one click."""

    def sign_in(name: str, **look: object) -> Window:
        found = stranger(name, **look)
        found.page.get_by_role("button", name=name).click()
        expect(found.page.get_by_role("navigation").first).to_be_visible()
        return found

    return sign_in
