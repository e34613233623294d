"""Letting an application in: from its own page over sign-in and consent back to it, and what people see of it later."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect
from windows import Window

from serving import ServedConvene

pytestmark = pytest.mark.e2e

SCOPE = "read_account list_calendars read_events create_event delete_event"


class ClientSite(ThreadingHTTPServer):
    """The application's own site: a page to which people come back."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ClientSiteHandler)
        self.referrers: list[str | None] = []

    @property
    def back(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/back"


class ClientSiteHandler(BaseHTTPRequestHandler):
    server: ClientSite

    def do_GET(self) -> None:
        if self.path.startswith("/back"):
            self.server.referrers.append(self.headers.get("referer"))
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        # With an icon of its own, the browser asks for nothing that may come when the site has closed already.
        self.wfile.write(
            b'<!doctype html><title>Recruiting</title><link rel="icon" href="data:,"><h1>Welcome back</h1>'
        )

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[ClientSite]:
    with ClientSite() as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def client(demo: ServedConvene, site: ClientSite) -> dict[str, Any]:
    return dict(demo.admin("create-client", "--name", "Recruiting Desk", "--redirect-uri", site.back))


def address(client: dict[str, Any], site: ClientSite, **changes: str) -> str:
    sound = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": site.back,
        "scope": SCOPE,
        "state": "from the desk",
        "provider_name": "google",
    }
    return f"/oauth/authorize?{urlencode({**sound, **changes})}"


def answered(page: Page, site: ClientSite) -> dict[str, str]:
    """Return what the application's page was told."""
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert page.url.startswith(site.back)
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def exchange(demo: ServedConvene, client: dict[str, Any], site: ClientSite, code: str) -> dict[str, Any]:
    body = {**client, "grant_type": "authorization_code", "code": code, "redirect_uri": site.back}
    answer = httpx.post(f"{demo.url}/oauth/token", data=body, trust_env=False)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_application_is_let_in_by_keyboard_and_ended_again(
    demo: ServedConvene, stranger: Callable[..., Window], site: ClientSite, client: dict[str, Any]
):
    person = stranger("Ana Ruiz", address(client, site))
    page = person.page
    expect(page).to_have_url(f"{demo.url}/signin?{urlencode({'next': address(client, site)})}")
    page.get_by_role("button", name="Ana Ruiz").click()
    expect(page.get_by_role("heading", name="Let Recruiting Desk use your calendar?")).to_be_visible()
    expect(page.get_by_text("Signed in as Ana Ruiz")).to_be_visible()
    expect(page.get_by_text("Read your events: titles, places, guests and times.")).to_be_visible()
    person.press(page.get_by_role("button", name="Allow", exact=True))
    told = answered(page, site)
    assert (told["state"], told["iss"]) == ("from the desk", demo.url)
    assert site.referrers == [None], "the code's page must not be told where it came from"
    tokens = exchange(demo, client, site, told["code"])
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    account = httpx.get(f"{demo.url}/v1/account", headers=headers, trust_env=False).json()["account"]
    assert account["name"] == "Ana Ruiz"

    page.goto(f"{demo.url}/settings/authorizations")
    person.press(page.get_by_role("button", name="End what Recruiting Desk may do"))
    person.press(page.get_by_role("button", name="End it"))
    expect(page.get_by_text("Recruiting Desk no longer acts for you.").first).to_be_visible()
    expect(page.get_by_text("No application acts for you")).to_be_visible()
    assert httpx.get(f"{demo.url}/v1/account", headers=headers, trust_env=False).status_code == 401


def test_denying_leads_back_too(stranger: Callable[..., Window], site: ClientSite, client: dict[str, Any]):
    person = stranger("Priya Nair", address(client, site))
    person.page.get_by_role("button", name="Priya Nair").click()
    person.page.get_by_role("button", name="Deny").click()
    assert answered(person.page, site)["error"] == "access_denied"


def test_another_account_is_used_instead(
    demo: ServedConvene, stranger: Callable[..., Window], site: ClientSite, client: dict[str, Any]
):
    person = stranger("Sam Okafor", address(client, site))
    person.page.get_by_role("button", name="Sam Okafor").click()
    person.page.get_by_role("button", name="Use another account").click()
    person.page.get_by_role("button", name="Ines Marsh").click()
    expect(person.page.get_by_text("Signed in as Ines Marsh")).to_be_visible()
    person.page.get_by_role("button", name="Allow", exact=True).click()
    tokens = exchange(demo, client, site, answered(person.page, site)["code"])
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    found = httpx.get(f"{demo.url}/v1/userinfo", headers=headers, trust_env=False).json()
    assert found["name"] == "Ines Marsh"


@pytest.mark.parametrize("look", [(1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")])
def test_the_pages_are_accessible_and_fit(
    window: Callable[..., Window], site: ClientSite, client: dict[str, Any], look: tuple[int, str]
):
    width, scheme = look
    person = window("Bo Lind", width=width, height=900, color_scheme=scheme)
    enterprise = address(
        client, site, scope="service_account/accounts/manage", delegated_scope="read_write"
    ).replace("/oauth/", "/enterprise_connect/oauth/", 1)
    for name, path in (
        ("consent", address(client, site)),
        ("enterprise", enterprise),
        ("refusal", address(client, site, redirect_uri="https://evil.example/")),
        ("conferencing", address(client, site).replace("authorize", "conferencing")),
        ("authorizations", "/settings/authorizations"),
        ("applications", "/settings/applications"),
    ):
        person.page.goto(person.url + path)
        expect(person.page.get_by_role("heading", level=1)).to_be_visible()
        expect(person.page.locator("[aria-busy=true]")).to_have_count(0)
        person.check_accessibility(name)
        person.check_reflow(name)
    # The refusal is a page with a status of its own.
    person.problems[:] = [text for text in person.problems if "status of 400" not in text]


def test_a_framed_consent_page_does_not_show(
    demo: ServedConvene, window: Callable[..., Window], site: ClientSite, client: dict[str, Any]
):
    person = window("Bo Lind")
    person.page.goto(site.back)
    person.page.evaluate(
        """src => { const frame = document.createElement('iframe'); frame.src = src; document.body.append(frame);
                    return new Promise(done => frame.addEventListener('load', done)); }""",
        demo.url + address(client, site),
    )
    frame = person.page.frames[1]
    assert frame.get_by_role("button", name="Allow").count() == 0
    person.problems[:] = [text for text in person.problems if "frame-ancestors" not in text]


def test_an_administrator_registers_an_application_and_changes_its_secret(
    demo: ServedConvene, window: Callable[..., Window], site: ClientSite
):
    person = window("Bo Lind")
    page = person.page
    page.goto(f"{demo.url}/settings/applications")
    person.press(page.get_by_role("button", name="New application"))
    page.get_by_label("Name").fill("Interview Robot")
    page.get_by_label("Addresses it may send people back to").fill("http://insecure.example/back")
    page.get_by_role("button", name="Register it").click()
    expect(page.get_by_text("must use https")).to_be_visible()
    page.get_by_label("Addresses it may send people back to").fill(site.back)
    page.get_by_role("button", name="Register it").click()
    codes = page.locator("cv-dialog#edit code")
    expect(codes).to_have_count(2)
    client_id, first = codes.all_inner_texts()
    page.keyboard.press("Escape")
    expect(page.locator("code.mono", has_text=client_id)).to_be_visible()
    page.get_by_role("button", name="New secret for Interview Robot").click()
    page.get_by_role("button", name="Make a new secret").click()
    expect(page.get_by_text("The old secret works until")).to_be_visible()
    second = codes.all_inner_texts()[1]
    assert first != second
    for secret in (first, second):
        body = {"client_id": client_id, "client_secret": secret, "grant_type": "none"}
        answer = httpx.post(f"{demo.url}/oauth/token", data=body, trust_env=False)
        assert answer.json()["error"] == "unsupported_grant_type"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove Interview Robot").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("Interview Robot was removed.").first).to_be_visible()
    answer = httpx.post(f"{demo.url}/oauth/token", data=body, trust_env=False)
    assert answer.json()["error"] == "invalid_client"
