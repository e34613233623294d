"""Cyrus 3.6 as a CalDAV server that schedules (RFC 6638): two people of one domain, each with a calendar.

From the packages cyrus-imapd, cyrus-caldav and sasl2-bin, with a configuration and data of its own: nothing of the
system's own server is used. Its services refuse to run as root, who lets them run as the package's user.
"""

from __future__ import annotations

import getpass
import imaplib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from caldav_servers import PASSWORD, CalDavServer, free_port

PROGRAMS = Path("/usr/lib/cyrus/bin")
DOMAIN = "convene.test"
# Made before the start: a directory that is missing makes every request a 500.
_DIRECTORIES = ("db", "lock", "log", "msg", "proc", "ptclient", "quota", "socket", "sync", "user")


class Cyrus(CalDavServer):
    """Cyrus with the people `ana` and `bo`, whose addresses are theirs at `DOMAIN`."""

    def __init__(self) -> None:
        if not (PROGRAMS / "httpd").is_file():
            raise RuntimeError(
                "These tests need Cyrus: apt install cyrus-imapd cyrus-caldav sasl2-bin msmtp-mta"
            )
        # Not below pytest's directories, into which only their owner can look.
        super().__init__(Path(tempfile.mkdtemp(prefix="convene-cyrus-", dir="/tmp")))
        self.imap_port = free_port()

    @property
    def calendar_url(self) -> str:
        return self.calendar_of("ana")

    def calendar_of(self, user: str, name: str = "Default") -> str:
        return f"{self.url}dav/calendars/user/{user}/{name}/"

    def command(self) -> list[str]:
        return [
            str(PROGRAMS / "master"), "-D", "-C", str(self.folder / "imapd.conf"),
            "-M", str(self.folder / "cyrus.conf"), "-p", str(self.folder / "master.pid"),
        ]  # fmt: skip

    def start(self) -> None:
        self._configure()
        super().start()
        self._make_mailboxes()

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.folder)

    def _configure(self) -> None:
        config, spool = self.folder / "config", self.folder / "spool"
        for directory in (*(config / name for name in _DIRECTORIES), spool):
            directory.mkdir(parents=True)
        settings = {
            "configdirectory": config,
            "partition-default": spool,
            "defaultpartition": "default",
            "servername": DOMAIN,
            "admins": "admin",
            "unixhierarchysep": "yes",
            "httpmodules": "caldav ischedule freebusy",
            "caldav_allowscheduling": "on",
            "calendar_user_address_set": DOMAIN,
            "allowplaintext": "yes",
            "sasl_mech_list": "PLAIN LOGIN",
            "sasl_pwcheck_method": "auxprop",
            "sasl_auxprop_plugin": "sasldb",
            "sasl_sasldb_path": self.folder / "passwords",
        }
        if os.geteuid() != 0:
            settings["cyrus_user"] = getpass.getuser()
        (self.folder / "imapd.conf").write_text(
            "".join(f"{name}: {value}\n" for name, value in settings.items())
        )
        (self.folder / "cyrus.conf").write_text(
            f'START {{\n recover cmd="{self._program("ctl_cyrusdb")} -r"\n}}\nSERVICES {{\n'
            f' imap cmd="{self._program("imapd")}" listen="127.0.0.1:{self.imap_port}" prefork=0\n'
            f' http cmd="{self._program("httpd")}" listen="127.0.0.1:{self.port}" prefork=1\n}}\nEVENTS {{\n}}\n'
        )
        for user in ("admin", "ana", "bo"):
            self._set_password(user)
        if os.geteuid() == 0:
            for place in (self.folder, *self.folder.rglob("*")):
                shutil.chown(place, "cyrus", "mail")

    def _program(self, name: str) -> str:
        return f"{PROGRAMS / name} -C {self.folder / 'imapd.conf'}"

    def _set_password(self, user: str) -> None:
        program = shutil.which("saslpasswd2", path=os.environ.get("PATH", "") + ":/usr/sbin") or "saslpasswd2"
        command = [program, "-f", str(self.folder / "passwords"), "-c", "-p", "-u", DOMAIN, user]
        subprocess.run(command, input=PASSWORD.encode(), check=True)

    def _make_mailboxes(self) -> None:
        """A person is somebody with a mailbox; the calendar comes with their first visit."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port) as admin:
            admin.login("admin", PASSWORD)
            for user in ("ana", "bo"):
                assert admin.create(f"user/{user}")[0] == "OK"
        for user in ("ana", "bo"):
            with self.client(user) as client:
                answer = client.request(
                    "PROPFIND", f"{self.url}dav/calendars/user/{user}/", headers={"Depth": "1"}
                )
                assert answer.status_code == 207, answer.text

    def client(self, user: str) -> httpx.Client:
        """What another program of that person would be."""
        return httpx.Client(auth=(user, PASSWORD), trust_env=False)

    def members(self, user: str, name: str = "Default") -> dict[str, str]:
        """Return the events in a person's calendar, or the messages in their `Inbox`: name -> text."""
        place = self.calendar_of(user, name)
        with self.client(user) as client:
            answer = client.request("PROPFIND", place, headers={"Depth": "1"})
            assert answer.status_code == 207, answer.text
            hrefs = [part.partition("</")[0] for part in answer.text.split("href>")[1:]]
            names = sorted({href.rpartition("/")[2] for href in hrefs if href.endswith(".ics")})
            return {item: client.get(place + item).text for item in names}

    def put(self, name: str, text: str, calendar_url: str | None = None, *, user: str = "ana") -> None:
        with self.client(user) as client:
            headers = {"Content-Type": "text/calendar; charset=utf-8"}
            answer = client.put(
                (calendar_url or self.calendar_of(user)) + name, content=text.encode(), headers=headers
            )
            assert answer.status_code in (200, 201, 204), answer.text

    def remove(self, name: str, *, user: str) -> None:
        with self.client(user) as client:
            assert client.delete(self.calendar_of(user) + name).status_code == 204

    def reset(self) -> None:
        """Empty both people's calendars and inboxes, without telling anybody."""
        for user in ("ana", "bo"):
            for name in ("Default", "Inbox"):
                with self.client(user) as client:
                    for item in self.members(user, name):
                        answer = client.delete(
                            self.calendar_of(user, name) + item, headers={"Schedule-Reply": "F"}
                        )
                        assert answer.status_code in (200, 204, 404), answer.text

    def eventually(
        self, user: str, count: int, name: str = "Default", *, holding: str = ""
    ) -> dict[str, str]:
        """Return a person's events once there are `count` of them that hold a text: Cyrus delivers when it likes."""
        deadline = time.monotonic() + 20
        while True:
            found = {key: text for key, text in self.members(user, name).items() if holding in text}
            if len(found) == count or time.monotonic() > deadline:
                assert len(found) == count, found
                return found
            time.sleep(0.05)
