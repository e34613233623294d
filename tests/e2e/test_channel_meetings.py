"""A meeting of a channel: some must come, enough of the others do; the card is posted where it was booked."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pytest
from callers import DemoCaller, calling_as
from playwright.sync_api import Locator, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e

OTHERS = ("Ana Ruiz", "Priya Nair", "Sam Okafor")


@pytest.fixture
def channel(demo: ServedConvene) -> tuple[str, str]:
    """A channel of this test alone, in which Bo Lind is with three others: its name and id."""
    name = f"crew-{secrets.token_hex(3)}"
    with calling_as(demo, "Bo Lind") as bo:
        made = bo.client.post("/connect/api/conversations", json={"kind": "channel", "name": name})
        assert made.status_code == 201, made.text
        path = f"/connect/api/conversations/{made.json()['conversation_id']}/members"
        for other in OTHERS:
            assert bo.client.post(path, json={"sub": bo.people[other]}).status_code == 200
    return name, made.json()["conversation_id"]


def open_channel(bo: Window, channel: tuple[str, str]) -> None:
    expect(bo.page.get_by_role("link", name=channel[0])).to_be_attached()
    bo.page.goto(f"{bo.url}/c/{channel[1]}")
    expect(bo.page.get_by_role("heading", name=channel[0], level=1)).to_be_visible()


def open_modal(bo: Window, channel: tuple[str, str]) -> Locator:
    open_channel(bo, channel)
    bo.page.get_by_role("button", name="Schedule a meeting", exact=True).click()
    modal = bo.page.locator("convene-booking-modal")
    expect(modal.get_by_role("dialog", name=f"Meet with #{channel[0]}")).to_be_visible()
    return modal


def messages(caller: DemoCaller, conversation_id: str) -> list[dict]:
    answer = caller.client.get(f"/connect/api/conversations/{conversation_id}/messages")
    assert answer.status_code == 200, answer.text
    return answer.json()["messages"]


def test_those_who_can_come_are_booked_and_the_card_is_in_the_channel(
    demo: ServedConvene, window: Callable[..., Window], channel: tuple[str, str]
) -> None:
    bo = window("Bo Lind")
    modal = open_modal(bo, channel)
    expect(modal.get_by_text("Any 2 of Ana, Priya and Sam")).to_be_visible()
    offer = modal.locator(".offer").first
    expect(offer).to_contain_text(re.compile(r"(2 of|all) 3"))
    # Every time says how many can come, to be heard too.
    first = modal.locator("cv-slot-list").get_by_role("radio").first
    expect(first).to_contain_text(re.compile(r"(2 of 3 can come, without \w+|everybody can come)"))
    bo.check_accessibility("a meeting of a channel")
    offer.click()
    review = modal.locator("#review")
    expect(review).to_contain_text(
        re.compile(r"2 of 3 can come\. \w+ would miss it\.|Everybody can come \(3\)\.")
    )
    said = review.inner_text()
    modal.get_by_role("button", name="Book", exact=True).click()
    expect(modal.get_by_role("dialog")).to_have_count(0)
    card = bo.page.locator("connect-messages").locator("convene-booking-card")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("Confirmed")
    expect(card).to_contain_text(f"Meeting with #{channel[0]}")
    with calling_as(demo, "Bo Lind") as caller:
        (shown,) = [item["card"] for item in messages(caller, channel[1]) if item["card"]]
    met = {person["display_name"] for person in shown["participants"]}
    missing = {name for name in OTHERS if f"{name.split()[0]} would miss it" in said}
    assert met == {"Bo Lind", *OTHERS} - missing
    # Whoever is in the channel and not in the meeting sees that there is one, and no more.
    for name in missing:
        with calling_as(demo, name) as caller:
            (seen,) = [item["card"] for item in messages(caller, channel[1]) if item["card"]]
        assert seen["title"] == "Private meeting"


def test_who_must_come_is_chosen_with_the_keyboard(
    window: Callable[..., Window], channel: tuple[str, str]
) -> None:
    bo = window("Bo Lind")
    modal = open_modal(bo, channel)
    expect(modal.locator(".offer").first).to_be_visible()
    people = modal.locator("booking-people")
    change = people.get_by_role("button", name="Change who comes")
    change.focus()
    bo.page.keyboard.press("Enter")
    bo.press(people.get_by_role("checkbox", name="Ana Ruiz must come"), "Space")
    expect(people.get_by_text("Ana, and any 1 of Priya and Sam", exact=True).first).to_be_visible()
    bo.press(people.get_by_role("button", name="Leave out Priya Nair"))
    expect(people.get_by_text("Ana, and Sam", exact=True).first).to_be_visible()
    expect(people.get_by_role("listitem")).to_have_count(2)
    people.get_by_role("combobox", name="Add a person").fill("Priya Nair")
    expect(people.get_by_role("checkbox", name="Priya Nair must come")).to_be_checked()
    people.get_by_role("checkbox", name="Priya Nair must come").uncheck()
    people.get_by_label("enough are").select_option("2")
    expect(people.get_by_text("Ana, and all of Sam and Priya", exact=True).first).to_be_visible()
    # Three zones and a day: where nobody finds a time together, fewer are proposed.
    fewer = modal.get_by_role("button", name="Try any 1 of 2")
    expect(fewer.or_(modal.locator(".offer").first)).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (320, "light"), (320, "dark")])
def test_the_people_of_a_meeting_fit_everywhere(
    window: Callable[..., Window], channel: tuple[str, str], width: int, scheme: str
) -> None:
    bo = window("Bo Lind", width=width, color_scheme=scheme)
    modal = open_modal(bo, channel)
    expect(modal.locator(".offer").first).to_be_visible()
    modal.get_by_role("button", name="Change who comes").click()
    expect(modal.get_by_role("checkbox", name="Sam Okafor must come")).to_be_visible()
    for direction in ("ltr", "rtl"):
        bo.page.evaluate("dir => (document.documentElement.dir = dir)", direction)
        bo.check_reflow(f"people, {width} px, {scheme}, {direction}")
        bo.check_accessibility(f"people, {width} px, {scheme}, {direction}")
