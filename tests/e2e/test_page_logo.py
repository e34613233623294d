"""The logo of a booking page: chosen in the settings, looked at on light and dark, met by visitors, removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from callers import calling_as
from PIL import Image
from playwright.sync_api import Page, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e
NAME = "Page with a logo"


def picture(color: str = "teal", size: tuple[int, int] = (960, 320)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def booking_page(demo: ServedConvene) -> Iterator[dict[str, str]]:
    """A page of Tama's, for this test alone."""
    with calling_as(demo, "Tama Reid") as caller:
        answer = caller.client.post("/api/booking-pages", json={"name": NAME})
        assert answer.status_code == 201, answer.text
        yield answer.json()
        caller.client.delete(f"/api/booking-pages/{answer.json()['page_id']}")


def open_look(person: Window, page: dict[str, str]) -> Page:
    """Open the part of the form where the logo is."""
    found = person.page
    found.goto(f"{person.url}/settings/booking-pages")
    row = found.get_by_role("listitem").filter(has=found.get_by_text(page["name"], exact=True))
    row.get_by_role("button", name=f"Change {page['name']}", exact=True).click()
    found.get_by_text("Look, language and embedding", exact=True).click()
    expect(found.get_by_role("group", name="Logo", exact=True)).to_be_visible()
    return found


def saved(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("booking-page-form")).to_have_count(0)


def choose(page: Page, content: bytes, name: str = "logo.png", kind: str = "image/png") -> None:
    page.locator("booking-page-logo input[type=file]").set_input_files(
        {"name": name, "mimeType": kind, "buffer": content}
    )


@pytest.mark.parametrize("width", [1280, 320])
def test_a_logo_is_chosen_seen_by_visitors_and_removed(
    window: Callable[..., Window],
    stranger: Callable[..., Window],
    booking_page: dict[str, str],
    width: int,
) -> None:
    tama = window("Tama Reid", width=width)
    page = open_look(tama, booking_page)
    choose(page, picture())
    for mode in ("light", "dark"):
        expect(page.get_by_role("img", name=f"The logo on {mode}", exact=True)).to_be_visible()
    tama.check_accessibility("a logo is chosen")
    saved(page)

    guest = stranger("Ana Ruiz", booking_page["url"].removeprefix(tama.url))
    logo = guest.page.locator("img.logo")
    expect(logo).to_be_visible()
    assert logo.evaluate("image => image.naturalWidth") == 480
    assert logo.get_attribute("alt")
    guest.check_accessibility("a page with a logo")
    guest.page.goto(f"{booking_page['url']}?embed=1")
    expect(logo).to_be_visible()

    page = open_look(tama, booking_page)
    page.get_by_role("button", name="Remove the logo", exact=True).click()
    expect(page.get_by_role("button", name="Choose a picture", exact=True)).to_be_focused()
    saved(page)
    guest.page.goto(booking_page["url"])
    expect(guest.page.get_by_role("heading", name=NAME, exact=True)).to_be_visible()
    expect(logo).to_have_count(0)


def test_a_picture_is_dropped(window: Callable[..., Window], booking_page: dict[str, str]) -> None:
    tama = window("Tama Reid")
    page = open_look(tama, booking_page)
    page.locator("booking-page-logo .drop").evaluate(
        """(zone, bytes) => {
          const carried = new DataTransfer();
          carried.items.add(new File([new Uint8Array(bytes)], "logo.png", { type: "image/png" }));
          for (const type of ["dragover", "drop"])
            zone.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
        }""",
        list(picture(size=(64, 32))),
    )
    expect(page.get_by_role("img", name="The logo on light", exact=True)).to_be_visible()
    saved(page)
    page = open_look(tama, booking_page)
    expect(page.get_by_role("img", name="The logo on dark", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("content", "name", "kind", "told"),
    [
        (b"<svg/>", "logo.svg", "image/svg+xml", "logo.svg is an SVG drawing"),
        (b"Hello", "notes.txt", "text/plain", "notes.txt is no PNG, JPEG or WebP picture."),
        (b"Hello", "logo.png", "image/png", "logo.png cannot be read as a picture."),
        (bytes(600 * 1024), "logo.png", "image/png", "logo.png has 600 KB; at most 512 KB are taken."),
    ],
)
def test_what_is_no_logo_is_said_at_once(
    window: Callable[..., Window],
    booking_page: dict[str, str],
    content: bytes,
    name: str,
    kind: str,
    told: str,
) -> None:
    tama = window("Tama Reid")
    page = open_look(tama, booking_page)
    choose(page, content, name, kind)
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_role("button", name="Choose a picture", exact=True)).to_be_visible()
    tama.check_accessibility("a file that is no logo")


def test_what_the_server_refuses_is_said_and_the_page_is_saved_all_the_same(
    window: Callable[..., Window], demo: ServedConvene, booking_page: dict[str, str]
) -> None:
    tama = window("Tama Reid")
    page = open_look(tama, booking_page)
    choose(page, picture(size=(4200, 4200)))
    page.get_by_label("Description", exact=True).fill("About logos")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The page was saved, its logo was not.")).to_be_visible()
    expect(page.get_by_text("at most 16 million are read")).to_be_visible()
    with calling_as(demo, "Tama Reid") as caller:
        stored = caller.client.get(f"/api/booking-pages/{booking_page['page_id']}").json()
    assert (stored["description"], stored["logo"]) == ("About logos", None)
    choose(page, picture())
    saved(page)
