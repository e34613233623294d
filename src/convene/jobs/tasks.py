"""The jobs by name. Each may run twice; the services they call look at the rows, not at the job."""

from __future__ import annotations

from procrastinate import App

from convene.services.platform import Platform
from convene.services.two_way_queue import What


def register(app: App, platform: Platform) -> None:
    """Give every job name its function."""

    @app.task(name="deliver_webhook")
    async def deliver_webhook(org_id: str, delivery_id: str) -> None:
        await platform.webhooks.deliver(org_id, delivery_id)

    @app.task(name="sync_connection")
    async def sync_connection(org_id: str, connection_id: str) -> None:
        await platform.sync.sync_connection(org_id, connection_id)

    @app.task(name="read_calendar")
    async def read_calendar(org_id: str, connection_id: str, calendar_id: str) -> None:
        await platform.sync.read_calendar(org_id, connection_id, calendar_id)

    @app.task(name="look_after_push")
    async def look_after_push(org_id: str, calendar_id: str) -> None:
        await platform.push.look_after(org_id, calendar_id)

    @app.task(name="weigh_event")
    async def weigh_event(
        org_id: str, booking_id: str, account_id: str, what: What, attempt: int = 0
    ) -> None:
        await platform.two_way.weighing.weigh(org_id, booking_id, account_id, what, attempt)

    @app.task(name="await_conference")
    async def await_conference(org_id: str, booking_id: str, attempt: int = 0) -> None:
        await platform.two_way.conferences.look(org_id, booking_id, attempt)

    @app.task(name="write_booking")
    async def write_booking(org_id: str, booking_id: str, account_id: str) -> None:
        await platform.write_back.write(org_id, booking_id, account_id)

    @app.task(name="write_event")
    async def write_event(org_id: str, calendar_id: str, remote_id: str) -> None:
        await platform.event_writing.write(org_id, calendar_id, remote_id)

    @app.task(name="send_mail")
    async def send_mail(org_id: str, mail_id: str) -> None:
        await platform.mail.outbox.send(org_id, mail_id)

    @app.task(name="send_reminder")
    async def send_reminder(org_id: str, booking_id: str, revision: int) -> None:
        await platform.bookings.remind(org_id, booking_id, revision)
