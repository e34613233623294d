"""The tutorial's own commands, run with a real shell and a real curl, and what comes of them.

The document is the script: its blocks are typed one after the other into one bash, as they stand. A reader does two things
to them and so does the test: fill in the places that end in `...` with what an earlier command printed, and write another
port and virtual environment where theirs are elsewhere. The link is then opened by a stranger in Chromium; the event is
read from the files of Radicale and Xandikos; and pycronofy judges the signature of what the application is sent.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pycronofy
import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, Page, expect

from caldav_servers import PASSWORD, USER, CalDavServer, Radicale, Xandikos
from cases.world import Receiver
from databases import new_database
from serving import ServedConvene

pytestmark = pytest.mark.e2e
DOCUMENT = Path(__file__).parents[2] / "docs" / "tutorial" / "first-link.md"
ADDRESS = "http://127.0.0.1:8000"
PATIENCE_SECONDS = 60
T = TypeVar("T")


class Reader:
    """Somebody who works through the tutorial at one bash prompt."""

    def __init__(self, served: ServedConvene, folder: Path) -> None:
        self._blocks = re.findall(r"^```sh\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        self._served = served
        self._complaints = folder / "stderr.txt"
        environ = {**served.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        with self._complaints.open("wb") as complaints:
            self._shell = subprocess.Popen(
                ["bash", "--noprofile", "--norc"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=environ,
                text=True,
            )
        self._type("shopt -s expand_aliases\n")

    def follow(self, first_words: str, **filled: str) -> list[Any]:
        """Run the next block, which begins with these words; return the JSON objects that it printed."""
        block = self._blocks.pop(0)
        assert block.startswith(first_words), block
        for name, value in filled.items():
            block, found = re.subn(
                rf"\b{name}=\S*\.\.\.", lambda _, n=name, v=value: f"{n}={shlex.quote(v)}", block
            )
            assert found == 1, f"{name} is not left to the reader in:\n{block}"
        assert "=..." not in block, f"something is left to the reader in:\n{block}"
        block = block.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
        return objects(self._type(block.replace(ADDRESS, self._served.url)))

    def _type(self, commands: str) -> str:
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{commands}\nprintf '\\n-- %s\\n' $?\n")
        self._shell.stdin.flush()
        printed = []
        for line in self._shell.stdout:
            if line.startswith("-- "):
                assert line == "-- 0\n", "".join(printed) + self._complaints.read_text()
                return "".join(printed)
            printed.append(line)
        raise AssertionError("the shell ended:\n" + self._complaints.read_text())

    def is_through(self) -> bool:
        return not self._blocks

    def leave(self) -> None:
        self._shell.communicate("exit\n", timeout=30)


def objects(text: str) -> list[Any]:
    """Return the JSON objects that were printed one after the other."""
    found, rest = [], text.strip()
    while rest:
        one, end = json.JSONDecoder().raw_decode(rest)
        found.append(one)
        rest = rest[end:].strip()
    return found


def until(found: Callable[[], T]) -> T:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        there = found()
        if there:
            return there
        time.sleep(0.2)
    raise AssertionError(f"waited for {PATIENCE_SECONDS} seconds")


@pytest.fixture
def served(server: tuple[str, str | None], worker_id: str, tmp_path: Path) -> Iterator[ServedConvene]:
    name = f"convene_e2e_curl_{worker_id}_{os.getpid()}"
    with new_database(*server, name) as database_url:
        found = ServedConvene(tmp_path / "served", database_url)
        found.start()
        try:
            yield found
        finally:
            found.stop()


@pytest.fixture
def reader(served: ServedConvene, tmp_path: Path) -> Iterator[Reader]:
    assert shutil.which("curl"), (
        "curl is missing. Install it (Debian: apt-get install curl), then run this again."
    )
    found = Reader(served, tmp_path)
    yield found
    found.leave()


@pytest.fixture
def radicale_of_ana(tmp_path: Path) -> Iterator[Radicale]:
    found = Radicale(tmp_path / "radicale")
    found.start()
    try:
        found.make_calendar()
        yield found
    finally:
        found.stop()


@pytest.fixture
def xandikos_of_bo(tmp_path: Path) -> Iterator[Xandikos]:
    found = Xandikos(tmp_path / "xandikos")
    found.start()
    yield found
    found.stop()


@pytest.fixture
def stranger_page(chromium: Browser) -> Iterator[Page]:
    """A private window, where nobody is anybody."""
    context = chromium.new_context(timezone_id="Asia/Kolkata", locale="en-GB")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


def book(page: Page, url: str, name: str) -> str:
    """Open a link as the tutorial says, take the first time of the day shown, and return its instant."""
    page.goto(url)
    first = page.locator(".time-list a").first
    expect(first).to_be_visible()
    instant = first.locator("time").get_attribute("datetime")
    assert instant
    first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill("stranger@example.com")
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    return instant


def events_on_disk(server: CalDavServer) -> list[Any]:
    """The events that the server has in its files, read by nobody of ours."""
    kept = server.folder / "data"
    files = [path for path in kept.rglob("*.ics") if ".Radicale.cache" not in path.parts]
    return [event for path in files for event in Calendar.from_ical(path.read_bytes()).walk("VEVENT")]


def is_read(served: ServedConvene, token: str) -> bool:
    with served.client(token) as client:
        connections = client.get("/api/calendar-connections").json()["connections"]
    return all(item["synced_at"] for item in connections if item["kind"] == "caldav")


def test_what_the_tutorial_makes_is_booked_by_a_stranger_and_arrives_everywhere(
    served: ServedConvene,
    reader: Reader,
    radicale_of_ana: Radicale,
    xandikos_of_bo: Xandikos,
    stranger_page: Page,
) -> None:
    # Steps 1 to 4: one person, no calendar.
    person, application = reader.follow("alias convene=")
    sub, client_id, secret = person["sub"], application["client_id"], application["client_secret"]
    [granted] = reader.follow("SUB=", SUB=sub, CLIENT=client_id, SECRET=secret)
    assert granted["sub"] == sub
    [made] = reader.follow("TOMORROW=")
    start = book(stranger_page, made["url"], "Cy Young")
    [status] = reader.follow("LINK=", LINK=made["real_time_scheduling"]["real_time_scheduling_id"])
    assert status["real_time_scheduling"]["status"] == "completed"
    assert status["real_time_scheduling"]["event"]["start"]["time"] == start

    # Step 6: two people with calendars on two servers, and a program that is told.
    [bo] = reader.follow("convene admin create-user")
    _, of_ana, of_bo = reader.follow("BO=", BO=bo["sub"])
    connections = reader.follow(
        "ANA_TOKEN=",
        ANA_TOKEN=of_ana["access_token"],
        ANA_DAV=radicale_of_ana.url,
        ANA_USER=USER,
        ANA_PASSWORD=PASSWORD,
        BO_TOKEN=of_bo["access_token"],
        BO_DAV=xandikos_of_bo.url,
        BO_USER=USER,
        BO_PASSWORD=PASSWORD,
    )
    calendars = [connection["calendars"][0]["calendar_id"] for connection in connections]
    with Receiver() as receiver:
        names = dict(zip(("ANA_CALENDAR", "BO_CALENDAR"), calendars, strict=True))
        [made] = reader.follow("ANA_CALENDAR=", **names, HOOK=receiver.url)
        assert reader.is_through()
        until(lambda: all(is_read(served, one["access_token"]) for one in (of_ana, of_bo)))
        start = book(stranger_page, made["url"], "Dee Moss")
        begun = datetime.fromisoformat(start).timestamp()

        for server in (radicale_of_ana, xandikos_of_bo):
            [event] = until(lambda server=server: events_on_disk(server))
            assert str(event["SUMMARY"]) == "Coffee with Ana and Bo"
            assert event["DTSTART"].dt.timestamp() == begun
            assert event["DTEND"].dt.timestamp() == begun + 30 * 60
            assert "Dee Moss" in str(event["DESCRIPTION"])

        [(path, headers, raw)] = until(lambda: list(receiver.received))
    signature = headers["cronofy-hmac-sha256"]
    assert httpx.URL(receiver.url).path == path
    assert pycronofy.Client(client_id=client_id, client_secret=secret).hmac_valid(signature, raw.decode())
    assert not pycronofy.Client(client_secret="another").hmac_valid(signature, raw.decode())
    told = json.loads(raw)
    assert told["event"]["event_id"] == "coffee-2"
    assert told["event"]["start"]["time"] == start
    assert {item["sub"] for item in told["participants"]} == {sub, bo["sub"]}
