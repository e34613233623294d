"""Looks at every element in every state: pictures, axe, overflow, target sizes. Exit status 1 when something is wrong.

    npm run dev -- --port 5173        (in another terminal)
    python scripts/look.py http://127.0.0.1:5173/states.html [state,state...] [--pictures FOLDER]

Needs Playwright for Python and a Chromium on the machine. Time stands still at 20 November 2026, 12:10 in London.
"""

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

NOW = "2026-11-20T12:10:00Z"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
STATES = [
    "page",
    "rtl",
    "ready",
    "loading",
    "error",
    "forbidden",
    "not-shared",
    "unknown",
    "no-calendar",
    "old",
    "empty",
    "taken",
    "saving",
    "auckland",
    "same-zone",
    "clocks",
    "group",
    "move",
    "move-stale",
    "cancel",
    "month",
    "details",
    "discard",
]
SAME_ADDRESS = {"month": "ready", "details": "ready", "discard": "ready", "rtl": "ready&dir=rtl"}

OVERFLOW = """() => {
  const wide = (element) => element && element.scrollWidth > element.clientWidth;
  const modal = document.querySelector("convene-booking-modal")?.shadowRoot.querySelector("cv-dialog");
  return wide(document.documentElement) || wide(modal?.shadowRoot.querySelector(".body"));
}"""
SMALL_TARGETS = """() => {
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (!element.matches("button, input, select, [role=radio], [role=tab]") || !element.checkVisibility()) continue;
      if (element.closest("label")) continue;
      const { width, height } = element.getBoundingClientRect();
      if (width < 24 || height < 24) found.push(`${element.className || element.tagName} ${width}x${height}`);
    }
  };
  walk(document);
  return found;
}"""
PLANT_FAULT = """() => {
  const card = document.querySelector("convene-booking-card").shadowRoot;
  card.append(document.createElement("button"));
}"""


def act(page: Page, state: str) -> None:
    """Brings the opened modal into the state that its name promises."""
    offer = page.locator("convene-booking-modal .offer").first
    if state in {"taken", "saving"}:
        offer.click()
        page.locator(".book").click()
    elif state in {"move", "move-stale"}:
        page.locator("cv-slot-list .slot.free").nth(3).click()
        if state == "move-stale":
            page.locator(".book").click()
    elif state == "month":
        page.get_by_role("button", name="Month").click()
    elif state in {"details", "discard"}:
        page.locator("summary").click()
        page.locator("#note").fill("Please bring the numbers.")
        offer.click()
        if state == "discard":
            page.keyboard.press("Escape")


def axe(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("tags => axe.run(document, { runOnly: tags })", TAGS)
    return [
        f"{fault['impact']} {fault['id']} {fault['nodes'][0]['target']}" for fault in result["violations"]
    ]


def look(browser: Browser, url: str, state: str, width: int, scheme: str, pictures: Path | None) -> list[str]:
    context = browser.new_context(
        viewport={"width": width, "height": 800 if width > 480 else 640},
        color_scheme=scheme,
        locale="en-GB",
        timezone_id="Europe/London",
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.clock.install(time="2027-03-10T12:10:00Z" if state == "clocks" else NOW)
    name = SAME_ADDRESS.get(state, state)
    page.goto(url if state == "page" else f"{url}?state={name}")
    page.wait_for_timeout(300)
    page.clock.run_for(900)
    act(page, state)
    page.wait_for_timeout(200)
    page.clock.run_for(300)
    if pictures:
        page.screenshot(path=pictures / f"{state}-{width}-{scheme}.png", full_page=state == "page")
    faults += axe(page)
    if page.evaluate(OVERFLOW):
        faults.append("scrolls sideways")
    faults += [f"target too small: {target}" for target in page.evaluate(SMALL_TARGETS)]
    if state == "page":
        page.evaluate(PLANT_FAULT)
        if not any("button-name" in fault for fault in axe(page)):
            faults.append("axe did not see a fault planted inside a shadow root")
    context.close()
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("states", nargs="?", default=",".join(STATES))
    parser.add_argument("--pictures", type=Path)
    given = parser.parse_args()
    if given.pictures:
        given.pictures.mkdir(parents=True, exist_ok=True)
    count = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for width, scheme in ((1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")):
            for state in given.states.split(","):
                for fault in look(browser, given.url, state, width, scheme, given.pictures):
                    count += 1
                    sys.stdout.write(f"{state} {width} {scheme}: {fault}\n")
        browser.close()
    sys.stdout.write(f"{count} faults\n")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
