"""A real CalDAV server for one person of the demonstration: Radicale, on loopback, beside the product."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from convene.core.errors import Unavailable

_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
[storage]
filesystem_folder = {folder}/collections
[logging]
level = warning
"""
_MKCALENDAR = """\
<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop>
<displayname>{name}</displayname>
<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>
</prop></set></C:mkcalendar>
"""


class RadicaleServer:
    """The server of `folder`. Port and password are chosen once and kept there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.port, self.password = self._chosen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def username(self) -> str:
        return "ana"

    def _chosen(self) -> tuple[int, str]:
        kept = self.folder / "server.json"
        if not kept.is_file():
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                chosen = {"port": probe.getsockname()[1], "password": secrets.token_urlsafe(12)}
            kept.touch(mode=0o600)
            kept.write_text(json.dumps(chosen))
        found = json.loads(kept.read_text())
        return int(found["port"]), str(found["password"])

    async def start(self) -> None:
        """Start the server and wait until it answers; raises `Unavailable` with its log if it does not."""
        (self.folder / "config").write_text(_CONFIG.format(port=self.port, folder=self.folder))
        users = self.folder / "users"
        users.touch(mode=0o600)
        users.write_text(f"{self.username}:{self.password}\n")
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.to_thread(
                subprocess.Popen,
                [sys.executable, "-m", "radicale", "--config", str(self.folder / "config")],
                stdout=log,
                stderr=log,
            )
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                if self.process.poll() is not None:
                    break
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
        raise Unavailable(f"The demonstration's calendar server did not start; see {self.folder / 'log'}.")

    async def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            await asyncio.to_thread(self.process.wait, 10)

    async def fill(self, calendar: str, events: list[tuple[str, str]]) -> None:
        """Make a calendar of this name and put events (name, iCalendar text) into it."""
        path = f"/{self.username}/{calendar.lower()}/"
        async with httpx.AsyncClient(
            base_url=self.url, auth=(self.username, self.password), trust_env=False
        ) as client:
            answer = await client.request("MKCALENDAR", path, content=_MKCALENDAR.format(name=calendar))
            answer.raise_for_status()
            for name, text in events:
                answer = await client.put(
                    f"{path}{name}.ics", content=text, headers={"content-type": "text/calendar"}
                )
                answer.raise_for_status()
