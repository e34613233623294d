"""A long conversation: what is being read stays where it is, and the end stays in view for whoever is at the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from callers import calling_as
from playwright.sync_api import Page, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e

WRITTEN = 260
LIST = """const list = document.querySelector('convene-app').shadowRoot.querySelector('connect-window').shadowRoot
  .querySelector('connect-conversation').shadowRoot.querySelector('connect-messages');
const scroller = list.shadowRoot.querySelector('.scroll');
const articles = () => [...list.shadowRoot.querySelectorAll('article[data-id]')];"""
SETTLED = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
FROM_THE_END = (
    f"() => {{ {LIST} return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight; }}"
)
COUNT = f"() => {{ {LIST} return articles().length; }}"
# Reads upwards step by step as a wheel does, until more messages are on the page; says how far, in any step, a line
# that was in view moved otherwise than the wheel moved it.
READ_BACK = f"""async () => {{
  {LIST}
  const before = articles().length;
  let worst = 0;
  for (let step = 0; step < 200 && articles().length === before; step += 1) {{
    const box = scroller.getBoundingClientRect();
    const line = articles().find((one) => one.getBoundingClientRect().top > box.top + 150);
    const was = line.getBoundingClientRect().top;
    const by = Math.min(160, scroller.scrollTop);
    scroller.scrollBy(0, -by);
    for (let frame = 0; frame < 4; frame += 1) {{ {SETTLED} }}
    worst = Math.max(worst, Math.abs(line.getBoundingClientRect().top - was - by));
  }}
  return {{ worst, before, after: articles().length }};
}}"""

# The list is drawn anew between the reader's turn of the wheel and the frame in which the browser tells of it.
LEAVE_WHILE_DRAWN = f"""async () => {{
  {LIST}
  const was = scroller.scrollTop;
  scroller.scrollBy(0, -160);
  list.requestUpdate();
  await list.updateComplete;
  for (let frame = 0; frame < 4; frame += 1) {{ {SETTLED} }}
  return was - scroller.scrollTop;
}}"""


def write_lines(demo: ServedConvene, page: Page) -> None:
    """Lines of very different heights, as people write them."""
    conversation = page.url.rsplit("/", 1)[1]
    with calling_as(demo, "Priya Nair") as priya:
        for number in range(WRITTEN):
            lines = "\n".join(f"Line {number}.{part}" for part in range(1 + number % 7))
            answer = priya.client.post(
                f"/connect/api/conversations/{conversation}/messages",
                json={"body": lines, "client_nonce": f"reading-{number:04}"},
            )
            assert answer.status_code == 201, answer.text


def test_the_place_is_kept_while_older_messages_come(
    demo: ServedConvene, window: Callable[..., Window]
) -> None:
    bo = window("Bo Lind")
    bo.open_conversation("Priya Nair")
    write_lines(demo, bo.page)
    last = bo.page.get_by_role("paragraph").filter(has_text=f"Line {WRITTEN - 1}.")
    expect(last).to_be_in_viewport()
    assert bo.page.evaluate(FROM_THE_END) <= 1

    # Opened anew, only the newest are there, and the end is in view once everything has its height.
    bo.page.reload()
    expect(last).to_be_in_viewport()
    assert bo.page.evaluate(COUNT) < WRITTEN
    bo.page.wait_for_function(f"() => ({FROM_THE_END})() <= 1")

    assert abs(bo.page.evaluate(LEAVE_WHILE_DRAWN) - 160) <= 3

    # Reading back through two loads of older messages, nothing jumps.
    for _ in range(2):
        read = bo.page.evaluate(READ_BACK)
        assert read["after"] > read["before"], read
        assert read["worst"] <= 3, read

    # Whoever reads back is left there by new messages; at the end, they are followed.
    write_lines_more(demo, bo.page, "Said meanwhile")
    expect(bo.page.get_by_role("button", name="Newest messages")).to_be_visible()
    expect(bo.page.get_by_role("paragraph").filter(has_text="Said meanwhile")).not_to_be_in_viewport()
    bo.page.get_by_role("button", name="Newest messages").click()
    expect(bo.page.get_by_role("paragraph").filter(has_text="Said meanwhile")).to_be_in_viewport()
    write_lines_more(demo, bo.page, "Said at the end")
    expect(bo.page.get_by_role("paragraph").filter(has_text="Said at the end")).to_be_in_viewport()
    bo.page.wait_for_function(f"() => ({FROM_THE_END})() <= 1")


def write_lines_more(demo: ServedConvene, page: Page, text: str) -> None:
    conversation = page.url.rsplit("/", 1)[1]
    with calling_as(demo, "Priya Nair") as priya:
        answer = priya.client.post(
            f"/connect/api/conversations/{conversation}/messages",
            json={"body": text, "client_nonce": text.replace(" ", "-").lower()},
        )
        assert answer.status_code == 201, answer.text
