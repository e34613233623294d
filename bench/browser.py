"""The booking modal and the cards in a real browser: how soon they are there, how soon they answer, what moves.

The modal is measured with the processor slowed down six times, on the demonstration, opened anew on a fresh page each
time and without the head start that hovering gives. Usage: python bench/browser.py [address of a demonstration]
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

ROUNDS = 12
SLOWED = 6
MESSAGES = 200
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

# What the page notes by itself: frames are looked at just before they are painted, and timed just after.
PROBE = """
window.probe = {
  shifts: 0,
  deep(...path) {
    let node = document;
    for (const step of path) node = (node.shadowRoot ?? node).querySelector(step);
    return node;
  },
  modal() {
    return this.deep('convene-app', 'connect-window', 'convene-booking-modal');
  },
  when(seen) {
    return new Promise((resolve) => {
      const look = () => requestAnimationFrame(() => {
        if (!seen()) return look();
        const channel = new MessageChannel();
        channel.port1.onmessage = () => resolve(performance.now());
        channel.port2.postMessage(null);
      });
      look();
    });
  },
  async open() {
    const button = this.deep('convene-app', 'connect-window', 'connect-conversation', '[aria-keyshortcuts]');
    this.shifts = 0;
    const start = performance.now();
    button.click();
    const root = this.modal().shadowRoot;
    const dialog = () => root.querySelector('cv-dialog').shadowRoot.querySelector('dialog');
    const list = () => root.querySelector('convene-slot-picker')?.shadowRoot.querySelector('cv-slot-list')?.shadowRoot;
    const shown = this.when(() => dialog()?.open && (root.querySelector('.skeleton, .offer') !== null));
    const ready = this.when(() => root.querySelector('.offer') && list()?.querySelector('[role=radio]'));
    const skeleton = (await shown) - start;
    const slots = (await ready) - start;
    await new Promise((resolve) => setTimeout(resolve, 700));
    const source = root.querySelector('convene-slot-picker').source;
    const total = source.days.reduce((sum, day) => sum + source.countOf(day), 0);
    return { skeleton, slots, shifts: this.shifts, days: source.days.length, total };
  },
};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) probe.shifts += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
probe.events = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.interactionId) probe.events.push(entry.duration);
}).observe({ type: 'event', durationThreshold: 16 });
"""

CARDS = """
async (count) => {
  const connect = probe.deep('convene-app', 'connect-window').connect;
  const messages = probe.deep('convene-app', 'connect-window', 'connect-conversation', 'connect-messages');
  await connect.loadOlder(messages.conversationId);
  await messages.updateComplete;
  const articles = messages.shadowRoot.querySelectorAll('article[data-id]').length;
  const holder = [...messages.shadowRoot.querySelectorAll('connect-card')].at(-1);
  const card = connect.store.cards.get(holder.bookingId);
  const taken = [];
  for (let turn = 1; turn <= count; turn += 1) {
    const start = performance.now();
    connect.store.putCard({ ...card, revision: card.revision + turn, title: `Turn ${turn}` });
    await holder.updateComplete;
    await holder.shadowRoot.querySelector('convene-booking-card').updateComplete;
    void document.body.offsetHeight;
    taken.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  connect.store.cards.set(holder.bookingId, card);
  return { articles, taken };
}
"""


@contextlib.contextmanager
def demonstration() -> Iterator[str]:
    """A demonstration of its own, started and removed again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        command = [sys.executable, "-m", "convene", "demo", "--data", f"{folder}/data", "--port", str(port)]
        url = f"http://127.0.0.1:{port}"
        with (
            Path(folder, "log").open("wb") as log,
            subprocess.Popen(command, stdout=log, stderr=log) as process,
        ):
            try:
                while not answers(f"{url}/readyz"):
                    assert process.poll() is None, Path(folder, "log").read_text()
                    time.sleep(0.2)
                yield url
            finally:
                process.terminate()
                process.wait()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def signed_in(browser: Browser, url: str) -> Page:
    """Bo's window, with the probe in every page of it."""
    context = browser.new_context(
        timezone_id="Europe/London", locale="en-GB", viewport={"width": 1280, "height": 900}
    )
    context.add_init_script(PROBE)
    page = context.new_page()
    page.goto(url)
    page.get_by_role("button", name="Bo Lind").click()
    open_conversation(page, "Ana Ruiz")
    return page


def open_conversation(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=name).first.click()
    page.get_by_role("button", name="Schedule a meeting").wait_for()
    page.wait_for_load_state("networkidle")


def measure_modal(page: Page) -> tuple[list[dict[str, float]], list[float]]:
    """Open the modal on a fresh page, several times; then choose slots. Milliseconds."""
    rounds: list[dict[str, float]] = []
    choices: list[float] = []
    throttle = page.context.new_cdp_session(page)
    for _ in range(ROUNDS):
        throttle.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        page.reload()
        open_conversation(page, "Ana Ruiz")
        throttle.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        rounds.append(page.evaluate("() => probe.open()"))
        page.evaluate("() => { probe.events.length = 0; }")
        slots = page.locator("convene-slot-picker").get_by_role("radio")
        for index in (1, 2, 0):
            slots.nth(index).click()
        page.wait_for_timeout(600)
        choices.append(page.evaluate("() => Math.max(0, ...probe.events)"))
        page.keyboard.press("Escape")
    throttle.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return rounds, choices


def write_messages(page: Page) -> None:
    """Fill the open conversation, so that a long list stands around the card."""
    page.evaluate(
        """async (count) => {
          const connect = probe.deep('convene-app', 'connect-window').connect;
          const id = probe.deep('convene-app', 'connect-window', 'connect-conversation').conversationId;
          for (let number = 0; number < count; number += 1) {
            const answer = await fetch(`/connect/api/conversations/${id}/messages`, {
              method: 'POST',
              headers: {'content-type': 'application/json'},
              body: JSON.stringify({body: `Line ${number}`, client_nonce: `bench-${Date.now()}-${number}`}),
            });
            if (answer.status === 429) await new Promise((resolve) => setTimeout(resolve, 3000));
          }
        }""",
        MESSAGES,
    )


def book(page: Page) -> None:
    """Book the first suggestion, so that a card is the newest of the messages."""
    page.reload()
    open_conversation(page, "Ana Ruiz")
    page.get_by_role("button", name="Schedule a meeting").click()
    modal = page.locator("convene-booking-modal")
    modal.get_by_role("radio").first.click()
    modal.get_by_role("button", name="Book", exact=True).click()
    page.locator("article:focus").wait_for()


def p75(values: list[float]) -> float:
    return statistics.quantiles(values, n=4, method="inclusive")[2]


def row(what: str, values: list[float], goal: float, unit: str = "ms") -> None:
    digits = 3 if unit == "" else 0 if goal > 50 else 1
    verdict = "ok" if p75(values) <= goal else "MISSED"
    print(
        f"{what:<44} median {statistics.median(values):8.{digits}f}  p75 {p75(values):8.{digits}f}"
        f"  worst {max(values):8.{digits}f}  goal {goal:g} {unit:<2} {verdict}"
    )


def main() -> None:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    place: Any = contextlib.nullcontext(sys.argv[1]) if len(sys.argv) > 1 else demonstration()
    with place as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = signed_in(browser, url)
        rounds, choices = measure_modal(page)
        print(
            f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; what others run counts in"
        )
        print(f"{rounds[0]['days']} days, {rounds[0]['total']} times; processor slowed {SLOWED} times")
        row("modal open to skeleton", [one["skeleton"] for one in rounds], 100)
        row("modal open to times that can be pressed", [one["slots"] for one in rounds], 600)
        row("a time chosen (slowest of three, to paint)", choices, 100)
        row("layout shift while loading", [one["shifts"] for one in rounds], 0.05, "")
        write_messages(page)
        book(page)
        found = page.evaluate(CARDS, 20)
        print(f"{found['articles']} messages; processor at full speed")
        row("a card changes, to layout", found["taken"], 16)
        browser.close()


if __name__ == "__main__":
    main()
