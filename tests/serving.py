"""The real server in a process of its own, on a free loopback port, over a database of the tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServedConvene:
    """`convene serve` (or `demo`), and the command line on the same installation."""

    def __init__(
        self, folder: Path, database_url: str | None, command: str = "serve", **settings: str
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = command
        self.log = folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONVENE_")}
        kept.pop("DATABASE_URL", None)
        self.environ = {
            **kept,
            "CONVENE_DATA": str(folder / "data"),
            "CONVENE_ALLOW_PRIVATE_TARGETS": "127.0.0.1",
            "PYTHONUNBUFFERED": "1",
            **({"DATABASE_URL": database_url} if database_url else {}),
            **settings,
        }

    def start(self, timeout: float = 90) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "convene", self.command, "--port", str(self.port)],
                stdout=log,
                stderr=log,
                env=self.environ,
            )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"the server did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def kill(self) -> None:
        """End the process as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def admin(self, *arguments: str) -> Mapping[str, Any]:
        """Run `convene admin … --json` and return its object."""
        done = subprocess.run(
            [sys.executable, "-m", "convene", "admin", *arguments, "--json"],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        found: Mapping[str, Any] = json.loads(done.stdout)
        return found

    def person(self, name: str, tzid: str = "Europe/London") -> tuple[str, str]:
        """Create somebody and return their account id and a token for `/api`."""
        email = f"{name.lower().replace(' ', '.')}@example.org"
        sub = self.admin("create-user", "--email", email, "--name", name, "--tzid", tzid)["sub"]
        return sub, self.admin("create-token", "--sub", sub)["access_token"]

    def client(self, token: str) -> httpx.Client:
        return httpx.Client(
            base_url=self.url,
            headers={"authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,
        )
