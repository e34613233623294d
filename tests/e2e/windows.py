"""One person's browser window, and what is checked in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass
class Window:
    """One person's browser window. Errors of its pages fail the test at the end."""

    name: str
    page: Page
    context: BrowserContext
    url: str
    problems: list[str]

    def open_conversation(self, other: str) -> None:
        self.page.get_by_role("navigation").get_by_role("link", name=other).first.click()
        expect(self.page.get_by_role("button", name="Schedule a meeting")).to_be_visible()

    def reach(self, target: Locator, key: str = "Tab", limit: int = 200) -> None:
        """Walk the focus to a control with the keyboard alone."""
        expect(target).to_be_visible()
        for _ in range(limit):
            if target.evaluate("node => node.getRootNode().activeElement === node"):
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{limit} times {key} do not lead to {target}")

    def press(self, target: Locator, key: str = "Enter") -> None:
        """Walk to a control and press it, without a pointer."""
        self.reach(target)
        self.page.keyboard.press(key)

    def check_accessibility(self, state: str) -> None:
        """Run axe over the whole page, open shadow roots included."""
        self.page.wait_for_load_state()
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", AXE_TAGS
        )
        told = [
            f"{violation['id']}: {violation['help']} ({node['html'][:160]})"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
        assert not told, f"{state}: " + "\n".join(told)
        assert len(found["passes"]) > 5, f"{state}: axe saw almost nothing"

    def check_reflow(self, state: str) -> None:
        """Nothing is wider than the window."""
        widths = self.page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1], f"{state}: {widths[0]} px wide in a window of {widths[1]} px"
