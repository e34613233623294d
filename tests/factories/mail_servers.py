"""The SMTP sink and the mailbox in a thread of their own, for tests whose server runs in another process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass

from fakes.imap_server import ImapServer, imap_server
from fakes.mail_sink import MailSink, mail_sink


@dataclass(frozen=True)
class MailServers:
    sink: MailSink
    imap: ImapServer


@contextmanager
def mail_servers() -> Iterator[MailServers]:
    """Run both while the block runs."""
    started: list[MailServers] = []
    is_ready, loop = threading.Event(), asyncio.new_event_loop()
    stopping = asyncio.Event()

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            sink = await stack.enter_async_context(mail_sink())
            imap = await stack.enter_async_context(imap_server())
            started.append(MailServers(sink, imap))
            is_ready.set()
            await stopping.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    is_ready.wait(10)
    try:
        yield started[0]
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(10)
        loop.close()
