"""A program for `test_killed_deliveries`: books and delivers in children that are killed at random moments.

Everything is imported once; each child is a fork that opens its own connections, books meetings, reports each one that
was acknowledged, and runs the worker. The parent kills it with SIGKILL, a hundred times, then lets one last child
finish what is left. It prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from convene.core.permissions import ROLE_GRANTS, Caller
from convene.identity import Identity
from convene.integrations.jitsi import UrlTemplateConferencing
from convene.jobs.queue import ProcrastinateQueue, make_app
from convene.providers.address_rules import AllowedTargets
from convene.providers.http_client import HttpClient
from convene.providers.webhook_sender import HttpWebhookSender
from convene.security.sealing import Sealer, SealingKey
from convene.services.availability import AvailabilityService
from convene.services.bookings import BookingService, Draft
from convene.services.webhooks import WebhookService
from convene.storage.database import Database


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 and remembers what came; now and then slowly, so that kills meet deliveries under way."""

    received: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if random.random() < 0.3:
            time.sleep(0.05)
        self.received.append((self.headers["webhook-id"], body["data"]["booking"]["booking_id"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Child:
    def __init__(self, given: dict[str, str], ahead: timedelta) -> None:
        self.given = given
        self.ahead = ahead

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def run(self, report: int, first_slot: int, *, is_last: bool) -> None:
        db = Database(self.given["database_url"], max_size=4)
        await db.open()
        jobs = make_app(self.given["database_url"])
        client = HttpClient(["127.0.0.1"])
        sender = HttpWebhookSender(client, AllowedTargets(["127.0.0.1"]), None)
        queue = ProcrastinateQueue(jobs)
        sealer = Sealer([SealingKey.parse(self.given["key"])])
        identity = Identity(db, self.clock, sealer, "http://convene.test")
        webhooks = WebhookService(db, self.clock, queue, sealer, sender, identity.applications.live_secrets)
        bookings = BookingService(
            db,
            self.clock,
            queue,
            AvailabilityService(db, self.clock),
            webhooks,
            UrlTemplateConferencing(""),
            "http://convene.test",
        )
        jobs.task(name="deliver_webhook")(webhooks.deliver)

        @jobs.task(name="send_reminder")
        async def send_reminder(**_: object) -> None:
            return None

        async with jobs.open_async():
            if is_last:
                while await webhooks.requeue_overdue():
                    await jobs.run_worker_async(
                        wait=False, install_signal_handlers=False, listen_notify=False
                    )
                return
            os.write(report, b"ready\n")
            await asyncio.gather(
                jobs.run_worker_async(
                    concurrency=4, install_signal_handlers=False, fetch_job_polling_interval=0.1
                ),
                self._book(bookings, report, first_slot),
            )

    async def _book(self, bookings: BookingService, report: int, first_slot: int) -> None:
        first = datetime.fromisoformat(self.given["first"])
        bo = Caller(self.given["org_id"], "session", self.given["bo"], grants=ROLE_GRANTS["member"])
        for slot in range(first_slot, first_slot + 50):
            draft = Draft([self.given["ana"]], first + timedelta(minutes=30 * slot), 30, f"Slot {slot}")
            made = await bookings.confirm(bo, draft)
            os.write(report, f"{made.body['booking_id']}\n".encode())


def main() -> None:
    given = json.loads(sys.argv[1])
    random.seed(int(given["seed"]))
    receiver = ThreadingHTTPServer(("127.0.0.1", int(given["port"])), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    acknowledged: list[str] = []
    kills = int(given["kills"])
    for number in range(kills):
        acknowledged += one_life(given, number * 50, random.uniform(0.0, 0.35))
    one_life(given, 0, None)
    receiver.shutdown()
    print(json.dumps({"acknowledged": acknowledged, "received": Receiver.received}))


def one_life(given: dict[str, str], first_slot: int, seconds: float | None) -> list[str]:
    """Fork a child; kill it that many seconds after it is ready, or with None let it finish. Return what it reported."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        ahead = timedelta(days=1) if seconds is None else timedelta()
        try:
            asyncio.run(Child(given, ahead).run(write, first_slot, is_last=seconds is None))
        except BaseException as error:
            os.write(2, repr(error).encode())
            os._exit(1)
        os._exit(0)
    os.close(write)
    lines = b""
    with os.fdopen(read, "rb") as pipe:
        if seconds is not None:
            lines = pipe.readline()
            time.sleep(seconds)
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        lines += pipe.read()
    if seconds is None and status:
        raise SystemExit("the last child failed")
    # A line that the kill cut short was not reported.
    whole = [line for line in lines.split(b"\n")[:-1] if line]
    return [line.decode() for line in whole if line != b"ready"]


if __name__ == "__main__":
    main()
