"""What somebody else's client needs: the real server, two people and a room, an application with two secrets, and a
receiver of its callbacks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from lxml import html

from cases.world import Receiver
from serving import ServedConvene

PASSWORD = "correct horse battery"
REDIRECT = "http://localhost:7001/back"
SCOPE = "read_write change_participation_status"
PATIENCE_SECONDS = 30
T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    sub: str
    email: str


@dataclass(frozen=True)
class Push:
    """A callback as it arrived."""

    headers: Mapping[str, str]
    raw: str

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found


class SdkBed:
    """`secrets` are both live, the newer one first; `other_client_id` is an application beside the one that is tried."""

    def __init__(self, served: ServedConvene, receiver: Receiver) -> None:
        self.served = served
        self.receiver = receiver
        self.ana = self._person("Ana")  # the first account owns the organisation
        self.bo = self._person("Bo")
        with self.browser(self.ana) as browser:
            room = {"name": "Fountain room", "email": "fountain@example.org", "tzid": "Europe/London"}
            self.room = made(browser.post("/api/resources", json=room))["sub"]
            applications = [
                made(browser.post("/api/applications", json={"name": name, "redirect_uris": [REDIRECT]}))
                for name in ("Recruiter", "Other")
            ]
            self.client_id, self.other_client_id = (found["client_id"] for found in applications)
            newer = made(browser.post(f"/api/applications/{self.client_id}/secret"))
        self.secrets = (newer["client_secret"], applications[0]["client_secret"])
        self._secret_of = {found["client_id"]: found["client_secret"] for found in applications}
        self.tokens(self.bo)  # whom the application may then ask about

    @property
    def url(self) -> str:
        return self.served.url

    def _person(self, name: str) -> Person:
        email = f"{name.lower()}@example.org"
        words = ("create-user", "--email", email, "--name", name, "--tzid", "Europe/London")
        return Person(self.served.admin(*words, "--password", PASSWORD)["sub"], email)

    def tokens(self, person: Person, *, client_id: str | None = None, scope: str = SCOPE) -> dict[str, Any]:
        """Let a person authorize an application, and return the answer to its code."""
        client_id = client_id or self.client_id
        asked = {"response_type": "code", "client_id": client_id, "redirect_uri": REDIRECT, "scope": scope}
        code = self.allow(person, str(httpx.URL(f"{self.url}/oauth/authorize", params=asked)))["code"]
        exchange = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "client_secret": self._secret_of[client_id],
            "code": code,
            "redirect_uri": REDIRECT,
        }
        answer = httpx.post(f"{self.url}/oauth/token", json=exchange, trust_env=False)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def key(self, *grants: str) -> str:
        """Return a service key for `/api`."""
        with self.browser(self.ana) as browser:
            return str(made(browser.post("/api/api-keys", json={"name": "Tool", "grants": grants}))["secret"])

    @contextmanager
    def browser(self, person: Person | None = None) -> Iterator[httpx.Client]:
        """A browser, in which somebody may have signed in."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        with httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30) as client:
            if person is not None:
                body = {"email": person.email, "password": PASSWORD}
                assert client.post("/api/session", json=body).status_code == 200
            yield client

    def allow(self, person: Person, link: str) -> dict[str, str]:
        """Follow an application's link as a person who signs in and presses Allow; return what it is sent back with."""
        with self.browser(person) as browser:
            page = browser.get(link)
            assert page.status_code == 200, page.text
            answer = press(browser, page, "allow")
        assert answer.status_code in (302, 303), answer.text
        place = urlsplit(answer.headers["location"])
        assert answer.headers["location"].startswith(REDIRECT)
        return {name: values[0] for name, values in parse_qs(place.query).items()}

    def pushes(self, wanted: Callable[[Push], bool]) -> list[Push]:
        """Return the callbacks received so far that are wanted; wait until there is one."""

        def found() -> list[Push]:
            every = [Push(headers, raw.decode()) for _, headers, raw in list(self.receiver.received)]
            return [push for push in every if wanted(push)]

        return self.until(found)

    @staticmethod
    def until(found: Callable[[], T]) -> T:
        """Return what is found as soon as it is anything."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            there = found()
            if there:
                return there
            time.sleep(0.1)
        raise AssertionError(f"waited for {PATIENCE_SECONDS} seconds")


def made(answer: httpx.Response) -> dict[str, Any]:
    """Return what was created."""
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def press(browser: httpx.Client, page: httpx.Response, value: str) -> httpx.Response:
    """Press the button with this value as a browser without scripts would."""
    for form in html.fromstring(page.text).forms:
        for button in form.xpath(".//button"):
            if button.get("value") == value:
                fields = {**dict(form.form_values()), button.get("name"): value}
                return browser.post(urljoin(str(page.url), form.get("action") or ""), data=fields)
    raise AssertionError(f"no button {value!r}:\n{page.text}")


def at(days: int, hour: int, minute: int = 0) -> datetime:
    """A time on a day to come, UTC."""
    today = datetime.fromtimestamp(time.time(), UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=days, hours=hour, minutes=minute)


def written(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
