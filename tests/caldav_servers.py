"""Real CalDAV servers in processes of their own, on free loopback ports, with their data in a directory of a test."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

USER, PASSWORD = "ana", "correct horse"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class CalDavServer:
    """A server that can be stopped and started again on the same port and data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.password = PASSWORD

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def calendar_url(self) -> str:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.txt").open("ab") as log:
            # A group of its own: Cyrus ends by a signal to the whole group that it is in.
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise RuntimeError((self.folder / "log.txt").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    # What a person does with another client.

    def _client(self) -> httpx.Client:
        return httpx.Client(auth=(USER, self.password), trust_env=False)

    def put(self, name: str, text: str, calendar_url: str | None = None) -> None:
        with self._client() as client:
            answer = client.put(
                (calendar_url or self.calendar_url) + name,
                content=text.encode(),
                headers={"Content-Type": "text/calendar; charset=utf-8"},
            )
            assert answer.status_code in (200, 201, 204), answer.text

    def get(self, name: str, calendar_url: str | None = None) -> str | None:
        with self._client() as client:
            answer = client.get((calendar_url or self.calendar_url) + name)
            return answer.text if answer.status_code == 200 else None

    def delete(self, name: str) -> None:
        with self._client() as client:
            assert client.delete(self.calendar_url + name).status_code in (200, 204)

    def names(self, calendar_url: str | None = None) -> list[str]:
        """Return the names of all events in a calendar."""
        place = calendar_url or self.calendar_url
        with self._client() as client:
            answer = client.request("PROPFIND", place, headers={"Depth": "1"})
        from lxml import etree

        hrefs = etree.fromstring(answer.content).iter("{DAV:}href")
        found = {(item.text or "").rstrip("/").rpartition("/")[2] for item in hrefs}
        return sorted(name for name in found if name.endswith(".ics"))


class Radicale(CalDavServer):
    """Radicale: several people with passwords; calendars must be made."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.set_password(PASSWORD)

    @property
    def calendar_url(self) -> str:
        return f"{self.url}{USER}/team/"

    def set_password(self, password: str) -> None:
        """Change the password, there and for this client."""
        self.password = password
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "users").write_text(f"{USER}:{password}\n")

    def command(self) -> list[str]:
        (self.folder / "config").write_text(
            f"[server]\nhosts = 127.0.0.1:{self.port}\n"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {self.folder / 'users'}\n"
            "htpasswd_encryption = plain\ndelay = 0\n"
            f"[storage]\nfilesystem_folder = {self.folder / 'data'}\n[logging]\nlevel = warning\n"
        )
        return [sys.executable, "-m", "radicale", "--config", str(self.folder / "config")]

    def remove_calendars(self) -> None:
        """Forget everything, as if the person had just been added."""
        with self._client() as client:
            assert client.delete(f"{self.url}{USER}/").status_code in (200, 204, 404)

    def reset(self) -> None:
        """Run, with the usual password and nothing in it."""
        self.set_password(PASSWORD)
        if self.process is None:
            self.start()
        self.remove_calendars()

    def make_calendar(self, name: str = "team", title: str = "Work") -> str:
        body = (
            '<?xml version="1.0"?><c:mkcalendar xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><set><prop>'
            f"<displayname>{title}</displayname><c:supported-calendar-component-set>"
            '<c:comp name="VEVENT"/></c:supported-calendar-component-set></prop></set></c:mkcalendar>'
        )
        place = f"{self.url}{USER}/{name}/"
        with self._client() as client:
            assert client.request("MKCALENDAR", place, content=body).status_code == 201
        return place


class Xandikos(CalDavServer):
    """Xandikos: one person, no password, a calendar from the start."""

    @property
    def calendar_url(self) -> str:
        return f"{self.url}user/calendars/calendar/"

    def command(self) -> list[str]:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        return [
            sys.executable, "-m", "xandikos", "serve", "-d", str(data), "--defaults",
            "-l", "127.0.0.1", "-p", str(self.port),
        ]  # fmt: skip


def event_text(uid: str, start: str = "20261201T100000Z", end: str = "20261201T110000Z", **extra: str) -> str:
    """Return a VCALENDAR with one event, as some other client would write it."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Elsewhere//EN", "BEGIN:VEVENT", f"UID:{uid}",
        "DTSTAMP:20261120T090000Z", f"DTSTART:{start}", f"DTEND:{end}", f"SUMMARY:{extra.pop('summary', uid)}",
        *[f"{key}:{value}" for key, value in extra.items()], "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)
